"""People of synthetic features who were seen on two occasions, for tests of the evaluation."""

import numpy as np
from spheres import People

from thermal_radar_fusion.evaluation.reid_people import Acquaintance, Walk
from thermal_radar_fusion.evaluation.reid_walkers import MOVED, SAME

STEP = 0.5


def walk(features, begin=100.0):
    """A walk with a window every half second."""
    return Walk(features, begin + STEP * np.arange(len(features)))


def acquaintances(count, seed=0, gallery=120, probe=60, **scatter):
    """People on the unit sphere; what differs between visits is `visit` of spheres.People."""
    people = People(count, seed, **scatter)
    return [
        Acquaintance(
            f'p{seed}_{k}',
            walk(people.windows(k, gallery)),
            {where: walk(people.windows(k, probe)) for where in (SAME, MOVED)},
        )
        for k in range(count)
    ]

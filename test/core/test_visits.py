"""Who comes back into a room is somebody new there."""

import numpy as np

from thermal_radar_fusion.datasets.recording import NOBODY, Recording, TruePerson
from thermal_radar_fusion.evaluation.visits import by_visit
from thermal_radar_fusion.radar.point_cloud import RadarFrame

STEP = 0.5


def recording(presence):
    """A recording from lists of who is there; everybody returns one point at any time."""
    people = tuple(sorted({name for here in presence for name in here}))
    points = np.zeros((len(people) + 1, 5))
    labels = np.array([NOBODY, *range(len(people))])
    return Recording(
        tuple(RadarFrame(10.0 + STEP * i, points) for i in range(len(presence))),
        tuple(labels for _ in presence),
        tuple(
            tuple(TruePerson(name, np.zeros(3), np.zeros(3)) for name in here) for here in presence
        ),
        people,
    )


def names(split):
    return [[true.person for true in frame] for frame in split.truth]


def test_long_absence_begins_another_visit():
    presence = [['ann', 'bob']] * 3 + [['bob']] * 5 + [['ann', 'bob']] * 2
    split = by_visit(recording(presence))
    assert split.people == ('ann', 'ann (2)', 'bob')
    assert names(split)[2] == ['ann', 'bob']
    assert names(split)[8:] == [['ann (2)', 'bob']] * 2


def test_short_absence_does_not():
    # Two seconds from the last frame with her to the first one with her again.
    presence = [['ann']] * 2 + [[]] * 3 + [['ann']] * 2
    split = by_visit(recording(presence))
    assert split.people == ('ann',)
    assert names(split) == [list(here) for here in presence]


def test_points_follow_the_visits():
    presence = [['ann', 'bob']] + [['bob']] * 6 + [['ann', 'bob']]
    split = by_visit(recording(presence))
    lookup = [[split.people[n] if n != NOBODY else None for n in p] for p in split.point_people]
    assert lookup[0] == [None, 'ann', 'bob']
    assert lookup[3] == [None, 'ann', 'bob']
    assert lookup[7] == [None, 'ann (2)', 'bob']


def test_people_who_never_come_and_recordings_without_truth():
    lonely = recording([['ann'], [], ['ann']])
    guest = Recording(lonely.frames, lonely.point_people, lonely.truth, ('ann', 'zoe'))
    assert by_visit(guest).people == ('ann', 'zoe')
    assert by_visit(Recording(lonely.frames)).truth is None

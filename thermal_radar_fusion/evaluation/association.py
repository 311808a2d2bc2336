"""How well radar tracks and face tracks of the same people find each other (tables 2 and 7).

milliTRACE-IR, section V-B: precision is the share of the associations made that are right, recall
the share of those to be made that were. Two tracks belong together where, over the images in which
both are there, they are most often the same person's. An association is to be made where they
are there together for SETTLING seconds; one that is made counts however short that was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.evaluation.association_truth import (
    moved,
    owners_of_faces,
    owners_of_tracks,
)
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.entrances import DETECTORS, Entrance, RadarMoment
from thermal_radar_fusion.evaluation.tasks import Progress, run_tasks
from thermal_radar_fusion.fusion.frame_association import associate_frame
from thermal_radar_fusion.fusion.track_association import AssociationParameters, TrackAssociator
from thermal_radar_fusion.thermal.faces import FaceStatus, TrackedFaces

SETTLING = 2.0
LONGEST_STEP = 0.5  # a longer gap between images counts as this much time together [s]
FOREVER = 1e6

OURS = 'A_x + A_d, rho'
TERMS = {'A_x': 'bearing', 'A_d': 'distance', 'A_x + A_d': 'both'}

Pair = tuple[int, int]
"""Ids of a radar track and of a face track."""


@dataclass(frozen=True)
class Counts:
    """Associations that are right, that were made, and that were to be made."""

    right: int = 0
    made: int = 0
    wanted: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.made + other.made, self.wanted + other.wanted)

    @property
    def precision(self) -> float:
        """Share of those made that are right; 1 where none was made."""
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        """Share of those to be made that were; 1 where none was to be made."""
        return self.right / self.wanted if self.wanted else 1.0


@dataclass(frozen=True)
class Instant:
    """One image: whose the tracks are that are there.

    Attributes:
        time: that it stands for [s].
        faces, tracks: the person of each face track that was found in it, and of each radar
            track, by id; '' is nobody.
    """

    time: float
    faces: Mapping[int, str]
    tracks: Mapping[int, str]

    def wanted(self) -> int:
        """Return how many faces have a radar track of the same person."""
        present = set(self.tracks.values()) - {''}
        return sum(person in present for person in self.faces.values())

    def counts(self, chosen: Mapping[int, int]) -> Counts:
        """Score the radar track that each face is given, by its id."""
        made = {f: r for f, r in chosen.items() if f in self.faces and r in self.tracks}
        right = sum(
            bool(self.faces[face]) and self.faces[face] == self.tracks[radar]
            for face, radar in made.items()
        )
        return Counts(right, len(made), self.wanted())


@dataclass(frozen=True)
class Result:
    """What came of some entrances.

    Attributes:
        tracks: counts of whole tracks by variant.
        frames: of faces in images: `final` takes what our tracks were given in the end for all
            of their images, as table 7 does; `online` what was known at each image; `baseline`
            is the association of each image alone.
        wrong: pairs that ours made wrongly or left out, as text.
    """

    tracks: Mapping[str, Counts]
    frames: Mapping[str, Counts]
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What is run.

    Attributes:
        seeds: of the entrances, as many again for each number of people.
        people: numbers of people.
        duration: of each entrance [s].
        detector: see `Entrance`.
        parameters: of our associator.
    """

    seeds: tuple[int, ...] = tuple(range(50))
    people: tuple[int, ...] = (2, 3)
    duration: float = 30.0
    detector: str = 'network'
    parameters: AssociationParameters = field(default_factory=AssociationParameters)

    def __post_init__(self) -> None:
        if self.detector not in DETECTORS:
            known = ', '.join(DETECTORS)
            raise EvaluationError(f'unknown detector {self.detector!r}; known are {known}')
        if not self.seeds or not self.people:
            raise EvaluationError('there must be at least one seed and one number of people')


def evaluate_association(
    plan: Plan, jobs: int = 1, progress: Progress | None = None
) -> dict[int, Result]:
    """Run all entrances and return what came of them by the number of people.

    Args:
        jobs: processes; the results are the same for any number.

    Raises:
        ScenarioError, EvaluationError: see `Entrance`.
    """
    tasks = [(plan, people, seed) for people in plan.people for seed in plan.seeds]
    names = [f'{people} people, seed {seed}' for _, people, seed in tasks]
    results = run_tasks(run_entrance, tasks, names, jobs, progress)
    return {
        people: pooled(
            result for task, result in zip(tasks, results, strict=True) if task[1] == people
        )
        for people in plan.people
    }


def pooled(results: Iterable[Result]) -> Result:
    """Return several results as one."""
    tracks: dict[str, Counts] = {}
    frames: dict[str, Counts] = {}
    wrong: list[str] = []
    for result in results:
        for sums, counts in ((tracks, result.tracks), (frames, result.frames)):
            for name, count in counts.items():
                sums[name] = sums.get(name, Counts()) + count
        wrong.extend(result.wrong)
    return Result(tracks, frames, tuple(wrong))


def run_entrance(task: tuple[Plan, int, int]) -> Result:
    """Simulate one entrance and associate its tracks in every way."""
    plan, people, seed = task
    entrance = Entrance(seed, people, plan.duration, plan.detector)
    watched = Watched(entrance.view, variants(plan.parameters))
    for moment in entrance.moments():
        watched.take(moment)
    result = watched.result()
    named = tuple(f'{people} people, seed {seed}: {text}' for text in result.wrong)
    return Result(result.tracks, result.frames, named)


def variants(parameters: AssociationParameters) -> dict[str, AssociationParameters]:
    """Return the rows of table 2: A_x, A_d and their sum, with and without rho."""
    keeping = parameters.replace(memory=FOREVER)
    return {
        f'{name}, rho' if rho else name: keeping.replace(
            track_length=rho, costs=parameters.costs.replace(terms=terms)
        )
        for name, terms in TERMS.items()
        for rho in (True, False)
    }


class Watched:
    """Associates the tracks of one entrance in every way, and compares with the truth.

    Args:
        parameters: of each variant, by name; OURS must be among them.
    """

    def __init__(
        self, view: ThermalCameraView, parameters: Mapping[str, AssociationParameters]
    ) -> None:
        self._view = view
        self._associators = {
            name: TrackAssociator(chosen, view) for name, chosen in parameters.items()
        }
        self._radar: RadarMoment | None = None
        self._stamp: float | None = None
        self._instants: list[Instant] = []
        self._frames: dict[str, Counts] = {'online': Counts(), 'baseline': Counts()}

    def take(self, moment: RadarMoment | TrackedFaces) -> None:
        """Take what one sensor's tracker says; in the order of stamps."""
        if isinstance(moment, RadarMoment):
            self._radar = moment
            for associator in self._associators.values():
                associator.radar(moment.stamp, moment.tracks)
            return
        for associator in self._associators.values():
            associator.faces(moment)
        if self._radar is not None:
            self._compare(moment, self._radar)
        self._stamp = moment.stamp

    def _compare(self, tracked: TrackedFaces, radar: RadarMoment) -> None:
        """Add the counts of one image."""
        seen = [face for face in tracked.faces if face.status == FaceStatus.CONFIRMED]
        truth = moved(radar.truth, tracked.stamp - radar.stamp)
        faces = owners_of_faces(seen, truth, self._view)
        tracks = owners_of_tracks(radar.tracks, radar.truth)
        step = 0.0 if self._stamp is None else tracked.stamp - self._stamp
        instant = Instant(
            min(step, LONGEST_STEP),
            {face.track_id: faces.get(face.track_id, '') for face in seen},
            {track.track_id: tracks.get(track.track_id, '') for track in radar.tracks},
        )
        self._instants.append(instant)
        online = {p.face_id: p.radar_id for p in self._associators[OURS].pairings()}
        alone = associate_frame(seen, radar.tracks, self._view)
        nearest = {face: radar_id for face, (radar_id, _) in alone.items()}
        self._frames['online'] += instant.counts(online)
        self._frames['baseline'] += instant.counts(nearest)

    def result(self) -> Result:
        """Return the counts of the whole entrance."""
        together, same = shared_times(self._instants)
        right = {pair for pair, time in same.items() if time > together[pair] / 2}
        wanted = {pair for pair in right if together[pair] >= SETTLING}
        made = {
            name: {(p.radar_id, p.face_id) for p in associator.pairings()}
            for name, associator in self._associators.items()
        }
        tracks = {name: _scored(pairs, right, wanted) for name, pairs in made.items()}
        final = sum((_final(instant, made[OURS]) for instant in self._instants), Counts())
        return Result(
            tracks,
            {'final': final, **self._frames},
            _mistakes(made[OURS], right, wanted, together),
        )


def shared_times(instants: Sequence[Instant]) -> tuple[Counter[Pair], Counter[Pair]]:
    """Return for how long [s] two tracks were there together, and how long as one person."""
    together: Counter[Pair] = Counter()
    same: Counter[Pair] = Counter()
    for instant in instants:
        for face, person in instant.faces.items():
            for radar, other in instant.tracks.items():
                together[radar, face] += instant.time
                same[radar, face] += instant.time if person and person == other else 0.0
    return together, same


def _scored(made: set[Pair], right: set[Pair], wanted: set[Pair]) -> Counts:
    """Score pairs; one that was made rightly sooner than it had to be is wanted too."""
    return Counts(len(made & right), len(made), len(wanted | (made & right)))


def _final(instant: Instant, made: set[Pair]) -> Counts:
    """Score the pairs that hold in the end at one instant."""
    chosen = {face: radar for radar, face in made if radar in instant.tracks}
    return instant.counts(chosen)


def _mistakes(
    made: set[Pair], right: set[Pair], wanted: set[Pair], together: Mapping[Pair, float]
) -> tuple[str, ...]:
    """Say which pairs are wrong or left out."""
    texts = {'wrong': made - right, 'left out': wanted - made}
    return tuple(
        f'radar {radar} and face {face} {text}, {together.get((radar, face), 0.0):.1f} s together'
        for text, pairs in texts.items()
        for radar, face in sorted(pairs)
    )

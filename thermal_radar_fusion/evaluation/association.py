"""How well radar tracks and face tracks of the same people find each other (tables 2 and 7).

milliTRACE-IR, section V-B: precision is the share of the associations made that are right, recall
the share of those to be made that were. Here tracks are followed online and may leave their
person, so both are said of what holds while the tracks run:

- Every pair that is held at any image counts as made, also if it is taken back soon. It is right
  if both tracks are of the same person for most of the time for which it is held.
- A pair is to be made if both tracks are of the same person for SETTLING seconds and for most of
  the time for which both are there. It counts as found if the face was rightly given to that
  radar track or, where two radar tracks follow one person, to the other one.
"""

from __future__ import annotations

from collections import defaultdict
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
BASELINE = 'frame by frame'
TERMS = {'A_x': 'bearing', 'A_d': 'distance', 'A_x + A_d': 'both'}

Pair = tuple[int, int]
"""Ids of a radar track and of a face track."""

Choice = Mapping[int, int]
"""The radar track that each face is given, by its id."""


@dataclass(frozen=True)
class Counts:
    """Associations: right ones, all that were made; found ones, all that were to be made."""

    right: int = 0
    made: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.right + other.right,
            self.made + other.made,
            self.found + other.found,
            self.wanted + other.wanted,
        )

    @property
    def precision(self) -> float:
        """Share of those made that are right; 1 where none was made."""
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        """Share of those to be made that were found; 1 where none was to be made."""
        return self.found / self.wanted if self.wanted else 1.0


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

    def present(self, chosen: Choice) -> Choice:
        """Return what of a choice is about tracks that are there."""
        return {f: r for f, r in chosen.items() if f in self.faces and r in self.tracks}

    def counts(self, chosen: Choice) -> Counts:
        """Count the faces of this image alone."""
        made = self.present(chosen)
        right = sum(
            bool(self.faces[face]) and self.faces[face] == self.tracks[radar]
            for face, radar in made.items()
        )
        followed = set(self.tracks.values()) - {''}
        wanted = sum(person in followed for person in self.faces.values())
        return Counts(right, len(made), right, wanted)


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
        self._chosen: dict[str, list[Choice]] = {name: [] for name in (*parameters, BASELINE)}

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
            self._keep(moment, self._radar)
        self._stamp = moment.stamp

    def _keep(self, tracked: TrackedFaces, radar: RadarMoment) -> None:
        """Keep who is who at one image, and what each way to associate says of it."""
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
        for name, associator in self._associators.items():
            held = {p.face_id: p.radar_id for p in associator.pairings() if p.alive}
            self._chosen[name].append(instant.present(held))
        alone = associate_frame(seen, radar.tracks, self._view)
        self._chosen[BASELINE].append({face: radar_id for face, (radar_id, _) in alone.items()})

    def result(self) -> Result:
        """Return the counts of the whole entrance."""
        tracks = {
            name: track_counts(self._instants, self._chosen[name]) for name in self._associators
        }
        ours, alone = self._chosen[OURS], self._chosen[BASELINE]
        frames = {
            'final': frame_counts(self._instants, filled(ours)),
            'online': frame_counts(self._instants, ours),
            BASELINE: frame_counts(self._instants, alone),
        }
        return Result(tracks, frames, mistakes(self._instants, ours))


def filled(chosen: Sequence[Choice]) -> list[Choice]:
    """Return what faces are given, also in the images before it was first known."""
    last: list[Choice] = []
    later: dict[int, int] = {}
    for choice in reversed(chosen):
        later.update(choice)
        last.append(dict(later))
    return last[::-1]


def frame_counts(instants: Sequence[Instant], chosen: Sequence[Choice]) -> Counts:
    """Count the faces of every image by themselves."""
    counts = (i.counts(choice) for i, choice in zip(instants, chosen, strict=True))
    return sum(counts, Counts())


def track_counts(instants: Sequence[Instant], chosen: Sequence[Choice]) -> Counts:
    """Count pairs of tracks."""
    right, wrong, found, missed = judged_pairs(instants, chosen)
    return Counts(len(right), len(right) + len(wrong), len(found), len(found) + len(missed))


@dataclass
class _Times:
    """Seconds for which two tracks are there, are one person, are held, are held rightly."""

    together: float = 0.0
    same: float = 0.0
    held: float = 0.0
    right: float = 0.0
    found: float = 0.0


def judged_pairs(
    instants: Sequence[Instant], chosen: Sequence[Choice]
) -> tuple[set[Pair], set[Pair], set[Pair], set[Pair]]:
    """Return the pairs made rightly and wrongly, and those to be made, found and missed."""
    times = pair_times(instants, chosen)
    right = {pair for pair, time in times.items() if 2 * time.right > time.held}
    made = {pair for pair, time in times.items() if time.held > 0}
    wanted = {
        pair
        for pair, time in times.items()
        if time.same >= SETTLING and 2 * time.same > time.together
    }
    found = {pair for pair in wanted if times[pair].found > 0}
    return right, made - right, found, wanted - found


def pair_times(instants: Sequence[Instant], chosen: Sequence[Choice]) -> dict[Pair, _Times]:
    """Return for how long each two tracks were what to each other."""
    times: dict[Pair, _Times] = defaultdict(_Times)
    for instant, choice in zip(instants, chosen, strict=True):
        for face, person in instant.faces.items():
            given = choice.get(face)
            rightly = bool(person) and instant.tracks.get(given) == person
            for radar, other in instant.tracks.items():
                same = instant.time if person and person == other else 0.0
                pair = times[radar, face]
                pair.together += instant.time
                pair.same += same
                pair.held += instant.time if radar == given else 0.0
                pair.right += same if radar == given else 0.0
                pair.found += same if rightly else 0.0
    return times


def mistakes(instants: Sequence[Instant], chosen: Sequence[Choice]) -> tuple[str, ...]:
    """Say which pairs are wrong or missed."""
    times = pair_times(instants, chosen)
    _, wrong, _, missed = judged_pairs(instants, chosen)
    return tuple(
        f'radar {radar} and face {face} {text}: held for {times[radar, face].held:.1f} s, '
        f'the same person in {times[radar, face].same:.1f} of {times[radar, face].together:.1f} s'
        for text, pairs in (('wrong', wrong), ('missed', missed))
        for radar, face in sorted(pairs)
    )

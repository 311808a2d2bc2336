"""Simulated entrances, associated in every way of the paper's tables 2 and 7, and scored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.evaluation.association_counts import (
    Choice,
    Counts,
    Instant,
    completed,
    filled,
    frame_counts,
    mistakes,
    track_counts,
)
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

LONGEST_STEP = 0.5  # a longer gap between images counts as this much time together [s]

OURS = 'A_x + A_d, rho'
BASELINE = 'frame by frame'
TERMS = {'A_x': 'bearing', 'A_d': 'distance', 'A_x + A_d': 'both'}


@dataclass(frozen=True)
class Result:
    """What came of some entrances.

    Attributes:
        tracks: counts of whole tracks by variant.
        frames: of faces in images: `final` takes what faces were given for the images before
            that too, as table 7 does; `online` what was known at each image; BASELINE is the
            association of each image alone.
        wrong: pairs that ours made wrongly or missed, as text.
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
    duration: float = 20.0
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
    return {
        f'{name}, rho' if rho else name: parameters.replace(
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
        instants = completed(self._instants)
        tracks = {name: track_counts(instants, self._chosen[name]) for name in self._associators}
        ours, alone = self._chosen[OURS], self._chosen[BASELINE]
        frames = {
            'final': frame_counts(instants, filled(ours)),
            'online': frame_counts(instants, ours),
            BASELINE: frame_counts(instants, alone),
        }
        return Result(tracks, frames, mistakes(instants, ours))

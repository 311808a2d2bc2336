"""HOTA against TrackEval, against its definition written out, and on cases one can do by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.evaluation.comparison import ComparedFrame
from thermal_radar_fusion.evaluation.hota import ALPHAS, hota_sums

REACH = 1.0

# Means over alpha by `HOTA().eval_sequence` of TrackEval 1.3.0 (the authors' code, as it is
# packaged on PyPI), given similarity 1 - distance / 1 m, on `wandering(people, tracks, frames)`.
TRACK_EVAL = [
    ((2, 2, 40), (0.41975903029863354, 0.628423037476784, 0.2810612232530649)),
    ((3, 4, 60), (0.5099918993389763, 0.5430242485587942, 0.4790695175328528)),
    ((4, 3, 80), (0.40361788429018164, 0.4235508589557227, 0.38481930877225884)),
    ((1, 3, 30), (0.26308937307150626, 0.2980097893436281, 0.23257203812272648)),
]


def frame(people, tracks, true, estimated, stamp=0.0):
    true = np.asarray(true, float).reshape(-1, 2)
    estimated = np.asarray(estimated, float).reshape(-1, 2)
    distances = np.linalg.norm(true[:, None] - estimated[None], axis=2)
    return ComparedFrame(
        stamp, np.asarray(people, int), np.asarray(tracks, int), true, estimated, distances
    )


def wandering(people, tracks, frames):
    """People who come, go and wander; tracks with errors, two of which change people half way."""
    result = []
    for i in range(frames):
        here = np.array([p for p in range(people) if (7 * i + 3 * p) % 10])
        seen = np.array([t for t in range(tracks) if (3 * i + 5 * t) % 8])
        owner = (seen + ((i > frames // 2) & (seen < 2))) % people
        result.append(
            frame(here, seen + 1, places(here, i), places(owner, i) + wrong(seen, i), 0.1 * i)
        )
    return result


def places(people, i):
    return np.column_stack(
        [0.9 * people + np.sin(0.11 * i + people), np.cos(0.07 * i + 2.1 * people)]
    )


def wrong(tracks, i):
    return 0.2 * np.column_stack([np.sin(1.7 * i + 2.3 * tracks), np.sin(2.9 * i + tracks)])


@pytest.mark.parametrize(('case', 'expected'), TRACK_EVAL)
def test_equals_track_eval(case, expected):
    figures = hota_sums(wandering(*case), REACH).figures()
    assert figures == pytest.approx(expected, abs=1e-12)


def by_definition(frames):
    """HOTA, DetA and AssA, pair by pair and frame by frame as the paper writes them."""
    similar = [np.maximum(1 - one.distances / REACH, 0) for one in frames]
    people = sorted({p for one in frames for p in one.people})
    tracks = sorted({t for one in frames for t in one.tracks})
    aligned = {}
    for p in people:
        for t in tracks:
            shared, present, tracked = 0.0, 0, 0
            for one, s in zip(frames, similar, strict=True):
                present += p in one.people
                tracked += t in one.tracks
                if p in one.people and t in one.tracks:
                    a, b = list(one.people).index(p), list(one.tracks).index(t)
                    everything = s[a].sum() + s[:, b].sum() - s[a, b]
                    shared += s[a, b] / everything if everything else 0.0
            aligned[p, t] = shared / (present + tracked - shared)
    results = []
    for alpha in ALPHAS:
        matched = []
        for one, s in zip(frames, similar, strict=True):
            scores = [
                [aligned[p, t] * s[a, b] for b, t in enumerate(one.tracks)]
                for a, p in enumerate(one.people)
            ]
            scores = np.reshape(scores, s.shape)
            for a, b in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
                if s[a, b] >= alpha - 1e-15:
                    matched.append((one.people[a], one.tracks[b]))
        objects = sum(len(one.people) for one in frames)
        estimates = sum(len(one.tracks) for one in frames)
        det = len(matched) / (objects + estimates - len(matched))
        accuracies = []
        for p, t in matched:
            both = matched.count((p, t))
            either = sum(p in one.people for one in frames) + sum(
                t in one.tracks for one in frames
            )
            accuracies.append(both / (either - both))
        ass = np.mean(accuracies) if accuracies else 0.0
        results.append((np.sqrt(det * ass), det, ass))
    return np.mean(results, axis=0)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 12))
def test_equals_its_definition(people, tracks, frames):
    sequence = wandering(people, tracks, frames)
    figures = hota_sums(sequence, REACH).figures()
    if not any(len(one.people) for one in sequence):
        assert np.isnan(figures).all()
    else:
        assert figures == pytest.approx(by_definition(sequence), abs=1e-12)


def test_perfect_tracks_have_one():
    frames = [frame([0, 1], [5, 9], [[0, 0], [2, 0]], [[0, 0], [2, 0]]) for _ in range(10)]
    assert hota_sums(frames, REACH).figures() == pytest.approx((1.0, 1.0, 1.0))


def test_one_exchange_half_way_costs_association_alone():
    true = [[0, 0], [2, 0]]
    frames = [frame([0, 1], [1, 2], true, true if i < 10 else true[::-1]) for i in range(20)]
    # Of each match 10 frames are together, 10 of the person and 10 of the track are not: 1 / 3.
    hota, detection, association = hota_sums(frames, REACH).figures()
    assert (detection, association) == pytest.approx((1.0, 1 / 3))
    assert hota == pytest.approx(np.sqrt(1 / 3))


def test_similarity_of_one_half_is_half_the_reach_away():
    frames = [frame([0], [1], [[0, 0]], [[0.5 * REACH, 0]])]
    sums = hota_sums(frames, REACH)
    np.testing.assert_array_equal(sums.matches, ALPHAS <= 0.5)


def test_sums_of_recordings_add_up():
    first, second = wandering(2, 3, 20), wandering(3, 3, 30)
    # Other people and other tracks: the sums are those of one long recording.
    later = [frame(one.people + 2, one.tracks + 100, one.true, one.estimated) for one in second]
    together = hota_sums(first + later, REACH).figures()
    added = (hota_sums(first, REACH) + hota_sums(second, REACH)).figures()
    assert added == pytest.approx(together, abs=1e-12)


def test_nobody_and_no_tracks():
    assert np.isnan(hota_sums([], REACH).figures()).all()
    assert hota_sums([frame([0], [], [[0, 0]], [])], REACH).figures() == (0.0, 0.0, 0.0)
    assert np.isnan(hota_sums([frame([], [3], [], [[0, 0]])], REACH).figures()).all()

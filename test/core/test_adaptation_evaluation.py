"""The evaluation of adaptation: its other methods, what trials hold, and the command."""

import json
from dataclasses import replace

import numpy as np
import pytest
from gait_windows_at_hand import walker
from scipy.linalg import fractional_matrix_power
from spheres import People
from typer.testing import CliRunner

from thermal_radar_fusion.cli import run as trf
from thermal_radar_fusion.cli.app import app
from thermal_radar_fusion.datasets.recording import NOBODY, DatasetError
from thermal_radar_fusion.evaluation import adaptation, adaptation_buildings
from thermal_radar_fusion.evaluation.adaptation import accuracies, evaluate_recordings, rows_of
from thermal_radar_fusion.evaluation.adaptation_buildings import Building, RoomWindows
from thermal_radar_fusion.evaluation.adaptation_methods import (
    aligned,
    centred,
    discriminant,
    maps_of,
    unchanged,
    whitened,
)
from thermal_radar_fusion.evaluation.adaptation_stream import (
    EARLY,
    LATE,
    OUTCOMES,
    RIGHT,
    outcomes,
)
from thermal_radar_fusion.evaluation.adaptation_visits import (
    HOME,
    LAB,
    OFFICE,
    ONE,
    ONE_KIND,
    OTHERS,
    Trial,
    Visit,
    building_trials,
    building_visits,
)
from thermal_radar_fusion.reid.features import directions
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters

SIZE = 32
PEOPLE = 8


def visits(moved=0.0, people=PEOPLE, count=40):
    """Pairs in the laboratory, and later in the office, where everybody is moved alike."""
    crowd, made = People(people, 3, SIZE), []
    offset = moved * directions(np.random.default_rng(4).normal(size=(1, SIZE)))
    for person in range(people):
        for occasion, (room, off) in enumerate(((LAB, 0.0), (OFFICE, offset))):
            stamps = 200.0 * (person // 2) + 55.0 * occasion + 0.5 * np.arange(count)
            rows = directions(crowd.windows(person, count) + off)
            who = np.full(count, person)
            made.append(Visit(person // 2, room, occasion, person, stamps, rows, who))
    return made


def of_room(rows, room):
    return np.concatenate([visit.features for visit in rows if visit.room == room])


def test_means_of_rooms_meet():
    made = visits(0.5)
    mapped = centred(made)
    means = [mapped(room, of_room(made, room)).mean(axis=0) for room in (LAB, OFFICE)]
    before = [of_room(made, room).mean(axis=0) for room in (LAB, OFFICE)]
    assert np.linalg.norm(means[0] - means[1]) < 0.1 * np.linalg.norm(before[0] - before[1])


def test_alignment_is_that_of_fractional_powers():
    made = visits(0.5)
    rounded = {}
    for room in (LAB, OFFICE):
        spread = np.cov(of_room(made, room).T)
        rounded[room] = 0.7 * spread + 0.3 * np.trace(spread) / SIZE * np.eye(SIZE)
    colour = fractional_matrix_power((rounded[LAB] + rounded[OFFICE]) / 2, 0.5)
    means = {room: of_room(made, room).mean(axis=0) for room in rounded}
    rows = of_room(made, LAB)[:5]
    white = (rows - means[LAB]) @ fractional_matrix_power(rounded[LAB], -0.5)
    expected = directions(white @ colour + (means[LAB] + means[OFFICE]) / 2)
    np.testing.assert_allclose(aligned(made)(LAB, rows), expected, atol=1e-8)


def test_whitening_is_that_of_a_fractional_power():
    made = visits()
    inside = np.concatenate([v.features - v.features.mean(axis=0) for v in made])
    spread = np.cov(inside.T)
    rounded = 0.7 * spread + 0.3 * np.trace(spread) / SIZE * np.eye(SIZE)
    rows = made[0].features[:4]
    expected = directions(rows @ fractional_matrix_power(rounded, -0.5))
    np.testing.assert_allclose(whitened(made, unchanged(made))(LAB, rows), expected, atol=1e-8)


def test_discriminant_keeps_what_people_differ_by():
    made = visits()
    axis = np.random.default_rng(0).normal(size=SIZE)
    noisy = []
    for visit in made:
        noise = np.random.default_rng(visit.track).normal(size=(len(visit.stamps), 1))
        rows = directions(visit.features + 0.8 * noise * axis / np.linalg.norm(axis))
        noisy.append(replace(visit, features=rows))
    mapped = discriminant(noisy, unchanged(noisy))
    ratios = []
    for change in (unchanged(noisy), mapped):
        means = np.stack([change(v.room, v.features).mean(axis=0) for v in noisy])
        inside = np.mean([change(v.room, v.features).var(axis=0).sum() for v in noisy])
        ratios.append(means.var(axis=0).sum() / inside)
    assert ratios[1] > 2 * ratios[0]


@pytest.mark.parametrize('seen', [[], visits()[:1]])
def test_methods_do_with_hardly_anything(seen):
    rows = visits()[0].features[:3]
    for name, mapped in maps_of(seen).items():
        moved = mapped(LAB, rows)
        assert moved.shape == rows.shape, name
        if not seen:
            np.testing.assert_array_equal(moved, rows)


def test_accuracy_of_people_who_are_told_apart_and_of_strangers_to_each_other():
    crowd = People(6, 1, SIZE, window=0.05)
    gallery = {p: crowd.windows(p, 40) for p in range(6)}
    probe = {p: crowd.windows(p, 60) for p in range(6)}
    trial = Trial('', '', gallery, probe, (LAB, OFFICE), ())
    found = accuracies(trial, unchanged(()))
    assert set(found) == {'welm', 'welm_20s', 'cosine', 'cosine_20s'}
    assert min(found.values()) == 1.0
    turned = Trial('', '', gallery, {p: probe[(p + 1) % 6] for p in probe}, (LAB, OFFICE), ())
    assert max(accuracies(turned, unchanged(())).values()) == 0.0


def test_people_of_a_stream_get_their_names_back():
    found = outcomes(visits(people=4), ReidentificationParameters(least_time=4.0))
    assert tuple(found) == (EARLY, LATE)
    for counts in found.values():
        assert tuple(counts) == OUTCOMES
        assert sum(counts.values()) == 2 * 40
        assert counts[RIGHT] > 0.7 * 80


# Buildings


def room_windows(pair, room, count=24):
    """Two people before a radar, windows every half second, as a simulation would give them."""
    made = [walker(f'{pair}{k}', count, 10 * pair + k + room, 1.4 + 0.2 * k) for k in (0, 1)]
    stamps = np.repeat(4.5 + 95.5 * np.arange(count) / count, 2)

    def mixed(name):
        first, second = (getattr(recording, name) for recording in made)
        return np.stack([first, second], axis=1).reshape(-1, *first.shape[1:])

    tracks, people = np.tile([3, 8], count), np.tile([0, 1], count)
    people[:2] = NOBODY
    return RoomWindows(mixed('points'), mixed('mask'), stamps, tracks, people)


def building(pairs=2, kinds=('iwr1843', 'iwr1843')):
    return Building(
        7, kinds, tuple(tuple(room_windows(p, r) for r in (0, 1)) for p in range(pairs))
    )


def constant(points, mask):
    return directions(np.random.default_rng(0).normal(size=(len(points), SIZE)))


def test_gallery_and_probe_are_never_one_walk():
    made = building_visits(building(), constant)
    for visit in made:
        early = visit.stamps - 200.0 * visit.group < 4.5 + 50.0 + 0.01
        assert early.all() if visit.occasion == 0 else not early.any()
    trials = list(building_trials(building(4), building_visits(building(4), constant)))
    assert {trial.radars for trial in trials} == {ONE_KIND}
    for trial in trials:
        people = set(trial.gallery)
        assert people in ({0, 1, 2, 3}, {4, 5, 6, 7})
        assert set(trial.probe) <= people
        if trial.situation == HOME:
            assert trial.rooms == (LAB, LAB)
            continue
        there = {p for v in trial.evidence for p in v.people.tolist() if v.room == trial.rooms[1]}
        if trial.situation == OTHERS:
            assert not there & people
        if trial.situation == ONE:
            assert len(there) == 1
        assert all((v.room, v.occasion) in ((LAB, 0), (OFFICE, 1)) for v in trial.evidence)


def test_rows_are_means_over_trials():
    trials = list(building_trials(building(4), building_visits(building(4), constant)))
    rows = rows_of(trials)
    assert sum(row.trials for row in rows) == len(trials)
    assert all(row.error['none'][key] == 0 for row in rows for key in row.error['none'])


def test_windows_of_a_building_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(adaptation_buildings, 'SECONDS', 14.0)
    monkeypatch.setattr(adaptation_buildings, 'PAIRS', 1)
    parameters = GaitFeatures().windows
    first = adaptation_buildings.simulated_building(tmp_path, 2, parameters)
    monkeypatch.delattr(adaptation_buildings, 'simulate')
    again = adaptation_buildings.simulated_building(tmp_path, 2, parameters)
    for one, other in zip(first.pairs[0], again.pairs[0], strict=True):
        assert len(one.stamps)
        assert set(one.people.tolist()) <= {NOBODY, 0, 1}
        np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(one.tracks, other.tracks)
    next(tmp_path.iterdir()).write_bytes(b'no windows')
    with pytest.raises(DatasetError, match='delete it'):
        adaptation_buildings.simulated_building(tmp_path, 2, parameters)


# The command


def run(*arguments):
    return CliRunner().invoke(app, ['evaluate', 'adaptation', *map(str, arguments)])


def test_command_prints_tables_and_writes_figures(tmp_path, monkeypatch):
    asked = []

    def made(folder, seed, parameters):
        asked.append(seed)
        return building(4)

    monkeypatch.setattr(adaptation, 'simulated_building', made)
    result = run('--buildings', 1, '--first-seed', 40, '--json', tmp_path / 'f.json')
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / 'f.json').read_text())
    assert asked == figures['seeds'] == [40]
    assert figures['network'] == GaitFeatures().network
    assert set(figures['streams'][ONE_KIND]) == {'none', 'ours'}
    assert figures['remap_ms'] > 0
    row = figures['rows'][0]
    assert 0 <= row['accuracy']['ours']['welm_20s'] <= 1
    assert 'right' in result.output


@pytest.mark.parametrize(
    ('arguments', 'expected'),
    [
        (('--subjects', '002'), 'belongs to --data'),
        (('--data', '.', '--buildings', 2), 'no meaning with --data'),
        (('--data', '.'), 'must name people'),
        (('--data', '.', '--subjects', '002'), 'has no mmGait files'),
        (('--network', 'nowhere.onnx'), 'nowhere.onnx'),
    ],
)
def test_bad_input_is_one_line(tmp_path, monkeypatch, capsys, arguments, expected):
    monkeypatch.chdir(tmp_path)
    assert trf(['evaluate', 'adaptation', *map(str, arguments)]) == 2
    said = capsys.readouterr().err.strip()
    assert expected in said
    assert '\n' not in said


def test_somebody_seen_by_one_radar_only_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(adaptation, 'find_recordings', lambda folder, subjects: ['a', 'b'])
    monkeypatch.setattr(
        adaptation, 'read_windows', lambda file, windows, cache: walker(file, sensor='77')
    )
    with pytest.raises(DatasetError, match='a was seen by one radar only'):
        evaluate_recordings(tmp_path, ['a', 'b'], tmp_path, GaitFeatures())

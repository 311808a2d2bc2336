"""`trf evaluate temperature`: the people and scenes, the variants, the scores, the command."""

import json
import math

import numpy as np
import pytest

from thermal_radar_fusion import cli
from thermal_radar_fusion.evaluation import temperature, temperature_scenes
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.temperature import Estimated, estimates, figures
from thermal_radar_fusion.evaluation.temperature_models import Models, fitted
from thermal_radar_fusion.evaluation.temperature_runs import (
    FaceReading,
    MeasuredSequence,
    Setup,
    measure,
)
from thermal_radar_fusion.evaluation.temperature_scenes import scenario, sequences
from thermal_radar_fusion.report.temperature_errors import render_temperatures
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.temperature import TemperatureCorrection

CORRECTION = TemperatureCorrection(a0=1.0, a1=0.01, std=0.05)
MODELS = Models(DistanceModel(), CORRECTION, CORRECTION)
MAXIMUM = 0.5  # the hottest pixel above the region [K]
CONTRACT = {'max_error_c', 'mean_error_c', 'std_c'}


def made(subject, truth, distances, noise=0.0, std=0.12, seed=0):
    """Return a sequence whose readings CORRECTION puts right but for some noise."""
    distances = np.asarray(distances, float)
    errors = np.random.default_rng(seed).normal(0, noise, len(distances))
    values = (truth + errors) / CORRECTION.alpha(distances)
    readings = tuple(
        FaceReading(k / 7.5, value, std, value + MAXIMUM, distance + 0.1, distance)
        for k, (value, distance) in enumerate(zip(values, distances, strict=True))
    )
    sizes = np.column_stack([distances, DistanceModel().height(distances)])
    return MeasuredSequence(subject, truth, readings, sizes, 10.0)


# --- people and scenes


def test_everybody_has_four_to_seven_sequences_and_one_temperature():
    chosen = sequences(range(30))
    counts = [sum(entry.subject == k for entry in chosen) for k in range(30)]
    assert set(counts) == {4, 5, 6, 7}
    for subject in range(30):
        looks = {entry.person for entry in chosen if entry.subject == subject}
        assert len(looks) == 1
        assert not looks.pop().appearance.glasses


def test_each_sequence_has_another_camera_and_other_air():
    scenes = [scenario(entry, 7.5) for entry in sequences([3])[:2]]
    one, other = (scene.thermal_cameras['thermal'].model['room'] for scene in scenes)
    assert one['air'] != other['air']
    assert one['reference'] == other['reference']
    assert [scene.people[0].name for scene in scenes] == ['subject3', 'subject3']


def test_a_sequence_is_measured_as_it_walks(monkeypatch):
    monkeypatch.setattr(temperature_scenes, 'DURATION', 2.5)
    found = measure((sequences([1000])[0], Setup('truth', rate=5.0)))
    assert len(found.readings) >= 4
    values = np.array([r.temperature for r in found.readings])
    assert np.abs(values - found.temperature).max() < 1.5
    coarse, radar = (
        np.array([getattr(r, n) for r in found.readings]) for n in ('coarse', 'radar')
    )
    assert np.median(np.abs(coarse - radar)) < 0.4
    slope = np.polyfit(1 / found.sizes[:, 0], found.sizes[:, 1], 1)[0]
    assert slope == pytest.approx(137.6, rel=0.3)


# --- variants and scores


def test_the_variants_are_those_of_figure_8():
    sequence = made(0, 36.5, [1.0, 2.0, 3.0])
    found = estimates([sequence], MODELS)['region']
    values = [reading.temperature for reading in sequence.readings]
    assert found['raw'][0].estimate == pytest.approx(np.mean(values))
    assert found['fixed'][0].estimate == pytest.approx(1.02 * np.mean(values))
    assert found['corrected'][0].estimate == pytest.approx(36.5)
    np.testing.assert_allclose(found['corrected'][0].samples, 36.5)
    assert math.isnan(found['raw'][0].std)


def test_the_papers_reading_is_scored_beside():
    found = figures([made(0, 36.5, [1.0, 2.0, 3.0])], MODELS)
    assert found['maximum']['raw']['max_error_c'] < found['raw']['max_error_c']
    expected = MAXIMUM * np.mean(CORRECTION.alpha([1.0, 2.0, 3.0]))
    assert found['maximum']['corrected']['max_error_c'] == pytest.approx(expected)


def test_errors_are_over_sequences_and_deviations_over_the_samples_of_a_person():
    rows = [
        Estimated(0, 36.0, 36.1, 0.1, np.array([36.0, 36.2])),
        Estimated(0, 36.0, 35.8, 0.1, np.array([35.8, 35.8])),
        Estimated(1, 37.0, 37.0, 0.1, np.array([37.0])),
    ]
    found = temperature.score(rows)
    assert found['max_error_c'] == pytest.approx(0.2)
    assert found['mean_error_c'] == pytest.approx(0.1)
    assert found['std_c'] == pytest.approx(np.std([36.0, 36.2, 35.8, 35.8]))


def test_what_is_not_known_counts_as_not_measured_and_says_so():
    sure, unsure = made(0, 36.0, [1, 2, 3]), made(1, 36.0, [1, 2, 3], std=1.0)
    nothing = MeasuredSequence(2, 36.0, (), np.zeros((0, 2)), 10.0)
    found = figures([sure, unsure, nothing], MODELS)
    assert found['sequences'] == 3
    assert found['not_measured'] == 2
    assert [row['subject'] for row in found['subjects']] == [0]


def test_nobody_measured_is_no_crash():
    found = figures([MeasuredSequence(0, 36.0, (), np.zeros((0, 2)), 10.0)], MODELS)
    assert found['not_measured'] == 1
    assert math.isnan(found['corrected']['max_error_c'])


def test_the_models_are_fitted_to_views_from_the_front():
    draw = np.random.default_rng(1)
    people = [made(k, 35.5 + 0.1 * k, draw.uniform(0.8, 3.5, 40)) for k in range(8)]
    turned = made(9, 39.0, draw.uniform(0.8, 3.5, 40), std=1.0)
    models = fitted([*people, turned])
    assert (models.region.a0, models.region.a1) == pytest.approx((1.0, 0.01), abs=1e-6)
    assert models.distance.b0 == pytest.approx(137.6, rel=1e-3)


def test_too_few_faces_are_one_clear_line():
    nothing = MeasuredSequence(0, 36.0, (), np.zeros((0, 2)), 10.0)
    with pytest.raises(EvaluationError, match='too few faces'):
        fitted([nothing])


# --- the command


@pytest.fixture
def short(monkeypatch):
    """Make one short sequence of everybody."""
    monkeypatch.setattr(temperature_scenes, 'DURATION', 2.5)
    monkeypatch.setattr(temperature, 'sequences', lambda s: [sequences([k])[0] for k in s])


def test_the_command_writes_what_the_contract_asks_for(short, tmp_path, capsys):
    path = tmp_path / 'figures.json'
    options = ['--subjects', '1', '--calibration', '2', '--rate', '5', '--detector', 'truth']
    options += ['--json', str(path), '--report', str(tmp_path / 'report.html')]
    assert cli.run(['evaluate', 'temperature', *options]) == 0
    found = json.loads(path.read_text())
    for variant in ('raw', 'fixed', 'corrected'):
        assert set(found[variant]) >= CONTRACT
        assert set(found['maximum'][variant]) >= CONTRACT
    assert set(found['models']) == {'distance', 'region', 'maximum'}
    assert 'not a medical device' in ' '.join(capsys.readouterr().out.split())
    page = (tmp_path / 'report.html').read_text()
    assert f'{found["corrected"]["max_error_c"]:.2f} K' in page


def test_the_report_shows_figures_8_and_9_and_every_person():
    people = [made(k, 36.0 + k, [1.0, 2.0, 3.0], noise=0.1, seed=k) for k in range(3)]
    found = figures(people, MODELS)
    page = render_temperatures(found, people, MODELS)
    assert page.count('<svg') == 3
    for row in found['subjects']:
        assert f'{row["mean_c"]:.2f} °C' in page
        assert f'person {row["subject"]}' in page
    assert 'not a medical device' in page


def test_a_report_on_nobody_is_no_crash():
    nobody = [MeasuredSequence(0, 36.0, (), np.zeros((0, 2)), 10.0)]
    page = render_temperatures(figures(nobody, MODELS), nobody, MODELS)
    assert page.count('Nobody was measured.') == 3


def test_a_report_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys):
    assert cli.run(['evaluate', 'temperature', '--report', str(tmp_path)]) == 2
    assert 'cannot be written' in capsys.readouterr().err


@pytest.mark.parametrize('options', [['--subjects', '0'], ['--rate', '0'], ['--detector', 'me']])
def test_impossible_options_are_refused(options, capsys):
    assert cli.run(['evaluate', 'temperature', *options]) == 2
    assert capsys.readouterr().err.count('\n') == 1

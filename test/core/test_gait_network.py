"""The statistics, the two gait networks, and features by ONNX."""

import numpy as np
import pytest
from gait_windows_at_hand import POINTS, STEPS, different_walkers, walker

from thermal_radar_fusion.onnx_model import ModelError
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.gait_windows import GaitWindow, GaitWindowParameters

torch = pytest.importorskip('torch', reason='training needs requirements/train.txt')

from thermal_radar_fusion.reid.gait_network import (  # noqa: E402
    FILL,
    ROUND,
    SINGLE,
    GaitNetwork,
    Origin,
    PaperGaitNetwork,
    discriminants,
    with_presence,
)
from thermal_radar_fusion.reid.gait_rhythm import FAINT, GaitRhythm  # noqa: E402
from thermal_radar_fusion.reid.gait_statistics import (  # noqa: E402
    AHEAD,
    BESIDE,
    DOPPLER,
    FEW,
    FINE,
    HEIGHT,
    HISTOGRAMS,
    LEAST,
    LEVEL,
    OTHERS,
    REACH,
    RIDGE,
    RIGID,
    SMOOTHING,
    STATISTICS,
    SWINGS,
    THIRDS,
    GaitStatistics,
    WalkingPath,
    _size,
    soft_bins,
)


def windows_of(recording):
    return with_presence(torch.from_numpy(recording.points), torch.from_numpy(recording.mask))


def prepared(people):
    """Return our network, prepared for some people."""
    network = GaitNetwork()
    labels = torch.repeat_interleave(torch.arange(len(people)), len(people[0]))
    halves = 2 * labels + torch.arange(len(labels)) % 2
    network.prepare(
        torch.cat(people),
        Origin(labels, halves, torch.zeros_like(labels), torch.ones(len(labels))),
    )
    return network.eval()


@pytest.fixture(scope='module')
def people():
    return [windows_of(recording) for recording in different_walkers(4)]


def test_the_path_is_weighted_least_squares():
    draw = np.random.default_rng(1)
    steps = 12
    values, seen = draw.normal(0, 1, (steps, 2)), draw.random(steps) < 0.7
    level, slope = WalkingPath(steps)(
        torch.tensor(values[None], dtype=torch.float32),
        torch.tensor(seen[None, :, None], dtype=torch.float32),
    )
    for step in range(steps):
        lags = np.arange(steps) - step
        weight = np.exp(-0.5 * (lags / SMOOTHING) ** 2) * (np.abs(lags) <= REACH) * seen
        design = np.column_stack([np.ones(steps), lags])
        normal = design.T @ (design * weight[:, None]) + np.diag([0, RIDGE])
        expected = np.linalg.solve(normal, design.T @ (values * weight[:, None]))
        assert level[0, step].numpy() == pytest.approx(expected[0], abs=1e-4)
        assert slope[0, step].numpy() == pytest.approx(expected[1], abs=1e-4)


def test_a_straight_walk_has_its_speed_and_sides():
    times = np.arange(STEPS) / 10.0
    points = np.zeros((1, STEPS, POINTS, 4), np.float32)
    # One point on the path, one a quarter of a metre to the left, at 0.9 m, on a way towards y.
    points[0, :, :2, 1] = 1.5 * times[:, None]
    points[0, :, 1, 0] = -0.25
    points[0, :, :2, 2], points[0, :, :2, 3] = 0.9, 1.5
    mask = np.zeros((1, STEPS, POINTS), bool)
    mask[0, :, :2] = True
    found = GaitStatistics(STEPS, 10.0)(
        with_presence(torch.from_numpy(points), torch.from_numpy(mask))
    )
    sizes = [np.prod([axis[2] for axis in axes]) for axes in HISTOGRAMS]
    sizes += [SWINGS, 1 + 2 * (SWINGS + OTHERS)]
    parts = np.split(found[0].numpy(), np.cumsum(sizes))
    joint, ahead, beside, fine, swing, rhythm, pace = parts
    joint, ahead, beside, fine = (
        (part**2 * (part**2 > 2 * LEAST)).reshape([axis[2] for axis in axes])
        for part, axes in zip((joint, ahead, beside, fine), HISTOGRAMS, strict=True)
    )
    assert (fine * np.linspace(*FINE)).sum() == pytest.approx(0.9, abs=1e-2)
    assert (joint.sum(1) * np.linspace(*HEIGHT)).sum() == pytest.approx(0.9, abs=1e-2)
    assert joint[:, DOPPLER[2] // 2].sum() == pytest.approx(1, abs=1e-2)
    assert ahead[LEVEL[2] // 2, AHEAD[2] // 2] == pytest.approx(1, abs=1e-2)
    centres, sides = np.linspace(*BESIDE), beside[LEVEL[2] // 2]
    assert (sides * centres).sum() == pytest.approx(0.0, abs=1e-2)
    assert (sides * np.abs(centres)).sum() == pytest.approx(0.125, abs=1e-2)
    assert swing == pytest.approx(np.full(SWINGS, RIGID**0.5), abs=2e-3)
    assert rhythm[1:] == pytest.approx(0.5 * np.log(FAINT), abs=0.1)
    assert pace == pytest.approx([1.5, 0, 1.5, 1.5, *[np.log(1.5)] * 2], abs=5e-3)


def test_the_swing_is_the_deviation_of_the_means_of_steps():
    draw = np.random.default_rng(4)
    sides = draw.normal(0.9, 0.4, (4, 1, 12, 6))
    present = draw.random((1, 12, 6)) < 0.3
    shares = [np.interp(sides[0, 0], np.linspace(*THIRDS), row) for row in np.eye(THIRDS[2])]
    expected = []
    for values in (one for side in sides[1:] for one in (side, np.abs(side))):
        for share in shares * present[0]:
            seen = share.sum(1) > FEW
            means = (share * values[0]).sum(1)[seen] / share.sum(1)[seen]
            expected.append(np.sqrt(means.var() + RIGID))
    tensors = [torch.tensor(one, dtype=torch.float32) for one in (*sides, present)]
    found = _size(*GaitStatistics(12, 10.0)._swings(tuple(tensors[:4]), tensors[4]))
    assert found[0].numpy() == pytest.approx(expected, abs=1e-4)


def test_the_cadence_is_that_of_the_steps_and_strengths_are_amplitudes():
    times, draw = np.arange(STEPS) / 10.0, np.random.default_rng(3)
    for steps in (1.4, 1.83, 2.3):
        swing = 0.4 * np.sin(2 * np.pi * steps * times + 0.7) + 3.0 + 0.2 * times
        sway = 0.1 * np.cos(np.pi * steps * times + 0.2)
        signs = np.stack([swing, sway, 0.0 * times], axis=1)[None]
        telling = swing[:, None] + 0.05 * draw.standard_normal((1, STEPS, 3))
        found = GaitRhythm(STEPS, 10.0)(*(torch.from_numpy(a).float() for a in (signs, telling)))
        cadence, *strengths = np.exp(found[0].numpy())
        assert cadence == pytest.approx(steps, rel=0.02)
        # At the steps the swing alone is seen, at half of that the sway.
        assert strengths[0] == pytest.approx(0.4, rel=0.1)
        assert strengths[4] == pytest.approx(0.1, rel=0.1)
        assert max(strengths[1], strengths[2], strengths[5]) < 0.02


def test_soft_bins_are_linear_interpolation():
    centres = torch.linspace(-1, 1, 5)
    values = np.array([-3.0, -1.0, -0.3, 0.0, 0.77, 1.0, 9.0], np.float32)
    shares = soft_bins(torch.from_numpy(values), centres).numpy()
    expected = [np.interp(values, centres.numpy(), row) for row in np.eye(5)]
    assert shares == pytest.approx(np.array(expected).T, abs=1e-6)
    assert shares.sum(1) == pytest.approx(np.ones(7))


def test_statistics_do_not_depend_on_direction_place_or_order(people):
    statistics, windows = GaitStatistics(STEPS, 10.0), people[0]
    angle = 1.1
    turned = windows.clone()
    x, y = windows[..., 0], windows[..., 1]
    turned[..., 0] = (np.cos(angle) * x - np.sin(angle) * y) * windows[..., 4]
    turned[..., 1] = (np.sin(angle) * x + np.cos(angle) * y + 0.5) * windows[..., 4]
    shuffled = turned[:, :, torch.randperm(POINTS)]
    assert torch.allclose(statistics(shuffled), statistics(windows), atol=2e-3)


def test_points_that_are_not_there_count_nowhere(people):
    for network in (GaitNetwork(), PaperGaitNetwork()):
        network.eval()
        points, mask = people[0][..., :4].clone(), people[0][..., 4] > 0
        points[~mask] = 77.0
        assert torch.allclose(network(with_presence(points, mask)), network(people[0]), atol=1e-5)


@pytest.mark.parametrize('kind', [GaitNetwork, PaperGaitNetwork])
def test_features_are_finite_and_of_unit_length(kind, people):
    network = kind().eval()
    windows = torch.cat([people[0][:2], torch.zeros(1, STEPS, POINTS, 5)])
    features = network(windows)
    assert features.shape == (3, 32)
    assert torch.isfinite(features).all()
    assert features[:2].norm(dim=1).detach().numpy() == pytest.approx([1, 1], abs=1e-5)
    if kind is GaitNetwork:
        assert network.statistics(windows).shape == (3, STATISTICS)


def test_the_paper_s_network_has_its_layers():
    network = PaperGaitNetwork()
    widths = [tuple(layer[0].weight.shape) for layer in network.shared]
    assert widths == [(98, 4), (98, 98), (98, 98), (196, 98), (196, 196)]
    convolutions = [block[0] for block in network.temporal]
    assert [c.out_channels for c in convolutions] == [32, 64, 128, 256, 128, 32]
    assert [c.dilation[0] for c in convolutions] == [1, 2, 4, 1, 2, 4]


def test_prepared_features_tell_people_apart(people):
    network = prepared(people)
    features = [network(windows).detach().numpy() for windows in people]
    means = np.stack([own[::2].mean(0) for own in features])
    right = [(own[1::2] @ means.T).argmax(1) == k for k, own in enumerate(features)]
    assert np.mean(right) > 0.9


def test_discriminants_are_those_of_scipy():
    from scipy.linalg import eigh

    # Six people, before one kind of radar each, two visits with ten windows each.
    draw = np.random.default_rng(5)
    visits = np.repeat(np.arange(12), 10)
    people, kinds = visits // 2, visits // 6
    values = draw.normal(0, 1, (120, 6)) @ draw.normal(0, 1, (6, 6))
    values += 2 * draw.normal(0, 1, (6, 6))[people] + 0.5 * draw.normal(0, 1, (12, 6))[visits]
    values += 9.0 * kinds[:, None]
    means = np.stack([values[visits == k].mean(0) for k in range(12)])
    middles = means.reshape(6, 2, 6).mean(1)
    # Two of them count for three each.
    weights = np.array([3.0, 3.0, 1.0, 1.0, 1.0, 1.0])

    def scatter(differences, repeated, freedom):
        counts = np.repeat(weights, repeated)
        products = differences[:, :, None] * differences[:, None]
        return np.average(products, axis=0, weights=counts) / freedom

    single = scatter(values - means[visits], 20, 1 - 12 / 120)
    within = scatter(means - np.repeat(middles, 2, axis=0), 2, 1 - 6 / 12) + SINGLE * single
    apart = middles - np.repeat([middles[:3].mean(0), middles[3:].mean(0)], 3, axis=0)
    between = scatter(apart, 1, 1) + FILL * within
    expected = eigh(between, within + ROUND * np.eye(6))[1].T[::-1]
    shuffled = draw.permutation(120)
    columns = (people, visits, kinds, weights[people])
    origin = Origin(*(torch.from_numpy(one[shuffled]) for one in columns))
    found = discriminants(torch.from_numpy(values[shuffled]), origin).numpy()
    signs = np.sign((found * expected).sum(1))[:, None]
    assert found * signs == pytest.approx(expected, abs=1e-9)


@pytest.fixture(scope='module')
def written(people, tmp_path_factory):
    pytest.importorskip('onnx', reason='training needs requirements/train.txt')
    from thermal_radar_fusion.training.gait_training import WINDOWS, write_onnx

    network = prepared(people)
    file = tmp_path_factory.mktemp('onnx') / 'gait.onnx'
    write_onnx(network, file, WINDOWS)
    return network, file


def test_onnx_gives_what_torch_gives(written, people):
    network, file = written
    recording = walker('p0', 5)
    features = GaitFeatures(file)
    expected = network(windows_of(recording)).detach().numpy()
    # Sums of float32 in another order.
    assert features.of(recording.points, recording.mask) == pytest.approx(expected, abs=5e-5)
    windows = [
        GaitWindow(1, 0.0, points, mask)
        for points, mask in zip(recording.points, recording.mask, strict=True)
    ]
    assert features(windows) == pytest.approx(expected, abs=5e-5)
    assert file.stat().st_size < 3_000_000
    assert (features.dimension, features.windows.rate) == (32, 10.0)
    assert features.windows.centring == 'window'
    assert features.network == GaitFeatures(file).network


def test_bad_windows_are_refused_in_one_line(written):
    features, recording = GaitFeatures(written[1]), walker('p0', 3)
    with pytest.raises(FeatureError, match='no windows'):
        features([])
    with pytest.raises(FeatureError, match='45 steps of 32 points'):
        features.of(recording.points[:, :40], recording.mask[:, :40])
    with pytest.raises(FeatureError, match='with a mask'):
        features.of(recording.points, recording.mask[:2])
    with pytest.raises(FeatureError, match='at least 4'):
        features.of(recording.points[..., :3], recording.mask)
    broken = recording.points.copy()
    broken[recording.mask] = np.nan
    with pytest.raises(FeatureError, match='not finite'):
        features.of(broken, recording.mask)


def test_other_networks_are_refused_in_one_line(written, tmp_path, people):
    onnx = pytest.importorskip('onnx')
    from thermal_radar_fusion.training.gait_training import WINDOWS, write_onnx

    with pytest.raises(ModelError, match='no such file'):
        GaitFeatures(tmp_path / 'none.onnx')
    model = onnx.load(written[1])
    del model.metadata_props[:]
    onnx.save(model, tmp_path / 'silent.onnx')
    with pytest.raises(ModelError, match='names no windows'):
        GaitFeatures(tmp_path / 'silent.onnx')
    onnx.helper.set_model_props(
        model, {'rate': '10', 'steps': '30', 'points': '32', 'centring': 'window'}
    )
    onnx.save(model, tmp_path / 'other.onnx')
    with pytest.raises(ModelError, match='30 steps of 32 points'):
        GaitFeatures(tmp_path / 'other.onnx')
    statistics = torch.nn.Flatten(0)
    write_onnx(statistics, tmp_path / 'flat.onnx', WINDOWS)
    with pytest.raises(ModelError, match='one row per window'):
        GaitFeatures(tmp_path / 'flat.onnx')


def test_windows_may_carry_power(written):
    recording = walker('p0', 2)
    with_power = np.concatenate([recording.points, recording.points[..., :1]], axis=-1)
    features = GaitFeatures(written[1])
    assert features.of(with_power, recording.mask) == pytest.approx(
        features.of(recording.points, recording.mask)
    )
    assert GaitWindowParameters(power='per_sensor').channels == 5

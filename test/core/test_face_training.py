"""Training pictures, the maps that the face network should give, and its training."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.cli import run
from thermal_radar_fusion.onnx_model import OnnxModel
from thermal_radar_fusion.thermal.boxes import surest
from thermal_radar_fusion.thermal.face_heatmap import HeatmapDetector, decoded
from thermal_radar_fusion.training.camera_effects import as_delivered, drawn_resolution
from thermal_radar_fusion.training.face_samples import CELLS, SIZE, drawn_sample, target_maps
from thermal_radar_fusion.training.looks import Looks
from thermal_radar_fusion.training.thermogram_cache import RenderedScenes, Truth, rendered_scenes
from thermal_radar_fusion.training.thermograms import HEIGHT, WIDTH, drawn_thermogram

AIR = 22.0


@pytest.fixture(scope='module')
def scenes():
    """A few rendered scenes with some visitors."""
    draw = np.random.default_rng(4)
    visitors = [Looks(f'{k}', AIR, draw) for k in range(3)]
    made = [drawn_thermogram(visitors, AIR, draw) for _ in range(10)]
    truth = [
        Truth(
            np.array([face.box for face in scene.faces], np.float32).reshape(-1, 4),
            np.array([face.facing for face in scene.faces], np.float32),
            np.array([face.visible for face in scene.faces], np.float32),
        )
        for scene in made
    ]
    celsius = np.stack([scene.celsius for scene in made]).astype(np.float16)
    return RenderedScenes(celsius, tuple(truth))


def as_maps(centres, sides):
    """Return what a perfect network would give for these targets."""
    likely = np.clip(centres, 1e-4, 1 - 1e-4)
    return np.concatenate([np.log(likely / (1 - likely))[None], np.log(sides)]).astype(np.float32)


boxes = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 3), st.floats(7, 40), st.floats(7, 40), st.floats(0, 7)
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda entry: entry[:2],
)


@given(boxes)
def test_a_perfect_network_gives_the_boxes_back(entries):
    true = np.array(
        [(48 * i + d, 48 * j + d, 48 * i + d + w, 48 * j + d + h) for i, j, w, h, d in entries],
        np.float32,
    ).clip(0, SIZE - 1)
    centres, sides, _, _ = target_maps(true, np.ones(len(true), bool))
    found, scores = decoded(as_maps(centres, sides), 0.6)
    kept = surest(found, scores, 0.45)
    found, scores = found[kept], scores[kept]
    assert len(found) == len(true)
    assert scores.min() > 0.7
    order = [np.abs(found - box).sum(axis=1).argmin() for box in true]
    assert found[order] == pytest.approx(true, abs=0.3)


def test_faces_that_need_not_be_found_count_nowhere():
    true = np.array([[20, 20, 60, 70], [100, 100, 130, 140]], np.float32)
    centres, _, near, counted = target_maps(true, np.array([True, False]))
    assert centres[25:35, 25:32].max() == 0
    assert counted[26:34, 26:32].max() == 0
    assert counted.sum() > 0.9 * CELLS**2
    assert near[np.nonzero(near)].min() > 0.25


def test_thermograms_show_faces_where_they_say(scenes):
    warm, empty = [], 0
    for celsius, truth in zip(scenes.celsius, scenes.truth, strict=True):
        assert celsius.shape == (HEIGHT, WIDTH)
        empty += not len(truth.boxes)
        for box, facing, visible in zip(truth.boxes, truth.facing, truth.visible, strict=True):
            x0, y0, x1, y1 = np.rint(box).astype(int)
            if visible > 0.8 and facing > 0.5:
                warm.append(celsius[y0 : y1 + 1, x0 : x1 + 1].max())
    assert len(warm) > 3
    assert np.median(warm) > 32


def test_a_sample_is_the_same_for_the_same_seed(scenes):
    first, again, other = (
        drawn_sample(scenes, 1, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert (first.picture == again.picture).all()
    assert (first.centres == again.centres).all()
    assert not (first.picture == other.picture).all()


def test_samples_have_their_shapes_and_ranges(scenes):
    draw = np.random.default_rng(7)
    centres = 0
    for k in range(30):
        sample = drawn_sample(scenes, k % len(scenes), draw)
        assert sample.picture.shape == (2, SIZE, SIZE)
        assert np.isfinite(sample.picture).all()
        assert np.abs(sample.picture).max() < 40
        assert sample.sides.min() > 0
        centres += (sample.centres > 0.7).sum()
    assert centres > 10


def test_cameras_keep_the_size_and_the_order_of_warmth():
    draw = np.random.default_rng(8)
    step = np.full((96, 96), 20.0, np.float32)
    step[:, 48:] = 35.0
    for _ in range(40):
        seen = as_delivered(step, drawn_resolution(draw), draw)
        assert seen.shape == step.shape
        assert seen.dtype == np.float32
        assert np.median(seen[:, 60:85]) > np.median(seen[:, :40])


def test_rendered_scenes_are_kept_and_read_again(tmp_path, monkeypatch, scenes):
    from thermal_radar_fusion.training import thermogram_cache

    monkeypatch.setattr(thermogram_cache, 'SCENES', 2)
    monkeypatch.setattr(thermogram_cache, 'VISITORS', 2)
    told = []
    first = rendered_scenes(tmp_path, 1, 3, lambda *news: told.append(news))
    stamps = [path.stat().st_mtime_ns for path in tmp_path.iterdir()]
    again = rendered_scenes(tmp_path, 1, 3, lambda *news: None)
    assert [path.stat().st_mtime_ns for path in tmp_path.iterdir()] == stamps
    assert len(first) == len(again) == 2
    assert (first.celsius == again.celsius).all()
    assert told == [('Rendering', 0, 1)]


@pytest.fixture(scope='module')
def torch():
    return pytest.importorskip('torch', reason='training needs requirements/train.txt')


def test_the_centre_loss_is_the_quality_focal_loss(torch):
    from thermal_radar_fusion.training.face_losses import centre_loss

    draw = np.random.default_rng(1)
    logits = draw.normal(0, 2, (1, 6, 6))
    centres = draw.uniform(0, 0.9, (1, 6, 6))
    counted = (draw.uniform(size=(1, 6, 6)) > 0.2).astype(float)
    expected = 0.0
    for index in np.ndindex(1, 6, 6):
        p, y = 1 / (1 + np.exp(-logits[index])), centres[index]
        entropy = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        expected += counted[index] * abs(y - p) * entropy / centres.sum()
    tensors = [torch.from_numpy(array) for array in (logits, centres, counted)]
    assert float(centre_loss(*tensors)) == pytest.approx(expected, rel=1e-5)


def test_the_side_loss_is_none_for_the_right_sides_and_grows(torch):
    from thermal_radar_fusion.training.face_losses import side_loss

    sides = torch.full((1, 4, 5, 5), 3.0)
    near = torch.zeros(1, 5, 5)
    near[0, 2, 2] = 1.0
    losses = [float(side_loss((sides * f).log(), sides, near)) for f in (1.0, 1.1, 1.5, 0.5)]
    assert losses[0] == pytest.approx(0, abs=1e-6)
    assert losses[0] < losses[1] < losses[2]
    assert losses[3] > losses[1]
    overlap = 1 / 1.1**2
    apart = np.log(1.1) - 0.05 if np.log(1.1) > 0.1 else np.log(1.1) ** 2 / 0.2
    assert losses[1] == pytest.approx(1 - overlap + 0.5 * apart, rel=1e-4)


@pytest.fixture(scope='module')
def trained(torch, scenes, tmp_path_factory):
    """A network that has seen a few pictures, and its file."""
    from thermal_radar_fusion.training.face_training import FaceTraining, train, write_onnx

    pytest.importorskip('onnx', reason='training needs requirements/train.txt')
    parameters = FaceTraining(steps=3, batch=2)
    network = train(parameters, scenes, None, lambda *news: None)
    file = tmp_path_factory.mktemp('onnx') / 'network.onnx'
    write_onnx(network, file)
    return network, file


@pytest.mark.parametrize('shape', [(64, 96), (288, 352)])
def test_onnx_gives_what_torch_gives(torch, trained, shape):
    network, file = trained
    picture = np.random.default_rng(2).normal(0, 1, (1, 2, *shape)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    (maps,) = OnnxModel(file).run(picture)
    assert maps.shape == (1, 5, shape[0] // 4, shape[1] // 4)
    assert maps == pytest.approx(expected, abs=1e-4)
    HeatmapDetector(OnnxModel(file), 0.4, 0.45, 6.0)
    assert file.stat().st_size < 2_000_000


def test_training_learns_one_picture_by_heart(torch, scenes):
    from thermal_radar_fusion.training.face_training import FaceTrainer, FaceTraining

    with_faces = [k for k, truth in enumerate(scenes.truth) if len(truth.boxes)][:1]
    few = RenderedScenes(scenes.celsius[with_faces], (scenes.truth[with_faces[0]],))
    trainer = FaceTrainer(FaceTraining(steps=60, batch=4), few)
    losses = []
    for _ in range(12):
        trainer.step()
        losses.append(trainer.loss)
    assert losses[-1] < 0.97 * losses[0]


def test_an_interrupted_run_ends_like_one_without_interruption(torch, scenes, tmp_path):
    from thermal_radar_fusion.training.face_training import (
        FaceTrainer,
        FaceTraining,
        TrainingError,
    )

    parameters = FaceTraining(steps=4, batch=2)
    whole = FaceTrainer(parameters, scenes)
    for _ in range(2):
        whole.step()
    whole.save(tmp_path / 'checkpoint.pt')
    rest = FaceTrainer(parameters, scenes)
    rest.resume(tmp_path / 'checkpoint.pt')
    for trainer in (whole, rest):
        trainer.step()
    for ours, theirs in zip(whole.mean.parameters(), rest.mean.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
    with pytest.raises(TrainingError, match='other parameters'):
        FaceTrainer(FaceTraining(steps=5, batch=2), scenes).resume(tmp_path / 'checkpoint.pt')
    other = FaceTrainer(FaceTraining(steps=5, batch=2, seed=2), scenes)
    other.start_from(tmp_path / 'checkpoint.pt')
    saved = torch.load(tmp_path / 'checkpoint.pt', weights_only=True)['mean']
    assert all(
        torch.equal(saved[name], value) for name, value in other.network.state_dict().items()
    )
    (tmp_path / 'text.pt').write_text('hello')
    with pytest.raises(TrainingError, match='is no checkpoint'):
        rest.resume(tmp_path / 'text.pt')


def test_the_command_trains_and_says_how_well(torch, tmp_path, monkeypatch, capsys):
    from thermal_radar_fusion.training import thermogram_cache

    pytest.importorskip('onnx', reason='training needs requirements/train.txt')
    monkeypatch.setattr(thermogram_cache, 'SCENES', 3)
    monkeypatch.setattr(thermogram_cache, 'VISITORS', 2)
    options = ['--files', '1', '--steps', '1', '--batch', '2']
    assert run(['train', 'face-detector', '-o', str(tmp_path / 'out'), *options]) == 0
    figures = json.loads((tmp_path / 'out' / 'figures.json').read_text())
    assert figures['images'] == 6
    assert (tmp_path / 'out' / 'face_detector.onnx').exists()
    assert 'face_detector.onnx' in capsys.readouterr().out

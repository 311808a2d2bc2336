"""Losses, samples, people, batches and the training of the gait network."""

import json
import multiprocessing
import os
import socket

import numpy as np
import pytest
from gait_windows_at_hand import different_walkers, walker

from thermal_radar_fusion.cli import run
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.training.gait_people import GaitPeople
from thermal_radar_fusion.training.gait_samples import GaitVariation, varied

STILL = GaitVariation(
    turn=0,
    mirror=0,
    sparser=0,
    thinner=0,
    jitter=0,
    doppler=0,
    raised=0,
    gaps=0,
    tempo=0,
    coarse=0,
)


@pytest.fixture(scope='module')
def torch():
    pytest.importorskip('onnx', reason='training needs requirements/train.txt')
    return pytest.importorskip('torch', reason='training needs requirements/train.txt')


def brute_force_triplets(features, labels, margin):
    """Return the mean of FaceNet's semi-hard triplet losses, pair by pair."""
    losses = []
    for a, of_a in enumerate(labels):
        for p, of_p in enumerate(labels):
            if a == p or of_a != of_p:
                continue
            near = ((features[a] - features[p]) ** 2).sum()
            others = [
                ((features[a] - features[n]) ** 2).sum()
                for n, of_n in enumerate(labels)
                if of_n != of_a
            ]
            farther = [d for d in others if d > near]
            losses.append(max(near - (min(farther) if farther else max(others)) + margin, 0))
    return np.mean(losses)


@pytest.mark.parametrize('seed', range(4))
def test_triplets_are_those_of_facenet(torch, seed):
    from thermal_radar_fusion.training.gait_losses import triplet_loss

    draw = np.random.default_rng(seed)
    features = draw.normal(0, 1, (12, 5))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    labels = draw.integers(0, 4, 12)
    found = triplet_loss(torch.from_numpy(features), torch.from_numpy(labels), 0.4)
    assert float(found) == pytest.approx(brute_force_triplets(features, labels, 0.4), rel=1e-9)


def test_without_triplets_there_is_no_triplet_loss(torch):
    from thermal_radar_fusion.training.gait_losses import triplet_loss

    features = torch.eye(3, requires_grad=True)
    for labels in ([0, 0, 0], [0, 1, 2]):
        loss = triplet_loss(features, torch.tensor(labels), 1.0)
        loss.backward()
        assert loss.item() == 0


def test_the_loss_is_the_sum_of_three_and_learns_its_centres(torch):
    from thermal_radar_fusion.training.gait_losses import GaitLoss, centre_loss, triplet_loss

    torch.manual_seed(1)
    criterion = GaitLoss(people=3, dimension=4)
    embedded, labels = 3 * torch.randn(6, 4), torch.tensor([0, 0, 1, 1, 2, 2])
    features = torch.nn.functional.normalize(embedded, dim=1)
    loss = criterion(embedded, labels)
    parts = (
        torch.nn.functional.cross_entropy(criterion.classifier(embedded), labels),
        0.5 * 0.5 * (features**2).sum(1).mean(),
        triplet_loss(features, labels, 1.0),
    )
    assert float(loss.detach()) == pytest.approx(float(sum(parts).detach()), rel=1e-6)
    loss.backward()
    assert (criterion.centres.grad.norm(dim=1) > 0).all()
    assert float(centre_loss(features, labels, features[::2])) < 1


def test_windows_that_are_not_varied_stay_as_they_are():
    own = walker('a', 4)
    points, mask = varied(own.points, own.mask, STILL, np.random.default_rng(1))
    assert (mask == own.mask).all()
    assert points == pytest.approx(own.points, abs=1e-6)


def test_turned_and_mirrored_windows_keep_heights_velocities_and_distances():
    own = walker('a', 6)
    draw = np.random.default_rng(2)
    points, mask = varied(own.points, own.mask, STILL.replace(turn=3.0, mirror=0.5), draw)
    assert (mask == own.mask).all()
    assert (points[..., 2:] == own.points[..., 2:]).all()
    lengths = [np.hypot(values[..., 0], values[..., 1]) for values in (points, own.points)]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-5)
    first, second = (values[:, 3, :8, :2] for values in (points, own.points))
    areas = [w[:, 0, 0] * w[:, 1, 1] - w[:, 0, 1] * w[:, 1, 0] for w in (first, second)]
    kept = np.sign(areas[0]) == np.sign(areas[1])
    assert 0 < kept.sum() < 6


@pytest.mark.parametrize(
    ('changes', 'least', 'most'),
    [({'sparser': 0.5}, 0.5, 0.99), ({'gaps': 0.5}, 0.4, 0.99), ({'thinner': 1.0}, 0.2, 0.99)],
)
def test_points_and_steps_are_left_out(changes, least, most):
    own = walker('a', 20)
    points, mask = varied(own.points, own.mask, STILL.replace(**changes), np.random.default_rng(3))
    assert not (mask & ~own.mask).any()
    assert least < mask.sum() / own.mask.sum() < most
    assert mask.any((1, 2)).all()
    assert (points[~mask] == 0).all()


def test_velocities_follow_the_tempo_and_the_radar():
    own = walker('a', 8)
    faster, mask = varied(own.points, own.mask, STILL.replace(tempo=0.3), np.random.default_rng(4))
    ratios = faster[:, 22][mask[:, 22]][:, 3] / own.points[:, 22][own.mask[:, 22]][:, 3]
    assert 0.7 <= ratios.min() < 0.98 or 1.02 < ratios.max() <= 1.3
    coarse, mask = varied(own.points, own.mask, STILL.replace(coarse=1), np.random.default_rng(5))
    counts = [
        len(np.unique(window[seen][:, 3])) for window, seen in zip(coarse, mask, strict=True)
    ]
    assert min(counts) < 20


def test_the_same_seed_varies_alike():
    own = walker('a', 3)
    first, again, other = (
        varied(own.points, own.mask, GaitVariation(), np.random.default_rng(seed))[0]
        for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert not (first == other).all()
    assert np.isfinite(first).all()


def test_people_are_put_together_split_and_drawn_alike():
    recordings = [walker('b', 5), walker('a', 9), walker('b', 50, 3, sensor='other')]
    recordings += [walker(name, 5) for name in 'cdefgh']
    people = GaitPeople.of(recordings)
    assert people.names == tuple('abcdefgh')
    assert [len(own) for own in people.recordings] == [1, 2, 1, 1, 1, 1, 1, 1]
    learned, aside = people.split(0.25, np.random.default_rng(1))
    assert (len(learned), len(aside)) == (6, 2)
    assert set(learned.names) | set(aside.names) == set('abcdefgh')
    batch = people.batch(4, 3, np.random.default_rng(2))
    assert batch.points.shape == (12, 45, 32, 4)
    assert (np.bincount(batch.labels)[np.unique(batch.labels)] == 3).all()
    assert people.batch(99, 2, np.random.default_rng(2)).labels.size == 16


@pytest.fixture(scope='module')
def people():
    return GaitPeople.of(different_walkers(4, 8))


def short(**changes):
    from thermal_radar_fusion.training.gait_training import GaitTraining

    return GaitTraining(**{'steps': 4, 'people': 3, 'windows': 2, 'walkers': 0, **changes})


def test_real_people_count_for_several_simulated_ones(torch):
    from thermal_radar_fusion.training.gait_origins import some_windows

    mixed = GaitPeople.of([walker('walker_1_7', 8), walker('ann', 9)])
    windows, origin = some_windows(mixed, 5.0)
    of_ann = origin.weights == 5
    assert set(origin.weights.tolist()) == {1.0, 5.0}
    assert len(origin.weights) == len(windows)
    # Ann comes first by name.
    assert set(origin.people[of_ann].tolist()) == {0}


def test_an_interrupted_run_ends_like_one_without_interruption(torch, people, tmp_path):
    from thermal_radar_fusion.training.gait_training import GaitTrainer, TrainingError

    whole = GaitTrainer(short(), people)
    for _ in range(2):
        whole.step()
    whole.save(tmp_path / 'checkpoint.pt')
    rest = GaitTrainer(short(), people)
    rest.resume(tmp_path / 'checkpoint.pt')
    for trainer in (whole, rest):
        trainer.step()
    for ours, theirs in zip(whole.mean.parameters(), rest.mean.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
    with pytest.raises(TrainingError, match='other parameters'):
        GaitTrainer(short(seed=2), people).resume(tmp_path / 'checkpoint.pt')
    others = GaitPeople.of([walker(f'q{k}', 8, k) for k in range(4)])
    with pytest.raises(TrainingError, match='other people'):
        GaitTrainer(short(), others).resume(tmp_path / 'checkpoint.pt')
    (tmp_path / 'text.pt').write_text('hello')
    with pytest.raises(TrainingError, match='is no checkpoint'):
        rest.start_from(tmp_path / 'text.pt')
    with pytest.raises(TrainingError, match='another network'):
        GaitTrainer(short(network='paper'), people).start_from(tmp_path / 'checkpoint.pt')
    with pytest.raises(TrainingError, match='at least two people, got 1'):
        GaitTrainer(short(), GaitPeople(people.recordings[:1]))


def test_the_paper_s_network_learns_a_few_people(torch, people):
    from thermal_radar_fusion.training.gait_training import GaitTrainer

    trainer = GaitTrainer(short(network='paper', rate=3e-3, steps=6), people)
    trainer.step()
    first = trainer.loss
    for _ in range(4):
        trainer.step()
    assert trainer.loss < first


def share(rank, port, answers):
    """Average a gradient that is the process's rank, as one of two processes."""
    import torch

    from thermal_radar_fusion.training.processes import joined_processes

    os.environ.update(RANK=str(rank), WORLD_SIZE='2', MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
    with joined_processes('cpu') as processes:
        weight = torch.nn.Parameter(torch.zeros(2))
        weight.grad = torch.full((2,), float(rank))
        processes.average_gradients([weight])
        processes.wait()
        answers.put((processes.rank, processes.first, weight.grad.tolist()))


def answers_of_two(work, *arguments):
    """Return what two processes put into a queue that work(rank, port, *arguments, queue) has."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    # Forked, as torch is loaded then.
    context = multiprocessing.get_context('fork')
    answers = context.Queue()
    both = [
        context.Process(target=work, args=(rank, port, *arguments, answers)) for rank in range(2)
    ]
    for process in both:
        process.start()
    found = sorted(answers.get(timeout=120) for _ in both)
    for process in both:
        process.join(timeout=60)
    return found


def test_two_processes_share_the_work(torch):
    assert answers_of_two(share) == [(0, True, [0.5, 0.5]), (1, False, [0.5, 0.5])]


def train_as(rank, port, folder, answers):
    """Train on four people as one of the two processes that torchrun would start."""
    from thermal_radar_fusion.cli.training_gait import trained_gait

    os.environ.update(RANK=str(rank), WORLD_SIZE='2', MASTER_ADDR='127.0.0.1', MASTER_PORT=port)
    told = []

    def tell(*news):
        told.append(news)

    figures = trained_gait(short(aside=0.0, device='cpu'), [], folder, tell, None)
    answers.put((rank, figures and figures['people'], bool(told)))


def test_of_two_processes_that_train_one_writes(torch, tmp_path, monkeypatch):
    monkeypatch.setattr(
        'thermal_radar_fusion.training.gait_sources.known_people',
        lambda *_: different_walkers(4, 8),
    )
    found = answers_of_two(train_as, tmp_path)
    assert found == [(0, 4, True), (1, None, False)]
    assert GaitFeatures(tmp_path / 'gait.onnx').dimension == 32


def test_one_process_needs_no_other(torch, monkeypatch):
    from thermal_radar_fusion.training.checkpoints import TrainingError
    from thermal_radar_fusion.training.processes import joined_processes

    monkeypatch.delenv('WORLD_SIZE', raising=False)
    with joined_processes('cpu') as processes:
        assert (processes.count, processes.first, processes.device) == (1, True, 'cpu')
        processes.wait()
    if not torch.cuda.is_available():
        with pytest.raises(TrainingError, match='no GPU'), joined_processes('cuda'):
            pass


def test_the_command_trains_from_a_bag_and_says_how_well(torch, tmp_path, capsys, monkeypatch):
    from thermal_radar_fusion.cli import training_gait

    recordings = different_walkers(6, 60)
    monkeypatch.setattr(
        'thermal_radar_fusion.training.gait_sources.known_people', lambda *_: recordings
    )
    out = tmp_path / 'out'
    options = ['--walkers', '0', '--steps', '3', '--aside', '0.34', '--device', 'cpu']
    assert run(['train', 'gait', 'anything', '-o', str(out), *options]) == 0
    figures = json.loads((out / 'figures.json').read_text())
    assert (figures['people'], figures['aside'], figures['chance']) == (4, 2, 0.5)
    assert figures['window'] > 0.8
    assert GaitFeatures(out / training_gait.NETWORK_FILE).dimension == 32
    assert 'gait.onnx' in capsys.readouterr().out


def test_the_command_refuses_bad_input_in_one_line(torch, tmp_path, capsys):
    out = ['-o', str(tmp_path / 'out'), '--walkers', '0']
    for arguments, text in (
        ([str(tmp_path / 'none')], 'no such file or folder'),
        ([str(tmp_path)], 'has no mmGait files'),
        ([], 'at least two people, got 0'),
        (['--network', 'large'], 'network must be one of'),
    ):
        assert run(['train', 'gait', *arguments, *out]) == 2
        error = capsys.readouterr().err
        assert text in error
        assert error.count('\n') == 1


@pytest.fixture
def known(monkeypatch):
    """A list that stands for the people whom the data show."""
    people = []
    monkeypatch.setattr(
        'thermal_radar_fusion.training.gait_sources.known_people', lambda *_: people
    )
    return people


def refused(capsys, folder, *options):
    """Return the one line with which the command refuses to train."""
    out = ['-o', str(folder), '--walkers', '0', '--steps', '2', '--aside', '0']
    assert run(['train', 'gait', *out, '--device', 'cpu', *options]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    return error


def test_one_person_is_nobody_to_tell_apart(torch, tmp_path, capsys, known):
    known.append(walker('alone', 9))
    assert 'at least two people, got 1' in refused(capsys, tmp_path)


def test_windows_that_are_not_finite_are_refused(torch, tmp_path, capsys, known):
    known += different_walkers(3, 9)
    known[1].points[2, 3, 4, 0] = np.nan
    assert 'p1: has windows that are not finite' in refused(capsys, tmp_path)


def test_checkpoints_that_do_not_fit_are_refused(torch, tmp_path, capsys, known):
    known += different_walkers(3, 9)
    paper = ['--network', 'paper', '-o', str(tmp_path / 'paper')]
    done = ['--walkers', '0', '--steps', '1', '--aside', '0', '--device', 'cpu']
    assert run(['train', 'gait', *paper, *done]) == 0
    theirs = tmp_path / 'paper' / 'checkpoint.pt'
    assert 'is of another network' in refused(
        capsys, tmp_path / 'ours', '--start-from', str(theirs)
    )
    assert 'other parameters' in refused(capsys, tmp_path / 'paper')
    (tmp_path / 'none.pt').write_text('')
    assert 'is no checkpoint' in refused(
        capsys, tmp_path / 'ours', '--start-from', str(tmp_path / 'none.pt')
    )
    known[0] = walker('stranger', 9)
    assert 'other people' in refused(
        capsys, tmp_path / 'paper', '--network', 'paper', '--steps', '1'
    )

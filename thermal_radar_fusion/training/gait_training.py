"""Train a gait network on windows of many people and write it as ONNX."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.gait_features import SAID
from thermal_radar_fusion.reid.gait_network import (
    CHANNELS,
    CHUNK,
    DIMENSION,
    GaitNetwork,
    PaperGaitNetwork,
    with_presence,
)
from thermal_radar_fusion.reid.gait_windows import WINDOW, GaitWindowParameters
from thermal_radar_fusion.training.checkpoints import (
    Tell,
    TrainingError,
    export_onnx,
    move_mean,
    read_checkpoint,
    write_checkpoint,
)
from thermal_radar_fusion.training.gait_losses import CENTRES, MARGIN, GaitLoss
from thermal_radar_fusion.training.gait_origins import some_windows, windows_of
from thermal_radar_fusion.training.gait_people import GaitPeople
from thermal_radar_fusion.training.gait_samples import GaitVariation, varied
from thermal_radar_fusion.training.processes import Processes

__all__ = ('GaitTrainer', 'GaitTraining', 'TrainingError', 'train', 'write_onnx')

NETWORKS = {'statistics': GaitNetwork, 'paper': PaperGaitNetwork}

# Steps between checkpoints, and how much of the running mean of the weights each step keeps.
CHECKPOINT, MEMORY = 100, 0.99

# What a window is to these networks: walking is slower than any radar, and paths tell directions.
WINDOWS = GaitWindowParameters(rate=10.0, centring=WINDOW)

# What a checkpoint holds.
STATE = ('people', 'network', 'mean', 'loss_state', 'optimiser', 'done', 'loss')


@dataclass(frozen=True)
class GaitTraining(Parameters):
    """How the gait network is trained; the paper's values where it has any."""

    network: str = parameter(
        'statistics', 'ours, or the one of the paper', choices=tuple(NETWORKS)
    )
    walkers: int = parameter(450, 'simulated people', low=0, high=100000)
    seconds: float = parameter(30.0, 'of each of their visits', unit='s', low=10, high=3600)
    real: float = parameter(
        5.0, 'simulated people that a real one counts for, to begin with', low=0.1, high=1000
    )
    aside: float = parameter(0.2, 'share of people who are kept aside', low=0, high=0.9)
    steps: int = parameter(300, 'of the optimiser', low=1, high=1000000)
    people: int = parameter(16, 'in a step', low=2, high=1024)
    windows: int = parameter(4, 'of each of them', low=2, high=1024)
    rate: float = parameter(1e-4, 'greatest step size', low=1e-7, high=1)
    decay: float = parameter(8e-5, 'L2 regularisation', low=0, high=1)
    centres: float = parameter(CENTRES, 'omega, weight of the centre loss', low=0, high=100)
    margin: float = parameter(MARGIN, 'mu, of the triplet loss', low=0, high=4)
    seed: int = parameter(1, 'of people, windows and weights', low=0, high=2**31)
    threads: int = parameter(1, 'that torch uses', low=1, high=256)
    device: str = parameter('auto', 'that torch uses', choices=('auto', 'cpu', 'cuda'))
    variation: GaitVariation = parameter(GaitVariation(), 'of the windows')


class GaitTrainer:
    """One run of training; `step` does a step of it.

    Attributes:
        done: steps so far.
        loss: running mean.
        mean: of the weights, the network that is kept.
    """

    def __init__(
        self, parameters: GaitTraining, people: GaitPeople, processes: Processes | None = None
    ) -> None:
        """Start from random weights.

        Raises:
            TrainingError: there are fewer than two people.
        """
        if len(people) < 2:
            raise TrainingError(f'training needs at least two people, got {len(people)}')
        torch.manual_seed(parameters.seed)
        torch.set_num_threads(parameters.threads)
        self._parameters, self._people = parameters, people
        self._processes = processes or Processes()
        device = self._processes.device
        self.network = NETWORKS[parameters.network]()
        self.network.prepare(*some_windows(people, parameters.real))
        self.network.to(device)
        self.mean = copy.deepcopy(self.network)
        self._criterion = GaitLoss(
            len(people), DIMENSION, parameters.centres, parameters.margin
        ).to(device)
        self._learned = [*self.network.parameters(), *self._criterion.parameters()]
        self._optimiser = torch.optim.Adam(
            self._learned, lr=parameters.rate, weight_decay=parameters.decay
        )
        self.done, self.loss = 0, math.nan

    def step(self) -> None:
        """Learn from one batch; which one depends on seed, step and process alone."""
        for group in self._optimiser.param_groups:
            group['lr'] = self._parameters.rate * _pace(self.done / self._parameters.steps)
        windows, labels = self._batch()
        self.network.train()
        loss = self._criterion(self.network.embedded(windows), labels)
        self._optimiser.zero_grad()
        loss.backward()
        self._processes.average_gradients(self._learned)
        torch.nn.utils.clip_grad_norm_(self._learned, 5.0)
        self._optimiser.step()
        self.done += 1
        move_mean(self.mean, self.network, min(MEMORY, self.done / (self.done + 10)))
        value = float(loss.detach())
        self.loss = value if math.isnan(self.loss) else 0.98 * self.loss + 0.02 * value

    def _batch(self) -> tuple[Tensor, Tensor]:
        chosen = self._parameters
        draw = np.random.default_rng([chosen.seed, self.done, self._processes.rank])
        batch = self._people.batch(chosen.people, chosen.windows, draw)
        points, mask = varied(batch.points, batch.mask, chosen.variation, draw)
        tensors = (torch.from_numpy(array) for array in (points, mask, batch.labels))
        points, mask, labels = (tensor.to(self._processes.device) for tensor in tensors)
        return with_presence(points, mask), labels

    def save(self, file: Path) -> None:
        """Write all that is needed to go on from here."""
        write_checkpoint(file, self._parameters, self._state())

    def resume(self, file: Path) -> None:
        """Go on where a checkpoint was written.

        Raises:
            TrainingError: the file is no checkpoint of a run with the same parameters and people.
        """
        state = read_checkpoint(file, STATE, self._parameters)
        if state['people'] != list(self._people.names):
            raise TrainingError(f'{file}: was written with other people')
        self._criterion.load_state_dict(state['loss_state'])
        self.network.load_state_dict(state['network'])
        self.mean.load_state_dict(state['mean'])
        self._optimiser.load_state_dict(state['optimiser'])
        self.done, self.loss = state['done'], state['loss']

    def start_from(self, file: Path) -> None:
        """Begin with the weights that another run has come to.

        Raises:
            TrainingError: the file is no checkpoint of such a network.
        """
        weights = read_checkpoint(file, STATE)['mean']
        try:
            self.network.load_state_dict(weights)
        except RuntimeError:
            raise TrainingError(f'{file}: is of another network') from None
        self.mean.load_state_dict(weights)

    def _state(self) -> dict[str, Any]:
        return {
            'people': list(self._people.names),
            'network': self.network.state_dict(),
            'mean': self.mean.state_dict(),
            'loss_state': self._criterion.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'done': self.done,
            'loss': self.loss,
        }


def _pace(share: float) -> float:
    """Return the step size, relative to the greatest, after a share of the training."""
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))


@torch.no_grad()
def features_of(network: nn.Module, recording: GaitRecording) -> np.ndarray:
    """Return the features (N, DIMENSION) of a recording by a network that is ready to run."""
    device = next(network.parameters()).device
    chunks = windows_of(recording).split(CHUNK)
    return torch.cat([network(chunk.to(device)) for chunk in chunks]).cpu().double().numpy()


def train(
    parameters: GaitTraining,
    people: GaitPeople,
    checkpoint: Path | None,
    tell: Tell,
    start: Path | None = None,
    processes: Processes | None = None,
) -> nn.Module:
    """Train to the end and return the mean network, ready to run.

    Args:
        parameters: of the training.
        people: to learn from.
        checkpoint: file that is gone on from if it is there, and written as it goes; or None.
        tell: is told what is done, how much, and of how much.
        start: checkpoint of another run whose weights are begun with; or None.
        processes: that share the work; None for this one alone.

    Raises:
        TrainingError: too few people, or a checkpoint is none, or of another run.
    """
    trainer = GaitTrainer(parameters, people, processes)
    if checkpoint is not None and checkpoint.exists():
        trainer.resume(checkpoint)
    elif start is not None:
        trainer.start_from(start)
    writes = checkpoint is not None and (processes is None or processes.first)
    while trainer.done < parameters.steps:
        trainer.step()
        tell(f'Training, loss {trainer.loss:.3f}', trainer.done, parameters.steps)
        if writes and (trainer.done % CHECKPOINT == 0 or trainer.done == parameters.steps):
            trainer.save(checkpoint)
    return trainer.mean.eval()


def write_onnx(network: nn.Module, file: Path, windows: GaitWindowParameters) -> None:
    """Write a network as ONNX, for any number of windows; the file says of which kind."""
    plain = copy.deepcopy(network).cpu().eval()
    example = torch.zeros(2, windows.steps, windows.points, CHANNELS)
    said = {name: str(getattr(windows, name)) for name in SAID}
    export_onnx(plain, example, file, ('windows', 'features'), {0: 'batch'}, said)

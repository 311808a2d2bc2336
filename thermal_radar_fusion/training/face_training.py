"""Train the face network on rendered thermograms and write it as ONNX."""

from __future__ import annotations

import copy
import math
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal.face_network import FaceNetwork
from thermal_radar_fusion.training.checkpoints import (
    Tell,
    TrainingError,
    export_onnx,
    move_mean,
    read_checkpoint,
    write_checkpoint,
)
from thermal_radar_fusion.training.face_losses import face_loss
from thermal_radar_fusion.training.face_samples import drawn_sample
from thermal_radar_fusion.training.thermogram_cache import RenderedScenes

# Steps between checkpoints, and how much of the running mean of the weights each step keeps.
CHECKPOINT, MEMORY = 100, 0.995
WARM_UP = 0.05

__all__ = ('FaceTrainer', 'FaceTraining', 'TrainingError', 'train', 'write_onnx')

# What a checkpoint holds.
STATE = ('network', 'mean', 'optimiser', 'done', 'loss')


@dataclass(frozen=True)
class FaceTraining(Parameters):
    """How the face network is trained."""

    files: int = parameter(100, 'of 100 rendered scenes each', low=1, high=10000)
    steps: int = parameter(14000, 'of the optimiser', low=1, high=1000000)
    batch: int = parameter(16, 'pictures in a step', low=1, high=1024)
    rate: float = parameter(3e-3, 'greatest step size', low=1e-6, high=1)
    decay: float = parameter(0.02, 'of the weights', low=0, high=1)
    seed: int = parameter(1, 'of scenes, crops and weights', low=0, high=2**31)
    threads: int = parameter(1, 'that torch uses', low=1, high=256)


class FaceTrainer:
    """One run of training; `step` does a step of it.

    Attributes:
        done: steps so far.
        loss: running mean.
    """

    def __init__(self, parameters: FaceTraining, scenes: RenderedScenes) -> None:
        """Start from random weights."""
        torch.manual_seed(parameters.seed)
        torch.set_num_threads(parameters.threads)
        self._parameters, self._scenes = parameters, scenes
        self.network = FaceNetwork().to(memory_format=torch.channels_last)
        self.mean = copy.deepcopy(self.network)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=parameters.rate, weight_decay=parameters.decay
        )
        self.done, self.loss = 0, math.nan
        self._drawing = ThreadPoolExecutor(1)
        self._ahead: dict[int, Future[list[Tensor]]] = {}

    def step(self) -> None:
        """Learn from one batch; which one depends on the seed and the step alone."""
        for group in self._optimiser.param_groups:
            group['lr'] = self._parameters.rate * _pace(self.done / self._parameters.steps)
        pictures, *truth = self._batch()
        self.network.train()
        loss = face_loss(self.network(pictures), *truth)
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimiser.step()
        self.done += 1
        self._remember()
        value = float(loss.detach())
        self.loss = value if math.isnan(self.loss) else 0.98 * self.loss + 0.02 * value

    def _batch(self) -> list[Tensor]:
        """Return the batch of this step; that of the next one is drawn while this is learnt."""
        batches = [
            self._ahead.get(step) or self._drawing.submit(self._drawn_batch, step)
            for step in (self.done, self.done + 1)
        ]
        self._ahead = {self.done + 1: batches[1]}
        return batches[0].result()

    def _drawn_batch(self, step: int) -> list[Tensor]:
        draw = np.random.default_rng([self._parameters.seed, step])
        chosen = draw.integers(len(self._scenes), size=self._parameters.batch)
        samples = [drawn_sample(self._scenes, int(index), draw) for index in chosen]
        names = ('picture', 'centres', 'sides', 'near', 'counted')
        stacked = [np.stack([getattr(sample, name) for sample in samples]) for name in names]
        pictures, *truth = [torch.from_numpy(array) for array in stacked]
        return [pictures.contiguous(memory_format=torch.channels_last), *truth]

    def _remember(self) -> None:
        """Move the mean of the weights towards the weights; early on it follows quickly."""
        move_mean(self.mean, self.network, min(MEMORY, self.done / (self.done + 10)))

    def save(self, file: Path) -> None:
        """Write all that is needed to go on from here."""
        write_checkpoint(file, self._parameters, self._state())

    def resume(self, file: Path) -> None:
        """Go on where a checkpoint was written.

        Raises:
            TrainingError: the file is no checkpoint of a run with the same parameters.
        """
        state = read_checkpoint(file, STATE, self._parameters)
        self.network.load_state_dict(state['network'])
        self.mean.load_state_dict(state['mean'])
        self._optimiser.load_state_dict(state['optimiser'])
        self.done, self.loss = state['done'], state['loss']

    def start_from(self, file: Path) -> None:
        """Begin with the weights that another run has come to.

        Raises:
            TrainingError: the file is no checkpoint.
        """
        weights = read_checkpoint(file, STATE)['mean']
        self.network.load_state_dict(weights)
        self.mean.load_state_dict(weights)

    def _state(self) -> dict[str, Any]:
        return {
            'network': self.network.state_dict(),
            'mean': self.mean.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'done': self.done,
            'loss': self.loss,
        }


def _pace(share: float) -> float:
    """Return the step size, relative to the greatest, after a share of the training."""
    if share < WARM_UP:
        return 0.05 + 0.95 * share / WARM_UP
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


def train(
    parameters: FaceTraining,
    scenes: RenderedScenes,
    checkpoint: Path | None,
    tell: Tell,
    start: Path | None = None,
) -> FaceNetwork:
    """Train to the end and return the mean network, ready to run.

    Args:
        parameters: of the training.
        scenes: to learn from.
        checkpoint: file that is gone on from if it is there, and written as it goes; or None.
        tell: is told what is done, how much, and of how much.
        start: checkpoint of another run whose weights are begun with; or None.

    Raises:
        TrainingError: a checkpoint is none, or of a run with other parameters.
    """
    trainer = FaceTrainer(parameters, scenes)
    if checkpoint is not None and checkpoint.exists():
        trainer.resume(checkpoint)
    elif start is not None:
        trainer.start_from(start)
    while trainer.done < parameters.steps:
        trainer.step()
        tell(f'Training, loss {trainer.loss:.3f}', trainer.done, parameters.steps)
        if checkpoint is not None and trainer.done % CHECKPOINT == 0:
            trainer.save(checkpoint)
    return trainer.mean.eval()


def write_onnx(network: FaceNetwork, file: Path) -> None:
    """Write a network as ONNX, for pictures of any size; the normalisation is folded in."""
    plain = copy.deepcopy(network).eval().to(memory_format=torch.contiguous_format)
    example, axes = torch.zeros(1, 2, 64, 96), {2: 'height', 3: 'width'}
    export_onnx(plain, example, file, ('picture', 'maps'), axes)

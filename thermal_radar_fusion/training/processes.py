"""One process that trains, or several that `torchrun` started and that share the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn

from thermal_radar_fusion.training.checkpoints import TrainingError

# What torchrun says of a process, and what holds without it.
_ENVIRONMENT = (('RANK', '0'), ('WORLD_SIZE', '1'))


@dataclass(frozen=True)
class Processes:
    """Which process this is.

    Attributes:
        rank: its number, from 0; the first one writes and tells.
        count: of all.
        device: that it computes on.
    """

    rank: int = 0
    count: int = 1
    device: str = 'cpu'

    @property
    def first(self) -> bool:
        return self.rank == 0

    def wait(self) -> None:
        """Wait until all processes have come here."""
        if self.count > 1:
            distributed.barrier()

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give all processes the mean of their gradients, as of one large batch."""
        if self.count == 1:
            return
        for parameter in parameters:
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= self.count


@contextmanager
def joined_processes(device: str = 'auto') -> Iterator[Processes]:
    """Join the processes that torchrun started, if it did.

    Args:
        device: 'cpu', 'cuda', or 'auto' for whichever there is.

    Raises:
        TrainingError: there is no such device.
    """
    rank, count = (int(os.environ.get(key, default)) for key, default in _ENVIRONMENT)
    chosen = _device(device, int(os.environ.get('LOCAL_RANK', '0')))
    if count == 1:
        yield Processes(device=chosen)
        return
    distributed.init_process_group('gloo' if chosen == 'cpu' else 'nccl')
    try:
        yield Processes(rank, count, chosen)
    finally:
        distributed.destroy_process_group()


def _device(wanted: str, index: int) -> str:
    if wanted == 'cpu' or (wanted == 'auto' and not torch.cuda.is_available()):
        return 'cpu'
    if index >= torch.cuda.device_count():
        raise TrainingError(f'there is no GPU {index} that torch can use')
    return f'cuda:{index}'

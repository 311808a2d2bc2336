"""Many runs of the same kind, in this process or in several, told of as they come."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Task = TypeVar('Task')
Result = TypeVar('Result')
Progress = Callable[[str, int, int], None]


def run_tasks(
    run: Callable[[Task], Result],
    tasks: Sequence[Task],
    names: Sequence[str],
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """Run every task and return what came of each, in their order.

    Args:
        run: a function of a module, and so are the tasks: other processes must find them.
        names: of the tasks, for `progress`.
        jobs: processes; the results are the same for any number.
        progress: told of every task.
    """
    if jobs == 1 or len(tasks) < 2:
        return _told(map(run, tasks), names, progress)
    context = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(min(jobs, len(tasks)), context, _leave_interrupts) as pool:
        try:
            return _told(pool.map(run, tasks), names, progress)
        except BaseException:
            _stop(pool)
            raise


def _leave_interrupts() -> None:
    """Let the parent alone react to Ctrl+C, which a terminal sends to every process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the processes at once: what they are at is of no use any more."""
    pool.shutdown(wait=False, cancel_futures=True)
    for child in multiprocessing.active_children():
        child.terminate()


def _told(
    results: Iterable[Result], names: Sequence[str], progress: Progress | None
) -> list[Result]:
    """Collect results and tell of them as they come."""
    collected: list[Result] = []
    waiting = iter(results)
    for name in names:
        if progress:
            progress(name, len(collected), len(names))
        collected.append(next(waiting))
    return collected

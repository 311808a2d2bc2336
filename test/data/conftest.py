"""Where real recordings lie: beside the repository, never in it."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Return the folder of real recordings: $TRF_SHARED_DATA or ../shared/data; or skip."""
    default = REPOSITORY.parent / 'shared' / 'data'
    folder = Path(os.environ.get('TRF_SHARED_DATA') or default)
    if not folder.is_dir():
        pytest.skip(f'no real recordings: {folder} is absent (set TRF_SHARED_DATA)')
    return folder


@pytest.fixture(scope='session')
def mmgait_folder(shared_data) -> Path:
    """Return the folder of the mmGait files, or skip."""
    return _present(shared_data / 'mmgait')


@pytest.fixture(scope='session')
def radhar_folder(shared_data) -> Path:
    """Return the folder of the RadHAR files, or skip."""
    return _present(shared_data / 'radhar_walk')


def _present(folder: Path) -> Path:
    if not folder.is_dir():
        pytest.skip(f'no real recordings: {folder} is absent')
    return folder

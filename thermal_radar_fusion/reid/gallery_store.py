"""Where the people known are kept: in memory, or in a file that one program at a time uses."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.gallery import Gallery, GalleryError, GalleryParameters
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery

OWNER_ONLY = 0o700


@dataclass(frozen=True)
class GalleryStoreParameters(Parameters):
    """What is kept of people, and where."""

    file: str = parameter(
        '', 'of the gallery; empty: nobody is kept beyond the end', reconfigurable=False
    )
    save_period: float = parameter(
        60.0, 'the file is written so often', unit='s', low=1, high=86400, reconfigurable=False
    )
    bounds: GalleryParameters = parameter(GalleryParameters(), 'how much is kept of how many')

    @property
    def path(self) -> Path | None:
        """Of the file, None for memory alone."""
        return Path(self.file).expanduser() if self.file else None


class GalleryLock:
    """Makes sure that one program at a time uses a gallery; a context manager.

    What another one forgets would otherwise come back with the next save of this one.
    """

    def __init__(self, path: Path) -> None:
        """Lock the gallery at a path; a lock ends with its program, however that ends.

        Raises:
            GalleryError: another program uses it, or there can be no file.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
            self._file = os.open(_lock_path(path), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise GalleryError(f'{path}: cannot be written ({error.strerror})') from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise GalleryError(f'{path}: is in use by another program') from None

    def __enter__(self) -> GalleryLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others use it."""
        with suppress(OSError):
            os.close(self._file)


class GalleryStore:
    """A gallery and the file that it is kept in.

    Attributes:
        gallery: the people known.
    """

    def __init__(
        self, network: str, dimension: int, parameters: GalleryStoreParameters | None = None
    ) -> None:
        """Take up what the file holds; without a file, start with nobody.

        Args:
            network: name of the network that the features are of.
            dimension: of its features.
            parameters: None for the defaults.

        Raises:
            GalleryError: the file is damaged, of another network, in use, or cannot be written.
                It is as it was then.
        """
        chosen = parameters or GalleryStoreParameters()
        self._path = chosen.path
        self._lock = None if self._path is None else GalleryLock(self._path)
        try:
            self.gallery = self._taken_up(network, dimension, chosen.bounds)
            # Now, not after hours of learning, is the time to find out that it cannot be written.
            self.save()
        except GalleryError:
            self.close()
            raise

    def save(self) -> None:
        """Write the file, if there is to be one.

        Raises:
            GalleryError: it cannot be written; what was there stays.
        """
        if self._path is None:
            return
        try:
            save_gallery(self.gallery, self._path)
        except OSError as error:
            raise GalleryError(f'{self._path}: cannot be written ({error.strerror})') from None

    def close(self) -> None:
        """Let others use the file; nothing is written any more."""
        if self._lock is not None:
            self._lock.close()

    def _taken_up(self, network: str, dimension: int, bounds: GalleryParameters) -> Gallery:
        if self._path is None or not self._path.exists():
            return Gallery(network, dimension, bounds)
        return load_gallery(self._path, network, dimension, bounds)


def _lock_path(path: Path) -> Path:
    return path.with_name(f'.{path.name}.lock')

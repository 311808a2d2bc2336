"""Text files, packed or not, with one clear line where that fails."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from thermal_radar_fusion.datasets.recording import DatasetError


def read_text(path: Path) -> str:
    """Return the text of an ASCII file; one that ends in .gz is unpacked.

    Raises:
        DatasetError: missing, unreadable, not text, or not a whole gzip file.
    """
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix.lower() == '.gz' else data).decode('ascii')
    except UnicodeDecodeError:
        raise DatasetError(f'{path}: is not a text file') from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DatasetError(f'{path}: is not a whole gzip file ({error})') from None
    except OSError as error:
        raise DatasetError(f'{path}: {error.strerror or error}') from None

"""A trained network in a file, run by ONNX Runtime on one thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class ModelError(ValueError):
    """A network cannot be loaded or run; the text says why in one line."""


class OnnxModel:
    """A network with one input and one or several outputs.

    Attributes:
        path: of the file.
        inputs: shape of the input; None or a name where any size will do.
        outputs: shapes of the outputs.
        metadata: what the file says of itself, by name.
    """

    def __init__(self, path: Path) -> None:
        """Load a network.

        Raises:
            ModelError: there is no such file, it is no network, it has several inputs, or ONNX
                Runtime is missing.
        """
        try:
            import onnxruntime
        except ImportError:
            raise ModelError(f'{path}: onnxruntime is not installed (pip)') from None

        if not path.is_file():
            raise ModelError(f'{path}: there is no such file')
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=['CPUExecutionProvider']
            )
        except Exception as error:
            raise ModelError(f'{path}: is no ONNX network ({_first_line(error)})') from None
        if len(session.get_inputs()) != 1:
            raise ModelError(f'{path}: has {len(session.get_inputs())} inputs instead of one')
        self.path, self._session = path, session
        self._name = session.get_inputs()[0].name
        self.inputs = tuple(session.get_inputs()[0].shape)
        self.outputs = tuple(tuple(output.shape) for output in session.get_outputs())
        self.metadata = dict(session.get_modelmeta().custom_metadata_map)

    def run(self, values: NDArray[np.float32]) -> list[NDArray]:
        """Return the outputs for one input.

        Raises:
            ModelError: the network does not take it.
        """
        try:
            return self._session.run(None, {self._name: values})
        except Exception as error:
            raise ModelError(f'{self.path}: cannot be run ({_first_line(error)})') from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__

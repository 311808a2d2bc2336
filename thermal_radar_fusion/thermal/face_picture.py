"""What a thermal image looks like to the face network: the same size and contrast for any camera.

Two pictures of it are made. In the first, grey rises with the temperature against the whole image,
compressed at both ends so that a lamp does not push faces into darkness. In the second each pixel
stands against its neighbourhood, so that a face keeps its features whatever else is in view. Both
are the same for temperatures, counts and grey levels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Array = NDArray[np.float64]

# Every image is scaled to about this many pixels, then widened to multiples of MULTIPLE.
AREA = 352 * 280
MULTIPLE = 32
# Neighbourhood [pixels], its least contrast as a share of the image's, and the slope of the first.
WINDOW, LEAST_CONTRAST, SLOPE = 31, 0.06, 3.0


@dataclass(frozen=True)
class FacePicture:
    """An image as the network takes it.

    Attributes:
        channels: (2, H, W), H and W multiples of MULTIPLE.
        scale: of columns and of rows, from the image to the picture.
    """

    channels: Image
    scale: tuple[float, float]

    def to_image(self, boxes: Array) -> Array:
        """Return boxes (N, 4) of the picture as boxes of the image [pixels]."""
        factors = np.array([*self.scale, *self.scale])
        return (boxes + 0.5) / factors - 0.5


def face_picture(values: Image) -> FacePicture:
    """Return the picture of an image (height, width) of temperatures or grey levels."""
    import cv2

    height, width = values.shape
    factor = math.sqrt(AREA / (height * width))
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(values, size, interpolation=way)
    right, below = -size[0] % MULTIPLE, -size[1] % MULTIPLE
    padded = cv2.copyMakeBorder(scaled, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return FacePicture(contrasts(padded), (size[0] / width, size[1] / height))


def contrasts(values: Image) -> Image:
    """Return both pictures (2, H, W) of an image (H, W): against the whole, and locally."""
    import cv2

    low, middle, high = np.percentile(values[::4, ::4], (5, 50, 95)).astype(np.float32)
    spread = np.float32(max(high - low, 1e-3))
    centred = values - middle
    steep = centred * (np.float32(SLOPE) / spread)
    whole = np.copysign(np.log(1 + np.abs(steep)), steep)
    around = cv2.blur(centred, (WINDOW, WINDOW))
    variance = cv2.blur(centred * centred, (WINDOW, WINDOW)) - around * around
    least = np.float32((LEAST_CONTRAST * spread) ** 2)
    near = (centred - around) / np.sqrt(np.maximum(variance, 0) + least)
    return np.stack([whole, near])

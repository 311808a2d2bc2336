"""What cameras make of a scene: resolution, blur, noise, gain control, compression, writing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]

# Shares of images from smaller cameras, that went through a gain control, that were compressed,
# and that bear writing.
SMALLER, AGC, JPEG, WRITING = 0.4, 0.5, 0.4, 0.08
SIZES = (0.35, 0.95)


def drawn_resolution(draw: np.random.Generator) -> float:
    """Draw how many pixels a camera has for each pixel of a scene, along one side."""
    return float(draw.uniform(*SIZES)) if draw.random() < SMALLER else 1.0


def as_delivered(celsius: Image, resolution: float, draw: np.random.Generator) -> Image:
    """Return an image (H, W) [°C] as some camera delivers it: temperatures, or grey levels."""
    import cv2

    shape = celsius.shape
    if resolution < 1:
        size = tuple(max(round(side * resolution), 16) for side in shape[::-1])
        celsius = cv2.resize(celsius, size, interpolation=cv2.INTER_AREA)
    image = _with_errors(_blurred(celsius, draw), draw)
    if draw.random() < AGC:
        image = _grey(image, draw)
    return cv2.resize(image, shape[::-1], interpolation=cv2.INTER_LINEAR)


def _blurred(image: Image, draw: np.random.Generator) -> Image:
    """Blur as a lens does, and sometimes as an unfocused or moved one."""
    import cv2

    sigma = draw.uniform(0.8, 1.6) if draw.random() < 0.06 else draw.uniform(0.0, 0.7)
    if sigma > 0.2:
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    if draw.random() < 0.05:
        image = cv2.blur(image, (int(draw.integers(2, 6)), 1))
    return image


def _with_errors(image: Image, draw: np.random.Generator) -> Image:
    """Add noise, a pattern of rows and columns, warm or cold corners, and coarse counts."""
    rows, columns = image.shape
    noise = np.exp(draw.uniform(math.log(0.02), math.log(0.15)))
    lines = draw.uniform(0, 0.06)
    image = image + noise * draw.standard_normal(image.shape, np.float32)
    image += lines * draw.standard_normal((rows, 1), np.float32)
    image += lines * draw.standard_normal((1, columns), np.float32)
    across = np.linspace(-1, 1, columns, dtype=np.float32) - draw.uniform(-1, 1)
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None] - draw.uniform(-1, 1)
    image += np.float32(draw.normal(0, 0.25)) * (across * across + down * down)
    count = draw.choice((0.01, 0.04, 0.1, 0.4), p=(0.4, 0.4, 0.12, 0.08))
    return (np.rint(image / count) * count).astype(np.float32)


def _grey(image: Image, draw: np.random.Generator) -> Image:
    """Return grey levels 0 to 255 as an automatic gain control makes them."""
    import cv2

    if draw.random() < 0.4:
        wide = cv2.GaussianBlur(image, (0, 0), draw.uniform(2, 20))
        image = image + np.float32(draw.uniform(0.2, 1.5)) * (image - wide)
    low, high = np.percentile(image, (draw.uniform(0, 4), 100 - draw.uniform(0, 4)))
    share = np.clip((image - low) / max(high - low, 0.1), 0, 1)
    grey = np.rint(255 * share ** draw.uniform(0.6, 1.5)).astype(np.uint8)
    kind = draw.random()
    if kind < 0.25:
        grey = cv2.addWeighted(grey, 0.5, cv2.equalizeHist(grey), 0.5, 0)
    elif kind < 0.4:
        grey = cv2.createCLAHE(float(draw.uniform(1, 4)), (4, 4)).apply(grey)
    if draw.random() < WRITING:
        _write(grey, draw)
    return _compressed(grey, draw).astype(np.float32)


def _compressed(grey: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
    import cv2

    if draw.random() > JPEG:
        return grey
    _, stored = cv2.imencode('.jpg', grey, [cv2.IMWRITE_JPEG_QUALITY, int(draw.integers(25, 96))])
    return cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE)


def _write(grey: NDArray[np.uint8], draw: np.random.Generator) -> None:
    """Lay a reading, a cross and a scale over an image, as handheld cameras do."""
    import cv2

    height, width = grey.shape
    shade = int(draw.choice((0, 255)))
    text = f'{draw.uniform(-20, 120):.1f} C'
    place = (int(draw.integers(width)), int(draw.integers(height)))
    cv2.putText(grey, text, place, cv2.FONT_HERSHEY_SIMPLEX, draw.uniform(0.3, 0.8), shade, 1)
    middle = (width // 2, height // 2)
    cv2.drawMarker(grey, middle, shade, cv2.MARKER_CROSS, int(draw.integers(5, 25)), 1)
    grey[height // 6 : -height // 6, -max(width // 40, 2) :] = np.linspace(
        255, 0, len(grey[height // 6 : -height // 6]), dtype=np.uint8
    )[:, None]

"""Camera matrix and distortion of a thermal camera from images of a checkerboard.

Zhang's method (2000), as the paper uses it with a sun-heated board (milliTRACE-IR, section V-B).
Thermal boards are low in contrast, blurred, and bright where black squares are: images are
stretched by their percentiles, and both polarities and several smoothings are tried.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import Intrinsics

Array = NDArray[np.float64]
Grey = NDArray[np.uint8]

FEWEST_IMAGES = 4
# Standard deviations [px] of the smoothings that are tried before corners are looked for.
SMOOTHINGS = (0.0, 1.0, 2.0)
PERCENTILES = (1.0, 99.0)
NARROW = 400  # images of fewer columns are enlarged: the detectors want squares of some pixels
REFINING_WINDOW = (5, 5)
# An image is left out if its corners are off by this many times the median image, and this much.
OUTLYING, OUTLYING_PIXELS = 3.0, 1.0
# Refused if the focal length is less sure than this, relative, or corners are farther off [px].
MOST_FOCAL_STD, MOST_RESIDUAL = 0.02, 2.0


class CalibrationError(ValueError):
    """Images do not determine a camera; the text is one line that says why."""


@dataclass(frozen=True)
class Checkerboard:
    """A board.

    Attributes:
        columns, rows: inner corners along both sides.
        square: side of a square [m].
    """

    columns: int
    rows: int
    square: float = 0.03

    def __post_init__(self) -> None:
        if min(self.columns, self.rows) < 3 or not self.square > 0:
            raise CalibrationError('a board has at least 3 x 3 inner corners and squares above 0')

    @property
    def corners(self) -> Array:
        """(columns * rows, 3) of the inner corners on the board [m], row by row."""
        rows, columns = np.mgrid[: self.rows, : self.columns]
        flat = np.column_stack([columns.ravel(), rows.ravel(), np.zeros(rows.size)])
        return flat * self.square


@dataclass(frozen=True)
class CalibratedCamera:
    """A camera.

    Attributes:
        intrinsics: camera matrix and distortion.
        residual: root mean square distance between corners and where they should be [px].
        residuals: the same of each image, by its index among those given.
        focal_std: standard deviations of fx and fy [px].
        failed: indices of the images in which no board was found.
        outlying: indices of those whose corners fit so badly that they were left out.
    """

    intrinsics: Intrinsics
    residual: float
    residuals: dict[int, float]
    focal_std: tuple[float, float]
    failed: tuple[int, ...]
    outlying: tuple[int, ...]


def find_corners(image: NDArray, board: Checkerboard) -> Array | None:
    """Return the inner corners (N, 2) of a board in an image (H, W) of any type [px], or None.

    By OpenCV's sector-based detector (Duda and Frese 2018), which stands blur; then by the older
    one with its corners refined.
    """
    for detect in (_sector_based, _by_squares):
        for grey, enlarged in _renderings(image):
            corners = detect(grey, (board.columns, board.rows))
            if corners is not None:
                # Pixels have their centres at integers, before and after.
                return (corners + 0.5) / enlarged - 0.5
    return None


def calibrate_camera(
    images: Sequence[NDArray], board: Checkerboard, radial: int = 2
) -> CalibratedCamera:
    """Return the camera that took images of a board.

    Args:
        images: (H, W) of one size, of any type.
        radial: how many radial coefficients are fitted, 0 to 3: more need boards in the corners.

    Raises:
        CalibrationError: images of several sizes, or see `calibrate_from_corners`.
    """
    shape = common_shape(images)
    found = [find_corners(image, board) for image in images]
    return calibrate_from_corners(found, shape, board, radial)


def common_shape(images: Sequence[NDArray]) -> tuple[int, int]:
    """Return height and width of all images, (0, 0) of none.

    Raises:
        CalibrationError: they are of several sizes.
    """
    shapes = sorted({image.shape[:2] for image in images})
    if len(shapes) > 1:
        sizes = ', '.join(f'{width} x {height}' for height, width in shapes)
        raise CalibrationError(f'the images are of several sizes: {sizes}')
    return shapes[0] if shapes else (0, 0)


def calibrate_from_corners(
    found: Sequence[Array | None], shape: tuple[int, int], board: Checkerboard, radial: int = 2
) -> CalibratedCamera:
    """Return the camera that sees the corners of a board in some images.

    Args:
        found: for each image (N, 2) of the board's corners in its order [px], None without.
        shape: height and width of the images [px].
        radial: as of `calibrate_camera`.

    Raises:
        CalibrationError: the board was found in too few images, or does not determine the camera.
    """
    seen = {index: corners for index, corners in enumerate(found) if corners is not None}
    failed = tuple(index for index in range(len(found)) if index not in seen)
    _check_count(len(seen), len(found), board)
    fit = _fitted(seen, shape, board, radial)
    worst = max(OUTLYING * float(np.median(list(fit.residuals.values()))), OUTLYING_PIXELS)
    outlying = tuple(index for index, value in fit.residuals.items() if value > worst)
    if outlying:
        seen = {index: corners for index, corners in seen.items() if index not in outlying}
        _check_count(len(seen), len(found), board)
        fit = _fitted(seen, shape, board, radial)
    _check_fit(fit)
    return dataclasses.replace(fit, failed=failed, outlying=outlying)


def _check_count(seen: int, given: int, board: Checkerboard) -> None:
    if seen < FEWEST_IMAGES:
        raise CalibrationError(
            f'a board of {board.columns} x {board.rows} inner corners was found in {seen} of'
            f' {given} images, {FEWEST_IMAGES} are needed'
        )


def _check_fit(fit: CalibratedCamera) -> None:
    """Raise CalibrationError unless a camera fits and is determined."""
    if not fit.residual <= MOST_RESIDUAL:
        raise CalibrationError(
            f'no camera explains the corners, they are off by {fit.residual:.1f} px: is the size'
            ' of the board right?'
        )
    lengths = np.array([fit.intrinsics.fx, fit.intrinsics.fy])
    relative = float((np.array(fit.focal_std) / lengths).max())
    if not relative <= MOST_FOCAL_STD:
        raise CalibrationError(
            f'the focal length is not determined (+-{relative:.0%}): tilt the board more, near and'
            ' far'
        )
    if not fit.intrinsics.is_invertible():
        raise CalibrationError(
            'the distortion folds the corners of the image: hold the board there too'
        )


def _fitted(
    seen: Mapping[int, Array], shape: tuple[int, int], board: Checkerboard, radial: int
) -> CalibratedCamera:
    """Return the camera by OpenCV's calibrateCamera."""
    import cv2

    fixed = (cv2.CALIB_FIX_K1, cv2.CALIB_FIX_K2, cv2.CALIB_FIX_K3)[radial:]
    places = [board.corners.astype(np.float32)] * len(seen)
    corners = [found.astype(np.float32) for found in seen.values()]
    rms, matrix, distortion, _, _, deviations, _, errors = cv2.calibrateCameraExtended(
        places, corners, shape[::-1], None, None, flags=sum(fixed)
    )
    intrinsics = Intrinsics(
        *(float(matrix[i, j]) for i, j in ((0, 0), (1, 1), (0, 2), (1, 2))),
        tuple(float(value) for value in distortion.ravel()[:5]),
        shape[1],
        shape[0],
    )
    residuals = dict(zip(seen, errors.ravel().tolist(), strict=True))
    focal_std = (float(deviations[0, 0]), float(deviations[1, 0]))
    return CalibratedCamera(intrinsics, float(rms), residuals, focal_std, (), ())


def _renderings(image: NDArray) -> Iterator[tuple[Grey, int]]:
    """Yield an image (H, W) in ways in which its board may be found, and how much enlarged."""
    import cv2

    values = image.astype(np.float32)
    low, high = np.percentile(values, PERCENTILES)
    if not high > low:
        return
    stretched = np.clip((values - low) / (high - low), 0, 1)
    enlarged = 2 if image.shape[1] < NARROW else 1
    size = (image.shape[1] * enlarged, image.shape[0] * enlarged)
    for smoothing in SMOOTHINGS:
        smooth = cv2.GaussianBlur(stretched, (0, 0), smoothing) if smoothing else stretched
        grey = (255 * cv2.resize(smooth, size, interpolation=cv2.INTER_CUBIC)).clip(0, 255)
        # Sun or lamp make black squares hot, which cold cameras show bright.
        yield grey.astype(np.uint8), enlarged
        yield (255 - grey).astype(np.uint8), enlarged


def _sector_based(grey: Grey, size: tuple[int, int]) -> Array | None:
    import cv2

    found, corners = cv2.findChessboardCornersSB(grey, size, flags=cv2.CALIB_CB_NORMALIZE_IMAGE)
    return corners.reshape(-1, 2).astype(float) if found else None


def _by_squares(grey: Grey, size: tuple[int, int]) -> Array | None:
    import cv2

    found, corners = cv2.findChessboardCorners(grey, size)
    if not found:
        return None
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-3)
    refined = cv2.cornerSubPix(grey, corners, REFINING_WINDOW, (-1, -1), criteria)
    return refined.reshape(-1, 2).astype(float)

"""Camera matrix and distortion of a thermal camera from images of a checkerboard.

Zhang's method (2000), as the paper uses it with a sun-heated board (milliTRACE-IR, section V-B).
Thermal boards are low in contrast, blurred, and bright where black squares are: images are
stretched by their percentiles, and both polarities and several smoothings are tried.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from thermal_radar_fusion.camera_model import Intrinsics

Array = NDArray[np.float64]
Grey = NDArray[np.uint8]

FEWEST_IMAGES = 4
# Standard deviations [px] of the smoothings after which corners are looked for, in this order.
SMOOTHED_FOR_SQUARES, SMOOTHED_FOR_SECTORS = (1.0, 2.0, 0.0), (0.0, 1.0)
PERCENTILES = (1.0, 99.0)
NARROW = 400  # images of fewer columns are enlarged: the detectors want squares of some pixels
# Half the side of the window in which a corner is refined, as a share of a square; and its limits.
REFINING_SHARE, REFINING_LIMITS = 0.4, (2, 7)
# What the lens may bend a row of corners by, as a share of a square; else they are no board's.
GRID_SHARE = 0.25
# An image is left out if its corners are off by this many times the median image, and this much.
OUTLYING, OUTLYING_PIXELS = 3.0, 1.0
# Refused if the focal length is less sure than this, relative, or corners are farther off [px].
MOST_FOCAL_STD, MOST_RESIDUAL = 0.02, 2.0
# Boards that all look one way leave focal length and distance undivided, however sure a fit is.
LEAST_TILT = math.radians(15.0)


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
        tilt: the largest angle between two boards [rad].
        failed: indices of the images in which no board was found.
        outlying: indices of those whose corners fit so badly that they were left out.
    """

    intrinsics: Intrinsics
    residual: float
    residuals: dict[int, float]
    focal_std: tuple[float, float]
    tilt: float
    failed: tuple[int, ...]
    outlying: tuple[int, ...]


def find_corners(image: NDArray, board: Checkerboard) -> Array | None:
    """Return the inner corners (N, 2) of a board in an image (H, W) of any type [px], or None.

    By OpenCV's search for squares, its corners refined; where that fails by its sector-based
    detector (Duda and Frese 2018), which stands blur but wants a clean margin.
    """
    size = (board.columns, board.rows)
    for detect, smoothings in (
        (_by_squares, SMOOTHED_FOR_SQUARES),
        (_by_sectors, SMOOTHED_FOR_SECTORS),
    ):
        for grey, enlarged in _renderings(image, smoothings):
            corners = detect(grey, size)
            if corners is not None and _is_grid(corners, board):
                # Pixels have their centres at integers, before and after.
                return (corners + 0.5) / enlarged - 0.5
    return None


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


def calibrate_camera(
    found: Sequence[Array | None], shape: tuple[int, int], board: Checkerboard, radial: int = 2
) -> CalibratedCamera:
    """Return the camera that sees the corners of a board in some images.

    Args:
        found: for each image (N, 2) of the board's corners in its order [px], None without.
        shape: height and width of the images [px].
        radial: how many radial coefficients are fitted, 0 to 3: more need boards in the corners;
            0 is a lens without distortion.

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
    if not relative <= MOST_FOCAL_STD or fit.tilt < LEAST_TILT:
        raise CalibrationError(
            f'the focal length is not determined (boards are tilted by'
            f' {math.degrees(fit.tilt):.0f} deg, +-{relative:.0%}): tilt the board more, both ways'
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

    fixed = [cv2.CALIB_FIX_K1, cv2.CALIB_FIX_K2, cv2.CALIB_FIX_K3][radial:]
    fixed += [] if radial else [cv2.CALIB_ZERO_TANGENT_DIST]
    places = [board.corners.astype(np.float32)] * len(seen)
    corners = [found.astype(np.float32) for found in seen.values()]
    rms, matrix, distortion, turns, _, deviations, _, errors = cv2.calibrateCameraExtended(
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
    return CalibratedCamera(
        intrinsics, float(rms), residuals, focal_std, _largest_tilt(turns), (), ()
    )


def _largest_tilt(turns: Sequence[Array]) -> float:
    """Return the largest angle [rad] between boards that are turned by rotation vectors."""
    normals = Rotation.from_rotvec(np.array(turns).reshape(-1, 3)).as_matrix()[:, :, 2]
    return float(np.arccos(np.clip(normals @ normals.T, -1, 1).min()))


def _renderings(image: NDArray, smoothings: Sequence[float]) -> Iterator[tuple[Grey, int]]:
    """Yield an image (H, W) in ways in which its board may be found, and how much enlarged."""
    import cv2

    values = image.astype(np.float32)
    low, high = np.percentile(values, PERCENTILES)
    if not high > low:
        return
    stretched = np.clip((values - low) / (high - low), 0, 1)
    enlarged = 2 if image.shape[1] < NARROW else 1
    size = (image.shape[1] * enlarged, image.shape[0] * enlarged)
    large = cv2.resize(stretched, size, interpolation=cv2.INTER_CUBIC)
    for smoothing in smoothings:
        smooth = cv2.GaussianBlur(large, (0, 0), smoothing) if smoothing else large
        grey = (255 * smooth).clip(0, 255).astype(np.uint8)
        # Sun or lamp make black squares hot, which cold cameras show bright.
        yield grey, enlarged
        yield 255 - grey, enlarged


def _is_grid(corners: Array, board: Checkerboard) -> bool:
    """Tell whether corners (N, 2) lie as those of a plane board do, but for the lens."""
    import cv2

    homography, _ = cv2.findHomography(board.corners[:, :2], corners)
    if homography is None:
        return False
    expected = cv2.perspectiveTransform(board.corners[None, :, :2], homography)[0]
    return bool(np.abs(corners - expected).max() < GRID_SHARE * _spacing(corners, board.columns))


def _spacing(corners: Array, columns: int) -> float:
    """Return the least distance [px] between neighbours in a row of corners (N, 2)."""
    rows = corners.reshape(-1, columns, 2)
    return float(np.linalg.norm(np.diff(rows, axis=1), axis=2).min())


def _by_sectors(grey: Grey, size: tuple[int, int]) -> Array | None:
    import cv2

    found, corners = cv2.findChessboardCornersSB(grey, size, flags=cv2.CALIB_CB_NORMALIZE_IMAGE)
    return corners.reshape(-1, 2).astype(float) if found else None


def _by_squares(grey: Grey, size: tuple[int, int]) -> Array | None:
    import cv2

    found, corners = cv2.findChessboardCorners(grey, size)
    if not found:
        return None
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-3)
    spacing = _spacing(corners.reshape(-1, 2), size[0])
    half = int(np.clip(REFINING_SHARE * spacing, *REFINING_LIMITS))
    refined = cv2.cornerSubPix(grey, corners, (half, half), (-1, -1), criteria)
    return refined.reshape(-1, 2).astype(float)

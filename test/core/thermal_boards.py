"""Thermograms of a checkerboard that a lamp has warmed, ray by ray."""

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

AIR, CARD = 22.0, 30.0


def board_poses(count, camera, board, rng):
    """Return (rotation, translation) of boards that are tilted and spread over the view."""
    width = board.columns * board.square
    poses = []
    for _ in range(count):
        angles = [*rng.uniform(-0.6, 0.6, 2), rng.uniform(-0.3, 0.3)]
        rotation = Rotation.from_euler('xyz', angles).as_matrix()
        depth = rng.uniform(0.9, 1.6) * camera.fx * width / (0.6 * camera.width)
        half = np.array([camera.width / camera.fx, camera.height / camera.fy]) / 2 * depth
        centre = np.array([*(rng.uniform(-0.5, 0.5, 2) * half), depth])
        middle = board.corners.mean(axis=0)
        poses.append((rotation, centre - rotation @ middle))
    return poses


def board_image(camera, board, pose, hot, rng, noise=0.05):
    """Return °C (height, width) of a board whose black squares are `hot` K above the white."""
    rotation, translation = pose
    # Four rays to a pixel.
    columns, rows = (np.arange(2 * n) / 2 - 0.25 for n in (camera.width, camera.height))
    flat = camera.undistorted(np.stack(np.meshgrid(columns, rows), axis=-1))
    rays = np.concatenate([flat, np.ones((*flat.shape[:2], 1))], axis=-1)
    depth = (rotation[:, 2] @ translation) / (rays @ rotation[:, 2])
    place = ((rays * depth[..., None] - translation) @ rotation[:, :2]) / board.square
    card = _within(place, board, 2.0) & (depth > 0)
    black = (np.floor(place).sum(axis=-1) % 2 == 0) & _within(place, board, 1.0)
    celsius = np.where(card, CARD + hot * black, AIR)
    pixels = celsius.reshape(camera.height, 2, camera.width, 2).mean(axis=(1, 3))
    return cv2.GaussianBlur(pixels, (0, 0), 0.8) + rng.normal(0, noise, pixels.shape)


def _within(place, board, margin):
    """Tell which places, in squares from the first inner corner, are on the board."""
    high = np.array([board.columns, board.rows]) - 1 + margin
    return ((place > -margin) & (place < high)).all(axis=-1)

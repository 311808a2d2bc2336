"""Where the sensors of a room hang and look, on its floor plan."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Wedge

from thermal_radar_fusion.deployed_camera import ThermalCamera
from thermal_radar_fusion.deployment import Radar
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.report.svg import INK, MUTED, SHADE

FIELD_OF_VIEW = 120.0


def draw_radar(axes: Axes, radar: Radar) -> None:
    """Draw a radar and a hint of where it looks."""
    x, y, _ = radar.mounting.translation
    heading = _heading(radar.mounting)
    half = FIELD_OF_VIEW / 2
    axes.add_patch(
        Wedge((x, y), 1.1, heading - half, heading + half, facecolor=SHADE, linewidth=0, zorder=0)
    )
    axes.plot(x, y, marker=(3, 0, heading - 90), color=INK, markersize=10, zorder=5)
    _name(axes, radar.name, radar.mounting, -4)


def draw_camera(axes: Axes, camera: ThermalCamera) -> None:
    """Draw a thermal camera and its optical axis; nothing where nobody knows where it hangs."""
    if camera.mounting is None:
        return
    x, y, _ = camera.mounting.translation
    forward = camera.mounting.rotation[:2, 0]
    ends = np.array([(x, y), (x, y) + 1.1 * forward])
    axes.plot(*ends.T, color=MUTED, linewidth=0.9, zorder=1)
    marker = (4, 0, _heading(camera.mounting) - 45)
    axes.plot(x, y, marker=marker, color=INK, markersize=8, zorder=5)
    _name(axes, camera.name, camera.mounting, 6)


def _heading(mounting: RigidTransform) -> float:
    """Return where a sensor looks, in degrees from x to the left."""
    forward = mounting.rotation[:2, 0]
    return float(np.degrees(np.arctan2(forward[1], forward[0])))


def _name(axes: Axes, name: str, mounting: RigidTransform, up: float) -> None:
    """Write a name beside a sensor, on the side that it looks to."""
    x, y, _ = mounting.translation
    ahead = mounting.rotation[0, 0] >= 0
    axes.annotate(
        name,
        (x, y),
        textcoords='offset points',
        xytext=(8 if ahead else -8, up),
        ha='left' if ahead else 'right',
        color=MUTED,
        fontsize=9,
        zorder=6,
    )

"""Who is simulated: size, way of walking, and what a thermal camera sees of the face."""

from __future__ import annotations

from dataclasses import dataclass

from thermal_radar_fusion.parameters import Parameters, parameter


@dataclass(frozen=True)
class Gait(Parameters):
    """How one person walks, relative to the mean walker of the same size: 1 is the mean."""

    stride: float = parameter(
        1.0, 'length of the steps; at the same speed the cadence is its inverse', low=0.5, high=2.0
    )
    width: float = parameter(1.0, 'distance between the feet', low=0.3, high=3.0)
    arm_swing: float = parameter(1.0, 'amplitude of the arms', low=0.0, high=3.0)
    elbow: float = parameter(
        0.0, 'how much more the elbows bend while walking', unit='rad', low=0.0, high=1.5
    )
    leg_swing: float = parameter(
        1.0, 'how high knees and feet come in the swing, and feet roll', low=0.3, high=2.0
    )
    bounce: float = parameter(1.0, 'amplitude of the trunk, all directions', low=0.0, high=3.0)
    asymmetry: float = parameter(
        0.0, 'the right step is longer than the left by this share', low=-0.5, high=0.5
    )
    lean: float = parameter(0.0, 'of the trunk, forward', unit='rad', low=-0.3, high=0.5)


@dataclass(frozen=True)
class Appearance(Parameters):
    """What a thermal camera sees of a person."""

    temperature: float = parameter(
        36.1, 'true skin temperature of the hottest part of the face', unit='°C', low=30, high=43
    )
    clothing: float = parameter(27.6, 'mean surface', unit='°C', low=5, high=40)
    hair: str = parameter('short', 'what covers the skull', choices=('short', 'long', 'bald'))
    glasses: bool = parameter(False, 'opaque, nearly as cold as the air')
    mask: bool = parameter(False, 'over mouth and nose')
    beard: bool = parameter(False, 'cooler than skin')
    hat: str = parameter('none', 'head wear', choices=('none', 'cap', 'headscarf'))


@dataclass(frozen=True)
class Person(Parameters):
    """One simulated person."""

    name: str = parameter('person', 'unique in a scenario')
    height: float = parameter(1.72, 'standing, to the crown', unit='m', low=0.8, high=2.3)
    build: float = parameter(1.0, 'girth of trunk and limbs; 1 is the mean', low=0.5, high=2.0)
    gait: Gait = parameter(Gait(), 'way of walking')
    appearance: Appearance = parameter(Appearance(), 'for thermal cameras')

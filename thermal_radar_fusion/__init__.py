"""Track people with mmWave radars and tell who was near whom, without recognising a face."""

from pkgutil import extend_path

# The generated messages live in an installed package of the same name; without this line a
# checkout that comes first on sys.path would hide `thermal_radar_fusion.msg`.
__path__ = extend_path(__path__, __name__)

__version__ = '0.1.0'

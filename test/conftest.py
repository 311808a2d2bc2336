"""What all tests have in common."""

from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing about what it tests.
settings.register_profile('busy', deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('busy')

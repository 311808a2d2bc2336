"""What all tests have in common."""

from hypothesis import settings

# How long an example takes says how busy the machine is, and nothing about what it tests.
settings.register_profile('busy', deadline=None)
settings.load_profile('busy')

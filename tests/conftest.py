"""For all tests: how long an example takes depends on what else the machine does, and fails nobody."""

from hypothesis import settings

settings.register_profile("default", deadline=None)
settings.load_profile("default")

"""Property tests here are not timed: on a loaded runner an example may take long for no reason of its own."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

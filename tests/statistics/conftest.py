"""Property tests here are never timed: a loaded runner is slow, and that is no defect of a formula."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

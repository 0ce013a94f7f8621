"""What holds for all tests: hypothesis judges values, and never how fast a machine is."""

from hypothesis import settings

# Measuring coverage, a busy machine or the first import of a module would each break a deadline now and then.
settings.register_profile("without-deadline", settings(), deadline=None)
settings.load_profile("without-deadline")

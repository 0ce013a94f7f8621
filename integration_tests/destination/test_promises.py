"""Nobody who opted out is mailed, every record has one outcome, at rest all is quiet: whatever happens in any order.

`MAILCHIMP_PROMISES=1000` plays that many stories instead of a few; they are new ones each time.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from integration_tests.destination.between import Between
from integration_tests.destination.promises import Faults, Marketers, People, Syncs
from source_destination_mailchimp.sandbox.http.server import Sandbox

STORIES = int(os.environ.get("MAILCHIMP_PROMISES", "0"))


class Life(Syncs, People, Marketers, Faults):
    """Everything that can happen to an audience."""


@pytest.mark.timeout(0)
def test_no_story_breaks_a_promise(running: Sandbox, running_proxy: Between) -> None:
    """Syncs, people, marketers and faults in any order: the promises of World hold after every sync."""
    Life.sandbox, Life.proxy = running, running_proxy
    profile = settings(
        max_examples=STORIES or 30,
        stateful_step_count=30 if STORIES else 12,
        derandomize=not STORIES,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Life, settings=profile)

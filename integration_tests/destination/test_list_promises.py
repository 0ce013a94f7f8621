"""Nothing is removed on incomplete knowledge, and nothing that is not ours: whatever happens in any order.

`MAILCHIMP_PROMISES=1000` plays that many stories instead of a few; they are new ones each time.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from integration_tests.destination.between import Between
from integration_tests.destination.promised_lists import Lists
from integration_tests.destination.promises import Faults, Marketers, People, Syncs
from source_destination_mailchimp.sandbox.http.server import Sandbox

STORIES = int(os.environ.get("MAILCHIMP_PROMISES", "0"))


class ListLife(Lists):
    """Two connections with lists on one audience."""


class WholeLife(Lists, Syncs, People, Marketers, Faults):
    """The same among everything else that can happen to an audience."""


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("machine", "stories"), [(ListLife, 25), (WholeLife, 15)], ids=["lists", "everything"])
def test_no_story_takes_away_what_it_may_not(
    machine: type[Lists], stories: int, running: Sandbox, running_proxy: Between
) -> None:
    """Tags, deletions and lists of two connections, cut, failed and whole: the promises hold after every sync."""
    machine.sandbox, machine.proxy = running, running_proxy
    profile = settings(
        max_examples=STORIES or stories,
        stateful_step_count=30 if STORIES else 10,
        derandomize=not STORIES,
        phases=tuple(Phase) if STORIES else (Phase.explicit, Phase.generate),  # shrinking takes minutes
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=profile)

"""The table of switches."""

import pytest

from source_destination_mailchimp.sandbox.control import switches


def test_names_are_unique_and_values_differ() -> None:
    """Every switch has a name of its own and at least two values (promise)."""
    names = [switch.name for switch in switches.SWITCHES]
    assert len(names) == len(set(names))
    assert all(len(set(switch.values)) >= 2 for switch in switches.SWITCHES)
    assert {switch.strength for switch in switches.SWITCHES} <= {"documented", "observed", "inferred"}


def test_checked_names_what_there_is() -> None:
    """A wrong name or value is refused with those there are (promise)."""
    assert switches.checked({"since_edge": "inclusive"}) == {"since_edge": "inclusive"}
    for wrong in ({"nonsense": "1"}, {"since_edge": "1"}):
        with pytest.raises(ValueError, match="since_edge"):
            switches.checked(wrong)

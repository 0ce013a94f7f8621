"""Named switches for what nobody could verify of the real Mailchimp; docs/sandbox.md is made from this table."""

from collections.abc import Mapping
from typing import Final

from source_destination_mailchimp.sandbox.control.account_switches import ACCOUNT_SWITCHES
from source_destination_mailchimp.sandbox.control.audience_switches import AUDIENCE_SWITCHES
from source_destination_mailchimp.sandbox.control.member_switches import MEMBER_SWITCHES
from source_destination_mailchimp.sandbox.control.switch import Switch

SWITCHES: Final = (*MEMBER_SWITCHES, *AUDIENCE_SWITCHES, *ACCOUNT_SWITCHES)
BY_NAME: Final[Mapping[str, Switch]] = {switch.name: switch for switch in SWITCHES}


def defaults() -> dict[str, str]:
    """Every switch at its default."""
    return {switch.name: switch.default for switch in SWITCHES}


def checked(wanted: Mapping[str, object]) -> dict[str, str]:
    """The settings, if every name and value exists; raises ValueError that lists what there is."""
    for name, value in wanted.items():
        known = BY_NAME.get(name)
        if known is None:
            raise ValueError(f"There is no switch {name!r}. There are: {', '.join(BY_NAME)}")
        if value not in known.values:
            raise ValueError(f"Switch {name} takes {', '.join(known.values)}, not {value!r}")
    return {name: str(value) for name, value in wanted.items()}

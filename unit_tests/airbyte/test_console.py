"""What a person sees of a run whose standard output only a program reads."""

import io

import pytest

from source_destination_mailchimp.airbyte.console import OF_THE_PLATFORM, Console
from source_destination_mailchimp.airbyte.messages import Message, log


class Terminal(io.StringIO):
    """A terminal, where everything is read by a person anyway."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "output", "is_shown"),
    [
        ({}, io.StringIO(), True),
        ({"PATH": "/bin"}, io.StringIO(), True),
        ({}, Terminal(), False),
        *(({name: "7"}, io.StringIO(), False) for name in OF_THE_PLATFORM),
    ],
)
def test_where_something_is_shown(environment: dict[str, str], output: io.StringIO, is_shown: bool) -> None:
    """Not on the platform, which would log an error for it, and not where the output itself is on the screen."""
    errors = io.StringIO()
    Console.of_process(environment, output, errors).show("412 added: 412 records.")
    assert errors.getvalue() == ("412 added: 412 records.\n" if is_shown else "")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (log("  1 rejected", "WARN"), "WARNING:   1 rejected\n"),
        (log("  1 added"), ""),
        (log("credentials: empty.", "FATAL"), ""),
        ({"type": "STATE", "state": {}}, ""),
        ({"type": "LOG", "log": None}, ""),
    ],
)
def test_warnings_are_shown(message: Message, shown: str) -> None:
    """What needs a person; an error is shown by whoever runs the connector, and would be there twice."""
    errors = io.StringIO()
    Console(errors).show_warning(message)
    assert errors.getvalue() == shown


def test_a_console_that_is_gone_is_not_missed() -> None:
    """A run does not fail because nobody looks any more."""
    errors = io.StringIO()
    errors.close()
    Console(errors).show("412 added: 412 records.")

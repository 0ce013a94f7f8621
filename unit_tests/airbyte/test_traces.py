"""Errors as the platform gets them: whose turn it is, in one sentence without an address."""

from pathlib import Path

import pytest
from airbyte_cdk.models import FailureType

from source_destination_mailchimp.airbyte.config_file import read_config_file
from source_destination_mailchimp.airbyte.problems import BadSetting, Problem
from source_destination_mailchimp.airbyte.traces import traced
from source_destination_mailchimp.mailchimp.answers import Refusal
from source_destination_mailchimp.mailchimp.errors import Misconfigured, Refused, Unavailable


@pytest.mark.parametrize(
    ("error", "turn"),
    [
        (Misconfigured("a"), FailureType.config_error),
        (BadSetting(Problem("a", "b", "C.")), FailureType.config_error),
        (Unavailable("a"), FailureType.transient_error),
        (Refused(Refusal(400, "Invalid Resource", "a")), FailureType.system_error),
        (ValueError("a"), FailureType.system_error),
    ],
)
def test_whose_turn_it_is(error: Exception, turn: FailureType) -> None:
    """A setting is the user's turn, a silent Mailchimp the platform's, and everything else is ours."""
    assert traced(error).failure_type == turn


def test_a_caller_may_know_better() -> None:
    """A sentence and a turn that are given stand in the place of the error's own."""
    found = traced(Unavailable("a"), "Sentence.", FailureType.config_error)
    assert (found.message, found.failure_type) == ("Sentence.", FailureType.config_error)


def test_no_address_leaves() -> None:
    """Addresses in a sentence are masked."""
    assert "ann@example.com" not in str(traced(Misconfigured("There is no ann@example.com.")).message)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"{5ecret", "not JSON"), (b'["5ecret"]', "not a JSON object"), (b"", "not JSON")],
)
def test_a_file_that_holds_no_settings(tmp_path: Path, content: bytes | None, words: str) -> None:
    """The sentence says what is wrong with the file, and nothing that is in it."""
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSetting, match=words) as found:
        read_config_file(str(path))
    assert "5ecret" not in str(found.value)
    assert found.value.__cause__ is None

"""Errors as the platform gets them: whose turn it is, in one sentence without an address."""

import logging
from pathlib import Path

import pytest
from airbyte_cdk.models import FailureType

from source_destination_mailchimp.airbyte.input_files import check_state_file, read_catalog_file, read_config_file
from source_destination_mailchimp.airbyte.messages import InputError
from source_destination_mailchimp.airbyte.problems import BadSetting, Problem
from source_destination_mailchimp.airbyte.traces import Explained, traced, without_traceback
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


@pytest.mark.parametrize(
    ("error", "is_explained"),
    [
        (Misconfigured("a"), True),
        (Unavailable("a"), True),
        (InputError("a"), True),
        (Refused(Refusal(400, "Invalid Resource", "a")), False),
        (ValueError("a"), False),
    ],
)
def test_only_a_fault_of_ours_has_a_traceback(error: Exception, is_explained: bool) -> None:
    """In the TRACE message as in the log: whoever mistyped a name gets one sentence."""
    found = traced(error)
    assert isinstance(found, Explained) == is_explained
    trace = found.as_airbyte_message().trace
    assert trace is not None
    assert trace.error is not None
    assert (trace.error.stack_trace is None) == is_explained

    record = logging.LogRecord("airbyte", logging.ERROR, "", 0, "Stream %s failed", ("x",), (type(found), found, None))
    assert without_traceback(record)
    assert (record.exc_info is None) == is_explained
    assert record.getMessage() == ("a" if is_explained else "Stream x failed")


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


NOT_CATALOGS = [b"[]", b'{"streams": {"a": 1}}', b'{"streams": [{}]}', b'{"streams": [{"stream": {"name": ""}}]}', b"{"]


@pytest.mark.parametrize("content", NOT_CATALOGS)
def test_a_file_that_holds_no_catalog(tmp_path: Path, content: bytes) -> None:
    """Whatever else it is, the error names the option."""
    path = tmp_path / "catalog.json"
    path.write_bytes(content)
    with pytest.raises(BadSetting, match="--catalog"):
        read_catalog_file(str(path))


def test_a_catalog_without_streams_is_one(tmp_path: Path) -> None:
    """Nothing configured is nothing to do, and no mistake."""
    path = tmp_path / "catalog.json"
    path.write_bytes(b'{"streams": null}')
    assert read_catalog_file(str(path)) == {"streams": None}


@pytest.mark.parametrize(("content", "is_fine"), [(b"[]", True), (b"{}", True), (b'{"a": 1}', False), (b"[", False)])
def test_a_file_that_holds_no_states(tmp_path: Path, content: bytes, is_fine: bool) -> None:
    """An empty object is what a platform sends that has no state yet."""
    path = tmp_path / "state.json"
    path.write_bytes(content)
    if is_fine:
        check_state_file(str(path))
        return
    with pytest.raises(BadSetting, match="--state"):
        check_state_file(str(path))

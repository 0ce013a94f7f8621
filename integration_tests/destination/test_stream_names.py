"""A stream that is named like an address: the name is the platform's to know, and no log, error or trace repeats it."""

from pathlib import Path

import orjson
import pytest

from integration_tests.destination.command_line import write
from integration_tests.destination.syncing import Account, Json, Message, Stream, feed

NAME = "ann.smith@sandbox-people.org"
"""A list of one person that somebody has made, or a mailbox that is a stream."""

LIST = Stream(NAME, ("email", "FNAME", "deleted"), source_mode="full_refresh")
OTHER = Stream("people", ("email", "FNAME"))
PERSON: Json = {"email": "bob@sandbox-people.org", "FNAME": "Bob"}
GOOD: list[Message] = [LIST.record(**PERSON), LIST.state(1)]


def _stream_status(name: str) -> Message:
    status = {"stream_descriptor": {"name": name}, "status": "COMPLETE"}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": status}}


def said(messages: list[Message]) -> str:
    """Everything that is said to people: logs and traces; what names a stream to the platform alone is left out."""
    lines = []
    for one in messages:
        if one["type"] == "LOG":
            lines.append(one["log"]["message"])
        elif one["type"] == "TRACE" and one["trace"]["type"] != "STREAM_STATUS":
            lines.append(orjson.dumps(one["trace"]).decode())
    return "\n".join(lines)


CASES: dict[str, tuple[tuple[Stream, ...], list[Message], Json]] = {
    "a sync that goes well": ((LIST,), GOOD, {}),
    "a dry run": ((LIST,), GOOD, {"dry_run": True}),
    "a rejected record": ((LIST,), [LIST.record(email="nobody"), LIST.state(1)], {}),
    "a list": ((LIST,), [*GOOD, _stream_status(NAME)], {"streams": [{"stream": NAME, "mirror_tag": "Readers"}]}),
    "an unproved list": ((LIST,), GOOD, {"streams": [{"stream": NAME, "mirror_tag": "Readers"}]}),
    "a record of no stream": ((OTHER,), GOOD, {}),
    "a STATE of no stream": ((OTHER,), [LIST.state(1)], {}),
    "a status of no stream": ((OTHER,), [_stream_status(NAME)], {}),
    "an entry for no stream": ((OTHER,), [], {"streams": [{"stream": NAME}]}),
    "no entry for a stream": ((LIST, OTHER), [], {"streams": [{"stream": "people"}]}),
    "two entries": ((LIST,), [], {"streams": [{"stream": NAME}, {"stream": NAME}]}),
    "no column of addresses": ((Stream(NAME, ("FNAME",)),), [], {}),
    "a column that is not there": ((LIST,), GOOD, {"streams": [{"stream": NAME, "email_field": "mail"}]}),
    "a mode that is not offered": ((Stream(NAME, ("email",), mode="soft_delete"),), [], {}),
    "overwrite": ((Stream(NAME, ("email",), mode="overwrite"),), GOOD, {}),
    "a column that looks like consent": ((Stream(NAME, ("email", "unsubscribed_at")),), GOOD, {}),
    "a stream twice": ((LIST, LIST), GOOD, {}),
    "an audience that is none": ((LIST,), [], {"streams": [{"stream": NAME, "audience": NAME}]}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_stream_named_like_an_address_is_never_repeated(account: Account, case: str) -> None:
    """Whatever happens to it, whole or not: neither in the log nor in an error, nor in what comes with one."""
    catalog, messages, keys = CASES[case]
    result = feed(account, messages, catalog, **keys)
    words = said(result.messages)
    if result.error is not None:
        words += str(result.error.as_airbyte_message().trace) + str(result.error.message)
    assert words
    assert "ann.smith" not in words


@pytest.mark.parametrize("is_cut_off", [False, True])
@pytest.mark.parametrize("catalog", [(LIST,), (OTHER,)])
def test_a_process_does_not_repeat_it_either(
    account: Account, tmp_path: Path, catalog: tuple[Stream, ...], *, is_cut_off: bool
) -> None:
    """On standard output and on standard error, where a traceback of a KeyError would end."""
    lines = [orjson.dumps(one) for one in GOOD]
    given = lines[0][:-20] if is_cut_off else b"".join(line + b"\n" for line in lines)
    ended = write(account, tmp_path / "sync", given, catalog)
    words = said(ended.messages) + ended.err.decode()
    assert words
    assert "ann.smith" not in words
    assert "Traceback" not in words

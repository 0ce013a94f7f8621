"""Settings and streams that do not fit stop before the first write; a bad record is one rejected record."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.destination.command_line import write
from integration_tests.destination.syncing import Account, Json, Stream, config, connector, succeeded, sync
from unit_tests.destination.field_entries import to

WRONG_KEY = "00000000000000000000000000000bad-us1"
NAMES = Stream(columns=("email", "FNAME"))

WRONG: dict[str, tuple[Stream, Json, list[str]]] = {
    "key": (NAMES, {"credentials": {"auth_type": "apikey", "apikey": WRONG_KEY}}, ["credentials"]),
    "audience": (NAMES, {"audience": "No such"}, ["audience", "Readers"]),
    "two of one name": (NAMES, {"audience": "Twin"}, ["audience", "2 audiences"]),
    "merge tag": (
        NAMES,
        {"streams": [{"stream": "people", "fields": [to("FNAME", "NOPE")]}]},
        ["fields", "NOPE", "FNAME, LNAME"],
    ),
    "mapped column": (
        NAMES,
        {"streams": [{"stream": "people", "fields": [to("nope", "FNAME")]}]},
        ["fields", "nope", "FNAME"],
    ),
    "no address": (Stream(columns=("name", "phone")), {}, ["email_field"]),
    "two addresses": (Stream(columns=("mail", "email_address", "name")), {}, ["email_field", "mail", "email_address"]),
    "stranger entry": (NAMES, {"streams": [{"stream": "peple"}]}, ["streams[0].stream", "people"]),
    "unknown key": (NAMES, {"double_optin": True}, ["double_optin"]),
    "soft_delete": (Stream(columns=("email",), mode="soft_delete"), {}, ["soft_delete", "deleted_field"]),
}


@pytest.fixture
def there(account: Account) -> Account:
    """An account with the key of the form, and two audiences of one name."""
    account.control.seed(keys=[account.sandbox.api_key])
    for _ in range(2):
        account.control.seed(name="Twin", members=0)
    return account


@pytest.mark.parametrize("name", WRONG)
def test_it_stops_before_the_first_write(there: Account, name: str) -> None:
    """The sentence names the setting and what there is; nothing was written and no key is in it."""
    stream, keys, words = WRONG[name]
    result = sync(there, [{"email": "ann@sandbox-people.org", "FNAME": "Ann"}], stream=stream, **keys)
    assert result.error is not None
    assert str(result.error.failure_type).endswith("config_error")
    assert [word for word in words if word not in result.complaint] == []
    assert there.sandbox.api_key not in result.complaint
    assert WRONG_KEY not in result.complaint
    assert there.writes() == []
    assert result.cursors == []


@pytest.mark.parametrize("name", ["key", "audience", "two of one name", "merge tag", "unknown key"])
def test_check_says_the_same(there: Account, name: str) -> None:
    """What can be tried without the streams is found by `check`, in the same words."""
    _, keys, words = WRONG[name]
    status: Any = connector(there.api_url).check(None, config(there, **keys))  # type: ignore[arg-type]
    assert status.status.name == "FAILED"
    assert [word for word in words if word not in status.message] == []


def test_a_bad_record_costs_itself(account: Account) -> None:
    """No address, a broken one, no object at all: each is one rejected record with its reason, and the sync goes on."""
    records: list[Any] = [
        {"email": "ann@sandbox-people.org", "FNAME": "Ann"},
        {"email": None, "FNAME": "Nobody"},
        {"FNAME": "Nobody"},
        {"email": "not an address"},
        {"email": "bob@sandbox-people.org", "FNAME": {"a": 1}},
    ]
    result = succeeded(sync(account, records, stream=NAMES))
    assert result.outcomes == {"created": 2, "rejected": 3}
    assert result.reasons["rejected-no-email"] == 2
    assert result.reasons["rejected-invalid-email"] == 1


@pytest.mark.parametrize(("invalid", "outcomes"), [("reject_value", {"created": 2}), ("reject_record", {"created": 1})])
def test_a_bad_birthday_costs_the_birthday_or_the_person(account: Account, invalid: str, outcomes: Json) -> None:
    """`invalid_values` decides what a value that is none costs."""
    stream = Stream(columns=("email", "FNAME", "BORN"))
    records = [
        {"email": "ann@sandbox-people.org", "FNAME": "Ann", "BORN": "31/31"},
        {"email": "bob@sandbox-people.org", "FNAME": "Bob", "BORN": "1980-02-03"},
    ]
    result = succeeded(sync(account, records, stream=stream, invalid_values=invalid))
    rejected = {"rejected": 1} if invalid == "reject_record" else {}
    assert result.outcomes == outcomes | rejected
    people = account.people()
    assert people["bob@sandbox-people.org"].values["FNAME"] == "Bob"
    assert ("ann@sandbox-people.org" in people) is (invalid == "reject_value")


def test_the_command_ends_with_a_sentence_and_no_secret(account: Account, tmp_path: Path) -> None:
    """A wrong setting ends the process with a TRACE that names it; no key and no address is in what it prints."""
    lines = [orjson.dumps(NAMES.record(email="ann@sandbox-people.org"))]
    done = write(account, tmp_path, lines, audience="No such")
    assert done.code == 1
    assert "audience" in done.error["message"]
    assert done.error["failure_type"] == "config_error"
    assert done.error["message"] in done.log
    printed = done.out + done.err
    assert b"Traceback" not in printed
    assert account.sandbox.api_key.encode() not in printed
    assert b"ann@" not in printed

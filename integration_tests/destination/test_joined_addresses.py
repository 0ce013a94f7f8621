"""Two contacts that are one person become one, under the stricter consent, and the old one is archived once."""

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from integration_tests.destination.between import Between
from integration_tests.destination.identities import (
    LATER,
    PEOPLE,
    STATUSES,
    address,
    is_silent,
    number,
    outcome,
    people,
    put,
    record,
    run,
    states,
)
from integration_tests.destination.syncing import Account, Json, config

OPTED_OUT = ("unsubscribed", "cleaned", "archived")
CONSENT = {"opt_in_field": "opt_in", "consent_time_field": "agreed_at"}


def joined_status(old: str, new: str) -> str:
    """The stricter of two consents: an opt-out at one address is one at both; else the new one stays."""
    return "unsubscribed" if old in OPTED_OUT and new in ("subscribed", "pending") else new


def retired_id(old: str) -> str:
    """The external id stays: it carries an opt-out. Only somebody pending gives it up, with the status."""
    return "" if old == "pending" else "1"


def retired_status(old: str) -> str:
    """The old contact is archived; an opt-out stays visible, and somebody pending cannot be archived."""
    return {"unsubscribed": "unsubscribed", "cleaned": "cleaned", "pending": "unsubscribed"}.get(old, "archived")


def outcome_of(old: str, new: str) -> str:
    """What is said of the record: that its contact was unsubscribed, where the old one's opt-out came along."""
    if new == "archived":
        return "held"
    if new in ("subscribed", "pending") and joined_status(old, new) == "unsubscribed":
        return "unsubscribed"
    return "updated"


@pytest.mark.parametrize(("old", "new"), itertools.product(STATUSES, STATUSES))
def test_every_pair_of_statuses(account: Account, old: str, new: str) -> None:
    """For every pair the joined contact has the stricter consent, the old one keeps its id, nobody is mailed."""
    put(account, "old", old, id="1", left_by="person" if old == "unsubscribed" else "", tags=["VIP"])
    contact = put(account, "new", new, left_by="person" if new == "unsubscribed" else "")
    row = record(1, "new", FNAME="Ann")
    result = outcome(account, row)
    assert states(account) == {"old": (retired_status(old), retired_id(old)), "new": (joined_status(old, new), "1")}
    assert number(account, "new") == contact
    assert account.mailed() == []
    assert result.outcomes == {outcome_of(old, new): 1}
    assert result.reasons["beside-joined"] == 1
    is_archived = retired_status(old) == "archived" and old != "archived"
    assert result.reasons.get("beside-old-contact-archived", 0) == is_archived
    assert ("1 contact was archived, joined with the contact at the new address" in result.log) == is_archived
    after = people(account)["new"]
    assert (after.first_name, after.tags) == (("", frozenset()) if new == "archived" else ("Ann", frozenset({"VIP"})))
    assert is_silent(account, row)


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize("resubscribe", ["ask", "with_newer_consent"])
@pytest.mark.parametrize("old", ["subscribed", "unsubscribed"])
@pytest.mark.parametrize("new", ["subscribed", "unsubscribed", "archived"])
def test_answers_in_a_join(account: Account, old: str, new: str, resubscribe: str, answer: str) -> None:
    """A newer yes brings the new address back only where the old one did not opt out; a no takes both off."""
    put(account, "old", old, id="1", left_by="api" if old == "unsubscribed" else "")
    put(account, "new", new, left_by="api" if new == "unsubscribed" else "")
    row = record(1, "new", opt_in=answer, agreed_at=LATER)
    result = outcome(account, row, entry=CONSENT, resubscribe=resubscribe)
    status = states(account)["new"][0]
    comes_back = answer == "yes" and old == "subscribed" and new != "subscribed"
    if comes_back:
        assert status == ("pending" if resubscribe == "ask" else "subscribed")
    elif new == "subscribed" and old == "subscribed" and answer == "yes":
        assert status == "subscribed"
    else:
        assert status == ("archived" if new == "archived" else "unsubscribed")
    assert account.mailed() == ([address("new")] if status == "pending" else [])
    assert ("beside-confirmation-asked" in result.reasons) is (status == "pending")


def test_only_the_tags_that_may_stay_come_along(account: Account) -> None:
    """The old contact's tags go to the new one, but for those of ours that the record does not name."""
    put(account, "old", id="1", tags=["VIP", "crm-gold", "crm-old"])
    put(account, "new", tags=["crm-older"])
    entry = {"tags_field": "tags", "tags_mode": "replace_owned", "owned_tags": ["crm-*"]}
    row = record(1, "new", tags=["crm-gold"])
    outcome(account, row, entry=entry)
    assert people(account)["new"].tags == {"VIP", "crm-gold"}
    assert is_silent(account, row, entry=entry)


def test_join_is_counted_by_the_fuse_once(account: Account) -> None:
    """Every contact that is archived for another address counts; the join over the limit does not happen."""
    for n in range(12):
        put(account, f"old{n}", id=str(n))
        put(account, f"new{n}")
    rows = [record(n, f"new{n}") for n in range(12)]
    result = run(account, *rows, max_removals_percent=0)
    assert "10 contacts removed or unsubscribed (10 contacts joined with others)" in result.complaint
    archived = [name for name, (status, _) in states(account).items() if status == "archived"]
    assert len(archived) == 10
    outcome(account, *rows, max_removals_percent=0)
    assert all(states(account)[f"new{n}"] == ("subscribed", str(n)) for n in range(12))


def test_opt_out_that_stays_visible_takes_nobody_away(account: Account) -> None:
    """Where the old contact stays and the new one is opted out already, the fuse counts nobody."""
    for n in range(12):
        put(account, f"old{n}", "unsubscribed", id=str(n), left_by="person")
        put(account, f"new{n}", "unsubscribed", left_by="person")
    outcome(account, *(record(n, f"new{n}") for n in range(12)), max_removals_percent=0)
    assert states(account)["old3"] == states(account)["new3"] == ("unsubscribed", "3")


def test_who_leaves_while_they_are_joined_stays_out(raced: Account, between: Between) -> None:
    """An opt-out at the old address, between our read and the archiving, counts for the new one."""
    put(raced, "old", id="1")
    put(raced, "new")
    between.after("POST", "/3.0/lists/*", lambda: raced.act(address("old"), "unsubscribe"))
    result = outcome(raced, record(1, "new", FNAME="Ann"), max_removals_percent=0)
    assert between.is_done
    assert states(raced) == {"old": ("unsubscribed", "1"), "new": ("unsubscribed", "1")}
    assert result.outcomes == {"updated": 1}


def test_three_contacts_of_one_person(account: Account) -> None:
    """The strictest of all contacts with the id counts, and sync after sync they become one."""
    put(account, "a", id="1")
    put(account, "b", "unsubscribed", id="1", left_by="person")
    put(account, "new")
    for _ in range(2):
        outcome(account, record(1, "new"))
    assert states(account) == {"a": ("archived", "1"), "b": ("unsubscribed", "1"), "new": ("unsubscribed", "1")}
    assert is_silent(account, record(1, "new"))


def test_two_contacts_with_the_id_and_a_third_address(account: Account) -> None:
    """Where one of them opted out, nobody is renamed and the new address is not added."""
    put(account, "a", id="1")
    put(account, "b", "unsubscribed", id="1", left_by="person")
    assert outcome(account, record(1, "new")).outcomes == {"held": 1}
    assert states(account) == {"a": ("subscribed", "1"), "b": ("unsubscribed", "1")}


def test_new_owner_of_an_address_that_was_given_up(account: Account) -> None:
    """Whom a join archived counts as opted out and keeps the id: a record of another id is held there."""
    put(account, "old", id="1")
    put(account, "new")
    outcome(account, record(1, "new"))
    assert outcome(account, record(2, "old")).outcomes == {"held": 1}
    assert states(account) == {"old": ("archived", "1"), "new": ("subscribed", "1")}


def test_moving_back_after_a_join_does_not_bring_the_archived_one_back(account: Account) -> None:
    """Who returns to an address that a join archived stays where Mailchimp may not mail them."""
    put(account, "old", id="1")
    put(account, "new")
    outcome(account, record(1, "new"))
    outcome(account, record(1, "old"))
    assert {status for status, _ in states(account).values()} == {"archived"}
    assert account.mailed() == []
    assert is_silent(account, record(1, "old"))


# Mirrors


def test_joined_and_renamed_people_are_still_in_their_list(account: Account) -> None:
    """Nobody counts as gone from a mirrored list for a changed address; who was given up is in no list."""
    put(account, "renamed", id="1", tags=["List"])
    put(account, "joined", id="2", tags=["List"])
    put(account, "held", "unsubscribed", id="3", tags=["List"], left_by="person")
    put(account, "b")
    put(account, "gone", id="4", tags=["List"])
    stream = type(PEOPLE)(columns=(*PEOPLE.columns, "rows"), source_mode="full_refresh")
    rows = [record(1, "a", rows=3), record(2, "b", rows=3), record(3, "c", rows=3)]
    keys: Json = {"entry": {"mirror_tag": "List", "list_size_field": "rows"}, "mirror_removal": "archive"}
    outcome(account, *rows, stream=stream, **keys)
    found = {name: (one.status, one.tags) for name, one in people(account).items()}
    listed = frozenset({"List"})
    assert found == {
        "a": ("subscribed", listed),
        "b": ("subscribed", listed),
        "joined": ("archived", frozenset()),
        "held": ("unsubscribed", listed),
        "gone": ("archived", frozenset()),
    }
    assert is_silent(account, *rows, stream=stream, **keys)


# Killed between the steps


def _killed(account: Account, between: Between, folder: Path, rows: list[Json], method: str, nth: int) -> None:
    """One sync in a process of its own, killed right after Mailchimp did the nth write of a kind."""
    form = config(account, streams=[{"stream": "people", "external_id": "id -> CRMID"}])
    (folder / "config.json").write_bytes(orjson.dumps(form))
    (folder / "catalog.json").write_bytes(orjson.dumps({"streams": [PEOPLE.configured()]}))
    command = [sys.executable, "-c", "from source_destination_mailchimp.run import destination; destination()"]
    process = subprocess.Popen(
        [*command, "write", "--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MAILCHIMP_API_BASE_URL": account.api_url},
    )
    assert process.stdin is not None
    between.after(method, "/3.0/lists/*", lambda: process.send_signal(signal.SIGKILL), nth=nth)
    lines = b"".join(orjson.dumps(PEOPLE.record(**row)) + b"\n" for row in rows)
    process.communicate(lines, timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert between.is_done


@pytest.mark.parametrize(
    ("method", "nth"),
    [("POST", 1), ("POST", 2), ("DELETE", 1)],
    ids=["new address written", "tags written", "old one archived"],
)
def test_join_killed_between_its_steps_is_finished_by_the_next_sync(
    raced: Account, between: Between, tmp_path: Path, method: str, nth: int
) -> None:
    """Wherever a process dies in a join, the next one ends it as it would have ended."""
    put(raced, "old", id="1", tags=["VIP"])
    put(raced, "new")
    row = record(1, "new", FNAME="Ann")
    _killed(raced, between, tmp_path, [row], method, nth)
    outcome(raced, row)
    assert people(raced)["new"][1:] == ("subscribed", "1", frozenset({"VIP"}), "Ann")
    assert people(raced)["old"][1:3] == ("archived", "1")
    assert is_silent(raced, row)

"""Any sync, with people, marketers and another connection acting before its undo."""

import contextlib
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_tests.destination.syncing import (
    Account,
    Json,
    Person,
    sync,
)
from integration_tests.destination.undoing import PEOPLE, kept, listed, whole
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.mailchimp.members import Status


class Story(NamedTuple):
    """Who was there, what a sync brings, and what happens before its undo."""

    there: dict[str, str]
    rows: list[Json]
    keys: Json
    later: list[tuple[str, str]]


ACTS = ("unsubscribe", "confirm", "bounce_hard", "complain", "archive", "forget", "edit", "tag")
STATUSES = ("subscribed", "unsubscribed", "pending", "cleaned", "transactional", "archived")


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any sync of a few people."""
    there = draw(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(STATUSES)))
    names = st.sampled_from(["Ann", "Bea", "", None])
    row = st.fixed_dictionaries(
        {"email": st.sampled_from(PEOPLE), "FNAME": names, "opt_in": st.sampled_from(["yes", "yes", "no", None])}
    )
    entry: Json = {"stream": "people"}
    if draw(st.booleans()):
        entry["tags"] = ["new"]
    if draw(st.booleans()):
        entry |= {"tags_mode": "replace_owned", "owned_tags": ["*"]}
    if draw(st.booleans()):
        entry["opt_in_field"] = "opt_in"
    keys: Json = {
        "streams": [entry],
        "new_member_status": draw(st.sampled_from(["subscribed", "pending", "unsubscribed", "transactional"])),
        "empty_values": draw(st.sampled_from(["ignore", "clear"])),
        "max_removals_percent": 100,
    }
    later = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACTS)), max_size=3))
    return Story(there, draw(st.lists(row, min_size=1, max_size=6)), keys, later)


def happens(account: Account, store: Path, email: str, act: str) -> None:
    """One thing that others do between a sync and its undo."""
    if email not in account.people():
        return
    if act == "archive":
        account.archive(email)
    elif act == "forget":
        account.forget(email)
    elif act == "edit":
        sync(account, [{"email": email, "FNAME": "Edited"}])
    elif act == "tag":
        kept(account, store, [{"email": email}], streams=[{"stream": "people", "tags": ["later"]}])
    else:
        with contextlib.suppress(Exception):
            account.act(email, act)


def mailable(people: dict[str, Person], email: str) -> int:
    person = people.get(email)
    return 0 if person is None else MAILABLE[Status(person.status)]


@given(story=stories(), number=st.integers(0, 10**9))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_run_is_undone_or_listed(account: Account, tmp_path: Path, story: Story, number: int) -> None:
    """Nobody is more mailable than before undo, nobody is mailed, no journey starts; each is as before, or listed."""
    store = tmp_path / str(len(list(tmp_path.iterdir()))) / "store"
    store.mkdir(parents=True)
    account.control.reset()
    made = account.control.seed(name="Readers", merge_fields=[{"tag": "FNAME", "name": "First", "type": "text"}])
    account = Account(account.sandbox, str(made["audience"]), account.api_url)
    for email, status in story.there.items():
        account.put(email, status, merge_fields={"FNAME": "Old"}, tags=["old"])
    for starts, more in (("signup", {}), ("tag", {"tag": "old"}), ("tag", {"tag": "new"})):
        account.control.seed(journeys=[{"audience": account.audience, "name": starts, "starts": starts, **more}])
    original = account.people()
    run, result = kept(account, store, story.rows, **story.keys)
    assert result.error is None, result.complaint
    ours = account.people()
    for email, act in story.later:
        happens(account, store, email, act)
        account.control.clock(advance_seconds=3)
    before, mailed, entered = account.people(), account.mailed(), account.control.journeys()
    whole(account, store, run)
    after = account.people()
    assert account.mailed() == mailed
    assert account.control.journeys() == entered
    report = listed(store)
    for email in PEOPLE:
        assert mailable(after, email) <= mailable(before, email)
        check_contact(
            email, report.get(email), original.get(email), ours.get(email), before.get(email), after.get(email)
        )


def check_contact(
    email: str,
    entry: Json | None,
    original: Person | None,
    ours: Person | None,
    before: Person | None,
    after: Person | None,
) -> None:
    """Hold one contact: as before the sync, archived because it was added, or listed and untouched by undo."""
    if entry is None or entry["action"] == "none":
        assert after == before
        if entry is None and before == ours:
            assert ours == original, email
        return
    assert before == ours, "somebody else had changed them"
    if entry["action"] == "archive":
        assert original is None
        assert after is not None
        assert after.status == "archived"
        return
    assert after is not None
    assert original is not None
    assert after.status == original.status
    assert after.tags == original.tags
    if not entry["stays_as_the_sync_left_it"]:
        assert after.values == original.values

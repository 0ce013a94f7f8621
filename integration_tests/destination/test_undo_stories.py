"""Any sync, killed or not, with people, marketers and another connection acting before its undo, killed or not.

`MAILCHIMP_STORIES=2000` plays more of them.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from integration_tests.destination.between import Between
from integration_tests.destination.syncing import Account, Json, Stream, sync
from integration_tests.destination.undoing import PEOPLE, kept, listed, local, undo
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.calls import Call
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.members import Status

STORIES = int(os.environ.get("MAILCHIMP_STORIES", "60"))

FIELDS = [
    {"tag": "FNAME", "name": "First", "type": "text"},
    {"tag": "GONE", "name": "Gone", "type": "text"},
    {"tag": "CRMID", "name": "Customer", "type": "text"},
]
COLUMNS = ("id", "email", "FNAME", "GONE", "lang", "vip", "news", "opt_in", "agreed_at", "deleted", "tags")
STREAM = Stream(columns=COLUMNS)
MAPPED = [
    {"column": "FNAME", "target": "FNAME"},
    {"column": "GONE", "target": "GONE"},
    {"column": "lang", "target": "language"},
    {"column": "vip", "target": "vip"},
    {"column": "news", "target": "group:Interests/News"},
]
LATER = "2099-06-01T00:00:00Z"


class Kill(NamedTuple):
    """A process that ends when its n-th writing call has come, or has been answered; never for 0."""

    nth: int
    is_answered: bool


class Story(NamedTuple):
    """Who was there, what a sync brings, what happens before its undo, and who is killed."""

    there: dict[str, str]
    rows: list[Json]
    keys: Json
    later: list[tuple[str, str]]
    run_killed: Kill = Kill(0, False)
    undo_killed: Kill = Kill(0, False)


class Full(NamedTuple):
    """Everything of a contact that a sync may write."""

    status: str
    values: Json
    tags: frozenset[str]
    vip: bool
    language: str
    groups: frozenset[str]


ACTS = (
    *("unsubscribe", "confirm", "bounce_hard", "complain", "subscribe", "open", "archive", "forget", "remove"),
    *("edit", "tag", "other_store", "drop_field"),
)
STATUSES = ("subscribed", "subscribed", "unsubscribed", "pending", "cleaned", "transactional", "archived")
KILLS = st.builds(Kill, st.sampled_from([0, 0, 0, 1, 2, 3, 4]), st.booleans())


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any sync of a few people."""
    there = draw(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(STATUSES)))
    names = st.sampled_from(["Ann", "Bea", "", None])
    row = st.fixed_dictionaries(
        {"email": st.sampled_from(PEOPLE), "FNAME": names, "opt_in": st.sampled_from(["yes", "yes", "no", None])},
        optional={
            "id": st.sampled_from(["1", "2"]),
            "GONE": names,
            "lang": st.sampled_from(["en", "de"]),
            "vip": st.booleans(),
            "news": st.booleans(),
            "agreed_at": st.sampled_from(["2001-01-01T00:00:00Z", LATER]),
            "deleted": st.sampled_from([True, False, False]),
        },
    )
    entry: Json = {"stream": "people", "fields": MAPPED, "ignore_fields": ["tags"]}
    if draw(st.booleans()):
        entry["tags"] = ["new"]
    if draw(st.booleans()):
        entry |= {"tags_mode": "replace_owned", "owned_tags": ["*"]}
    if draw(st.booleans()):
        entry |= {"opt_in_field": "opt_in", "consent_time_field": "agreed_at"}
    if draw(st.booleans()):
        entry["external_id"] = "id -> CRMID"
    if draw(st.booleans()):
        entry["deleted_field"] = "deleted"
    keys: Json = {
        "streams": [entry],
        "new_member_status": draw(st.sampled_from(["subscribed", "pending", "unsubscribed", "transactional"])),
        "empty_values": draw(st.sampled_from(["ignore", "clear"])),
        "removal": draw(st.sampled_from(["keep", "remove_tags", "unsubscribe", "archive"])),
        "max_removals_percent": 100,
        "unmapped_fields": "ignore",
    }
    if "opt_in_field" in entry:
        keys["resubscribe"] = draw(st.sampled_from(["never", "ask", "with_newer_consent"]))
    later = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACTS)), max_size=3))
    rows = draw(st.lists(row, min_size=1, max_size=6))
    return Story(there, rows, keys, later, draw(KILLS), draw(KILLS))


def seen(account: Account) -> dict[str, Full]:
    """Everybody in the audience by address, archived people too."""
    audience = account.sandbox.store.audience(account.audience)
    tags = {segment.id: segment.name for segment in audience.segments.values()}
    fields = {one.merge_id: one.tag for one in audience.merge_fields.values()}
    found = {}
    for member in audience.by_digest.values():
        values = {fields[key]: value for key, value in member.merge_values.items() if key in fields and value != ""}
        names = frozenset(tags[tag] for tag in member.tags)
        found[member.email_address.lower()] = Full(
            member.status, values, names, member.vip, member.language, frozenset(member.interests)
        )
    return found


def happens(account: Account, store: Path, email: str, act: str) -> None:
    """One thing that others do between a sync and its undo."""
    audience = account.sandbox.store.audience(account.audience)
    member = audience.find(email)

    def drop_field() -> None:
        for merge_id in [one.merge_id for one in audience.merge_fields.values() if one.tag == "GONE"]:
            audience.merge_fields.pop(merge_id)

    def other_store() -> None:
        sync(account, [{"email": email, "FNAME": "Edited"}], streams=[{"stream": "people", "tags": ["elsewhere"]}])

    by_name: dict[str, Callable[[], object]] = {
        "drop_field": drop_field,
        "archive": lambda: account.archive(email),
        "forget": lambda: account.forget(email),
        "remove": lambda: audience.remove(member) if member is not None else None,
        "edit": lambda: sync(account, [{"email": email, "FNAME": "Edited"}]),
        "other_store": other_store,
        "tag": lambda: kept(account, store, [{"email": email}], streams=[{"stream": "people", "tags": ["later"]}]),
    }
    if member is None and act != "drop_field":
        return
    with contextlib.suppress(RuntimeError):
        by_name.get(act, lambda: account.act(email, act))()


def mailable(people: dict[str, Full], email: str) -> int:
    person = people.get(email)
    return 0 if person is None else MAILABLE[Status(person.status)]


class Killing:
    """Stands for the end of a process: what lies on the disk then is kept, and no further call reaches Mailchimp."""

    def __init__(self, account: Account, between: Between, store: Path, file: str, kill: Kill) -> None:
        self._account = account
        self._store = store
        self._file = file
        self._left: dict[Path, bytes] = {}
        self.is_done = False
        between.reset()
        happens_at = between.after if kill.is_answered else between.before
        if kill.nth:
            for method in ("POST", "PATCH", "PUT", "DELETE"):
                happens_at(method, "/3.0/lists/*", self._end, nth=kill.nth)

    def _end(self) -> None:
        if self.is_done:
            return
        self.is_done = True
        for path in (self._store / "runs").glob(f"*/{self._file}"):
            self._left[path] = path.read_bytes()
        self._account.control.fault("reset_before")

    def leave(self) -> None:
        """Leave the folder as the killed process would have."""
        self._account.control.lift_faults()
        for path, data in self._left.items():
            path.write_bytes(data)
            (path.parent / "undo.json").unlink(missing_ok=True)
            summary = path.parent / "summary.json"
            if self._file == "changes.jsonl":
                told = orjson.loads(summary.read_bytes())
                told["exit"]["status"] = "running"
                summary.write_bytes(orjson.dumps(told))


def prepared(account: Account, story: Story) -> Account:
    """An audience with a group, and journeys for everything that may start one."""
    account.control.reset()
    made = account.control.seed(name="Readers", merge_fields=FIELDS)
    account = replace(account, audience=str(made["audience"]))
    found = access({"auth_type": "apikey", "apikey": account.sandbox.api_key}, account.api_url, fetch_metadata)
    client = Client(found, max_connections=1)
    category = f"/lists/{account.audience}/interest-categories"
    group = client.send(Call("POST", category, body={"title": "Interests", "type": "checkboxes"})).body
    client.send(Call("POST", f"{category}/{group['id']}/interests", body={"name": "News"}))
    client.close()
    for number, (email, status) in enumerate(story.there.items()):
        values = {"FNAME": "Old", "CRMID": str(number) if number % 2 else ""}
        account.put(email, status, merge_fields=values, tags=["old"], language="fr")
    for starts, more in (("signup", {}), ("tag", {"tag": "old"}), ("tag", {"tag": "new"})):
        account.control.seed(journeys=[{"audience": account.audience, "name": starts, "starts": starts, **more}])
    return account


ROWS: list[Json] = [{"email": PEOPLE[0], "FNAME": "Ann"}]
NOBODY: Json = {"streams": [{"stream": "people", "fields": MAPPED}], "new_member_status": "subscribed"}

WITH_IDS: Json = {
    "streams": [{"stream": "people", "fields": MAPPED, "external_id": "id -> CRMID"}],
    "new_member_status": "subscribed",
}


@pytest.mark.timeout(max(300, 10 * STORIES))
@given(story=stories())
@example(Story({}, ROWS, NOBODY, [], Kill(1, True), Kill(0, False)))
@example(Story({}, ROWS, NOBODY, [], Kill(0, False), Kill(1, True)))
@example(
    Story({PEOPLE[0]: "subscribed"}, [{"email": PEOPLE[0], "FNAME": "Ann"}], NOBODY, [], undo_killed=Kill(1, True))
)
@example(Story({}, [{"email": one, "FNAME": "Ann", "id": "1"} for one in PEOPLE[:2]], WITH_IDS, []))
@settings(
    max_examples=STORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_run_is_undone_or_listed(raced: Account, between: Between, tmp_path: Path, story: Story) -> None:
    """Nobody is more mailable than before undo, nobody is mailed, no journey starts; each is as before, or listed."""
    store = tmp_path / str(len(list(tmp_path.iterdir()))) / "store"
    store.mkdir(parents=True)
    between.reset()
    account = prepared(raced, story)
    original = seen(account)
    killing = Killing(account, between, store, "changes.jsonl", story.run_killed)
    result = sync(
        account, story.rows, stream=STREAM, object_storage_config=local(store), keep_changes=True, **story.keys
    )
    between.reset()
    if killing.is_done:
        killing.leave()
    else:
        assert result.error is None or "every record" in result.complaint, result.complaint
    account.control.clock(advance_seconds=5)
    (run,) = (path.name for path in (store / "runs").iterdir())
    ours = seen(account)
    for email, act in story.later:
        happens(account, store, email, act)
        account.control.clock(advance_seconds=3)
    before, mailed, entered = seen(account), account.mailed(), account.control.journeys()
    undone(account, between, store, run, story.undo_killed, "--was-killed" if killing.is_done else "")
    after = seen(account)
    assert account.mailed() == mailed
    assert account.control.journeys() == entered
    report = listed(store)
    for email in PEOPLE:
        assert mailable(after, email) <= mailable(before, email)
        check_contact(
            email, report.get(email), original.get(email), ours.get(email), before.get(email), after.get(email)
        )


def undone(account: Account, between: Between, store: Path, run: str, kill: Kill, more: str) -> None:
    """The dry run and the undo, by a process that may be killed and a second one then."""
    options = [more] if more else []
    planned = undo(account, store, run, "--dry-run", *options)
    assert planned.code == 0, planned.text
    killing = Killing(account, between, store, "undo.jsonl", kill)
    done = undo(account, store, run, "--expect", planned.number, *options)
    between.reset()
    if killing.is_done:
        killing.leave()
        done = undo(account, store, run, "--expect", planned.number, *options)
    assert done.code == 0, done.text


def check_contact(
    email: str,
    entry: Json | None,
    original: Full | None,
    ours: Full | None,
    before: Full | None,
    after: Full | None,
) -> None:
    """Hold one contact: as before the sync, archived because it was added, or listed and untouched by undo."""
    if entry is None or entry["action"] == "none":
        is_unknown = entry is not None and entry["reason"] == "unanswered"
        assert after == before or is_unknown
        if entry is None and before == ours:
            assert ours == original, email
        return
    assert before == ours or is_only_deleted_field(before, ours), "somebody else had changed them"
    if entry["action"] == "archive":
        assert original is None
        assert after is not None
        assert after.status == "archived"
        return
    assert after is not None
    assert original is not None
    assert after.status == original.status
    assert after.tags == original.tags
    left = entry["stays_as_the_sync_left_it"]
    assert set(left) <= {"CRMID", "GONE", *ours_groups(original, ours)}, left
    if not left:
        assert after == original


def is_only_deleted_field(before: Full | None, ours: Full | None) -> bool:
    """Return whether nothing but the field is gone."""
    if before is None or ours is None:
        return False
    values = {tag: value for tag, value in ours.values.items() if tag != "GONE"}
    return before == ours._replace(values=values)


def ours_groups(original: Full, ours: Full | None) -> Any:
    """Return the groups that the sync took a contact out of."""
    return original.groups - (ours.groups if ours is not None else frozenset())

"""Promise 9 from end to end: random syncs, cut anywhere, of an account that changes, fold into what Mailchimp has."""

import random
import threading
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteStateMessage, Type

from integration_tests.source import plain
from integration_tests.source.plain import Row, call
from integration_tests.source.syncing import Config, by_key, catalog, config, last_states, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.http.server import Sandbox
from source_destination_mailchimp.source.streams import BY_NAME

STREAMS = (
    *("list_members", "segment_members", "email_activity", "campaigns", "segments", "unsubscribes", "consent"),
    "member_activity",
)
SIZE = 60
MOST_DEEDS = 20
"""Changes while one sync runs: more of them would leave nobody in the audience."""

STALE = {"tags", "tags_count", "interests", "stats", "email_client"}
"""Columns of list_members that Limits names: they change without last_changed."""


class Account:
    """An account that changes by chance."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.sandbox = sandbox
        self.chance = random.Random(seed)
        self.audience: str = sandbox.control.seed(name="Busy", members=SIZE, archived=5)["audience"]
        self.campaigns: list[str] = []
        self.tags: list[int] = []
        self.fresh = 0
        self.send()
        self.make_tag()
        self.deeds: list[Callable[[], object]] = [
            *(self.change, self.archive, self.add, self.erase, self.put_tag, self.take_tag, self.make_tag),
            *(self.drop_tag, self.rename_tag, self.send, self.open, self.open, self.click, self.leave),
        ]

    def act(self) -> None:
        """Change something."""
        deed = self.chance.choice(self.deeds)
        try:
            deed()
        except urllib.error.HTTPError as error:
            raise AssertionError(deed, error.url, error.read()) from error

    def send(self) -> None:
        """Send a campaign that somebody opens."""
        sent = self.sandbox.control.campaign(self.audience, title=f"C{len(self.campaigns)}", open_percent=10)
        self.campaigns.append(sent["id"])

    def change(self) -> None:
        """Change a merge field of a member."""
        body = {"merge_fields": {"FNAME": f"N{self.chance.random()}"}}
        self._of(self._somebody("subscribed"), "PATCH", "", body)

    def archive(self) -> None:
        """Archive a member."""
        self._of(self._somebody("subscribed"), "DELETE", "")

    def erase(self) -> None:
        """Delete a member for good."""
        self._of(self._somebody("subscribed"), "POST", "/actions/delete-permanent")

    def add(self) -> None:
        """Let somebody new subscribe."""
        self.fresh += 1
        self.sandbox.control.people(f"fresh{self.fresh}@sandbox-people.org", self.audience, "subscribe")

    def open(self) -> None:
        """Open a campaign."""
        self._react("open")

    def click(self) -> None:
        """Click in a campaign."""
        self._react("click")

    def leave(self) -> None:
        """Unsubscribe by the link of a campaign."""
        self._react("unsubscribe")

    def make_tag(self) -> None:
        """Make a tag with two people."""
        people = {self._somebody("subscribed"), self._somebody("subscribed")}
        body = {"name": f"T{self.chance.random()}", "static_segment": sorted(people)}
        self.tags.append(call(self.sandbox, "POST", f"/lists/{self.audience}/segments", body)["id"])

    def put_tag(self) -> None:
        """Put a tag on somebody."""
        path = f"/lists/{self.audience}/segments/{self.chance.choice(self.tags)}"
        call(self.sandbox, "POST", path, {"members_to_add": [self._somebody("subscribed")]})

    def take_tag(self) -> None:
        """Take a tag off somebody who has it."""
        tag = self.chance.choice(self.tags)
        path = f"/lists/{self.audience}/segments/{tag}/members"
        there = plain.rows(self.sandbox, path, "members")
        if there:
            call(self.sandbox, "DELETE", f"{path}/{self.chance.choice(there)['id']}")

    def drop_tag(self) -> None:
        """Delete a tag, but for the last one."""
        if len(self.tags) > 1:
            call(self.sandbox, "DELETE", f"/lists/{self.audience}/segments/{self.tags.pop(0)}")

    def rename_tag(self) -> None:
        """Give a tag another name."""
        path = f"/lists/{self.audience}/segments/{self.chance.choice(self.tags)}"
        call(self.sandbox, "PATCH", path, {"name": f"T{self.chance.random()}"})

    def _react(self, action: str) -> None:
        campaign = self.chance.choice(self.campaigns)
        person = self._somebody("subscribed")
        sent = plain.rows(self.sandbox, f"/reports/{campaign}/sent-to", "sent_to")
        if person in {row["email_address"] for row in sent}:
            self.sandbox.control.people(person, self.audience, action, campaign=campaign)

    def _somebody(self, status: str) -> str:
        there = plain.rows(self.sandbox, f"/lists/{self.audience}/members", "members", status=status)
        return str(self.chance.choice(there)["email_address"])

    def _of(self, email: str, method: str, part: str, body: Row | None = None) -> None:
        call(self.sandbox, method, f"/lists/{self.audience}/members/{member_hash(email)}{part}", body)


@contextmanager
def acting(account: Account) -> Iterator[None]:
    """Let the account change while the block runs; what goes wrong there is raised behind it."""
    stop, failures = threading.Event(), list[object]()

    def run() -> None:
        try:
            for _ in range(MOST_DEEDS):
                if stop.is_set():
                    return
                account.act()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert not failures, failures


class Table:
    """What a destination holds: all rows that came, by key, and the states that the platform kept."""

    def __init__(self, settings: Config) -> None:
        self.settings = settings
        self.configured = catalog(settings, *STREAMS)
        self.states: dict[str, AirbyteStateMessage] = {}
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {name: {} for name in STREAMS}
        self.loose: dict[str, set[tuple[Any, ...]]] = {name: set() for name in STREAMS}
        """Keys of rows that stood behind the last STATE when a sync was cut: the source cannot know that they came."""

    def take(self, share: float = 1.0) -> int:
        """Sync, and take in the first part of what came out, as if the process had been killed there."""
        found = sync(self.settings, state=list(self.states.values()), configured=self.configured)
        messages = found.output.records_and_state_messages
        kept = messages[: round(len(messages) * share)]
        since: dict[str, set[tuple[Any, ...]]] = {name: set() for name in STREAMS}
        for message in kept:
            if message.type is Type.RECORD and message.record:
                name, row = message.record.stream, dict(message.record.data)
                found_rows = by_key([row], BY_NAME[name].primary_key)
                self.rows[name] |= found_rows
                since[name] |= found_rows.keys()
            elif message.state and message.state.stream:
                since[message.state.stream.stream_descriptor.name].clear()
        for state in last_states(kept):
            assert state.stream
            self.states[state.stream.stream_descriptor.name] = state
        for name, keys in since.items():
            self.loose[name] |= keys
        return len(kept)

    def there(self, name: str, truth: dict[tuple[Any, ...], Row]) -> dict[tuple[Any, ...], Row]:
        """The rows of a stream without those that are marked as deleted.

        Limits names those who came behind the last STATE of a sync that was cut and were gone at the next: they stay.
        """
        ghosts = self.loose[name] - truth.keys()
        return {
            key: row for key, row in self.rows[name].items() if not row.get("_ab_cdc_deleted_at") and key not in ghosts
        }


def _without(rows: dict[tuple[Any, ...], Row], columns: set[str]) -> dict[tuple[Any, ...], Row]:
    return {key: {name: row[name] for name in row if name not in columns} for key, row in rows.items()}


def _event(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("campaign_id", "email_id", "action", "timestamp", "url"))


def _feed_event(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("email_id", "activity_type", "campaign_id", "created_at_timestamp"))


def _reactions(account: Account) -> Counter[tuple[Any, ...]]:
    """Opens and clicks in the feeds of everybody; Limits names what else a feed has."""
    found: Counter[tuple[Any, ...]] = Counter()
    for member in plain.rows(account.sandbox, f"/lists/{account.audience}/members", "members"):
        path = f"/lists/{account.audience}/members/{member['id']}/activity-feed"
        for row in plain.rows(account.sandbox, path, "activity"):
            if row["activity_type"] in ("open", "click"):
                found[_feed_event({**row, "email_id": member["id"]})] += 1
    return found


def _segment_members(account: Account) -> list[Row]:
    flags = {f"include_{status}": "true" for status in ("cleaned", "transactional", "unsubscribed")}
    found = []
    for tag in account.tags:
        path = f"/lists/{account.audience}/segments/{tag}/members"
        for row in plain.rows(account.sandbox, path, "members", **flags):
            found.append({**row, "segment_id": tag})
    return found


@pytest.mark.parametrize("seed", range(4))
def test_what_came_out_folds_into_what_is_there(sandbox: Sandbox, seed: int) -> None:
    """Cut anywhere and continued from the last STATE, with changes before and while it is read, nothing is missing."""
    account = Account(sandbox, seed)
    table = Table(config(sandbox, detect_deleted=True, max_connections=2))
    chance = random.Random(1000 + seed)
    sandbox.control.clock(advance_seconds=700)
    for _ in range(5):
        for _ in range(chance.randint(0, 8)):
            account.act()
        with acting(account):
            table.take(chance.choice([chance.random(), chance.random(), 1.0]))
        sandbox.control.clock(advance_seconds=chance.randint(1, 700))
    sandbox.control.clock(advance_seconds=5)
    for _ in range(1 + len(account.tags)):  # each segment has its turn
        table.take()
    _compare(account, table)


def _is_later(row: Row, other: Row) -> bool:
    """Whether an answer counts before another: the later one, and of two in one second the no."""
    return (row["changed_at"], not row["opted_in"]) > (other["changed_at"], not other["opted_in"])


def _compare(account: Account, table: Table) -> None:
    members = by_key(plain.members(account.sandbox, account.audience), ("id", "list_id"))
    assert _without(table.there("list_members", members), STALE) == _without(members, STALE)
    people = by_key(_segment_members(account), ("id", "segment_id"))
    assert set(table.there("segment_members", people)) == set(people)
    for name, path in (("campaigns", "/campaigns"), ("segments", f"/lists/{account.audience}/segments")):
        truth = by_key(plain.rows(account.sandbox, path, name), ("id",))
        assert {key: table.rows[name][key] for key in truth} == truth
    # What erased people did is not shown any more.
    done = Counter(_event(row) for one in account.campaigns for row in plain.activities(account.sandbox, one))
    read = Counter(_event(row) for row in table.rows["email_activity"].values())
    assert done <= read
    assert done.total() > 10
    assert _reactions(account) <= Counter(map(_feed_event, table.rows["member_activity"].values()))
    newest: dict[str, Row] = {}
    for row in table.rows["consent"].values():
        before = newest.get(row["email_id"])
        if before is None or _is_later(row, before):
            newest[row["email_id"]] = row
    for row in members.values():
        assert newest[row["id"]]["opted_in"] in (row["opted_in"], False)
    told = {(row["campaign_id"], row["email_id"]) for row in table.rows["unsubscribes"].values()}
    for campaign in account.campaigns:
        left = plain.rows(account.sandbox, f"/reports/{campaign}/unsubscribed", "unsubscribes")
        assert {(campaign, row["email_id"]) for row in left} <= told

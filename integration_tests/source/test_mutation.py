"""Promise 9: nothing is missed while the audience changes under the reading."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from integration_tests.source.plain import Row, call, members
from integration_tests.source.syncing import by_key, config, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.sandbox.http.server import Sandbox

SIZE = 5_000


@dataclass
class Mutator:
    """Changes, adds, archives, brings back and deletes members as fast as it can, until it is stopped."""

    sandbox: Sandbox
    audience: str
    seed: int
    deleted: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    deeds: int = 0
    failure: BaseException | None = None

    def run(self, stop: threading.Event) -> None:
        """Act until told to stop."""
        chance = random.Random(self.seed)
        try:
            while not stop.is_set():
                self._act(chance)
                self.deeds += 1
        except BaseException as error:  # told by the test, which would pass for want of changes otherwise
            self.failure = error

    def _act(self, chance: random.Random) -> None:
        email = f"person{chance.randint(1, SIZE)}@sandbox-people.org"
        name = member_hash(email)
        path = f"/lists/{self.audience}/members/{name}"
        if name in self.deleted:
            return
        deed = chance.choice(["change", "change", "change", "archive", "return", "add", "delete"])
        if deed == "change":
            self.sandbox.control.seed(self.audience, members=[self._row(email, "subscribed", chance)])
        elif deed == "archive":
            self.sandbox.control.seed(self.audience, members=[self._row(email, "archived", chance)])
        elif deed == "return":
            self.sandbox.control.people(email, self.audience, "subscribe")
        elif deed == "add":
            fresh = f"fresh{self.deeds}@sandbox-people.org"
            self.sandbox.control.people(fresh, self.audience, "subscribe")
            self.added.add(member_hash(fresh))
        else:
            self.deleted.add(name)
            call(self.sandbox, "POST", f"{path}/actions/delete-permanent")

    def _row(self, email: str, status: str, chance: random.Random) -> Row:
        return {"email_address": email, "status": status, "merge_fields": {"FNAME": f"N{chance.random()}"}}


@contextmanager
def changing(sandbox: Sandbox, audience: str, seed: int) -> Iterator[Mutator]:
    """The audience changes while the block runs."""
    mutator, stop = Mutator(sandbox, audience, seed), threading.Event()
    thread = threading.Thread(target=mutator.run, args=(stop,))
    thread.start()
    try:
        yield mutator
    finally:
        stop.set()
        thread.join()
    assert mutator.failure is None, mutator.failure
    assert mutator.deeds > 50


def _stable(rows: list[Row]) -> dict[tuple[object, ...], Row]:
    """Members by key, without what the sandbox works out anew on each reading."""
    return by_key(rows, ("id", "list_id"))


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_lost_while_members_come_and_go(sandbox: Sandbox, seed: int) -> None:
    """One reading has everybody who was there throughout; the next one makes the copy equal to the audience."""
    audience = sandbox.control.seed(name="Busy", members=SIZE, archived=600)["audience"]
    before = {row["id"] for row in members(sandbox, audience, fields="members.id,members.status")}
    sandbox.control.latency(ms=80)
    with changing(sandbox, audience, seed) as mutator:
        first = sync(config(sandbox, detect_deleted=True), "list_members")
    read = {row["id"] for row in first.records["list_members"]}
    assert before - mutator.deleted <= read
    sandbox.control.latency(ms=0)
    second = sync(config(sandbox, detect_deleted=True), "list_members", state=first.states)
    copy = _stable(first.records["list_members"])
    for row in second.records["list_members"]:
        copy[(row["id"], row["list_id"])] = row
    copy = {key: row for key, row in copy.items() if row["status"] != "deleted"}
    truth = _stable(members(sandbox, audience))
    assert copy.keys() == truth.keys()
    assert [key for key in truth if copy[key] != truth[key]] == []


def test_a_first_reading_is_whole_when_full_refresh_is_all_there_is(sandbox: Sandbox) -> None:
    """Without a state that a later sync could go on from, everybody is in the one reading all the same."""
    audience = sandbox.control.seed(name="Busy", members=SIZE, archived=600)["audience"]
    before = {row["id"] for row in members(sandbox, audience, fields="members.id,members.status")}
    sandbox.control.latency(ms=80)
    with changing(sandbox, audience, 3) as mutator:
        rows = sync(config(sandbox), "list_members", incremental=False).records["list_members"]
    assert before - mutator.deleted <= {row["id"] for row in rows}

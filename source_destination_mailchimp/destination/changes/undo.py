"""`undo`: take back what one run did, as far as that is safe, and list the rest."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import orjson

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.changes.history import History
from source_destination_mailchimp.destination.changes.undo_checks import (
    UNDO,
    UNDO_OF,
    UndoableRun,
    UndoneBefore,
    changed_later,
    check_audiences,
    read_run,
    undone_before,
)
from source_destination_mailchimp.destination.changes.undo_contacts import UndoContacts, as_done, settled_as
from source_destination_mailchimp.destination.changes.undo_plan import Archive, PutBack, Step
from source_destination_mailchimp.destination.changes.undo_report import Done, listed, sentences
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.storing.run_folders import RunFolders
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Misconfigured

REPORT = "undo.json"


class Order(NamedTuple):
    """What the command line asks for."""

    run: str
    dry_run: bool
    expect: int | None
    was_killed: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """One start of an undo, after everything was checked and before anything is written."""

    client: Client
    settings: Settings
    runs: RunFolders
    run: UndoableRun
    before: UndoneBefore
    contacts: UndoContacts

    def play(self, order: Order) -> Iterator[str]:
        """Yield sentences for people; raises `Misconfigured` for a wrong number before anything is written."""
        started = datetime.now(UTC)
        if order.dry_run:
            done = self._each(self.contacts.look)
            folder = self.runs.create(started)
        else:
            self._check_number(order)
            folder = self.runs.create(started)
            about = {UNDO_OF: self.run.name, "expect": order.expect}
            log = ChangeLog(folder, {}, _utc_now, file=UNDO, about=about)
            try:
                done = self._each(partial(self._take_back, log=log))
                log.close()
            finally:
                log.abandon()
        folder.write(REPORT, [orjson.dumps(listed(self.run.name, done, dry_run=order.dry_run))])
        yield from sentences(done, dry_run=order.dry_run)
        yield f"Every contact with what becomes of it: {folder.locate(REPORT)}"

    def _check_number(self, order: Order) -> None:
        """Raise where the number is not that of the dry run; a second start repeats that of the first."""
        if self.before.expected is not None:
            wanted = self.before.expected
        else:
            steps = self._each(self.contacts.look)
            wanted = sum(isinstance(one.step, Archive | PutBack) for one in steps)
        if order.expect != wanted:
            raise Misconfigured(
                f"--expect: undo would change {counted(wanted, 'contact', 'contacts')} now, not {order.expect}. Start "
                "a dry run, and read what it says before you repeat its number."
            )

    def _each(self, act: Callable[[History], Step]) -> list[Done]:
        """Do something about every contact, on as many connections as a sync has."""
        pool = ThreadPoolExecutor(self.settings.max_connections, thread_name_prefix="undo")
        try:
            steps = pool.map(act, self.run.histories.values())
            return [Done(history, step) for history, step in zip(self.run.histories.values(), steps, strict=True)]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _take_back(self, history: History, log: ChangeLog) -> Step:
        """Take back what the run did to one contact, unless an earlier start of the undo has."""
        result = self.before.done.get(history.where)
        if result is None:
            return self.contacts.undo(history, log)
        if not result:
            return self.contacts.undo_again(history, log)
        return settled_as(result, as_done(history))


def prepare(client: Client, settings: Settings, runs: RunFolders, order: Order) -> Undo:
    """Check everything that can be checked without looking at a contact; raises `Misconfigured`."""
    run = read_run(runs, order.run, was_killed=order.was_killed)
    before = undone_before(runs, run.name)
    if before.is_finished:
        raise Misconfigured(f"--run: {run.name} is undone already.")
    check_audiences(run, frozenset(audience.id for audience in api.audiences(client)))
    contacts = UndoContacts(client, run.id_fields, changed_later(runs, run))
    return Undo(client, settings, runs, run, before, contacts)


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

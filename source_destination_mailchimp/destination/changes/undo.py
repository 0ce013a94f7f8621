"""`undo`: take back what one run did, as far as that is safe, and list the rest."""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import IO, NamedTuple

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.changes.changed_contacts import Changed, ChangedContacts
from source_destination_mailchimp.destination.changes.lines import UNKNOWN
from source_destination_mailchimp.destination.changes.other_runs import (
    UNDO_OF,
    UndoneBefore,
    mark_changed_later,
    undone_before,
)
from source_destination_mailchimp.destination.changes.undo_checks import (
    UNDO,
    UNDO_REPORT,
    UndoableRun,
    check_account,
    read_run,
)
from source_destination_mailchimp.destination.changes.undo_contacts import UndoContacts, as_done, settled_as
from source_destination_mailchimp.destination.changes.undo_plan import Step
from source_destination_mailchimp.destination.changes.undo_report import (
    REPORT_END,
    Done,
    UndoTally,
    report_entry,
    report_head,
)
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.reporting.wording import counted
from source_destination_mailchimp.destination.startup.preflight import read_account
from source_destination_mailchimp.destination.storing.run_folders import RunFolders
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import MailchimpError, Misconfigured

AHEAD = 4
"""So many contacts for each connection are in work or wait for it; the others are still in the temporary file."""

NOT_KNOWN = ("", UNKNOWN)
"""What came of a contact in an earlier start where nobody knows whether the call was taken."""

IN_MEMORY_BYTES = 1024 * 1024
"""From this size on, the report that is being made waits in a temporary file."""


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
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as report:
            if order.dry_run:
                yield from self._plan(report)
            else:
                self._check_number(order)
                yield from self._take_all_back(order, report)

    def _plan(self, report: IO[bytes]) -> Iterator[str]:
        tally = self._each(self.contacts.look, report, dry_run=True)
        folder = self.runs.create(datetime.now(UTC))
        folder.write(UNDO_REPORT, report)
        yield from tally.sentences(dry_run=True)
        yield f"All contacts, with what happens to each: {folder.locate(UNDO_REPORT)}"

    def _take_all_back(self, order: Order, report: IO[bytes]) -> Iterator[str]:
        folder = self.runs.create(datetime.now(UTC))
        about = {UNDO_OF: self.run.name, "expect": order.expect}
        log = ChangeLog(folder, {}, _utc_now, file=UNDO, about=about)
        try:
            tally = self._each(partial(self._take_back, log=log), report, dry_run=False)
        except BaseException:
            with suppress(MailchimpError):  # what went wrong first is what is said
                log.abandon()
            raise
        log.close()
        folder.write(UNDO_REPORT, report)
        yield from tally.sentences(dry_run=False)
        yield f"All contacts, with what happens to each: {folder.locate(UNDO_REPORT)}"

    def _check_number(self, order: Order) -> None:
        """Raise where the number is not that of the dry run; a second start repeats that of the first."""
        wanted = self.before.expected
        failing = ""
        if wanted is None:
            tally = self._counted()
            wanted = tally.changes
            if tally.failing:
                failing = f" Mailchimp fails for {counted(tally.failing, 'contact', 'contacts')}."
        if order.expect != wanted:
            raise Misconfigured(
                f"--expect: undo would change {counted(wanted, 'contact', 'contacts')} now, not {order.expect}."
                f"{failing} Start a dry run, and read what it says before you repeat its number."
            )

    def _counted(self) -> UndoTally:
        """Look at every contact, and count what would become of them."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as unused:
            return self._each(self.contacts.look, unused, dry_run=True)

    def _each(self, act: Callable[[Changed], Step], report: IO[bytes], *, dry_run: bool) -> UndoTally:
        """Do something about every contact, write the report from its beginning to its end, and count."""
        tally = UndoTally()
        report.write(report_head(self.run.name, dry_run=dry_run))
        between = b""
        for done in self._done(act):
            tally.count(done)
            report.write(between + report_entry(done))
            between = b",\n"
        report.write(REPORT_END)
        report.seek(0)
        return tally

    def _done(self, act: Callable[[Changed], Step]) -> Iterator[Done]:
        """Do something about every contact on as many connections as a sync has; yields them in order."""
        connections = self.settings.max_connections
        under_way: deque[tuple[Changed, Future[Step]]] = deque()
        pool = ThreadPoolExecutor(connections, thread_name_prefix="undo")
        try:
            for changed in self.run.contacts.all():
                under_way.append((changed, pool.submit(act, changed)))
                if len(under_way) >= AHEAD * connections:
                    yield _first_of(under_way)
            while under_way:
                yield _first_of(under_way)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _take_back(self, changed: Changed, log: ChangeLog) -> Step:
        """Take back what the run did to one contact, unless an earlier start of the undo has."""
        if changed.undone is None:
            return self.contacts.undo(changed, log)
        if changed.undone in NOT_KNOWN:
            return self.contacts.undo_again(changed, log)
        return settled_as(changed.undone, as_done(changed.history))


def prepare(client: Client, settings: Settings, runs: RunFolders, contacts: ChangedContacts, order: Order) -> Undo:
    """Check everything that can be checked without looking at a contact; raises `Misconfigured`.

    `contacts` takes in what the run changed.
    """
    run = read_run(runs, order.run, contacts, was_killed=order.was_killed)
    before = undone_before(runs, run.name, contacts)
    if before.is_finished:
        raise Misconfigured(f"--run: {run.name} has already been undone.")
    account = read_account(client)
    check_account(run, account.id, [audience.id for audience in account.audiences])
    mark_changed_later(runs, run.name, contacts)
    return Undo(client, settings, runs, run, before, UndoContacts(client, run.id_fields))


def _first_of(under_way: deque[tuple[Changed, Future[Step]]]) -> Done:
    changed, future = under_way.popleft()
    return Done(changed.history, future.result())


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

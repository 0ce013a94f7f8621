"""Build one run: settings, catalog and account become a `Sync` that is ready to take records. Reads top to bottom."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from source_destination_mailchimp.destination.changes.change_log import ChangeLog
from source_destination_mailchimp.destination.checkpoints import Checkpoints
from source_destination_mailchimp.destination.failures import failed_exit
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mirror.departure_tally import DepartureTally
from source_destination_mailchimp.destination.mirror.departures import Departures
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.model import Operation, StreamId
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.fuse import fuse_that_would_blow
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.reporting.run_record import RunRecord, store_location
from source_destination_mailchimp.destination.settling import Settling
from source_destination_mailchimp.destination.startup.automations import Active, started_in, warn_or_stop
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream, sync_id_of
from source_destination_mailchimp.destination.startup.create_fields import plan_merge_fields
from source_destination_mailchimp.destination.startup.preflight import (
    Account,
    OpenAudience,
    open_audiences,
)
from source_destination_mailchimp.destination.startup.prepare_audience import (
    Means,
    PreparedAudience,
    map_stream,
    prepare_audience,
)
from source_destination_mailchimp.destination.startup.read_automations import active_automations
from source_destination_mailchimp.destination.startup.taken_in import TakenIn
from source_destination_mailchimp.destination.startup.warnings import may_start_automations, warnings_before_first_sync
from source_destination_mailchimp.destination.storing.open_store import open_runs, open_store
from source_destination_mailchimp.destination.storing.store import Store
from source_destination_mailchimp.destination.sync import Lane, Sync
from source_destination_mailchimp.destination.writing.failing_contacts import FailingContacts
from source_destination_mailchimp.destination.writing.workers import Threads, Workers
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import MailchimpError


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `write`: built before the first record, closed after the last."""

    sync: Sync
    report: Report
    settings: Settings
    closing: ExitStack
    record: RunRecord | None
    """What the run leaves in its folder; None without a store."""

    dry_run_adds: tuple[Callable[[], Iterable[str]], ...] = ()
    """What a dry run has to say at its end beyond its plan."""

    def conclude(self) -> None:
        """Say what only shows at the end."""
        if not self.settings.dry_run:
            return
        for sentences in self.dry_run_adds:
            for sentence in sentences():
                self.report.remark(sentence)
        for pipeline in self.sync.pipelines:
            fuse = pipeline.limits.fuse
            if fuse.over:
                self.report.warn(fuse_that_would_blow(fuse, pipeline.audience, self.settings))

    def abandon(self) -> None:
        """Let everything go as it is, without a wait for calls under way: only where the process ends right after."""
        self.closing.pop_all()

    def close(self) -> None:
        """End threads, waits and files; what was under way is not tried again."""
        self.closing.close()


def build_run(
    client: Client,
    settings: Settings,
    streams: Sequence[ConfiguredStream],
    account: Account,
    warn: Callable[[str], None],
) -> Run:
    """Read, check and make everything that a run needs; raises `Misconfigured` before anything is written.

    `warn` takes sentences for the log. The run closes the client.
    """
    report = Report(dry_run=settings.dry_run, clock=time.time)
    with ExitStack() as closing:
        # What was opened last is closed first: the client, so that no thread waits; then the threads; then files.
        started = datetime.now(UTC)
        store = _open_store(closing, settings, streams, started)
        record = _open_record(closing, settings, report, store, started, account.id)
        changes = _open_changes(settings, record, streams, account.id)
        members_closing = closing.enter_context(ExitStack())
        pool = _open_pool(closing, settings)
        closing.callback(client.close)
        means = Means(
            client=client,
            settings=settings,
            pool=pool,
            closing=members_closing,
            warn=warn,
            warn_at_end=report.warn,
            note=report.remark,
            mapped=report.mapped,
            failing=FailingContacts(),
            changes=changes,
        )
        asked = _ask_for_automations(means, streams)
        opened = open_audiences(client, settings, streams, account.audiences)
        _try_mappings(settings, opened)
        active = asked.result()
        _warn_before_first_sync(means, opened, active)
        prepared = [prepare_audience(means, audience) for audience in opened]
        for audience in prepared:
            for stream in audience.streams:
                report.begin(stream.id, audience.audience.name)
                closing.callback(stream.window.discard)
                if record is not None:
                    place = (audience.audience.id, audience.audience.name)
                    record.add_stream(stream.id, place, audience.field_names)
        taken_in = [TakenIn(started_in(one.live, active, one.effects(settings))) for one in opened]
        sync = _loop(settings, prepared, report, store, record, Threads(pool, settings.max_connections), taken_in)
        return Run(sync, report, settings, closing.pop_all(), record, _dry_run_adds(prepared, taken_in))


def _open_store(
    closing: ExitStack, settings: Settings, streams: Sequence[ConfiguredStream], started: datetime
) -> Store:
    """Return where records go that do not get through, after it was tried."""
    columns = {stream.id: stream.columns for stream in streams}
    store = open_store(settings, sync_id=sync_id_of(streams), started=started, columns=columns)
    closing.callback(store.close)
    store.check()
    return store


def _open_record(
    closing: ExitStack, settings: Settings, report: Report, store: Store, started: datetime, account_id: str
) -> RunRecord | None:
    """Make the folder of the run, before anything is written to Mailchimp; None without a store."""
    runs = open_runs(settings)
    if runs is None:
        return None
    closing.callback(runs.close)

    def kept_files() -> list[str]:
        return [f"{store_location(settings)}/{key}" for key in store.files()]

    record = RunRecord(runs.create(started), settings, report, kept_files, started, account_id)
    record.begin()
    closing.push(partial(_abandon, record))
    return record


def _open_changes(
    settings: Settings, record: RunRecord | None, streams: Sequence[ConfiguredStream], account_id: str
) -> ChangeLog | None:
    """Begin the list of changes, which the record of the run ends; None where the run keeps none, as in a dry run."""
    if record is None or settings.dry_run or not settings.keep_changes:
        return None
    keys = {stream.id: stream.primary_key for stream in streams}
    about = {"account_id": account_id, "id_fields": _id_fields(settings)}
    record.changes = ChangeLog(record.folder, keys, _utc_now, about=about)
    return record.changes


def _id_fields(settings: Settings) -> list[str]:
    """Return the merge tags that hold external ids, which an undo leaves alone."""
    tags = []
    for entry in settings.streams:
        if entry.external_id is not None:
            tags.append(entry.external_id.target.upper())
    return tags


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _abandon(record: RunRecord, kind: object, error: BaseException | None, _traceback: object) -> None:
    """Write the end of a run that did not come to its own; the error that ended it goes on."""
    if error is None:
        return
    with suppress(MailchimpError):
        record.finish(failed_exit(error))


def _open_pool(closing: ExitStack, settings: Settings) -> ThreadPoolExecutor:
    """Return threads for the calls; twice the connections, because one that waits for a batch job holds none."""
    pool = ThreadPoolExecutor(2 * settings.max_connections, thread_name_prefix="mailchimp")
    closing.callback(pool.shutdown, wait=True, cancel_futures=True)
    return pool


def _ask_for_automations(means: Means, streams: Sequence[ConfiguredStream]) -> Future[Active]:
    """Start the read of the account's automations beside the other reads, so that a warning costs no time."""
    activation = any(stream.object_name is not None for stream in streams)
    if may_start_automations(means.settings, activation=activation):
        return means.pool.submit(active_automations, means.client)
    nothing: Future[Active] = Future()
    nothing.set_result(Active())
    return nothing


def _try_mappings(settings: Settings, opened: Sequence[OpenAudience]) -> None:
    """Try everything before anything is made: one audience's wrong setting costs the other nothing."""
    for audience in opened:
        planned = plan_merge_fields(settings, audience)
        for binding in audience.bindings:
            map_stream(settings, binding, planned)


def _warn_before_first_sync(means: Means, opened: Sequence[OpenAudience], active: Active) -> None:
    """Say what will bite; raises `Misconfigured` where the settings stop for an automation."""
    sentences: dict[str, None] = {}
    for audience in opened:
        live, settings = audience.live, means.settings
        sentences.update(dict.fromkeys(warnings_before_first_sync(settings, live, audience.entries)))
        sentences.update(dict.fromkeys(warn_or_stop(settings, live, active, audience.effects(settings))))
    for sentence in sentences:
        means.warn(sentence)


def _loop(
    settings: Settings,
    prepared: Sequence[PreparedAudience],
    report: Report,
    store: Store,
    record: RunRecord | None,
    workers: Workers,
    taken_in: Sequence[TakenIn],
) -> Sync:
    """Put the loop together: the one place where its parts learn of one another."""
    mirrors: dict[StreamId, Mirror] = {}
    for audience in prepared:
        mirrors.update(audience.mirrors)
    streams = {stream.id for audience in prepared for stream in audience.streams}
    checkpoints = Checkpoints(drop=settings.dry_run, held_streams=list(mirrors), streams=streams)
    tally = DepartureTally(report.left)
    listeners = [record.hear] if record is not None else []
    settling = Settling(checkpoints, report, store, tally, listeners)
    lanes: list[Lane] = []
    for audience, counter in zip(prepared, taken_in, strict=True):
        pipeline = _pipeline(settings, audience, store, workers, settling, counter)
        for stream in audience.streams:
            lanes.append(Lane(stream.id, stream.mapper, pipeline, stream.mirror, stream.window))
    departures = Departures(
        mirrors,
        {lane.stream: lane.pipeline for lane in lanes},
        tally,
        settings.mirror_removal,
        settings.max_removals_percent,
        fuse_stops=not settings.dry_run,
    )
    return Sync(lanes, departures, checkpoints, settling, report, store, workers, time.monotonic)


def _dry_run_adds(
    prepared: Sequence[PreparedAudience], taken_in: Sequence[TakenIn]
) -> tuple[Callable[[], Iterable[str]], ...]:
    """Return what tells, at the end of a dry run, of consent that nothing read and of automations that would start."""
    tellers: list[Callable[[], Iterable[str]]] = []
    for audience in prepared:
        tellers.extend(stream.mapper.said_no for stream in audience.streams)
    tellers.extend(one.sentences for one in taken_in)
    return tuple(tellers)


def _told_twice(first: Callable[[Operation], None], second: Callable[[Operation], None]) -> Callable[[Operation], None]:
    """Return what tells two listeners of a planned operation."""

    def tell(operation: Operation) -> None:
        first(operation)
        second(operation)

    return tell


def _pipeline(
    settings: Settings,
    audience: PreparedAudience,
    store: Store,
    workers: Workers,
    settling: Settling,
    taken_in: TakenIn,
) -> Pipeline:
    """Return what all streams of one audience go through."""
    on_plan = None
    if settings.dry_run:
        on_plan = _told_twice(store.plan, taken_in.count)
    return Pipeline(
        {stream.id: stream.rules for stream in audience.streams},
        audience.members,
        workers,
        audience.sender,
        audience.limits,
        settling.settle,
        first_wins=settings.duplicates == "first",
        rejects_whole_record=settings.invalid_values == "reject_record",
        warn=audience.warn,
        field_names=audience.field_names,
        audience=audience.audience.name,
        on_plan=on_plan,
    )

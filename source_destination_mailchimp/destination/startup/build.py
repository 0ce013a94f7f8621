"""Puts the parts of one run together: settings, catalog and account become a `Sync` that is ready to take records."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from source_destination_mailchimp.destination.checkpoints import Checkpoints
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.mapping.columns import Columns, Reader, reader
from source_destination_mailchimp.destination.mapping.compiling import compile_mapping
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.spelling import AsAnnounced
from source_destination_mailchimp.destination.mapping.targets import split_line
from source_destination_mailchimp.destination.members.lookup import Members
from source_destination_mailchimp.destination.members.reading import MemberReader
from source_destination_mailchimp.destination.members.tracking import Tracking
from source_destination_mailchimp.destination.mirror.departure_tally import DepartureTally
from source_destination_mailchimp.destination.mirror.departures import Departures
from source_destination_mailchimp.destination.mirror.mirrored_list import Mirror
from source_destination_mailchimp.destination.pipeline import Pipeline
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.rules import limits as fuse
from source_destination_mailchimp.destination.rules.limits import Fuse, Limits
from source_destination_mailchimp.destination.settling import Settling
from source_destination_mailchimp.destination.startup.bind_streams import Binding, rules_for
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.preflight import (
    OpenAudience,
    create_merge_fields,
    open_audiences,
    plan_merge_fields,
    running_automations,
)
from source_destination_mailchimp.destination.startup.warnings import may_start_automations, what_will_bite
from source_destination_mailchimp.destination.storing.stores import Store, open_store
from source_destination_mailchimp.destination.sync import Lane, Sync
from source_destination_mailchimp.destination.writing.dry_run import DryRunSender
from source_destination_mailchimp.destination.writing.sender import Sender
from source_destination_mailchimp.destination.writing.tag_ids import TagIds
from source_destination_mailchimp.destination.writing.workers import Sends, Threads
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.members import Audience, Json


class Run:
    """One run of `write`: built before the first record, closed after the last."""

    def __init__(
        self,
        client: Client,
        settings: Settings,
        streams: Sequence[ConfiguredStream],
        audiences: Sequence[Audience],
        remark: Callable[[str], None],
    ) -> None:
        self.report = Report(dry_run=settings.dry_run, clock=time.time)
        self._client = client
        self._settings = settings
        self._remark = remark
        # Twice the connections, because a thread that waits for a batch job holds none.
        self._pool = ThreadPoolExecutor(2 * settings.max_connections, thread_name_prefix="mailchimp")
        self._workers = Threads(self._pool, settings.max_connections)
        self._members: list[Members] = []
        self.store = _store(settings, streams)
        try:
            # Beside the other reads, so that a warning costs no time.
            asks = may_start_automations(settings)
            automations = self._pool.submit(running_automations, client) if asks else None
            opened = open_audiences(client, settings, streams, audiences)
            self._open(opened)
            self._forewarn(opened, automations.result() if automations else [])
        except BaseException:
            self.close()
            raise

    def _open(self, opened: Sequence[OpenAudience]) -> None:
        settings = self._settings
        for audience in opened:
            # Everything is tried before anything is made: one audience's wrong setting costs the other nothing.
            planned = plan_merge_fields(settings, audience)
            for one in audience.bindings:
                self._mapper(one, planned)
        mirrored = [one.stream.id for audience in opened for one in audience.bindings if one.mirror_tag]
        checkpoints = Checkpoints(drop=settings.dry_run, held_streams=mirrored)
        tally = DepartureTally(self.report.left)
        settling = Settling(checkpoints, self.report, self.store, tally)
        lanes = [lane for audience in opened for lane in self._lanes(audience, settling)]
        departures = Departures(
            {lane.stream: lane.mirror for lane in lanes if lane.mirror is not None},
            {lane.stream: lane.pipeline for lane in lanes},
            tally,
            settings.mirror_removal,
            settings.max_removals_percent,
            fuse_stops=not settings.dry_run,
        )
        self.sync = Sync(
            lanes, departures, checkpoints, settling, self.report, self.store, self._workers, time.monotonic
        )

    def _forewarn(self, opened: Sequence[OpenAudience], automations: Sequence[Json]) -> None:
        for audience in opened:
            entries = [one.entry for one in audience.bindings if one.entry]
            for sentence in what_will_bite(self._settings, audience.live, entries, automations):
                self._remark(sentence)

    def conclude(self) -> None:
        """Say what only shows at the end."""
        over = sum(pipeline.limits.over_the_fuse for pipeline in self.sync.pipelines)
        if over and self._settings.dry_run:
            self.report.remark(
                f"max_removals_percent {self._settings.max_removals_percent:g} would stop the sync: {over:,} people "
                "more would be taken away than it allows."
            )

    def close(self) -> None:
        """End threads, waits and files; what was under way is not tried again."""
        self._client.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for members in self._members:
            members.close()
        self.store.close()

    def _lanes(self, opened: OpenAudience, settling: Settling) -> list[Lane]:
        """One lane per stream of an audience, all with one pipeline."""
        live = create_merge_fields(self._client, self._settings, opened, self.report.remark)
        mappers = {one.stream.id: self._mapper(one, live) for one in opened.bindings}
        members = self._know(live, opened.bindings, mappers.values())
        required = [field.tag for field in live.merge_fields if field.required]
        rules = {
            one.stream.id: rules_for(self._settings, one, required, members.mirror_tags, now=time.time)
            for one in opened.bindings
        }
        pipeline = Pipeline(
            rules,
            members,
            self._workers,
            self._sender(live.audience, reads_tags=members.reads_tags),
            self._limits(members, opened.bindings),
            settling.settle,
            first_wins=self._settings.duplicates == "first",
            rejects_whole_record=self._settings.invalid_values == "reject_record",
            on_plan=self.store.plan if self._settings.dry_run else None,
        )
        for one in opened.bindings:
            self.report.begin(one.stream.id, live.audience.name)
            self._warn(one, mappers[one.stream.id])
        return [Lane(one.stream.id, mappers[one.stream.id], pipeline, _mirror(one, members)) for one in opened.bindings]

    def _mapper(self, binding: Binding, live: LiveAudience) -> AsAnnounced:
        schema = binding.stream.json_schema
        compiled = compile_mapping(
            binding.stream.id, self._settings, binding.entry, live, schema, activation=binding.is_activation
        )
        return AsAnnounced(compiled, schema.get("properties") or ())

    def _warn(self, binding: Binding, mapper: AsAnnounced) -> None:
        for sentence in mapper.warnings:
            self._remark(sentence)
        if binding.stream.destination_sync_mode == "overwrite":
            self._remark(
                f"Stream {binding.stream.id} comes as overwrite. It is taken as add and update: "
                "nobody is removed for it."
            )

    def _know(self, live: LiveAudience, bindings: Iterable[Binding], mappers: Iterable[AsAnnounced]) -> Members:
        entries = [one.entry for one in bindings if one.entry]
        tags = any(entry.tags or entry.tags_field or entry.mirror_tag for entry in entries)
        replaces = any(entry.tags_mode != "add" for entry in entries)
        external = next((split_line(e.external_id, "external_id")[1].upper() for e in entries if e.external_id), None)
        mirror_tags = [entry.mirror_tag for entry in entries if entry.mirror_tag]
        activated = any(one.is_activation for one in bindings)
        tracking = Tracking(
            live,
            list(dict.fromkeys(key for mapper in mappers for key in mapper.tracked)),
            # Two members that are joined keep their tags, so an external id needs to know them.
            tags=tags or replaces or activated or bool(external) or self._settings.removal == "remove_tags",
            external_id_tag=external,
            mirror_tags=mirror_tags,
        )
        members = Members(MemberReader(self._client, live, tracking, self._pool), tracking, self._remark)
        self._members.append(members)
        if mirror_tags or external:
            members.read_all()  # neither who carries a tag nor an external id can be asked for
        return members

    def _limits(self, members: Members, bindings: Iterable[Binding]) -> Limits:
        settings = self._settings
        percent = settings.max_removals_percent
        if settings.removal == "delete_permanently":
            percent = min(percent, fuse.PERMANENT_PERCENT)
        takes_away = settings.removal != "keep" or any(one.asks_opt_in for one in bindings)
        is_needed = takes_away or members.external_id_tag or settings.max_members is not None
        people = members.count_present() if is_needed else 0
        capacity = None if settings.max_members is None else max(0, settings.max_members - people)
        return Limits(Fuse(fuse.limit(percent, people)), capacity, not settings.dry_run)

    def _sender(self, audience: Audience, *, reads_tags: bool) -> Sends:
        if self._settings.dry_run:
            return DryRunSender()
        tags = api.tags(self._client, audience.id) if reads_tags else []
        return Sender(
            self._client,
            audience.id,
            TagIds(self._client, audience.id, tags),
            skip_merge_validation=self._settings.required_fields == "ignore",
        )


def _store(settings: Settings, streams: Sequence[ConfiguredStream]) -> Store:
    sync_id = next((stream.sync_id for stream in streams if stream.sync_id is not None), None)
    columns = {stream.id: list(stream.json_schema.get("properties") or ()) for stream in streams}
    store = open_store(settings, sync_id=sync_id, started=datetime.now(UTC), columns=columns)
    store.check()
    return store


def _mirror(binding: Binding, members: Members) -> Mirror | None:
    if not binding.mirror_tag or binding.entry is None:
        return None
    return Mirror(
        binding.stream.id,
        binding.mirror_tag,
        members,
        binding.stream.sync_mode == "full_refresh",
        binding.entry.list_size_field,
        _size_reader(binding),
    )


def _size_reader(binding: Binding) -> Reader | None:
    name = binding.entry.list_size_field if binding.entry else None
    columns = Columns(tuple(binding.stream.json_schema.get("properties") or ()), is_complete=False)
    return reader(columns.path(name, "list_size_field")) if name else None

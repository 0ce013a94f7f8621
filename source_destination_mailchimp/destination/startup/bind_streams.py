"""Which stream goes to which audience by which entry of the form; everything that does not fit stops here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from source_destination_mailchimp.airbyte.problems import listed
from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.form.sync_modes import TAKEN, SyncMode
from source_destination_mailchimp.destination.mapping.names import same_spelling
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience


@dataclass(frozen=True, slots=True)
class Binding:
    """One stream with its audience and its entry in the form."""

    stream: ConfiguredStream
    audience: Audience
    entry: StreamSettings
    """An entry that sets nothing where the form has none for the stream."""

    mode: SyncMode
    is_activation: bool = False
    """Mapped in the platform's own form, so its columns have Mailchimp's names already."""

    @property
    def mirror_tag(self) -> str | None:
        """The tag that stands for this stream's list."""
        return self.entry.mirror_tag

    @property
    def external_id_tag(self) -> str | None:
        """The merge field, in upper case, that keeps this stream's external id."""
        if self.entry.external_id is None:
            return None
        return self.entry.external_id.target.upper()

    @property
    def asks_opt_in(self) -> bool:
        """Whether records of this stream may say that somebody wants mail."""
        return self.is_activation or self.entry.opt_in_field is not None

    @property
    def may_opt_out(self) -> bool:
        """Whether records of this stream may say that somebody wants no mail."""
        return self.asks_opt_in or self.entry.opt_out_field is not None


def bind(settings: Settings, streams: Sequence[ConfiguredStream], audiences: Sequence[Audience]) -> list[Binding]:
    """Return every stream of the catalog with its audience.

    Raises `Misconfigured`, naming the setting and the way out. Whether the bound streams go together with the rest of
    the form is for `check_streams`.
    """
    entries = _entries_by_stream(settings, streams)
    bindings = []
    for stream in streams:
        entry = entries.get(stream.id)
        bindings.append(_bind(settings, stream, entry, audiences))
    return bindings


def object_name_of(audience: Audience) -> str:
    """Return what `discover` calls an audience: the platform shows the bare name of an object."""
    return f"{audience.name} ({audience.id})"


def find_object(wanted: str, audiences: Sequence[Audience], setting: str) -> Audience:
    """Return the audience of an announced object: by the exact name that is announced, else by its ID, else by name.

    The ID within the name counts once an audience was renamed.
    """
    names = set()
    with_its_id = []
    for audience in audiences:
        if same_spelling(object_name_of(audience)) == same_spelling(wanted):
            return audience
        names.add(same_spelling(audience.name))
        if wanted.endswith(f"({audience.id})"):
            with_its_id.append(audience)
    is_an_old_name = same_spelling(wanted) not in names
    if is_an_old_name and len(with_its_id) == 1:
        return with_its_id[0]
    return find_audience(wanted, audiences, setting)


def find_audience(wanted: str, audiences: Sequence[Audience], setting: str) -> Audience:
    """Return an audience by its ID or exact name; a wrong one is answered with those there are."""
    by_id: dict[str, Audience] = {}
    by_name: defaultdict[str, list[Audience]] = defaultdict(list)
    there = []
    for audience in audiences:
        by_id[audience.id] = audience
        by_name[same_spelling(audience.name)].append(audience)
        there.append(f"{audience.name} (ID {audience.id})")
    if wanted in by_id:
        return by_id[wanted]
    named = by_name[same_spelling(wanted)]
    if len(named) > 1:
        ids = listed([audience.id for audience in named])
        raise Misconfigured(f"{setting}: {len(named)} audiences are named {wanted!r}. Enter the ID of one: {ids}.")
    if not named:
        raise Misconfigured(
            f"{setting}: there is no audience {wanted!r} in this account. Available: {listed(there, 'and') or 'none'}."
        )
    return named[0]


def _entries_by_stream(settings: Settings, streams: Sequence[ConfiguredStream]) -> Mapping[StreamId, StreamSettings]:
    found: dict[StreamId, StreamSettings] = {}
    for index, entry in enumerate(settings.streams):
        stream = _stream_of(entry, index, streams)
        if stream in found:
            raise Misconfigured(f"streams[{index}]: stream {stream} has two entries. Keep one of them.")
        found[stream] = entry
    return found


def _stream_of(entry: StreamSettings, index: int, streams: Sequence[ConfiguredStream]) -> StreamId:
    """Return the one stream that an entry is about; without a namespace it must be the only one of its name."""
    name = StreamId(entry.namespace, entry.stream)
    there = []
    fitting = []
    for stream in streams:
        there.append(stream.id)
        if _fits(entry, stream):
            fitting.append(stream.id)
    if not fitting:
        available = listed(there, "and") or "none"
        raise Misconfigured(f"streams[{index}].stream: stream {name} is not in this sync. Available: {available}.")
    if len(fitting) > 1:
        namespaces = listed([stream.namespace for stream in fitting])
        raise Misconfigured(
            f"streams[{index}].namespace: more than one stream is named {name}. Say which namespace: {namespaces}."
        )
    return fitting[0]


def _fits(entry: StreamSettings, stream: ConfiguredStream) -> bool:
    """Return whether an entry can be about a stream: one without a namespace is about a name in any of them."""
    if same_spelling(entry.stream) != same_spelling(stream.id.name):
        return False
    if entry.namespace is None:
        return True
    return same_spelling(entry.namespace) == same_spelling(stream.id.namespace or "")


def _bind(
    settings: Settings, stream: ConfiguredStream, entry: StreamSettings | None, audiences: Sequence[Audience]
) -> Binding:
    return Binding(
        stream=stream,
        audience=_audience_of(settings, stream, entry, audiences),
        entry=entry or StreamSettings(stream=stream.id.name),
        mode=_mode_of(stream),
        is_activation=stream.object_name is not None,
    )


def _audience_of(
    settings: Settings, stream: ConfiguredStream, entry: StreamSettings | None, audiences: Sequence[Audience]
) -> Audience:
    """Return where a stream goes: the platform's object first, then its entry in the form, then the form's audience."""
    if stream.object_name is not None:
        setting = f"destination object of stream {stream.id}"
        return find_object(stream.object_name, audiences, setting)
    if entry is None:
        _check_that_no_stream_has_an_entry(settings, stream)
        return find_audience(settings.audience, audiences, "audience")
    if entry.audience is None:
        return find_audience(settings.audience, audiences, "audience")
    index = settings.streams.index(entry)
    return find_audience(entry.audience, audiences, f"streams[{index}].audience")


def _check_that_no_stream_has_an_entry(settings: Settings, stream: ConfiguredStream) -> None:
    """Raise where the form has entries and none for this stream: one table too many is an audience of strangers."""
    if settings.streams:
        raise Misconfigured(
            f"streams: stream {stream.id} has no entry, but other streams do. Add an entry "
            "for it, or remove it from the connection, so that no table is synced by mistake."
        )


def _mode_of(stream: ConfiguredStream) -> SyncMode:
    for mode in TAKEN:
        if stream.destination_sync_mode == mode:
            return mode
    if stream.destination_sync_mode == "soft_delete":
        raise Misconfigured(
            f"Stream {stream.id}: the sync mode soft_delete is not supported, because elsewhere it means that every "
            "record is a deletion. Choose append_dedup, and mark deleted records with deleted_field."
        )
    raise Misconfigured(
        f"Sync mode {stream.destination_sync_mode} of stream {stream.id} is not one of {', '.join(TAKEN)}."
    )

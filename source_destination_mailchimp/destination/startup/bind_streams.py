"""Which stream goes to which audience by which entry of the form; everything that does not fit stops here."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.targets import split_line
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.rules import consent
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.rules.tags import TagRules
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience

SYNC_MODES = ("append", "append_dedup", "update", "soft_delete", "overwrite")


@dataclass(frozen=True, slots=True)
class Binding:
    """One stream with its audience and its entry in the form, if it has one."""

    stream: ConfiguredStream
    audience: Audience
    entry: StreamSettings | None = None
    is_activation: bool = False
    """Mapped in the platform's own form, so its columns have Mailchimp's names already."""

    @property
    def mirror_tag(self) -> str | None:
        """The tag that stands for this stream's list."""
        return self.entry.mirror_tag if self.entry else None

    @property
    def asks_opt_in(self) -> bool:
        """Whether records of this stream may say that somebody wants mail."""
        return self.is_activation or bool(self.entry and self.entry.opt_in_field)


def bind(settings: Settings, streams: Sequence[ConfiguredStream], audiences: Sequence[Audience]) -> list[Binding]:
    """Every stream of the catalog with its audience; raises `Misconfigured` naming the setting and the way out."""
    entries = _entries_by_stream(settings, streams)
    bindings = [_bind(settings, stream, entries.get(stream.id), audiences) for stream in streams]
    for binding in bindings:
        _check_mode(settings, binding)
    _check_tags(bindings)
    _check_external_ids(bindings)
    check_consent(settings, bindings)
    return bindings


def find_audience(wanted: str, audiences: Sequence[Audience], setting: str) -> Audience:
    """An audience by its ID or exact name; a wrong one is answered with those there are."""
    by_id = [audience for audience in audiences if audience.id == wanted]
    found = by_id or [audience for audience in audiences if audience.name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(audience.id for audience in found)
        raise Misconfigured(f"{setting}: {len(found)} audiences are named {wanted!r}. Enter the ID of one: {ids}.")
    there = ", ".join(f"{audience.name} (ID {audience.id})" for audience in audiences) or "none"
    raise Misconfigured(f"{setting}: there is no audience {wanted!r} in this account. There are: {there}.")


def rules_for(
    settings: Settings,
    binding: Binding,
    required_tags: Iterable[str],
    mirror_tags: Iterable[str] = (),
    *,
    now: Callable[[], float],
) -> StreamRules:
    """The policies by which the records of a stream are planned; `mirror_tags` are those of all streams together."""
    entry = binding.entry or StreamSettings(stream=binding.stream.id.name)
    always = tuple(dict.fromkeys(tag for tag in (*entry.tags, entry.mirror_tag) if tag))
    of_others = frozenset(tag.lower() for tag in mirror_tags) - {(entry.mirror_tag or "").lower()}
    return StreamRules(
        stream=binding.stream.id,
        consent=consent.Rules(settings.new_member_status, settings.resubscribe),
        now=now,
        mode="update" if binding.stream.destination_sync_mode == "update" else "upsert",
        removal=settings.removal,
        tags=TagRules(always, entry.tags_mode, entry.owned_tags, of_others),
        fills_only_empty=settings.conflict == "mailchimp_wins",
        always_sent=frozenset(required_tags) if settings.required_fields == "enforce" else frozenset(),
    )


def _entries_by_stream(settings: Settings, streams: Sequence[ConfiguredStream]) -> Mapping[StreamId, StreamSettings]:
    found: dict[StreamId, StreamSettings] = {}
    for index, entry in enumerate(settings.streams):
        stream = _stream_of(entry, index, streams)
        if stream in found:
            raise Misconfigured(f"streams[{index}]: stream {stream} has two entries. Keep one of them.")
        found[stream] = entry
    return found


def _stream_of(entry: StreamSettings, index: int, streams: Sequence[ConfiguredStream]) -> StreamId:
    fitting = [
        stream.id
        for stream in streams
        if stream.id.name == entry.stream and entry.namespace in (None, stream.id.namespace)
    ]
    name = str(StreamId(entry.namespace, entry.stream))
    if not fitting:
        there = ", ".join(str(stream.id) for stream in streams) or "none"
        raise Misconfigured(f"streams[{index}].stream: no stream {name} comes in this sync. There are: {there}.")
    if len(fitting) > 1:
        namespaces = ", ".join(str(one.namespace) for one in fitting)
        raise Misconfigured(
            f"streams[{index}].namespace: more than one stream is named {name}. Say which namespace: {namespaces}."
        )
    return fitting[0]


def _bind(
    settings: Settings, stream: ConfiguredStream, entry: StreamSettings | None, audiences: Sequence[Audience]
) -> Binding:
    if stream.object_name:
        chosen = find_audience(stream.object_name, audiences, f"destination object of stream {stream.id}")
        return Binding(stream, chosen, entry, is_activation=True)
    if entry is None and settings.streams:
        raise Misconfigured(
            f"streams: stream {stream.id} has no entry, and the others have. Add one for it, or take it out of the "
            "connection: one table too many is an audience full of strangers."
        )
    if entry is not None and entry.audience:
        setting = f"streams[{settings.streams.index(entry)}].audience"
        return Binding(stream, find_audience(entry.audience, audiences, setting), entry)
    return Binding(stream, find_audience(settings.audience, audiences, "audience"), entry)


def _check_mode(settings: Settings, binding: Binding) -> None:
    stream = binding.stream
    if stream.destination_sync_mode not in SYNC_MODES:
        raise Misconfigured(
            f"Sync mode {stream.destination_sync_mode} of stream {stream.id} is none of {', '.join(SYNC_MODES)}."
        )
    if stream.destination_sync_mode == "soft_delete" and settings.removal == "keep":
        raise Misconfigured(
            f"Stream {stream.id} comes as soft_delete, but removal is keep. Set removal to what a deleted record "
            "shall do to its person, or choose another sync mode."
        )


def _check_tags(bindings: Sequence[Binding]) -> None:
    by_audience: dict[str, list[Binding]] = defaultdict(list)
    for binding in bindings:
        by_audience[binding.audience.id].append(binding)
    for group in by_audience.values():
        mirrors = Counter(binding.mirror_tag.lower() for binding in group if binding.mirror_tag)
        twice = [tag for tag, times in mirrors.items() if times > 1]
        if twice:
            raise Misconfigured(
                f"streams[].mirror_tag: two streams share the tag {twice[0]!r} in one audience, so each would "
                "remove the other's people. Give each its own tag."
            )
        for binding in group:
            if binding.entry and binding.entry.tags_mode == "replace_all" and (len(group) > 1 or mirrors):
                raise Misconfigured(
                    f"streams[].tags_mode: replace_all of stream {binding.stream.id} would take off the tags of the "
                    "other streams, or of a mirror, that feed the same audience. Use replace_owned and name owned_tags."
                )


def _check_external_ids(bindings: Sequence[Binding]) -> None:
    """All streams of an audience know people by the same merge field: a person has one id in it."""
    fields: dict[str, str] = {}
    for binding in bindings:
        if binding.entry is None or not binding.entry.external_id:
            continue
        _, field = split_line(binding.entry.external_id, "streams[].external_id")
        other = fields.setdefault(binding.audience.id, field.upper())
        if other != field.upper():
            raise Misconfigured(
                f"streams[].external_id: stream {binding.stream.id} keeps its id in {field.upper()}, and another "
                f"stream of audience {binding.audience.name!r} in {other}. Let both use one merge field."
            )


def check_double_optin(settings: Settings, audience: Audience) -> None:
    """Nobody passes an audience's own confirmation by without knowing it."""
    if settings.new_member_status == "subscribed" and audience.double_optin:
        raise Misconfigured(
            f"new_member_status: audience {audience.name!r} asks new people to confirm (double opt-in), "
            "and subscribed would pass that by. Choose pending: Mailchimp then sends each of them a mail for it."
        )


def check_consent(settings: Settings, bindings: Sequence[Binding]) -> None:
    """Stop before anybody gets a mail by surprise, or a setting can never do what it says."""
    for binding in bindings:
        check_double_optin(settings, binding.audience)
    if settings.resubscribe != "never" and not any(binding.asks_opt_in for binding in bindings):
        raise Misconfigured(
            f"resubscribe: {settings.resubscribe} needs streams[].opt_in_field and streams[].consent_time_field: "
            "without an answer and its time nobody is brought back."
        )

"""Which column of a stream is assigned to what of a member, decided once, before the first record is sent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from source_destination_mailchimp.destination.form.field_mapping import FieldMapping, Write
from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping import announced
from source_destination_mailchimp.destination.mapping.check_assignments import (
    check_ignored,
    check_once,
    check_writes,
)
from source_destination_mailchimp.destination.mapping.columns import Columns, Path, email_column, is_of_airbyte
from source_destination_mailchimp.destination.mapping.consent_columns import check_opt_in_and_out
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.matching import Matches, match_columns
from source_destination_mailchimp.destination.mapping.names import same_spelling
from source_destination_mailchimp.destination.mapping.targets import Assignment, Kind, Target, read_target
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import MergeField

NOTHING_SET = StreamSettings(stream="*")


@dataclass(frozen=True, slots=True)
class SingleColumns:
    """Columns that have a setting of their own."""

    tags: Path | None
    opt_in: Path | None
    opt_out: Path | None
    consent_time: Path | None
    deleted: Path | None
    list_size: Path | None

    @property
    def named(self) -> list[Path]:
        """Those that are set."""
        every = (self.tags, self.opt_in, self.opt_out, self.consent_time, self.deleted, self.list_size)
        return [path for path in every if path is not None]


@dataclass(frozen=True, slots=True)
class Assignments:
    """Everything that is read from a record of one stream."""

    email: Path
    targets: tuple[Assignment, ...]
    external_id: Assignment | None
    singles: SingleColumns
    named: tuple[Path, ...]
    """Everything that a setting names, also what is never to be sent; not what was paired with a field of its name."""

    unmapped: tuple[str, ...]
    """Columns that are not mapped to anything, so not synced."""

    warnings: tuple[str, ...]

    @property
    def written(self) -> tuple[Assignment, ...]:
        """Every assignment, that of the external id last."""
        return _with_external_id(self.targets, self.external_id)


@dataclass(frozen=True, slots=True)
class StreamToMap:
    """What the assignments of a stream are made from."""

    id: StreamId
    entry: StreamSettings
    settings: Settings
    live: LiveAudience
    columns: Columns
    activation: bool = False
    now: Callable[[], float] = float  # only a compiled mapping asks for it
    """Seconds since 1970 UTC."""

    adds_people: bool = True
    """Whether its records may add somebody; in the sync mode `update` none does."""

    def setting(self, name: str) -> str:
        """Return a setting of the stream as a sentence names it."""
        return f"{name} of stream {self.id}"

    @property
    def write_otherwise(self) -> Write:
        """When a value is written whose entry does not say."""
        return write_by_conflict(self.settings)

    def single(self, name: str, text: str | None, announced_name: str = "") -> Path | None:
        """Return the column of a setting that names one; in data activation the announced name stands in for it."""
        if text:
            return self.columns.path(text, self.setting(name))
        if self.activation and announced_name in self.columns.names:
            return Path.of_column(announced_name)
        return None


def write_by_conflict(settings: Settings) -> Write:
    """Return when a value is written whose entry does not say: that is what `conflict` is for."""
    match settings.conflict:
        case "source_wins":
            return "always"
        case "mailchimp_wins":
            return "if_empty"
        case _:
            assert_never(settings.conflict)


def assign_columns(stream: StreamToMap) -> Assignments:
    """Read every setting of a stream that names columns; raises `Misconfigured` with the way out."""
    email = _email(stream)
    targets, external_id = written_assignments(stream)
    singles = _singles(stream)
    written = _with_external_id(targets, external_id)
    used = [email, *singles.named]
    for assignment in written:
        used.extend(assignment.paths)
    ignored = _ignored(stream)
    check_ignored(stream.setting("ignore_fields"), used, ignored)
    named = (*used, *ignored)
    roots = {path.root for path in named}
    matches, unmapped = _matched(stream, roots, [assignment.target for assignment in written])
    matched = []
    for column, field in matches.pairs:
        matched.append(Assignment((Path.of_column(column),), Target(Kind.MERGE_FIELD, field.tag)))
    return Assignments(
        email=email,
        targets=(*targets, *matched),
        external_id=external_id,
        singles=singles,
        named=named,
        unmapped=unmapped,
        warnings=tuple(f"Stream {stream.id}: {sentence}" for sentence in matches.undecided),
    )


def written_assignments(stream: StreamToMap) -> tuple[list[Assignment], Assignment | None]:
    """Return what was written out, and the assignment of the external id; no target is twice among them."""
    targets = _announced(stream)
    for index, mapping in enumerate(stream.entry.fields):
        targets.append(_assignment(stream, mapping, stream.setting(f"fields[{index}]")))
    check_opt_in_and_out(
        stream.setting,
        stream.single("opt_in_field", stream.entry.opt_in_field),
        stream.single("opt_out_field", stream.entry.opt_out_field),
    )
    external_id = _external_id(stream)
    check_once(_with_external_id(targets, external_id))
    check_writes(targets, stream.write_otherwise)
    return targets, external_id


def _with_external_id(targets: Iterable[Assignment], external_id: Assignment | None) -> tuple[Assignment, ...]:
    if external_id is None:
        return tuple(targets)
    return (*targets, external_id)


def _email(stream: StreamToMap) -> Path:
    setting = stream.single("email_field", stream.entry.email_field, announced.EMAIL)
    if setting is not None:
        return setting
    return email_column(stream.columns, stream.entry.ignore_fields, stream.setting("email_field"))


def _singles(stream: StreamToMap) -> SingleColumns:
    entry = stream.entry
    return SingleColumns(
        tags=stream.single("tags_field", entry.tags_field, announced.TAGS),
        opt_in=stream.single("opt_in_field", entry.opt_in_field, announced.OPT_IN),
        opt_out=stream.single("opt_out_field", entry.opt_out_field),
        consent_time=stream.single("consent_time_field", entry.consent_time_field, announced.CONSENT_TIME),
        deleted=stream.single("deleted_field", entry.deleted_field, announced.DELETED_AT),
        list_size=stream.single("list_size_field", entry.list_size_field),
    )


def _assignment(stream: StreamToMap, mapping: FieldMapping, setting: str) -> Assignment:
    paths = stream.columns.paths(mapping.column, setting)
    target = read_target(mapping.target, stream.live, setting)
    return Assignment(paths, target, mapping.write, setting, mapping.target)


def _announced(stream: StreamToMap) -> list[Assignment]:
    """Return the assignments of data activation: a column already has the name of its target."""
    if not stream.activation:
        return []
    offered = {same_spelling(name): one for name, one in announced.properties(stream.live).items()}
    found = []
    for name in stream.columns.names:
        property_ = offered.get(same_spelling(name))
        if property_ is None or not property_.target:
            continue
        target = read_target(property_.target, stream.live, "destination_object_name")
        found.append(Assignment((Path.of_column(name),), target))
    return found


def _external_id(stream: StreamToMap) -> Assignment | None:
    mapping = stream.entry.external_id
    if mapping is None:
        return None
    setting = stream.setting("external_id")
    assignment = _assignment(stream, mapping, setting)
    if assignment.target.kind is not Kind.MERGE_FIELD:
        raise Misconfigured(
            f'{setting}: "{mapping.target}" cannot hold an external ID. Use a merge field of type text.'
        )
    return replace(assignment, is_external_id=True)


def _ignored(stream: StreamToMap) -> list[Path]:
    """Return the paths of `ignore_fields`; a column that is not there does no harm."""
    columns = Columns(stream.columns.names, is_complete=False)
    return [columns.path(text, "ignore_fields") for text in stream.entry.ignore_fields]


def _matched(stream: StreamToMap, used: set[str], written: Iterable[Target]) -> tuple[Matches, tuple[str, ...]]:
    """Pair the columns that nothing uses; one with a part that is ignored is not sent as a whole either."""
    unmapped: dict[str, None] = {}
    for name in stream.columns.names:
        if name not in used and not is_of_airbyte(name):
            unmapped[name] = None
    if not _matches_columns(stream):
        return Matches((), ()), tuple(unmapped)
    matches = match_columns(unmapped, _free_fields(stream, written), stream.columns.without_parts)
    for column, _ in matches.pairs:
        unmapped.pop(column, None)
    return matches, tuple(unmapped)


def _free_fields(stream: StreamToMap, written: Iterable[Target]) -> list[MergeField]:
    """Return the merge fields that nothing was mapped to, not even a part of them."""
    free = {field.tag: field for field in stream.live.merge_fields}
    for target in written:
        if target.kind in (Kind.MERGE_FIELD, Kind.ADDRESS_PART):
            free.pop(target.name, None)
    return list(free.values())


def _matches_columns(stream: StreamToMap) -> bool:
    """Return whether columns that no setting names may go to the merge field of their name."""
    if stream.activation:
        return False
    match stream.settings.unmapped_fields:
        case "match" | "create":
            return True
        case "ignore":
            return False
        case _:
            assert_never(stream.settings.unmapped_fields)

"""A stream, its settings and what its audience really has, compiled into what maps its records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.assignments import (
    NOTHING_SET,
    Assignments,
    StreamToMap,
    assign_columns,
)
from source_destination_mailchimp.destination.mapping.columns import (
    Path,
    Reader,
    columns_of_record,
    columns_of_schema,
    joined_reader,
    reader,
)
from source_destination_mailchimp.destination.mapping.consent_and_deletion import meaning_of_no
from source_destination_mailchimp.destination.mapping.consent_columns import UnreadConsent
from source_destination_mailchimp.destination.mapping.countries import default_country
from source_destination_mailchimp.destination.mapping.fields import Converter, converter
from source_destination_mailchimp.destination.mapping.group_steps import category_step, group_step
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.mapping.mapper import Mapper, not_a_record
from source_destination_mailchimp.destination.mapping.mapping_in_use import MappingInUse, mapping_in_use
from source_destination_mailchimp.destination.mapping.names import quoted_names
from source_destination_mailchimp.destination.mapping.profile import LATITUDE, LONGITUDE
from source_destination_mailchimp.destination.mapping.recipe import Column, ExternalId, Recipe
from source_destination_mailchimp.destination.mapping.steps import (
    Step,
    address_step,
    location_step,
    merge_step,
    permission_step,
    property_step,
)
from source_destination_mailchimp.destination.mapping.targets import Assignment, Kind
from source_destination_mailchimp.destination.mapping.tracked_keys import (
    category_of,
    every_key,
    tracked_keys,
    write_rules,
)
from source_destination_mailchimp.destination.model import Contact, Rejected, StreamId
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Interest

__all__ = ["FirstRecordMapper", "LiveAudience", "Mapper", "compile_mapping"]


def compile_mapping(
    stream: StreamId,
    settings: Settings,
    entry: StreamSettings | None,
    live: LiveAudience,
    json_schema: Mapping[str, Any],
    *,
    now: Callable[[], float],
    activation: bool = False,
    adds_people: bool = True,
) -> "Mapper | FirstRecordMapper":
    """Return what maps the records of one stream; raises `Misconfigured` with a sentence that names the setting.

    A stream whose schema lists no properties is decided by its first record: that mapper raises then.
    `now`: seconds since 1970 UTC.
    `activation`: the stream has a `destination_object_name`, so its columns are named as `discover` announced them.
    """
    columns = columns_of_schema(json_schema)
    to_map = StreamToMap(stream, entry or NOTHING_SET, settings, live, columns, activation, now, adds_people)
    if not columns.names:
        return FirstRecordMapper(replace(to_map, columns=replace(columns, is_complete=False)))
    return _compiled(to_map)


class FirstRecordMapper:
    """Maps a stream without a schema: its first record says which columns there are."""

    def __init__(self, stream: StreamToMap) -> None:
        self._stream = stream
        self._decided: Mapper | None = None
        self._named: tuple[Path, ...] = ()
        """What the settings name, once the first record has been seen."""

        self._seen: set[str] = set()
        """Columns that records have shown."""

        self.tracked = every_key(stream)
        """Whatever the first record may turn out to write."""

        self.writes = write_rules(stream)
        """As `Mapper.writes`; the entries of the form say it, whatever the first record holds."""

        self.warnings: tuple[str, ...] = ()
        """Sentences for the log; there are none before the first record."""

        self.in_use: MappingInUse | None = None
        """What goes where; None before the first record."""

    def map(self, record: Any) -> Contact | Rejected:
        """As `Mapper.map`; the first object raises `Misconfigured` where the settings do not fit it."""
        if self._decided is None:
            if not isinstance(record, Mapping):
                return not_a_record(self._stream.id, record)
            self._decided = self._decide(record)
        elif isinstance(record, Mapping) and not self._seen.issuperset(record):
            self._check_later_columns(record)
        return self._decided.map(record)

    def said_no(self) -> Iterator[str]:
        """As `Mapper.said_no`; nothing before the first record."""
        if self._decided is not None:
            yield from self._decided.said_no()

    def _decide(self, record: Mapping[str, Any]) -> Mapper:
        stream = replace(self._stream, columns=columns_of_record(record))
        decided = _compiled(stream)
        self._named = assign_columns(stream).named
        self._seen = set(record)
        only_first = f"Stream {self._stream.id} has no schema, so only the columns of its first record are synced."
        self.warnings, self.in_use = (only_first, *decided.warnings), decided.in_use
        return decided

    def _check_later_columns(self, record: Mapping[str, Any]) -> None:
        """Raise `Misconfigured` where a later record is the first with a column that looks like consent.

        Document databases keep `unsubscribed_at` only for those who unsubscribed.
        """
        new = [column for column in record if column not in self._seen]
        self._seen.update(new)
        unread = UnreadConsent(new, self._named)
        if unread.certain and _stops_for_consent(self._stream):
            raise Misconfigured(unread.complaint(self._stream.id))


def _compiled(stream: StreamToMap) -> Mapper:
    assignments = assign_columns(stream)
    tracked = tracked_keys(stream.live, assignments)
    unread = _unread_consent(stream, assignments)
    about_consent = unread.check(stream.id, stops=_stops_for_consent(stream))
    warnings = (*about_consent, *assignments.warnings, *_unfed(stream, tracked))
    counts = unread if stream.settings.dry_run else None
    in_use = mapping_in_use(assignments, stream.live)
    return Mapper(_recipe(stream, assignments), tracked, warnings, write_rules(stream), in_use, counts)


def _unread_consent(stream: StreamToMap, assignments: Assignments) -> UnreadConsent:
    """Return the columns that look like consent; in data activation the platform's page shows which of them is read."""
    if stream.activation:
        return UnreadConsent((), assignments.named)
    return UnreadConsent(stream.columns.names, assignments.named)


def _stops_for_consent(stream: StreamToMap) -> bool:
    """Return whether new contacts would become subscribed; a dry run goes on, to say how many records say no."""
    if not stream.adds_people or stream.settings.dry_run:
        return False
    return stream.settings.new_member_status == "subscribed"


def _recipe(stream: StreamToMap, assignments: Assignments) -> Recipe:
    clear = _clears(stream.settings)
    converters = {field.tag: converter(field) for field in stream.live.merge_fields}
    columns = []
    steps = []
    for assignment in assignments.written:
        tag = assignment.target.name
        if assignment.target.kind is not Kind.MERGE_FIELD:
            continue
        if assignment.plain_column is not None:
            columns.append((assignment.plain_column, converters[tag], tag))
        else:
            steps.append(merge_step(tag, joined_reader(assignment.paths), converters[tag], clear=clear))
    steps.extend(_steps(stream, assignments.targets, clear=clear))
    return Recipe(
        stream=stream.id,
        email=Column(reader(assignments.email), assignments.email.text),
        columns=tuple(columns),
        steps=tuple(steps),
        external_id=_external_id(assignments.external_id, converters),
        tags=_column(assignments.singles.tags),
        opt_in=_column(assignments.singles.opt_in),
        opt_in_no=meaning_of_no(stream.entry.opt_in_no),
        opt_out=_column(assignments.singles.opt_out),
        consent_time=_column(assignments.singles.consent_time),
        deleted=_column(assignments.singles.deleted),
        clear=clear,
        now=stream.now,
        whole_records=_rejects_whole_records(stream.settings),
    )


def _clears(settings: Settings) -> bool:
    """Return whether an empty value in a record clears the one in Mailchimp."""
    match settings.empty_values:
        case "clear":
            return True
        case "ignore":
            return False
        case _:
            assert_never(settings.empty_values)


def _rejects_whole_records(settings: Settings) -> bool:
    """Return whether a value that does not fit costs its record."""
    match settings.invalid_values:
        case "reject_record":
            return True
        case "reject_value":
            return False
        case _:
            assert_never(settings.invalid_values)


def _external_id(assignment: Assignment | None, converters: Mapping[str, Converter]) -> ExternalId | None:
    if assignment is None:
        return None
    tag = assignment.target.name
    return ExternalId(joined_reader(assignment.paths), converters[tag], tag)


def _column(path: Path | None) -> Column | None:
    if path is None:
        return None
    return Column(reader(path), path.text)


def _steps(stream: StreamToMap, assignments: Sequence[Assignment], *, clear: bool) -> list[Step]:
    """Return what fills everything that is no plain merge field.

    Addresses and places are filled from several columns at once, so their parts are gathered.
    """
    steps = _address_steps(stream, _of_kind(Kind.ADDRESS_PART, assignments), clear=clear)
    for assignment in assignments:
        step = _own_step(stream, assignment, clear=clear)
        if step is not None:
            steps.append(step)
    steps.extend(_location_steps(stream, _of_kind(Kind.LOCATION, assignments)))
    return steps


def _of_kind(kind: Kind, assignments: Sequence[Assignment]) -> list[Assignment]:
    """Return those whose target is of a kind."""
    found = []
    for assignment in assignments:
        if assignment.target.kind is kind:
            found.append(assignment)
    return found


def _own_step(stream: StreamToMap, assignment: Assignment, *, clear: bool) -> Step | None:
    """Return the step of one assignment; None where a recipe's columns or a step for several fill its target."""
    target = assignment.target
    read = joined_reader(assignment.paths)
    match target.kind:
        case Kind.MERGE_FIELD | Kind.ADDRESS_PART | Kind.LOCATION:
            return None
        case Kind.PROPERTY:
            return property_step(target.name, read, clear=clear)
        case Kind.PERMISSION:
            return permission_step(target.name, read)
        case Kind.CATEGORY:
            return category_step(category_of(stream.live, target), read, clear=clear)
        case Kind.GROUP:
            category = category_of(stream.live, target)
            return group_step(_interest(category, target.name), category, read, clear=clear)
        case _:
            assert_never(target.kind)


def _address_steps(stream: StreamToMap, parts: Sequence[Assignment], *, clear: bool) -> list[Step]:
    countries = {field.tag: default_country(field.default_country) for field in stream.live.merge_fields}
    addresses: dict[str, dict[str, Reader]] = {}
    for assignment in parts:
        readers = addresses.setdefault(assignment.target.name, {})
        readers[assignment.target.part] = joined_reader(assignment.paths)
    steps = []
    for tag, readers in addresses.items():
        steps.append(address_step(tag, readers, countries[tag], clear=clear))
    return steps


def _location_steps(stream: StreamToMap, coordinates: Sequence[Assignment]) -> list[Step]:
    """Return the step for a place if one is mapped; raises `Misconfigured` for half of one."""
    if not coordinates:
        return []
    readers = {coordinate.target.name: joined_reader(coordinate.paths) for coordinate in coordinates}
    for name in (LATITUDE, LONGITUDE):
        if name not in readers:
            raise Misconfigured(
                f"{stream.setting('fields')}: {name} is missing. Mailchimp needs both coordinates, or neither."
            )
    return [location_step(readers[LATITUDE], readers[LONGITUDE])]


def _interest(category: Sequence[Interest], interest_id: str) -> Interest:
    for interest in category:
        if interest.id == interest_id:
            return interest
    raise KeyError(f"group {interest_id} is not in its category (internal error; please report this)")


def _unfed(stream: StreamToMap, fed: Sequence[str]) -> list[str]:
    """Return, where Mailchimp's required fields are enforced, a sentence about those that no column feeds."""
    match stream.settings.required_fields:
        case "ignore":
            return []
        case "enforce":
            pass
        case _:
            assert_never(stream.settings.required_fields)
    lacking = []
    for field in stream.live.merge_fields:
        if field.required and field.tag not in fed:
            lacking.append(field.tag)
    if not lacking:
        return []
    return [
        f"Stream {stream.id}: audience {stream.live.audience.name} requires "
        f"{quoted_names(lacking)}, but no column is mapped to it, so Mailchimp will reject new contacts."
    ]

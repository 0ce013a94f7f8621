"""A stream, its settings and what its audience really has, compiled into what maps its records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping.columns import (
    Columns,
    Path,
    Reader,
    columns_of_record,
    columns_of_schema,
    joined_reader,
    listed,
    reader,
)
from source_destination_mailchimp.destination.mapping.countries import default_country
from source_destination_mailchimp.destination.mapping.fields import Converter, converter
from source_destination_mailchimp.destination.mapping.layout import (
    NOTHING_SET,
    Layout,
    Line,
    Stream,
    explicit_lines,
    lay_out,
)
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.mapper import Column, ExternalId, Mapper, Recipe, not_a_record
from source_destination_mailchimp.destination.mapping.profile import KEYS
from source_destination_mailchimp.destination.mapping.steps import (
    Step,
    address_step,
    category_step,
    group_step,
    holds_one,
    location_step,
    merge_step,
    permission_step,
    property_step,
)
from source_destination_mailchimp.destination.mapping.targets import Kind
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
    activation: bool = False,
) -> "Mapper | FirstRecordMapper":
    """What maps the records of one stream; raises `Misconfigured` with a sentence that names the setting.

    A stream whose schema lists no properties is decided by its first record: that mapper raises then.
    `activation`: the stream has a `destination_object_name`, so its columns are named as `discover` announced them.
    """
    columns = columns_of_schema(json_schema)
    if not columns.names:
        return FirstRecordMapper(stream, settings, entry or NOTHING_SET, live, activation=activation)
    return _compiled(Stream(stream, entry or NOTHING_SET, settings, live, columns, activation))


class FirstRecordMapper:
    """Maps a stream without a schema: its first record says which columns there are."""

    def __init__(
        self, stream: StreamId, settings: Settings, entry: StreamSettings, live: LiveAudience, *, activation: bool
    ) -> None:
        self._stream = Stream(stream, entry, settings, live, Columns((), is_complete=False), activation)
        self._decided: Mapper | None = None
        self.tracked = _everything(self._stream)
        """Whatever the first record may turn out to write."""

        self.warnings: tuple[str, ...] = (f"Stream {stream} has no schema: its first record decides the mapping.",)
        """Sentences for the log; the mapping's own are added by the first record."""

    def map(self, record: Any) -> Contact | Rejected:
        """As `Mapper.map`; the first object raises `Misconfigured` where the settings do not fit it."""
        if self._decided is None:
            if not isinstance(record, Mapping):
                return not_a_record(self._stream.id, record)
            self._decided = self._decide(record)
        return self._decided.map(record)

    def _decide(self, record: Mapping[str, Any]) -> Mapper:
        decided = _compiled(replace(self._stream, columns=columns_of_record(record)))
        self.warnings += decided.warnings
        return decided


def _compiled(stream: Stream) -> Mapper:
    layout = lay_out(stream)
    recipe = _recipe(stream, layout)
    return Mapper(recipe, _tracked(stream, layout), (*layout.warnings, *_unfed(stream, layout)))


def _recipe(stream: Stream, layout: Layout) -> Recipe:
    settings, clear = stream.settings, stream.settings.empty_values == "clear"
    fields = {field.tag: converter(field) for field in stream.live.merge_fields}
    merge = [line for line in (*layout.lines, layout.external_id) if line and line.target.kind is Kind.MERGE_FIELD]
    plain = [line for line in merge if len(line.paths) == 1 and line.paths[0].is_plain]
    nested = [line for line in merge if line not in plain]
    steps = [
        merge_step(line.target.name, joined_reader(line.paths), fields[line.target.name], clear=clear)
        for line in nested
    ]
    external = layout.external_id
    return Recipe(
        stream=stream.id,
        email=Column(reader(layout.email), layout.email.text),
        columns=tuple((line.paths[0].root, fields[line.target.name], line.target.name) for line in plain),
        steps=(*steps, *_steps(stream, layout.lines, clear=clear)),
        external_id=_key(external, fields) if external else None,
        tags=_column(layout.tags),
        opt_in=_column(layout.opt_in),
        consent_time=_column(layout.consent_time),
        deleted=_column(layout.deleted),
        clear=clear,
        whole_records=settings.invalid_values == "reject_record",
    )


def _key(line: Line, fields: Mapping[str, Converter]) -> ExternalId:
    return ExternalId(joined_reader(line.paths), fields[line.target.name], line.target.name)


def _column(path: Path | None) -> Column | None:
    return Column(reader(path), path.text) if path else None


def _steps(stream: Stream, lines: Sequence[Line], *, clear: bool) -> list[Step]:
    """What fills everything that is no plain merge field."""
    steps = _address_steps(stream, lines, clear=clear)
    coordinates: dict[str, Reader] = {}
    for line in lines:
        target, read = line.target, joined_reader(line.paths)
        match target.kind:
            case Kind.PROPERTY:
                steps.append(property_step(target.name, read, clear=clear))
            case Kind.PERMISSION:
                steps.append(permission_step(target.name, read))
            case Kind.CATEGORY:
                steps.append(category_step(_category(stream, target.name), read, clear=clear))
            case Kind.GROUP:
                category = _category(stream, target.part)
                interest = next(interest for interest in category if interest.id == target.name)
                steps.append(group_step(interest, category, read, clear=clear))
            case Kind.LOCATION:
                coordinates[target.name] = read
    if coordinates:
        steps.append(_location_step(stream, coordinates))
    return steps


def _address_steps(stream: Stream, lines: Sequence[Line], *, clear: bool) -> list[Step]:
    parts: dict[str, dict[str, Reader]] = {}
    for line in lines:
        if line.target.kind is Kind.ADDRESS_PART:
            parts.setdefault(line.target.name, {})[line.target.part] = joined_reader(line.paths)
    defaults = {field.tag: default_country(field.default_country) for field in stream.live.merge_fields}
    return [address_step(tag, readers, defaults[tag], clear=clear) for tag, readers in parts.items()]


def _location_step(stream: Stream, coordinates: Mapping[str, Reader]) -> Step:
    try:
        return location_step(coordinates["location.latitude"], coordinates["location.longitude"])
    except KeyError as lacking:
        raise Misconfigured(
            f"{stream.setting('fields')}: {lacking.args[0]} is missing. Mailchimp takes both coordinates or none."
        ) from None


def _category(stream: Stream, title: str) -> list[Interest]:
    return [interest for interest in stream.live.interests if interest.category == title]


def _tracked(stream: Stream, layout: Layout) -> tuple[str, ...]:
    """Keys of `Known.digests` that the lines of a layout write."""
    lines = [*layout.lines, *([layout.external_id] if layout.external_id else [])]
    keys: dict[str, None] = {}
    for line in lines:
        keys |= dict.fromkeys(_keys(stream, line))
    return tuple(keys)


def _keys(stream: Stream, line: Line) -> list[str]:
    target = line.target
    match target.kind:
        case Kind.LOCATION:
            return ["location"]
        case Kind.PERMISSION:
            return [f"permission:{target.name}"]
        case Kind.CATEGORY:
            return [f"interest:{interest.id}" for interest in _category(stream, target.name)]
        case Kind.GROUP:
            category = _category(stream, target.part)
            ids = [interest.id for interest in category] if holds_one(category) else [target.name]
            return [f"interest:{interest_id}" for interest_id in ids]
        case _:
            return [target.name]


def _everything(stream: Stream) -> tuple[str, ...]:
    """Keys that some record of a stream without a schema may write; raises `Misconfigured` for an unknown target."""
    lines, _ = explicit_lines(stream)
    permissions = {line.target.name for line in lines if line.target.kind is Kind.PERMISSION}
    return (
        *(field.tag for field in stream.live.merge_fields),
        *sorted(KEYS),
        *(f"interest:{interest.id}" for interest in stream.live.interests),
        *(f"permission:{text}" for text in sorted({*permissions, *stream.live.permissions})),
    )


def _unfed(stream: Stream, layout: Layout) -> tuple[str, ...]:
    """Where Mailchimp's required fields are enforced: those that no column feeds."""
    if stream.settings.required_fields != "enforce":
        return ()
    fed = {*_tracked(stream, layout)}
    lacking = [field.tag for field in stream.live.merge_fields if field.required and field.tag not in fed]
    if not lacking:
        return ()
    return (
        f"Stream {stream.id}: audience {stream.live.audience.name} requires {listed(lacking)}, which no column feeds: "
        "Mailchimp will refuse new people.",
    )

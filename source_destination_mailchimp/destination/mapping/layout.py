"""Which column of a stream feeds what of a member, decided once, before the first record is sent."""

from collections.abc import Iterable
from dataclasses import dataclass

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.mapping import announced
from source_destination_mailchimp.destination.mapping.columns import Columns, Path, email_column, is_of_airbyte, listed
from source_destination_mailchimp.destination.mapping.live import LiveAudience
from source_destination_mailchimp.destination.mapping.matching import Matches, match_columns
from source_destination_mailchimp.destination.mapping.targets import Kind, Target, read_target, split_line
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.mailchimp.errors import Misconfigured

NOTHING_SET = StreamSettings(stream="*")
_WHOLE = "*"


@dataclass(frozen=True, slots=True)
class Line:
    """Columns, and where they go."""

    paths: tuple[Path, ...]
    target: Target


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that is read from a record of one stream."""

    email: Path
    lines: tuple[Line, ...]
    external_id: Line | None
    tags: Path | None
    opt_in: Path | None
    consent_time: Path | None
    deleted: Path | None
    unmapped: tuple[str, ...]
    """Columns that go nowhere."""

    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """What a layout is made from."""

    id: StreamId
    entry: StreamSettings
    settings: Settings
    live: LiveAudience
    columns: Columns
    activation: bool = False

    def setting(self, name: str) -> str:
        """A setting of the stream, as a sentence names it."""
        return f"{name} of stream {self.id}"

    def single(self, name: str, text: str | None, default: str = "") -> Path | None:
        """The column of a setting that names one; in data activation the announced name stands in for it."""
        if not text and self.activation and default in self.columns.names:
            text = default
        if not text:
            return None
        return self.columns.path(text, self.setting(name))


def lay_out(stream: Stream) -> Layout:
    """Read every setting of a stream that names columns; raises `Misconfigured` with the way out."""
    entry = stream.entry
    email = stream.single("email_field", entry.email_field, announced.EMAIL)
    email = email or email_column(stream.columns, entry.ignore_fields, stream.setting("email_field"))
    lines, external_id = explicit_lines(stream)
    singles = {
        "tags_field": stream.single("tags_field", entry.tags_field, announced.TAGS),
        "opt_in_field": stream.single("opt_in_field", entry.opt_in_field, announced.OPT_IN),
        "consent_time_field": stream.single("consent_time_field", entry.consent_time_field, announced.CONSENT_TIME),
        "deleted_field": stream.single("deleted_field", entry.deleted_field, announced.DELETED_AT),
        "list_size_field": stream.single("list_size_field", entry.list_size_field),
    }
    written = [*lines, external_id] if external_id else lines
    used = [email, *filter(None, singles.values()), *(path for line in written for path in line.paths)]
    ignored = [Columns(stream.columns.names, False).path(text, "ignore_fields") for text in entry.ignore_fields]
    _check_ignored(stream, used, ignored)
    roots = {path.root for path in (*used, *ignored)}
    matches, unmapped = _matched(stream, roots, [line.target for line in written])
    return Layout(
        email,
        (*lines, *(Line((Path(c, (c,)),), Target(Kind.MERGE_FIELD, f.tag)) for c, f in matches.pairs)),
        external_id,
        singles["tags_field"],
        singles["opt_in_field"],
        singles["consent_time_field"],
        singles["deleted_field"],
        unmapped,
        _warnings(stream, matches, unmapped),
    )


def explicit_lines(stream: Stream) -> tuple[list[Line], Line | None]:
    """The lines that were written out, and the one of the stream's own key; no place twice among them."""
    lines = [*_announced_lines(stream), *_lines(stream)]
    external_id = _external_id(stream)
    _check_once(stream, [*lines, external_id] if external_id else lines)
    return lines, external_id


def _lines(stream: Stream) -> Iterable[Line]:
    setting = stream.setting("fields")
    for text in stream.entry.fields:
        left, right = split_line(text, setting)
        yield Line(stream.columns.paths(left, setting), read_target(right, stream.live, setting))


def _announced_lines(stream: Stream) -> Iterable[Line]:
    """Data activation: a column already has the name of its target."""
    if not stream.activation:
        return
    offered = announced.properties(stream.live)
    for name in stream.columns.names:
        if name in offered and (target := offered[name].target):
            yield Line((Path(name, (name,)),), read_target(target, stream.live, "destination_object_name"))


def _external_id(stream: Stream) -> Line | None:
    if not stream.entry.external_id:
        return None
    setting = stream.setting("external_id")
    left, right = split_line(stream.entry.external_id, setting)
    target = read_target(right, stream.live, setting)
    if target.kind is not Kind.MERGE_FIELD:
        raise Misconfigured(f'{setting}: "{right}" cannot hold an id. Name a merge field of type text.')
    return Line(stream.columns.paths(left, setting), target)


def _check_once(stream: Stream, lines: Iterable[Line]) -> None:
    """No two lines may write one place, also not a whole address and its part, or a category and its group."""
    taken: dict[tuple[str, str], dict[str, str]] = {}
    for line in lines:
        name = " ".join(path.text for path in line.paths)
        *whole, part = _place(line.target)
        there = taken.setdefault((whole[0], whole[1]), {})
        clash = next((there[p] for p in there if _WHOLE in (p, part) or p == part), None)
        if clash:
            raise Misconfigured(
                f"{stream.setting('fields')}: {clash} and {name} both go to {line.target.name}. Keep one of the lines, "
                f"or join the columns in one: {clash} {name} -> {line.target.name}."
            )
        there[part] = name


def _place(target: Target) -> tuple[str, str, str]:
    """What a target writes: a whole, and which part of it."""
    match target.kind:
        case Kind.ADDRESS_PART:
            return Kind.MERGE_FIELD.value, target.name, target.part
        case Kind.GROUP:
            return Kind.CATEGORY.value, target.part, target.name
    return target.kind.value, target.name, _WHOLE


def _check_ignored(stream: Stream, used: Iterable[Path], ignored: Iterable[Path]) -> None:
    inside = {path.segments for path in ignored}
    both = [path.text for path in used if any(path.segments[: len(segments)] == segments for segments in inside)]
    if both:
        raise Misconfigured(
            f"{stream.setting('ignore_fields')}: {listed(both)} would be sent by another setting of the stream. "
            "Take the column out of one of the two."
        )


def _matched(stream: Stream, used: set[str], targets: Iterable[Target]) -> tuple[Matches, tuple[str, ...]]:
    """Pairs for the columns that nothing uses; one with a part that is ignored is not sent as a whole either."""
    rest = [name for name in stream.columns.names if name not in used and not is_of_airbyte(name)]
    if stream.activation or stream.settings.unmapped_fields == "ignore":
        return Matches((), ()), tuple(rest)
    fed = {target.name for target in targets if target.kind in (Kind.MERGE_FIELD, Kind.ADDRESS_PART)}
    free = [field for field in stream.live.merge_fields if field.tag not in fed]
    matches = match_columns(rest, free, stream.columns.without_parts)
    taken = {column for column, _ in matches.pairs}
    return matches, tuple(name for name in rest if name not in taken)


def _warnings(stream: Stream, matches: Matches, unmapped: tuple[str, ...]) -> tuple[str, ...]:
    warnings = [f"Stream {stream.id}: {sentence}" for sentence in matches.undecided]
    if unmapped:
        warnings.append(f"Stream {stream.id}: columns that go nowhere: {listed(unmapped)}.")
    return tuple(warnings)

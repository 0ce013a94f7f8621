"""Everything of a member that is not one plain merge field: addresses, properties, groups, permissions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.fields import MAX_BYTES, Converter
from source_destination_mailchimp.destination.mapping.postal import Incomplete, complete_address
from source_destination_mailchimp.destination.mapping.profile import PROPERTIES, as_location
from source_destination_mailchimp.destination.mapping.values import (
    MISSING,
    Cut,
    Unfit,
    as_list,
    as_yes_or_no,
    is_empty,
    parsed,
)
from source_destination_mailchimp.destination.model import Contact, Note, Reason
from source_destination_mailchimp.mailchimp.members import Interest

_ONE_OF_A_CATEGORY = ("radio", "dropdown")


class Step(NamedTuple):
    """One target of a member and what fills it."""

    field: str
    """What a note about it names."""

    fill: Callable[[Record, Contact], Iterable[Note] | None]
    """Raises `Unfit`; then nothing of the target has been filled."""


def apply(steps: Iterable[Step], record: Record, contact: Contact) -> list[Note]:
    """Fill a contact step by step; what does not fit becomes a note and its target is left alone."""
    notes: list[Note] = []
    for step in steps:
        try:
            notes += step.fill(record, contact) or ()
        except Unfit as unfit:
            notes.append(unfit_note(step.field, unfit))
    return notes


def merge_step(tag: str, read: Reader, convert: Converter, *, clear: bool) -> Step:
    """One merge field from a nested column, or from several."""

    def fill(record: Record, contact: Contact) -> Iterable[Note]:
        value = read(record)
        if value is MISSING:
            return ()
        notes: tuple[Note, ...] = ()
        try:
            value = "" if value is None else convert(value)
        except Cut as cut:
            value, notes = cut.text, (cut_note(tag, cut),)
        if value != "" or clear:
            contact.merge[tag] = value
        return notes

    return Step(tag, fill)


def cut_note(tag: str, cut: Cut) -> Note:
    """What is said beside a text that was too long."""
    return Note(Reason.TEXT_CUT, tag, f"{cut.size} bytes, of which Mailchimp keeps {MAX_BYTES}")


def unfit_note(field: str, unfit: Unfit) -> Note:
    """What is said beside a value that is left alone."""
    reason = Reason.ADDRESS_INCOMPLETE if isinstance(unfit, Incomplete) else Reason.VALUE_REJECTED
    return Note(reason, field, str(unfit))


def address_step(tag: str, parts: Mapping[str, Reader], default: str, *, clear: bool) -> Step:
    """An address from columns of its parts."""

    def fill(record: Record, contact: Contact) -> None:
        values = {part: value for part, read in parts.items() if (value := read(record)) is not MISSING}
        if not values:
            return
        address = complete_address(values, default)
        if address or clear:
            contact.merge[tag] = address

    return Step(tag, fill)


def property_step(key: str, read: Reader, *, clear: bool) -> Step:
    """One property of the member."""
    prop = PROPERTIES[key]

    def fill(record: Record, contact: Contact) -> None:
        value = read(record)
        if value is MISSING:
            return
        found = prop.convert(value)
        if found is None or found == "":
            if not (clear and prop.can_be_cleared):
                return
            found = prop.cleared
        contact.profile[key] = found

    return Step(key, fill)


def location_step(latitude: Reader, longitude: Reader) -> Step:
    """Both coordinates, or none: Mailchimp has no half place, and no way to clear one."""

    def fill(record: Record, contact: Contact) -> None:
        values = latitude(record), longitude(record)
        if MISSING in values or None in values:
            return
        if location := as_location(*values):
            contact.profile["location"] = location

    return Step("location", fill)


def permission_step(text: str, read: Reader) -> Step:
    """One marketing permission. An empty value is no answer, so it takes nothing back, whatever `empty_values` says."""

    def fill(record: Record, contact: Contact) -> None:
        value = read(record)
        if value is not MISSING and (given := as_yes_or_no(value)) is not None:
            contact.permissions[text] = given

    return Step(f"permission:{text}", fill)


def group_step(interest: Interest, category: Sequence[Interest], read: Reader, *, clear: bool) -> Step:
    """One group from a yes-or-no column. In a category that holds one group at most, a yes takes the others off."""
    others = [other.id for other in category if other.id != interest.id] if holds_one(category) else []

    def fill(record: Record, contact: Contact) -> None:
        value = read(record)
        if value is MISSING:
            return
        wanted = as_yes_or_no(value)
        if wanted is None and not clear:
            return
        chosen = contact.interests
        if wanted and any(chosen.get(other) for other in others):
            for other in (interest.id, *others):
                chosen.pop(other, None)
            raise Unfit("the category holds one group at most, and the record names several")
        if wanted:
            chosen.update(dict.fromkeys(others, False))
        chosen[interest.id] = bool(wanted)

    return Step(f"group:{interest.category}/{interest.name}", fill)


def category_step(category: Sequence[Interest], read: Reader, *, clear: bool) -> Step:
    """A whole category from a list column: the named groups, and no other of the category.

    A list with a name that is no group takes nobody out of any: it may be a group that was spelled differently.
    """
    by_name = {interest.name.strip().casefold(): interest.id for interest in category}
    field = f"group:{category[0].category}"

    def fill(record: Record, contact: Contact) -> Iterable[Note]:
        value = read(record)
        if value is MISSING or (is_empty(value) and not clear):
            return ()
        names = _names(value, by_name)
        wanted = {by_name[name] for name in names if name in by_name}
        unknown = len(names) - sum(name in by_name for name in names)
        if unknown and not wanted:
            raise Unfit("none of the groups of the category")
        if len(wanted) > 1 and holds_one(category):
            raise Unfit("the category holds one group at most, and the record names several")
        if not unknown:
            contact.interests.update(dict.fromkeys(by_name.values(), False))
        contact.interests.update(dict.fromkeys(wanted, True))
        return (Note(Reason.VALUE_REJECTED, field, f"{unknown} of its names are no groups"),) if unknown else ()

    return Step(field, fill)


def tags_of(value: Any) -> tuple[str, ...]:
    """Tags of a column: an array, JSON of one, or text with separators; two spellings of one tag are one [observed].

    Objects with a `name`, as Mailchimp lists the tags of a member, are tags too.
    """
    if value is MISSING or value is None:
        return ()
    if isinstance(value, str) and isinstance(opened := parsed(value), list):
        value = opened
    if isinstance(value, list):
        value = [item.get("name") if isinstance(item, Mapping) else item for item in value]
    elif isinstance(value, Mapping):
        return ()
    spelled: dict[str, str] = {}
    for name in as_list(value):
        spelled.setdefault(name.lower(), name)
    return tuple(spelled.values())


def holds_one(category: Sequence[Interest]) -> bool:
    """Whether a category holds one group at most."""
    return category[0].category_type in _ONE_OF_A_CATEGORY


def _names(value: Any, by_name: Mapping[str, str]) -> list[str]:
    """Names in a list column; a text that is a group's name as a whole is one name, commas and all."""
    if is_empty(value):
        return []
    if isinstance(value, str) and value.strip().casefold() in by_name:
        return [value.strip().casefold()]
    return [name.casefold() for name in as_list(value)]

"""Everything of a member that is neither a plain merge field nor a group: addresses, properties, permissions, tags."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.fields import MAX_BYTES, Converter
from source_destination_mailchimp.destination.mapping.lists import as_list
from source_destination_mailchimp.destination.mapping.names import same_name
from source_destination_mailchimp.destination.mapping.postal import Incomplete, complete_address
from source_destination_mailchimp.destination.mapping.profile import PROPERTIES, as_location
from source_destination_mailchimp.destination.mapping.targets import PERMISSION
from source_destination_mailchimp.destination.mapping.values import (
    MISSING,
    Cut,
    Unfit,
    as_yes_or_no,
)
from source_destination_mailchimp.destination.model import Note, Reason


class Draft(NamedTuple):
    """The values of a contact while it is being made; each dict becomes the contact's of the same name."""

    merge: dict[str, Any]
    profile: dict[str, Any]
    interests: dict[str, bool]
    permissions: dict[str, bool]


class Step(NamedTuple):
    """One target of a member and what fills it."""

    field: str
    """What a note about it names."""

    fill: Callable[[Record, Draft], Iterable[Note]]
    """Writes the target into a draft and returns what is to be said beside it.

    Raises `Unfit`; then nothing of the target has been filled."""


def apply(steps: Iterable[Step], record: Record, draft: Draft) -> list[Note]:
    """Fill a draft step by step; what does not fit becomes a note and its target is left alone."""
    notes: list[Note] = []
    for step in steps:
        try:
            notes.extend(step.fill(record, draft))
        except Unfit as unfit:
            notes.append(unfit_note(step.field, unfit))
    return notes


def merge_step(tag: str, read: Reader, convert: Converter, *, clear: bool) -> Step:
    """Return the step for one merge field from a nested column, or from several."""

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        value = read(record)
        if value is MISSING:
            return ()
        if value is None:
            if clear:
                draft.merge[tag] = ""
            return ()
        notes: tuple[Note, ...] = ()
        try:
            value = convert(value)
        except Cut as cut:
            value = cut.text
            notes = (cut_note(tag, cut),)
        if value != "" or clear:
            draft.merge[tag] = value
        return notes

    return Step(tag, fill)


def cut_note(tag: str, cut: Cut) -> Note:
    """Return what is said beside a text that was too long."""
    return Note(Reason.TEXT_CUT, tag, f"{cut.size} bytes; Mailchimp keeps {MAX_BYTES}")


def unfit_note(field: str, unfit: Unfit) -> Note:
    """Return what is said beside a value that is left alone."""
    if isinstance(unfit, Incomplete):
        return Note(Reason.ADDRESS_INCOMPLETE, field, str(unfit))
    return Note(Reason.VALUE_REJECTED, field, str(unfit))


def address_step(tag: str, parts: Mapping[str, Reader], default_country: str, *, clear: bool) -> Step:
    """Return the step for an address from columns of its parts."""

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        values = {}
        for part, read in parts.items():
            value = read(record)
            if value is not MISSING:
                values[part] = value
        if not values:
            return ()
        address = complete_address(values, default_country)
        if address or clear:
            draft.merge[tag] = address
        return ()

    return Step(tag, fill)


def property_step(key: str, read: Reader, *, clear: bool) -> Step:
    """Return the step for one property of the member."""
    prop = PROPERTIES[key]
    can_clear = clear and prop.can_be_cleared

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        value = read(record)
        if value is MISSING:
            return ()
        found = prop.convert(value)
        if found is not None and found != "":
            draft.profile[key] = found
        elif can_clear:
            draft.profile[key] = prop.cleared
        return ()

    return Step(key, fill)


def location_step(latitude: Reader, longitude: Reader) -> Step:
    """Return the step for both coordinates, or none: Mailchimp has no half place, and no way to clear one."""

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        north = latitude(record)
        east = longitude(record)
        if north is MISSING or east is MISSING:
            return ()
        if north is None or east is None:
            return ()
        location = as_location(north, east)
        if location:
            draft.profile["location"] = location
        return ()

    return Step("location", fill)


def permission_step(text: str, read: Reader) -> Step:
    """Return the step for one marketing permission.

    An empty value is no answer, so it takes nothing back, whatever `empty_values` says.
    """

    def fill(record: Record, draft: Draft) -> Iterable[Note]:
        value = read(record)
        if value is MISSING:
            return ()
        given = as_yes_or_no(value)
        if given is not None:
            draft.permissions[text] = given
        return ()

    return Step(f"{PERMISSION}{text}", fill)


def tags_of(value: Any) -> tuple[str, ...]:
    """Return the tags of a column: an array, or a text that holds a list in any of the ways of `lists`.

    Two spellings of one tag are one [observed]. Objects with a `name`, as Mailchimp lists the tags of a member, are
    tags too. Raises `Unfit` for what is no list of names.
    """
    if value is MISSING or value is None:
        return ()
    spelled: dict[str, str] = {}
    for name in as_list(value):
        spelled.setdefault(same_name(name), name)
    return tuple(spelled.values())

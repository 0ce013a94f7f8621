"""Records of one stream into contacts: the part that runs for every record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.mapping.columns import Reader, Record
from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.fields import Converter
from source_destination_mailchimp.destination.mapping.opt_in import is_deletion, opt_in_answer
from source_destination_mailchimp.destination.mapping.steps import Step, apply, cut_note, tags_of, unfit_note
from source_destination_mailchimp.destination.mapping.times import as_seconds
from source_destination_mailchimp.destination.mapping.values import MISSING, Cut, Unfit, as_text, is_empty
from source_destination_mailchimp.destination.model import Contact, Note, OptIn, Reason, Rejected, StreamId
from source_destination_mailchimp.mailchimp.members import member_hash

CDC_DELETED = "_ab_cdc_deleted_at"
"""Column that Airbyte's database sources put on change-data-capture streams: when the row was deleted, else null."""


class Column(NamedTuple):
    """A column that a setting names."""

    read: Reader
    name: str


@dataclass(frozen=True, slots=True)
class ExternalId:
    """Where a stream's own key is, and the merge field that keeps it."""

    read: Reader
    convert: Converter
    tag: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is done with every record of a stream."""

    stream: StreamId
    email: Column
    columns: tuple[tuple[str, Converter, str], ...]
    """Column, converter, merge tag: by far the most."""

    steps: tuple[Step, ...]
    external_id: ExternalId | None
    tags: Column | None
    opt_in: Column | None
    consent_time: Column | None
    deleted: Column | None
    clear: bool
    """`empty_values: clear`."""

    whole_records: bool
    """`invalid_values: reject_record`."""


class Mapper:
    """Maps the records of one stream; holds nothing of them."""

    __slots__ = ("_recipe", "tracked", "warnings")

    def __init__(self, recipe: Recipe, tracked: tuple[str, ...], warnings: tuple[str, ...]) -> None:
        self._recipe = recipe
        self.tracked = tracked
        """Keys of `Known.digests` that records of this stream may write."""

        self.warnings = warnings
        """Sentences for the log."""

    def map(self, record: Any) -> Contact | Rejected:
        """A record as a contact, or why it is none; never raises, whatever the record holds."""
        recipe = self._recipe
        if record.__class__ is not dict and not isinstance(record, Mapping):
            return not_a_record(recipe.stream, record)
        if recipe.deleted or record.get(CDC_DELETED) is not None:
            try:
                if _is_deleted(recipe, record):
                    return _deletion(recipe, record)
            except Unfit as unfit:
                name = recipe.deleted.name if recipe.deleted else CDC_DELETED
                note = Note(Reason.INVALID_VALUE, name, str(unfit))
                return Rejected(recipe.stream, record, note, _hash_of(recipe, record))
        try:
            email = as_email(recipe.email.read(record))
        except Unfit as unfit:
            return Rejected(recipe.stream, record, Note(Reason.INVALID_EMAIL, recipe.email.name, str(unfit)))
        if not email:
            return Rejected(recipe.stream, record, Note(Reason.NO_EMAIL, recipe.email.name))
        merge, notes = _merge(recipe, record)
        contact = Contact(recipe.stream, record, email, member_hash(email), merge)
        if recipe.steps:
            notes += apply(recipe.steps, record, contact)
        notes += _answers(recipe, record, contact)
        return _finished(recipe, contact, notes) if notes else contact


def not_a_record(stream: StreamId, record: Any) -> Rejected:
    """What becomes of a record that is no object."""
    return Rejected(stream, {"record": record}, Note(Reason.NOT_A_RECORD, detail="the record is no object"))


def _merge(recipe: Recipe, record: Record) -> tuple[dict[str, Any], list[Note]]:
    """Merge tag → value, and what did not fit. The tightest loop of the destination."""
    merge: dict[str, Any] = {}
    notes: list[Note] = []
    clear = recipe.clear
    get = record.get
    for column, convert, tag in recipe.columns:
        value = get(column, MISSING)
        if value is MISSING or (value is None and not clear):
            continue
        try:
            value = "" if value is None else convert(value)
        except Unfit as unfit:
            notes.append(unfit_note(tag, unfit))
            continue
        except Cut as cut:
            value = cut.text
            notes.append(cut_note(tag, cut))
        if clear or value != "":
            merge[tag] = value
    return merge, notes


def _answers(recipe: Recipe, record: Record, contact: Contact) -> list[Note]:
    """Tags, consent and the stream's own key."""
    notes: list[Note] = []
    if recipe.tags:
        value = recipe.tags.read(record)
        contact.tags = tags_of(value)
        contact.is_silent_on_tags = not recipe.clear and (value is MISSING or is_empty(value))
    if recipe.external_id:
        contact.external_id = _external_id(recipe.external_id, record)
        if not contact.external_id:
            contact.merge.pop(recipe.external_id.tag, None)  # an id that is there is neither cleared nor half replaced
    if recipe.opt_in:
        value = recipe.opt_in.read(record)
        contact.opt_in = opt_in_answer(value)
        if contact.opt_in is OptIn.MISSING and value is not MISSING and not is_empty(value):
            notes.append(Note(Reason.OPT_IN_UNREADABLE, recipe.opt_in.name, "neither a yes nor a no"))
    if recipe.consent_time:
        value = recipe.consent_time.read(record)
        try:
            contact.consent_seconds = None if value is MISSING else as_seconds(value)
        except Unfit as unfit:
            notes.append(Note(Reason.VALUE_REJECTED, recipe.consent_time.name, str(unfit)))
    return notes


def _finished(recipe: Recipe, contact: Contact, notes: list[Note]) -> Contact | Rejected:
    """A contact with its notes; where values are to cost the person, the first that did not fit does."""
    if recipe.whole_records:
        for note in notes:
            if note.reason is Reason.VALUE_REJECTED:
                note = note._replace(reason=Reason.INVALID_VALUE)
                return Rejected(recipe.stream, contact.record, note, contact.hash)
    contact.notes = tuple(notes)
    return contact


def _hash_of(recipe: Recipe, record: Record) -> str:
    """Whose record it is, as far as it says so."""
    try:
        email = as_email(recipe.email.read(record))
    except Unfit:
        return ""
    return member_hash(email) if email else ""


def _is_deleted(recipe: Recipe, record: Record) -> bool:
    if not is_empty(record.get(CDC_DELETED)):
        return True
    return recipe.deleted is not None and is_deletion(recipe.deleted.read(record))


def _deletion(recipe: Recipe, record: Record) -> Contact | Rejected:
    """A deleted record: who it was is all that counts, so no value of it can stand in the way."""
    external_id = _external_id(recipe.external_id, record) if recipe.external_id else ""
    problem = Note(Reason.DELETION_WITHOUT_ADDRESS, recipe.email.name)
    try:
        email = as_email(recipe.email.read(record))
    except Unfit as unfit:
        email, problem = "", Note(Reason.INVALID_EMAIL, recipe.email.name, str(unfit))
    if not email and not external_id:
        return Rejected(recipe.stream, record, problem)
    contact = Contact(recipe.stream, record, email, member_hash(email) if email else "")
    contact.deleted = True
    contact.external_id = external_id
    if recipe.tags:
        contact.tags = tags_of(recipe.tags.read(record))
    return contact


def _external_id(external_id: ExternalId, record: Record) -> str:
    """The key as the merge field keeps it, as text; empty if there is none or it does not fit."""
    value = external_id.read(record)
    if value is MISSING or value is None:
        return ""
    try:
        return as_text(external_id.convert(value))
    except (Unfit, Cut):
        return ""

"""Records that are marked as deleted: whose they are, and nothing else of them."""

from collections.abc import Iterator
from typing import Any

from source_destination_mailchimp.destination.mapping.columns import Record
from source_destination_mailchimp.destination.mapping.consent_and_deletion import opt_in_answer, opt_out_answer
from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.recipe import Column, NoKey, Recipe, external_id_of
from source_destination_mailchimp.destination.mapping.steps import tags_of
from source_destination_mailchimp.destination.mapping.time_marks import Mark, read_mark
from source_destination_mailchimp.destination.mapping.values import MISSING, Unfit
from source_destination_mailchimp.destination.model import Contact, Note, OptIn, Reason, Rejected
from source_destination_mailchimp.mailchimp.members import member_hash

CDC_DELETED = "_ab_cdc_deleted_at"
"""Column that Airbyte's database sources put on change-data-capture streams: when the row was deleted, else null."""


def deletion_of(recipe: Recipe, record: Record) -> Contact | Rejected | None:
    """Return what a deleted record becomes, or one whose mark cannot be read; None if it is not deleted."""
    try:
        if not _is_deleted(recipe, record):
            return None
    except Unfit as unfit:
        name = CDC_DELETED
        if recipe.deleted is not None:
            name = recipe.deleted.name
        note = Note(Reason.INVALID_VALUE, name, str(unfit))
        return Rejected(recipe.stream, record, note, _hash_of(recipe, record))
    return _deleted_contact(recipe, record)


def no_of(recipe: Recipe, record: Record) -> OptIn:
    """Return the record's no to "may we mail them"; `OptIn.NOT_ASKED` for every other answer."""
    answers = []
    if recipe.opt_in is not None:
        answers.append(opt_in_answer(recipe.opt_in.read(record), recipe.opt_in_no))
    if recipe.opt_out is not None:
        answer, _ = opt_out_answer(recipe.opt_out.read(record), recipe.opt_out.name, recipe.now())
        answers.append(answer)
    if OptIn.NO in answers:
        return OptIn.NO
    return OptIn.NOT_ASKED


def _is_deleted(recipe: Recipe, record: Record) -> bool:
    """Return whether a mark of a record says that it is deleted; raises `Unfit` for one that cannot be read.

    Nobody is removed, and nobody written, on a mark that cannot be read.
    """
    return any(mark is Mark.YES for _, mark in _marks(recipe, record))


def deletion_to_come(recipe: Recipe, record: Record) -> str | None:
    """Return the column in which a living record is marked as deleted at a time that is yet to come; None if none."""
    for column, mark in _marks(recipe, record):
        if mark is Mark.LATER:
            return column
    return None


def _marks(recipe: Recipe, record: Record) -> Iterator[tuple[str, Mark]]:
    """Yield what each column says that may mark a record as deleted."""
    by_source = record.get(CDC_DELETED)
    if by_source is not None:
        yield CDC_DELETED, _mark(by_source, recipe)
    if recipe.deleted is not None:
        value = recipe.deleted.read(record)
        if value is not None and value is not MISSING:
            yield recipe.deleted.name, _mark(value, recipe)


def _mark(value: Any, recipe: Recipe) -> Mark:
    try:
        return read_mark(value, recipe.now())
    except Unfit as unfit:
        raise Unfit(f"{unfit}, so it is not known whether the contact was deleted") from None


def _deleted_contact(recipe: Recipe, record: Record) -> Contact | Rejected:
    """Return a deleted record as a contact: who it was, and a no; no value can stand in the way."""
    external_id = ""
    if recipe.external_id is not None:
        try:
            external_id = external_id_of(recipe.external_id, record)
        except NoKey as refused:
            return Rejected(recipe.stream, record, refused.note, deleted=True)
    email = ""
    problem = Note(Reason.DELETION_WITHOUT_ADDRESS, recipe.email.name)
    try:
        email = as_email(recipe.email.read(record))
    except Unfit as unfit:
        problem = Note(Reason.INVALID_EMAIL, recipe.email.name, str(unfit))
    if not email and not external_id:
        return Rejected(recipe.stream, record, problem, deleted=True)
    tags: tuple[str, ...] = ()
    if recipe.tags is not None:
        tags = _tags(recipe.tags, record)
    return Contact(
        recipe.stream,
        record,
        email,
        _hash(email),
        tags=tags,
        opt_in=no_of(recipe, record),
        deleted=True,
        external_id=external_id,
    )


def _tags(column: Column, record: Record) -> tuple[str, ...]:
    """Return the tags of a deleted record, none where they cannot be read."""
    try:
        return tags_of(column.read(record))
    except Unfit:
        return ()


def _hash_of(recipe: Recipe, record: Record) -> str:
    """Return whose record it is, as far as it says so."""
    try:
        return _hash(as_email(recipe.email.read(record)))
    except Unfit:
        return ""


def _hash(email: str) -> str:
    """Return the name of the member at an address; empty where there is none."""
    if not email:
        return ""
    return member_hash(email)

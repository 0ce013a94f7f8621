"""Records of one stream into contacts: the part that runs for every record."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.mapping.columns import Record
from source_destination_mailchimp.destination.mapping.consent_and_deletion import (
    opt_in_answer,
    opt_out_answer,
    stricter,
    unreadable_opt_in,
)
from source_destination_mailchimp.destination.mapping.consent_columns import UnreadConsent
from source_destination_mailchimp.destination.mapping.deleted_records import (
    CDC_DELETED,
    deletion_of,
    deletion_to_come,
    no_of,
)
from source_destination_mailchimp.destination.mapping.emails import as_email
from source_destination_mailchimp.destination.mapping.mapping_in_use import MappingInUse
from source_destination_mailchimp.destination.mapping.recipe import Column, NoKey, Recipe, external_id_of
from source_destination_mailchimp.destination.mapping.steps import Draft, apply, cut_note, tags_of, unfit_note
from source_destination_mailchimp.destination.mapping.times import as_seconds
from source_destination_mailchimp.destination.mapping.values import MISSING, Cut, Unfit, is_empty
from source_destination_mailchimp.destination.model import Contact, Note, OptIn, Reason, Rejected, StreamId
from source_destination_mailchimp.mailchimp.members import member_hash


class Answers(NamedTuple):
    """What a record says beside values; named as in `Contact`."""

    tags: tuple[str, ...] = ()
    is_silent_on_tags: bool = False
    opt_in: OptIn = OptIn.NOT_ASKED
    consent_seconds: float | None = None
    external_id: str = ""


_NO_ANSWERS = Answers()


class Mapper:
    """Maps the records of one stream; holds nothing of them."""

    __slots__ = ("_is_asking", "_recipe", "_unread", "in_use", "tracked", "warnings", "writes")

    def __init__(
        self,
        recipe: Recipe,
        tracked: tuple[str, ...],
        warnings: tuple[str, ...],
        writes: Mapping[str, Write],
        in_use: MappingInUse,
        unread: UnreadConsent | None = None,
    ) -> None:
        self._recipe = recipe
        self._is_asking = recipe.is_asking
        self._unread = unread
        self.tracked = tracked
        """Keys of `Known.digests` that records of this stream may write."""

        self.warnings = warnings
        """Sentences for the log, each a warning."""

        self.in_use = in_use
        """What goes where."""

        self.writes = writes
        """Key of `Known.digests` → when that value is written, where an entry of `fields` says so."""

    def map(self, record: Any) -> Contact | Rejected:
        """Return a record as a contact, or why it is none; never raises, whatever the record holds."""
        recipe = self._recipe
        if record.__class__ is not dict and not isinstance(record, Mapping):
            return not_a_record(recipe.stream, record)
        if self._unread is not None:
            self._unread.count(record, recipe.now())
        if recipe.deleted is not None or record.get(CDC_DELETED) is not None:
            deletion = deletion_of(recipe, record)
            if deletion is not None:
                return deletion
        try:
            email = as_email(recipe.email.read(record))
        except Unfit as unfit:
            return _without_address(recipe, record, Note(Reason.INVALID_EMAIL, recipe.email.name, str(unfit)))
        if not email:
            return _without_address(recipe, record, Note(Reason.NO_EMAIL, recipe.email.name))
        return self._contact(record, email)

    def said_no(self) -> Iterator[str]:
        """Yield how many records said no in columns that look like consent and that no setting reads: in a dry run."""
        if self._unread is not None:
            yield from self._unread.sentences(self._recipe.stream)

    def _contact(self, record: Record, email: str) -> Contact | Rejected:
        recipe = self._recipe
        notes: list[Note] = []
        merge = _merge(recipe, record, notes)
        profile: dict[str, Any] = {}
        interests: dict[str, bool] = {}
        permissions: dict[str, bool] = {}
        if recipe.steps:
            notes += apply(recipe.steps, record, Draft(merge, profile, interests, permissions))
        answers = _NO_ANSWERS
        if self._is_asking or record.get(CDC_DELETED) is not None:
            try:
                answers = _answers(recipe, record, merge, notes)
            except NoKey as refused:
                # Not even whose record it is can be believed, so it names nobody.
                return Rejected(recipe.stream, record, refused.note)
        subscriber = member_hash(email)
        if notes and recipe.whole_records:
            costly = _costs_the_record(notes)
            if costly is not None:
                return Rejected(recipe.stream, record, costly, subscriber, external_id=answers.external_id)
        # By position: keywords would cost every record 0.4 µs of 7.
        return Contact(
            recipe.stream,
            record,
            email,
            subscriber,
            merge,
            profile,
            interests,
            permissions,
            answers.tags,
            answers.is_silent_on_tags,
            answers.opt_in,
            answers.consent_seconds,
            False,
            answers.external_id,
            tuple(notes),
        )


def _without_address(recipe: Recipe, record: Record, note: Note) -> Rejected:
    """Return what becomes of a record without a usable address.

    Its external id may say that a contact lives on, and its no is lost with it, if it says one.
    """
    external_id = ""
    if recipe.external_id is not None:
        with suppress(NoKey):
            external_id = external_id_of(recipe.external_id, record)
    return Rejected(recipe.stream, record, note, external_id=external_id, opt_in=no_of(recipe, record))


def not_a_record(stream: StreamId, record: Any) -> Rejected:
    """Return what becomes of a record that is no object."""
    return Rejected(stream, {"record": record}, Note(Reason.NOT_A_RECORD, detail="the record is not an object"))


def _merge(recipe: Recipe, record: Record, notes: list[Note]) -> dict[str, Any]:
    """Return merge tag → value; what did not fit goes to `notes`. The tightest loop of the destination."""
    merge: dict[str, Any] = {}
    clear = recipe.clear
    get = record.get
    for column, convert, tag in recipe.columns:
        value = get(column, MISSING)
        if value is MISSING:
            continue
        if value is None:
            if clear:
                merge[tag] = ""
            continue
        try:
            value = convert(value)
        except Unfit as unfit:
            notes.append(unfit_note(tag, unfit))
            continue
        except Cut as cut:
            value = cut.text
            notes.append(cut_note(tag, cut))
        if clear or value != "":
            merge[tag] = value
    return merge


def _answers(recipe: Recipe, record: Record, merge: dict[str, Any], notes: list[Note]) -> Answers:
    """Return tags, consent and the stream's own key; what cannot be read goes to `notes`.

    Raises `NoKey` for a key that cannot be believed.
    """
    tags: tuple[str, ...] = ()
    is_silent_on_tags = False
    if recipe.tags is not None:
        tags, is_silent_on_tags = _tags(recipe.tags, record, notes, clear=recipe.clear)
    external_id = ""
    if recipe.external_id is not None:
        external_id = external_id_of(recipe.external_id, record)
        if not external_id:
            # An id that is there is neither cleared nor half replaced.
            merge.pop(recipe.external_id.tag, None)
    opt_in = _opt_in(recipe, record, notes)
    consent_seconds = None
    if recipe.consent_time is not None:
        consent_seconds = _consent_seconds(recipe.consent_time, record, notes)
    return Answers(tags, is_silent_on_tags, opt_in, consent_seconds, external_id)


def _tags(column: Column, record: Record, notes: list[Note], *, clear: bool) -> tuple[tuple[str, ...], bool]:
    """Return the tags of a record, and whether it says nothing of tags, so that none comes off for it."""
    value = column.read(record)
    try:
        tags = tags_of(value)
    except Unfit as unfit:
        notes.append(Note(Reason.VALUE_REJECTED, column.name, str(unfit)))
        return (), True
    says_nothing = value is MISSING or is_empty(value)
    return tags, says_nothing and not clear


def _opt_in(recipe: Recipe, record: Record, notes: list[Note]) -> OptIn:
    """Return what a living record says to "may we mail them"; of several answers the stricter one."""
    answer = OptIn.NOT_ASKED
    said: list[Note | None] = []
    if recipe.opt_in is not None:
        value = recipe.opt_in.read(record)
        answer = opt_in_answer(value, recipe.opt_in_no)
        if answer is OptIn.MISSING:
            said.append(unreadable_opt_in(value, recipe.opt_in.name))
    if recipe.opt_out is not None:
        opted_out, note = opt_out_answer(recipe.opt_out.read(record), recipe.opt_out.name, recipe.now())
        answer = stricter(answer, opted_out)
        said.append(note)
    column_to_come = deletion_to_come(recipe, record)
    if column_to_come is not None:
        answer = stricter(answer, OptIn.MISSING)
        said.append(Note(Reason.TIME_TO_COME, column_to_come))
    notes.extend(note for note in said if note is not None)
    return answer


def _consent_seconds(column: Column, record: Record, notes: list[Note]) -> float | None:
    value = column.read(record)
    if value is MISSING:
        return None
    try:
        return as_seconds(value)
    except Unfit as unfit:
        notes.append(Note(Reason.VALUE_REJECTED, column.name, str(unfit)))
        return None


def _costs_the_record(notes: Sequence[Note]) -> Note | None:
    """Return why a record is rejected where values are to cost the person: the first that did not fit."""
    for note in notes:
        if note.reason is Reason.VALUE_REJECTED:
            return note._replace(reason=Reason.INVALID_VALUE)
    return None

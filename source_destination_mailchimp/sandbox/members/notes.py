"""Notes on a member.

It does not know several users of one account: every note is by the account's own. Writing a note does not move
`last_changed` (inferred).
"""

from dataclasses import dataclass
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.ids import contact_id
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import FieldError, invalid_fields, not_found
from source_destination_mailchimp.sandbox.http.links import collection_links, instance_links
from source_destination_mailchimp.sandbox.http.schema import STRING, record
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.members.members import member_of

MAX_LENGTH: Final = 1000
AUTHOR: Final = "Sandbox"
BODY: Final = record(note=STRING)
_NAME: Final = "Lists/Members/Notes"


@dataclass(slots=True)
class Note:
    """One note; times are unix seconds."""

    id: int
    text: str
    created_at: int
    updated_at: int


class Notebook:
    """The notes of one audience's members, by web_id, oldest first."""

    def __init__(self) -> None:
        self.of: dict[int, list[Note]] = {}
        self._last_id = 0

    def next_id(self) -> int:
        """An ID for a new note."""
        self._last_id += 1
        return self._last_id


def list_notes(call: Call) -> dict[str, Any]:
    """GET the notes, newest first unless sorted otherwise."""
    member = member_of(call)
    field = call.choice("sort_field", "created_at", "updated_at", "note_id") or "created_at"
    backwards = call.choice("sort_dir", "ASC", "DESC") != "ASC"
    notes = list(call.audience.room(Notebook).of.get(member.web_id, ()))
    notes.sort(key=lambda note: (0 if field == "note_id" else getattr(note, field), note.id), reverse=backwards)
    path = _path(call, member)
    return {
        "notes": [_show(call, member, note) for note in call.of(notes)],
        "email_id": member.id,
        "list_id": call.audience.id,
        "total_items": len(notes),
        "_links": collection_links(call.root, path, _NAME, (path.removesuffix("/notes"), "Lists/Members")),
    }


def add_note(call: Call) -> dict[str, Any]:
    """POST a note; it becomes the member's `last_note`."""
    member, text = member_of(call), _text(call)
    book, now = call.audience.room(Notebook), call.store.clock.now()
    note = Note(book.next_id(), text, now, now)
    book.of.setdefault(member.web_id, []).append(note)
    _mark_last(call, member)
    return _show(call, member, note)


def get_note(call: Call) -> dict[str, Any]:
    """GET one note."""
    member = member_of(call)
    return _show(call, member, _note(call, member))


def change_note(call: Call) -> dict[str, Any]:
    """PATCH a note's text."""
    member = member_of(call)
    note = _note(call, member)
    if "note" in call.body:
        note.text, note.updated_at = _text(call), call.store.clock.now()
    _mark_last(call, member)
    return _show(call, member, note)


def delete_note(call: Call) -> None:
    """DELETE a note; the one before it is the last one again."""
    member = member_of(call)
    note = _note(call, member)
    call.audience.room(Notebook).of[member.web_id].remove(note)
    _mark_last(call, member)


def _text(call: Call) -> str:
    text = str(call.body.get("note", ""))
    if len(text) > MAX_LENGTH:
        raise invalid_fields(FieldError("note", f"Notes are limited to {MAX_LENGTH} characters."))
    return text


def _note(call: Call, member: Member) -> Note:
    wanted = call.ids["note_id"]
    for note in call.audience.room(Notebook).of.get(member.web_id, ()):
        if str(note.id) == wanted:
            return note
    raise not_found()


def _mark_last(call: Call, member: Member) -> None:
    notes = call.audience.room(Notebook).of[member.web_id]
    member.last_note = None
    if notes:
        last = notes[-1]
        member.last_note = {
            "note_id": last.id,
            "created_at": iso(last.created_at),
            "created_by": AUTHOR,
            "note": last.text,
        }


def _path(call: Call, member: Member) -> str:
    return f"/lists/{call.audience.id}/members/{member.id}/notes"


def _show(call: Call, member: Member, note: Note) -> dict[str, Any]:
    return {
        "id": note.id,
        "created_at": iso(note.created_at),
        "created_by": AUTHOR,
        "updated_at": iso(note.updated_at),
        "note": note.text,
        "list_id": call.audience.id,
        "email_id": member.id,
        "contact_id": contact_id(call.audience.id, member.web_id),
        "_links": instance_links(call.root, _path(call, member), str(note.id), _NAME),
    }


_AT: Final = "/lists/{list_id}/members/{subscriber_hash}/notes"
_ONE: Final = _AT + "/{note_id}"
ROUTES: Final = (
    Route("GET", _AT, list_notes, describes=f"{_NAME}/Collection"),
    Route("POST", _AT, add_note, BODY, f"{_NAME}/Instance"),
    Route("GET", _ONE, get_note, describes=f"{_NAME}/Instance"),
    Route("PATCH", _ONE, change_note, BODY, f"{_NAME}/Instance"),
    Route("DELETE", _ONE, delete_note),
)

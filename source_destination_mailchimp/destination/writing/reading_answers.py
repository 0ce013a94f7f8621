"""What Mailchimp's answers say of each member: one answer per operation, and who was left out of a tag call."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from source_destination_mailchimp.destination.mapping.digests import INTEREST
from source_destination_mailchimp.destination.model import Operation
from source_destination_mailchimp.destination.work import RowAnswer, TagBatch
from source_destination_mailchimp.destination.writing.member_calls import address_of
from source_destination_mailchimp.mailchimp.answers import Answer, Knowledge, Refusal
from source_destination_mailchimp.mailchimp.errors import MemberRefusal, Unavailable, member_refusal
from source_destination_mailchimp.mailchimp.members import Json, normal_address

NOT_TAGGED = "Some of the emails provided were not tagged. Check the Mailchimp marketing subscription statuses"
"""What Mailchimp means when it leaves people out of a tag call in silence. [wording reported by users]"""

NOTHING_TO_CHANGE = "exist"
"""Is in what Mailchimp says of people who carry the tag already, or do not: "already exist", "do not exist".
[observed]"""


def read_batch(operations: Iterable[Operation], answer: Knowledge) -> Iterator[RowAnswer]:
    """Yield one answer per operation of a batch subscribe, matched by address, in Mailchimp's order.

    Unanswered is who is in none of Mailchimp's lists, who is taken and refused at once, and whose row does not show
    their status. Rows of addresses that were not sent are passed over.
    """
    body: Mapping[str, Any] = answer.body
    tries = answer.tries
    open_rows = {normal_address(address_of(operation)): operation for operation in operations}
    for key, row in _clear_rows(body):
        operation = open_rows.pop(_address_in(row), None)
        if operation is None:
            continue
        if key == _ERRORS:
            yield _error_row(operation, row, tries)
        else:
            yield RowAnswer(operation, row, tries=tries, is_new=key == _NEW)
    for operation in open_rows.values():
        yield RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=tries)


_NEW, _UPDATED, _ERRORS = "new_members", "updated_members", "errors"
"""Keys of the lists in which a batch subscribe is answered. [documented]"""


def _clear_rows(body: Mapping[str, Any]) -> Iterator[tuple[str, Json]]:
    """Yield each row that says what became of somebody, with the key of its list."""
    unclear = _taken_and_refused(body)
    for key in (_NEW, _UPDATED, _ERRORS):
        for row in body.get(key, ()):
            says_it = key == _ERRORS or row.get("status")
            if says_it and _address_in(row) not in unclear:
                yield key, row


def _taken_and_refused(body: Mapping[str, Any]) -> set[str]:
    """Return the addresses that stand among the members and among the errors of one answer."""
    refused = {_address_in(error) for error in body.get(_ERRORS, ())}
    if not refused:
        return refused
    taken = (_address_in(member) for key in (_NEW, _UPDATED) for member in body.get(key, ()))
    return refused.intersection(taken)


def _address_in(row: Mapping[str, Any]) -> str:
    """Return the address that a row of an answer is about; "" where it names none."""
    return normal_address(str(row.get("email_address") or ""))


def read_single(operation: Operation, answer: Answer) -> RowAnswer:
    """Return what became of a member that had a call of its own."""
    match answer:
        case Knowledge(body=member):
            if member or operation.route.removes_member:
                return RowAnswer(operation, member or None, tries=answer.tries)
            # Nothing shows that the member was written, so they are looked at again.
            return RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=answer.tries)
        case Refusal():
            return refused_row(operation, answer)
        case never:
            assert_never(never)


def failed_row(operation: Operation, error: Unavailable) -> RowAnswer:
    """Return the answer for a member over whom Mailchimp fails, and over nobody else."""
    return RowAnswer(operation, refusal=MemberRefusal.FAILED, sentence=str(error), tries=2)


def refused_row(operation: Operation, refusal: Refusal) -> RowAnswer:
    """Return the answer for a member whose call, which held nobody else, was refused."""
    field = ""
    if refusal.fields:
        field, _ = refusal.fields[0]
    kind = member_refusal(refusal.detail, title=refusal.title, field=field)
    return RowAnswer(
        operation,
        refusal=kind,
        field=_group_in(refusal.detail) if kind is MemberRefusal.GROUP else field,
        sentence=refusal.sentence(),
        tries=refusal.tries,
    )


def read_tag_change(batch: TagBatch, body: Mapping[str, Any]) -> dict[str, str]:
    """Return who was not taken by a tag call and why: subscriber hash → Mailchimp's words.

    Somebody whom Mailchimp names because they have the tag already, or not at all, is as they were wanted. Nobody is
    told apart among the others: the last words that Mailchimp has for any of them stand for all.
    """
    everybody = batch.on | batch.off
    open_rows = {normal_address(email): subscriber for subscriber, email in everybody.items()}
    for address in _as_they_were_wanted(body):
        open_rows.pop(address, None)
    words = _words_for_the_rest(body)
    return dict.fromkeys(open_rows.values(), words)


def refuse_everybody(batch: TagBatch, refusal: Refusal) -> dict[str, str]:
    """Return everybody of a tag call that was refused whole: subscriber hash → Mailchimp's words."""
    return dict.fromkeys((*batch.on, *batch.off), refusal.sentence())


def _error_row(operation: Operation, error: Mapping[str, Any], tries: int) -> RowAnswer:
    """Read a row of `errors`; one that names a field has a message for it beside the sentence. [observed]"""
    code = str(error.get("error_code") or "")
    field = str(error.get("field") or "")
    sentence = str(error.get("error") or "")
    kind = member_refusal(sentence, code=code, field=field)
    if kind is MemberRefusal.GROUP:
        return RowAnswer(operation, None, kind, _group_in(sentence), sentence, tries)
    if field:
        message = str(error.get("field_message") or "")
        sentence = f"{sentence} {message}".strip()
    return RowAnswer(operation, None, kind, field, sentence, tries)


def _group_in(sentence: str) -> str:
    """Return the key of the group that a refusal names: Invalid interest ID: '9143cf3bd1'. [observed]"""
    _, _, rest = sentence.partition("'")
    named, _, _ = rest.partition("'")
    return f"{INTEREST}{named}"


def _as_they_were_wanted(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the addresses that a tag call changed, and those that it names because there was nothing to change."""
    for member in body.get("members_added", ()):
        yield _address_in(member)
    for member in body.get("members_removed", ()):
        yield _address_in(member)
    for group in body.get("errors", ()):
        if NOTHING_TO_CHANGE in _said_of(group):
            yield from map(normal_address, group.get("email_addresses") or ())


def _words_for_the_rest(body: Mapping[str, Any]) -> str:
    words = NOT_TAGGED
    for group in body.get("errors", ()):
        sentence = _said_of(group)
        if sentence and NOTHING_TO_CHANGE not in sentence:
            words = sentence
    return words


def _said_of(group: Mapping[str, Any]) -> str:
    """Return what a tag call says of some addresses; "" where it says nothing."""
    return str(group.get("error") or "")

"""What Mailchimp's answers say of each member: one answer per operation, and who was left out of a tag call."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from source_destination_mailchimp.destination.model import Operation
from source_destination_mailchimp.destination.work import RowAnswer, TagBatch
from source_destination_mailchimp.destination.writing.member_calls import address_of
from source_destination_mailchimp.mailchimp.answers import Answer, Knowledge, Refusal
from source_destination_mailchimp.mailchimp.errors import MemberRefusal, member_refusal
from source_destination_mailchimp.mailchimp.members import Json, normal_address

NOT_TAGGED = "Some of the emails provided were not tagged. Check the Mailchimp marketing subscription statuses"
"""What Mailchimp means when it leaves people out of a tag call in silence. [wording reported by users]"""


def read_batch(operations: Iterable[Operation], answer: Knowledge) -> Iterator[RowAnswer]:
    """Yield one answer per operation of a batch subscribe, matched by address, in Mailchimp's order.

    Who is in none of Mailchimp's lists is unanswered. Rows of addresses that were not sent are passed over.
    """
    body: Mapping[str, Any] = answer.body
    tries = answer.tries
    open_rows = {normal_address(address_of(operation)): operation for operation in operations}
    for key, is_new in (("new_members", True), ("updated_members", False)):
        for member in body.get(key, ()):
            operation = open_rows.pop(normal_address(member["email_address"]), None)
            if operation is not None:
                yield RowAnswer(operation, member, tries=tries, is_new=is_new)
    for error in body.get("errors", ()):
        operation = open_rows.pop(normal_address(error.get("email_address", "")), None)
        if operation is not None:
            yield _error_row(operation, error, tries)
    for operation in open_rows.values():
        yield RowAnswer(operation, refusal=MemberRefusal.UNANSWERED, tries=tries)


def read_single(operation: Operation, answer: Answer) -> RowAnswer:
    """Return what became of a member that had a call of its own."""
    match answer:
        case Knowledge():
            return RowAnswer(operation, answer.body or None, tries=answer.tries)
        case Refusal():
            return refused_row(operation, answer)
        case never:
            assert_never(never)


def refused_row(operation: Operation, refusal: Refusal) -> RowAnswer:
    """Return the answer for a member whose call, which held nobody else, was refused."""
    field = refusal.fields[0][0] if refusal.fields else ""
    kind = member_refusal(refusal.detail, title=refusal.title, field=field)
    return RowAnswer(operation, None, kind, field, refusal.sentence(), refusal.tries)


def read_tag_change(batch: TagBatch, body: Mapping[str, Any]) -> dict[str, str]:
    """Return who was not taken by a tag call and why: subscriber hash → Mailchimp's words.

    Somebody whom Mailchimp names because they have the tag already, or not at all, is as they were wanted. Nobody is
    told apart among the others: the last words that Mailchimp has for any of them stand for all.
    """
    open_rows = {normal_address(email): key for key, email in (batch.on | batch.off).items()}
    for member in _taken(body):
        open_rows.pop(normal_address(member["email_address"]), None)
    words = NOT_TAGGED
    for group in body.get("errors", ()):
        sentence = group.get("error", "")
        if _says_it_is_so(sentence):
            for email in group.get("email_addresses", ()):
                open_rows.pop(normal_address(email), None)
        elif sentence:
            words = sentence
    return dict.fromkeys(open_rows.values(), words)


def refuse_everybody(batch: TagBatch, refusal: Refusal) -> dict[str, str]:
    """Return everybody of a tag call that was refused whole: subscriber hash → Mailchimp's words."""
    return dict.fromkeys((*batch.on, *batch.off), refusal.sentence())


def _error_row(operation: Operation, error: Mapping[str, Any], tries: int) -> RowAnswer:
    """Read a row of `errors`; one that names a field has a message for it beside the sentence. [observed]"""
    field = str(error.get("field") or "")
    sentence = str(error.get("error") or "")
    kind = member_refusal(sentence, code=str(error.get("error_code") or ""), field=field)
    if field:
        message = str(error.get("field_message") or "")
        sentence = f"{sentence} {message}".strip()
    return RowAnswer(operation, None, kind, field, sentence, tries)


def _taken(body: Mapping[str, Any]) -> Iterator[Json]:
    yield from body.get("members_added", ())
    yield from body.get("members_removed", ())


def _says_it_is_so(sentence: str) -> bool:
    """Return whether people are named because nothing had to be done: "already exist", "do not exist". [observed]"""
    return "exist" in sentence

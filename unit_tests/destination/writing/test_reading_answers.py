"""What Mailchimp's answers say of each member, as tables."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.work import RowAnswer, TagBatch
from source_destination_mailchimp.destination.writing.reading_answers import (
    NOT_TAGGED,
    read_batch,
    read_single,
    read_tag_change,
    refuse_everybody,
)
from source_destination_mailchimp.mailchimp.answers import Knowledge, Refusal
from source_destination_mailchimp.mailchimp.errors import MemberRefusal
from source_destination_mailchimp.mailchimp.members import Json, Status
from unit_tests.destination.planned import contact

DONE = Settled(Outcome.UPDATED)


def operation(email: str = "Ann@Shop.com", route: Route = Route.ADD, known: Known | None = None) -> Operation:
    """A write for somebody."""
    return Operation(contact(email), route, DONE, known=known)


def row(error: str, **more: str) -> Json:
    """A row of Mailchimp's list of errors."""
    return {"email_address": "ann@shop.com", "error": error, **more}


def batch_answer(operations: Sequence[Operation], body: Json, tries: int = 1) -> list[RowAnswer]:
    """What a batch subscribe says of these operations."""
    return list(read_batch(operations, Knowledge(200, body, tries)))


MEMBER = {"email_address": "ann@shop.com", "status": "subscribed"}
ROWS: list[tuple[Json, dict[str, Any]]] = [
    ({"new_members": [MEMBER]}, {"member": MEMBER, "is_new": True}),
    ({"updated_members": [MEMBER]}, {"member": MEMBER}),
    (
        {"errors": [row("ann@shop.com is already a list member", error_code="ERROR_CONTACT_EXISTS")]},
        {"refusal": MemberRefusal.EXISTS, "sentence": "ann@shop.com is already a list member"},
    ),
    (
        {"errors": [row("Please check.", field="AGE", field_message="Not a number.")]},
        {"refusal": MemberRefusal.FIELD, "field": "AGE", "sentence": "Please check. Not a number."},
    ),
    (
        {"errors": [row("", field="AGE", field_message="Not a number.")]},
        {"refusal": MemberRefusal.FIELD, "field": "AGE", "sentence": "Not a number."},
    ),
    (
        {"errors": [row("ann@shop.com looks fake or invalid", field_message="Not shown.")]},
        {"refusal": MemberRefusal.ADDRESS, "sentence": "ann@shop.com looks fake or invalid"},
    ),
    (
        {"errors": [row("ann@shop.com was permanently deleted")]},
        {"refusal": MemberRefusal.FORGOTTEN, "sentence": "ann@shop.com was permanently deleted"},
    ),
    ({"errors": [row("Something new.")]}, {"refusal": MemberRefusal.OTHER, "sentence": "Something new."}),
    (
        {"errors": [{"email_address": "ann@shop.com", "error": None, "field": None, "error_code": None}]},
        {"refusal": MemberRefusal.OTHER},
    ),
    ({"errors": [{"error": "Nobody is named."}]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"new_members": [{"email_address": "bob@shop.com"}]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"new_members": [{"email_address": "ann@shop.com"}]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"updated_members": [{"email_address": "ann@shop.com", "status": None}]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"new_members": [{"status": "subscribed"}, MEMBER]}, {"member": MEMBER, "is_new": True}),
    ({"updated_members": [{"email_address": None, "status": "subscribed"}, MEMBER]}, {"member": MEMBER}),
    ({"new_members": [MEMBER], "errors": [row("No.")]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"updated_members": [MEMBER], "errors": [row("No.")]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"errors": [{"email_address": None, "error": "No."}]}, {"refusal": MemberRefusal.UNANSWERED}),
    ({"new_members": [], "updated_members": [], "errors": []}, {"refusal": MemberRefusal.UNANSWERED}),
    ({}, {"refusal": MemberRefusal.UNANSWERED}),
]


@pytest.mark.parametrize(("body", "parts"), ROWS)
def test_a_row_of_a_batch(body: Json, parts: dict[str, Any]) -> None:
    """Whatever Mailchimp says of somebody, or does not say, is one answer; case and blanks of addresses don't count."""
    one = operation(" Ann@Shop.com ")
    assert batch_answer([one], body, tries=3) == [RowAnswer(one, tries=3, **parts)]


def test_a_known_member_is_matched_by_their_own_address() -> None:
    """The address that was sent is Mailchimp's, not the record's."""
    one = operation("new@shop.com", Route.UPDATE, Known(Status.SUBSCRIBED, "ann@shop.com"))
    [answer] = batch_answer([one], {"updated_members": [MEMBER]})
    assert answer.member is MEMBER


SIDES = st.lists(st.sampled_from(["new_members", "updated_members", "errors", "nowhere"]), max_size=30)


@given(SIDES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_everybody_has_one_answer(sides: list[str], chance: Any) -> None:
    """However a batch is answered, nobody is lost, nobody is answered twice, and who is nowhere is unanswered."""
    operations = [operation(f"p{number}@shop.com") for number in range(len(sides))]
    lists: dict[str, list[Json]] = {}
    for one, side in zip(operations, sides, strict=True):
        found = {"email_address": one.contact.email, "status": "subscribed", "error": "No."}
        lists.setdefault(side, []).extend([found] * chance.randint(1, 2))
    lists.pop("nowhere", None)
    answers = batch_answer(operations, lists)
    assert sorted(answer.operation.contact.email for answer in answers) == sorted(
        one.contact.email for one in operations
    )
    unanswered = [answer for answer in answers if answer.refusal is MemberRefusal.UNANSWERED]
    assert len(unanswered) == sides.count("nowhere")


SINGLES: list[tuple[Knowledge | Refusal, dict[str, Any]]] = [
    (Knowledge(200, MEMBER, tries=2), {"member": MEMBER, "tries": 2}),
    (Knowledge(204, None), {"refusal": MemberRefusal.UNANSWERED}),
    (Knowledge(200, {}, tries=2), {"refusal": MemberRefusal.UNANSWERED, "tries": 2}),
    (
        Refusal(404, "Resource Not Found", "Gone.", tries=2),
        {"refusal": MemberRefusal.GONE, "sentence": "Gone.", "tries": 2},
    ),
    (Refusal(405, "Method Not Allowed", "No."), {"refusal": MemberRefusal.GONE, "sentence": "No."}),
    (Refusal(400, "Member In Compliance State", "No."), {"refusal": MemberRefusal.COMPLIANCE, "sentence": "No."}),
    (
        Refusal(400, "Invalid Resource", "Bad.", (("AGE", "Not a number."), ("ZIP", "No."))),
        {"refusal": MemberRefusal.FIELD, "field": "AGE", "sentence": "Bad. (AGE: Not a number.; ZIP: No.)"},
    ),
    (Refusal(400, "Bad Request", "Something new."), {"refusal": MemberRefusal.OTHER, "sentence": "Something new."}),
]


@pytest.mark.parametrize(("answer", "parts"), SINGLES)
def test_a_call_of_ones_own(answer: Knowledge | Refusal, parts: dict[str, Any]) -> None:
    """A member's own call says the same in its own form; an empty body leaves open what happened."""
    one = operation(route=Route.PATCH)
    assert read_single(one, answer) == RowAnswer(one, **parts)


@pytest.mark.parametrize("route", Route)
def test_only_a_removal_is_done_without_a_member(route: Route) -> None:
    """A 204 is the success of an archive and of a deletion; of any other call it says nothing."""
    one = operation(route=route)
    answer = read_single(one, Knowledge(204, None))
    if route in (Route.ARCHIVE, Route.DELETE):
        assert answer == RowAnswer(one)
    else:
        assert answer == RowAnswer(one, refusal=MemberRefusal.UNANSWERED)


BATCH = TagBatch("VIP", {"a": "Ann@shop.com", "b": "bob@shop.com"}, {"c": "cid@shop.com"})
TAGS: list[tuple[Json, dict[str, str]]] = [
    (
        {"members_added": [{"email_address": "ann@shop.com"}, {"email_address": "bob@shop.com"}]},
        {"c": NOT_TAGGED},
    ),
    (
        {
            "members_added": [{"email_address": "ann@shop.com"}, {"email_address": "BOB@shop.com"}],
            "members_removed": [{"email_address": "cid@shop.com"}],
        },
        {},
    ),
    (
        {
            "members_added": [{"email_address": "ann@shop.com"}],
            "errors": [
                {"error": "The following emails already exist", "email_addresses": ["bob@shop.com"]},
                {"error": "The following emails do not exist", "email_addresses": ["cid@shop.com"]},
            ],
        },
        {},
    ),
    (
        {
            "members_added": [{"email_address": "ann@shop.com"}],
            "errors": [{"error": "Not today.", "email_addresses": ["bob@shop.com", "cid@shop.com"]}],
        },
        {"b": "Not today.", "c": "Not today."},
    ),
    ({"errors": [{"email_addresses": ["ann@shop.com"]}]}, dict.fromkeys("abc", NOT_TAGGED)),
    ({"errors": [{"error": None, "email_addresses": None}]}, dict.fromkeys("abc", NOT_TAGGED)),
    ({"members_added": [{"id": "1"}, {"email_address": None}]}, dict.fromkeys("abc", NOT_TAGGED)),
    ({}, dict.fromkeys("abc", NOT_TAGGED)),
]


@pytest.mark.parametrize(("body", "refused"), TAGS)
def test_who_was_left_out_of_a_tag_call(body: Json, refused: dict[str, str]) -> None:
    """Who was changed, or was as wanted already, is served; all others were refused, with Mailchimp's words or ours."""
    assert read_tag_change(BATCH, body) == refused


def test_a_tag_call_that_is_refused_is_refused_for_all() -> None:
    """Those who were to get the tag and those who were to lose it."""
    assert refuse_everybody(BATCH, Refusal(400, "Bad Request", "No.")) == dict.fromkeys("abc", "No.")

"""The table that sorts Mailchimp's answers."""

from typing import Any

import pytest

from source_destination_mailchimp.mailchimp.answers import (
    Expect,
    Form,
    Knowledge,
    Refusal,
    RefusalKind,
    Sort,
    Weather,
    classify,
    form_of,
    sort_of,
)

PROBLEM: dict[str, Any] = {"status": 400, "title": "Invalid Resource", "detail": "No."}
JSON, RAW = Expect(), Expect(is_raw=True)

FORMS = [
    (200, {"id": "1"}, JSON, Form.EXPECTED),
    (200, {}, JSON, Form.EXPECTED),
    (200, [], JSON, Form.EXPECTED),
    (200, None, JSON, Form.FOREIGN),
    (201, None, JSON, Form.FOREIGN),
    (204, None, JSON, Form.EXPECTED),
    (200, b"", RAW, Form.EXPECTED),
    (200, b"\x1f\x8b", RAW, Form.EXPECTED),
    (400, PROBLEM, JSON, Form.PROBLEM),
    (400, {}, JSON, Form.PROBLEM),
    (400, [], JSON, Form.FOREIGN),
    (400, "no", JSON, Form.FOREIGN),
    (403, None, JSON, Form.FOREIGN),
    (403, PROBLEM, RAW, Form.PROBLEM),
]

# Status → what it is with the expected body, with a problem document, and with anything else.
TABLE = {
    0: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    99: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    100: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    200: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    201: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    204: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    299: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    301: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    400: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    401: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    403: (Sort.REFUSAL, Sort.REFUSAL, Sort.WEATHER),
    404: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    405: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    408: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    409: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    422: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    425: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    429: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    451: (Sort.REFUSAL, Sort.REFUSAL, Sort.REFUSAL),
    500: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    502: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    504: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    599: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    999: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
}
CELLS = [
    (status, form, sort)
    for status, sorts in TABLE.items()
    for form, sort in zip((Form.EXPECTED, Form.PROBLEM, Form.FOREIGN), sorts, strict=True)
]


@pytest.mark.parametrize(("status", "body", "expect", "form"), FORMS)
def test_form_of_a_body(status: int, body: Any, expect: Expect, form: Form) -> None:
    """A success has the form the call asked for; a JSON object beside any other status is a problem document."""
    assert form_of(status, body, expect) is form


@pytest.mark.parametrize(("status", "form", "sort"), CELLS)
def test_every_status_in_every_form(status: int, form: Form, sort: Sort) -> None:
    """Throttling, outages, cut bodies and a bare 403 are waited out; every other no of Mailchimp's is a refusal."""
    assert sort_of(status, form) is sort


def test_the_table_has_every_form() -> None:
    """A new form of a body needs a column here."""
    assert {form for _, form, _ in CELLS} == set(Form)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [(200, {}, Knowledge), (204, None, Knowledge), (400, PROBLEM, Refusal), (403, None, Weather), (503, {}, Weather)],
)
def test_each_sort_has_its_type(status: int, body: Any, kind: type) -> None:
    """What the table says is what the caller matches on."""
    assert isinstance(classify(status, body, JSON), kind)


def test_weather_is_named_for_a_log() -> None:
    """Who waits can say for what."""
    assert classify(503, None, JSON) == Weather("HTTP 503")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, RefusalKind.CREDENTIALS),
        (403, RefusalKind.PERMISSION),
        (404, RefusalKind.NOT_FOUND),
        (400, RefusalKind.REQUEST),
        (405, RefusalKind.REQUEST),
        (422, RefusalKind.REQUEST),
    ],
)
def test_what_a_refusal_is_about(status: int, kind: RefusalKind) -> None:
    """Callers weigh a refusal by its kind and never by its status."""
    assert Refusal(status, "", "").kind is kind


ONE_FIELD = [{"field": "merge_fields.AGE", "message": "not a number"}]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"title": "Invalid Resource", "detail": "Bad."}, "Bad."),
        ({"title": "Invalid Resource"}, "Invalid Resource"),
        ({"title": "T", "detail": "Bad.", "errors": ONE_FIELD}, "Bad. (merge_fields.AGE: not a number)"),
        ({"detail": "merge_fields.AGE: not a number", "errors": ONE_FIELD}, "merge_fields.AGE: not a number"),
        ({"detail": "Bad.", "errors": [{"message": "alone"}, "odd", None]}, "Bad. (alone)"),
        ({"detail": "Bad.", "errors": "odd"}, "Bad."),
        ({}, "Refused"),
        (None, "Refused"),
        (["odd"], "Refused"),
    ],
)
def test_a_problem_document_in_one_line(body: Any, sentence: str) -> None:
    """Whatever of the document is missing or odd, there is something to say."""
    assert Refusal.read(400, body).sentence() == sentence


def test_nothing_personal_is_in_a_repr() -> None:
    """Bodies, details and messages hold addresses, so that no log shows them by accident."""
    refusal = Refusal.read(400, {"title": "T", "detail": "ann@shop.com is odd", "errors": ONE_FIELD})
    assert "ann" not in repr(refusal) + repr(Knowledge(200, {"email_address": "ann@shop.com"}))

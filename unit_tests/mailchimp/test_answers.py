"""The table that sorts Mailchimp's answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
OLDER_GLOSSARY = "http://developer.mailchimp.com/documentation/mailchimp/guides/error-glossary/"
JSON, RAW, EMPTY = Expect(), Expect(is_raw=True), Expect(may_be_empty=True)
MEMBER = Expect(keys=("id", "status"))
PAGE = Expect(keys=("total_items",), lists=("members",))
METADATA = Expect(one_of=("dc", "error"))
STRANGER = {"id": "1"}

FORMS = [
    (200, {"id": "1"}, JSON, Form.EXPECTED),
    (200, {}, JSON, Form.FOREIGN),
    (200, [], JSON, Form.FOREIGN),
    (200, [{"id": "1"}], JSON, Form.FOREIGN),
    (200, "ok", JSON, Form.FOREIGN),
    (200, None, JSON, Form.FOREIGN),
    (201, None, JSON, Form.FOREIGN),
    (204, None, JSON, Form.FOREIGN),
    (204, None, MEMBER, Form.FOREIGN),
    (200, {"id": "1", "status": "pending"}, MEMBER, Form.EXPECTED),
    (200, {"id": "1", "status": None}, MEMBER, Form.EXPECTED),
    (200, STRANGER, MEMBER, Form.FOREIGN),
    (200, {}, MEMBER, Form.FOREIGN),
    (200, {"members": [], "total_items": 0}, PAGE, Form.EXPECTED),
    (200, {"total_items": 0}, PAGE, Form.FOREIGN),
    (200, {"members": []}, PAGE, Form.FOREIGN),
    (200, {"members": None, "total_items": 0}, PAGE, Form.FOREIGN),
    (200, {"members": {}, "total_items": 0}, PAGE, Form.FOREIGN),
    (200, {"dc": "us1"}, METADATA, Form.EXPECTED),
    (200, {"error": "invalid_token"}, METADATA, Form.EXPECTED),
    (200, STRANGER, METADATA, Form.FOREIGN),
    (204, None, EMPTY, Form.EXPECTED),
    (200, None, EMPTY, Form.FOREIGN),
    (200, {}, EMPTY, Form.FOREIGN),
    (200, {"id": "1", "status": "archived"}, EMPTY, Form.FOREIGN),
    (200, b"", RAW, Form.EXPECTED),
    (200, b"\x1f\x8b", RAW, Form.EXPECTED),
    (204, b"", RAW, Form.FOREIGN),
    (206, b"\x1f", RAW, Form.FOREIGN),
    (400, PROBLEM, JSON, Form.PROBLEM),
    (400, PROBLEM | {"type": GLOSSARY}, JSON, Form.PROBLEM),
    (400, PROBLEM | {"type": OLDER_GLOSSARY}, JSON, Form.PROBLEM),
    (400, PROBLEM, EMPTY, Form.PROBLEM),
    (400, PROBLEM | {"type": "about:blank"}, JSON, Form.FOREIGN),
    (400, PROBLEM | {"type": "https://tools.ietf.org/html/rfc7231#section-6.5.1"}, JSON, Form.FOREIGN),
    (400, PROBLEM | {"type": "https://mailchimp.com.example.org/errors/"}, JSON, Form.FOREIGN),
    (404, PROBLEM, JSON, Form.FOREIGN),
    (400, PROBLEM | {"status": "400"}, JSON, Form.FOREIGN),
    (400, {"status": 400, "detail": "No."}, JSON, Form.FOREIGN),
    (400, PROBLEM | {"title": ""}, JSON, Form.FOREIGN),
    (400, PROBLEM | {"title": ["No"]}, JSON, Form.FOREIGN),
    (400, {"title": "Bad Request", "detail": "No."}, JSON, Form.FOREIGN),
    (404, {"message": "no Route matched with those values"}, JSON, Form.FOREIGN),
    (400, {}, JSON, Form.FOREIGN),
    (400, [], JSON, Form.FOREIGN),
    (400, [PROBLEM], JSON, Form.FOREIGN),
    (400, "no", JSON, Form.FOREIGN),
    (403, None, JSON, Form.FOREIGN),
    (400, PROBLEM, RAW, Form.PROBLEM),
]

# Status → what it is with the expected body, with a problem document, and with anything else.
TABLE = {
    0: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    99: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    100: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    101: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    200: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    201: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    204: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    299: (Sort.KNOWLEDGE, Sort.WEATHER, Sort.WEATHER),
    300: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    301: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    302: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    303: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    304: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    307: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    308: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    400: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    401: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    403: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    404: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    405: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    408: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    409: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    413: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    414: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    421: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    422: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    425: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    426: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    429: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    431: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    451: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    499: (Sort.WEATHER, Sort.REFUSAL, Sort.WEATHER),
    500: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    502: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
    503: (Sort.WEATHER, Sort.WEATHER, Sort.WEATHER),
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
    """A success has what the call promises; a problem document has a title and the status that it came with."""
    assert form_of(status, body, expect) is form


@pytest.mark.parametrize(("status", "form", "sort"), CELLS)
def test_every_status_in_every_form(status: int, form: Form, sort: Sort) -> None:
    """Only the expected body of a success and a problem document of a 4xx count; all else is waited out."""
    assert sort_of(status, form) is sort


def test_the_table_has_every_form() -> None:
    """A new form of a body needs a column here."""
    assert {form for _, form, _ in CELLS} == set(Form)


@pytest.mark.parametrize(
    ("status", "body", "expect", "kind"),
    [
        (200, STRANGER, JSON, Knowledge),
        (204, None, EMPTY, Knowledge),
        (204, None, MEMBER, Weather),
        (400, PROBLEM, JSON, Refusal),
        (404, None, MEMBER, Weather),
        (403, None, JSON, Weather),
        (503, {}, JSON, Weather),
    ],
)
def test_each_sort_has_its_type(status: int, body: Any, expect: Expect, kind: type) -> None:
    """What the table says is what the caller matches on."""
    assert isinstance(classify(status, body, expect), kind)


def test_an_empty_answer_that_shows_no_sign_of_mailchimps_is_weather() -> None:
    """A gateway's 204 says as little as Mailchimp's: only the headers tell them apart, and those of 204 alone count."""
    unsigned = classify(204, None, EMPTY, is_signed=False)
    assert unsigned == Weather("HTTP 204, not in Mailchimp's own form")
    assert isinstance(classify(200, STRANGER, JSON, is_signed=False), Knowledge)
    assert isinstance(classify(404, PROBLEM | {"status": 404}, EMPTY, is_signed=False), Refusal)


@pytest.mark.parametrize(
    ("status", "body", "reason", "is_mailchimps"),
    [
        (503, None, "HTTP 503", False),
        (500, PROBLEM | {"status": 500}, "HTTP 500", True),
        (429, PROBLEM | {"status": 429}, "HTTP 429", True),
        (429, None, "HTTP 429, not in Mailchimp's own form", False),
        (404, None, "HTTP 404, not in Mailchimp's own form", False),
        (302, None, "HTTP 302, not in Mailchimp's own form", False),
        (200, {}, "HTTP 200, not in Mailchimp's own form", False),
    ],
)
def test_weather_is_named_for_a_log(status: int, body: Any, reason: str, *, is_mailchimps: bool) -> None:
    """Who waits can say for what, and whether Mailchimp itself was heard."""
    weather = classify(status, body, JSON)
    assert isinstance(weather, Weather)
    assert (weather.reason, weather.status, weather.is_mailchimps) == (reason, status, is_mailchimps)


@given(
    status=st.integers(min_value=0, max_value=999),
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    expect=st.sampled_from((MEMBER, PAGE, EMPTY)),
)
def test_no_foreign_body_is_knowledge(status: int, body: Any, expect: Expect) -> None:
    """Whatever somebody between us and Mailchimp says, without Mailchimp's own words it is weather."""
    is_promised = status == 204 and expect is EMPTY
    assert isinstance(classify(status, body, expect), Knowledge) == is_promised
    assert not isinstance(classify(status, body, expect), Refusal)


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


@pytest.mark.parametrize(
    ("title", "detail", "kind"),
    [
        ("User Disabled", "This account has been deactivated.", RefusalKind.CREDENTIALS),
        ("Forbidden", "The API key provided is linked to datacenter 'us6'", RefusalKind.CREDENTIALS),
        ("Forbidden", "You are not permitted to access this resource.", RefusalKind.PERMISSION),
        ("Authorization Failure", "User does not have access to the requested operation", RefusalKind.PERMISSION),
    ],
)
def test_a_403_is_about_a_right_or_about_the_account(title: str, detail: str, kind: RefusalKind) -> None:
    """No other role helps a deactivated account, or a key that belongs to another data center."""
    assert Refusal(403, title, detail).kind is kind


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

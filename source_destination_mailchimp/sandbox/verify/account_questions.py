"""Questions about everything else: reads, bodies, batches, reports, journeys."""

from typing import Final

from source_destination_mailchimp.sandbox.control.account_switches import ACCOUNT_SWITCHES
from source_destination_mailchimp.sandbox.verify.member_questions import LANGUAGE_STEPS, read_language
from source_destination_mailchimp.sandbox.verify.question import (
    Answer,
    Answers,
    Step,
    Unanswered,
    add,
    change,
    tag,
    taken_or_refused,
)
from source_destination_mailchimp.sandbox.verify.settling import settling

_MAX_COUNT: Final = 1000
_OPERATIONS: Final = 8
_NO_CAMPAIGN: Final = "No campaign was sent to this audience."


def _since_edge(answers: Answers) -> str:
    listed = {row["id"] for row in answers["listed"].body["segments"]}
    return "inclusive" if answers["tag"].body["id"] in listed else "exclusive"


def _count_over_max(answers: Answers) -> str:
    listed = answers["listed"].body
    if listed["total_items"] <= _MAX_COUNT:
        raise Unanswered(f"This audience has no more than {_MAX_COUNT:,} contacts.")
    return "honoured" if len(listed["members"]) > _MAX_COUNT else "clamped"


def _journeys(answers: Answers) -> str:
    status = answers["journeys"].status
    return {200: "present", 404: "absent", 403: "refused"}.get(status, f"HTTP {status}")


def _batch_order(answers: Answers) -> str:
    made = [row for row in answers["listed"].body["segments"] if "-operation-" in row["name"]]
    mine = answers["first"].body["name"]
    made = [row for row in made if row["name"].startswith(mine)]
    if len(made) < _OPERATIONS:
        raise Unanswered(f"Only {len(made)} of {_OPERATIONS} operations of the batch made a tag.")
    names = [row["name"] for row in sorted(made, key=lambda row: int(row["id"]))]
    return "as_submitted" if names == sorted(names) else "shuffled"


def _since_microseconds(answers: Answers) -> str:
    answer = answers["activity"]
    if answer.status == 500:
        return "fails"
    return "accepted" if answer.is_taken else f"HTTP {answer.status} {answer.words}"


def _contacts_beta(answers: Answers) -> str:
    status = answers["contacts"].status
    return {200: "present", 404: "absent", 403: "refused"}.get(status, f"HTTP {status}")


def _automation_emails(answers: Answers) -> str:
    email = answers["emails"].body["emails"][0]
    if not email["emails_sent"]:
        raise Unanswered("The first email of the account's first classic automation was never sent.")
    if email["id"] in {row["id"] for row in answers["campaigns"].body["campaigns"]}:
        return "in_campaigns_too"
    return "in_reports" if email["id"] in {row["id"] for row in answers["reports"].body["reports"]} else "by_id_only"


def _is_finished(answer: Answer) -> bool:
    return answer.body.get("status") == "finished"


def _batch_of(*operations: dict[str, str]) -> tuple[Step, ...]:
    return (
        Step("POST", "/batches", {"operations": list(operations)}, name="batch"),
        Step("GET", "/batches/{batch.id}", name="done", until=_is_finished),
    )


def _make_tag(number: int) -> dict[str, str]:
    body = f'{{"name": "{{marker}}-operation-{number}", "static_segment": []}}'
    return {"method": "POST", "path": "/lists/{audience}/segments", "body": body}


ACCOUNT_QUESTIONS: Final = settling(
    ACCOUNT_SWITCHES,
    (
        "since_edge",
        (
            tag("tag"),
            Step(
                "GET",
                "/lists/{audience}/segments",
                None,
                {"since_created_at": "{tag.created_at}", "count": "1000", "fields": "segments.id"},
                name="listed",
            ),
        ),
        _since_edge,
    ),
    (
        "count_over_max",
        (
            Step(
                "GET",
                "/lists/{audience}/members",
                None,
                {"count": str(_MAX_COUNT + 1), "fields": "members.id,total_items"},
                name="listed",
            ),
        ),
        _count_over_max,
    ),
    (
        "invalid_fields",
        (Step("GET", "/lists/{audience}", None, {"fields": "no_such_field"}, name="read", may_be_refused=True),),
        taken_or_refused("read", "ignored", "refused"),
    ),
    (
        "partial_patch",
        (
            tag("tag"),
            Step(
                "PATCH",
                "/lists/{audience}/segments/{tag.id}",
                {"static_segment": []},
                name="changed",
                may_be_refused=True,
            ),
        ),
        taken_or_refused("changed", "accepted", "refused"),
    ),
    (
        "unknown_body_fields",
        (add("a"), change("a", {"no_such_field": "x"})),
        taken_or_refused("changed", "ignored", "refused"),
    ),
    (
        "customer_journeys",
        (Step("GET", "/customer-journeys/journeys", None, {"count": "1"}, name="journeys", may_be_refused=True),),
        _journeys,
    ),
    (
        "batch_order",
        (
            tag("first"),
            *_batch_of(*(_make_tag(number) for number in range(_OPERATIONS))),
            Step(
                "GET",
                "/lists/{audience}/segments",
                None,
                {
                    "since_created_at": "2020-01-01T00:00:00+00:00",
                    "count": "1000",
                    "fields": "segments.id,segments.name",
                },
                name="listed",
            ),
            Step("DELETE", "/batches/{batch.id}", name="deleted"),
        ),
        _batch_order,
    ),
    (
        "fresh_result_address",
        (
            *_batch_of({"method": "GET", "path": "/ping", "body": "{}"}),
            Step("GET", "{done.response_body_url}", name="results", may_be_refused=True),
            Step("DELETE", "/batches/{batch.id}", name="deleted"),
        ),
        taken_or_refused("results", "works", "fails_at_first"),
    ),
    (
        "contacts_beta",
        (
            Step(
                "GET",
                "/audiences/{audience}/contacts",
                None,
                {"count": "1"},
                name="contacts",
                may_be_refused=True,
            ),
        ),
        _contacts_beta,
    ),
    (
        "automation_emails",
        (
            Step("GET", "/automations", None, {"count": "1", "fields": "automations.id"}, name="automations"),
            Step(
                "GET",
                "/automations/{automations.automations.0.id}/emails",
                name="emails",
                lacks="The account has no classic automation.",
            ),
            Step("GET", "/campaigns", None, {"count": "1000", "fields": "campaigns.id"}, name="campaigns"),
            Step("GET", "/reports", None, {"count": "1000", "fields": "reports.id"}, name="reports"),
        ),
        _automation_emails,
    ),
    ("account_language", LANGUAGE_STEPS, read_language),
    (
        "since_microseconds",
        (
            Step(
                "GET",
                "/campaigns",
                None,
                {"list_id": "{audience}", "status": "sent", "count": "1", "fields": "campaigns.id"},
                name="sent",
            ),
            Step(
                "GET",
                "/reports/{sent.campaigns.0.id}/email-activity",
                None,
                {"since": "2020-01-01T00:00:00.123456+00:00", "count": "1", "fields": "total_items"},
                name="activity",
                may_be_refused=True,
                lacks=_NO_CAMPAIGN,
            ),
        ),
        _since_microseconds,
    ),
)

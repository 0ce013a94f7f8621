"""Questions about writing contacts: statuses, the archive, batch rows and values."""

from typing import Final

from source_destination_mailchimp.sandbox.control.member_switches import MEMBER_SWITCHES
from source_destination_mailchimp.sandbox.verify.question import (
    MAIL,
    PERMANENT_DELETION,
    SKIP,
    Answers,
    Step,
    Unanswered,
    add,
    archive,
    batch,
    change,
    member,
    read_member,
    row_error,
    taken_or_refused,
)
from source_destination_mailchimp.sandbox.verify.settling import settling

NO_REQUIRED: Final = "This audience has no required merge field, and verify makes none: it would refuse other sign-ups."
NO_PERMISSIONS: Final = "This audience has no marketing permissions."
REQUIRED: Final = Step(
    "GET", "/lists/{audience}/merge-fields", None, {"required": "true", "count": "1"}, name="required"
)
IS_REQUIRED: Final = "{required.merge_fields.0.tag}"
PERMISSION: Final = "{added_a.marketing_permissions.0.marketing_permission_id}"
ADDRESS: Final = "{a.email}"
TAGS: Final = Step("GET", member("a", "/tags"), name="tags")


def _status(answers: Answers) -> str:
    return str(answers["member"].body["status"])


def _batch_status_if_new(answers: Answers) -> str:
    if not answers["batch"].is_taken or row_error(answers["batch"]):
        return "refused"
    return {"transactional": "honoured", "unsubscribed": "treated_as_status"}.get(_status(answers), _status(answers))


def _batch_restores_archived(answers: Answers) -> str:
    return "no" if _status(answers) == "archived" else "yes"


def _status_if_new_of_archived(answers: Answers) -> str:
    if row_error(answers["batch"]):
        return "refused"
    return "stays_archived" if _status(answers) == "archived" else "revives"


def _pending_of_archived(answers: Answers) -> str:
    if not answers["changed"].is_taken:
        return f"refused: {answers['changed'].words}"
    return "no" if answers["changed"].body["status"] == "archived" else "yes"


def _forced_double_optin(answers: Answers) -> str:
    return "yes" if answers["added_a"].body["status"] == "pending" else "no"


def _batch_schema_errors(answers: Answers) -> str:
    if not answers["batch"].is_taken:
        return "whole_call"
    return "per_row" if row_error(answers["batch"]) else "the row was taken"


def _tags_after_sync(answers: Answers) -> str:
    return "keeps" if answers["tags"].body["tags"] else "removes_all"


def _batch_tags(answers: Answers) -> str:
    return "honoured" if answers["tags"].body["tags"] else "ignored"


def _batch_permissions(answers: Answers) -> str:
    return "honoured" if answers["member"].body["marketing_permissions"][0]["enabled"] else "ignored"


def _date_with_time(answers: Answers) -> str:
    if not answers["changed"].is_taken:
        return "refused"
    kept = answers["changed"].body["merge_fields"][answers["field"].body["tag"]]
    return "cut" if kept == "2024-02-29" else f"kept as {kept}"


def _refusal_wording(answers: Answers) -> str:
    again = answers["again"]
    if again.is_taken:
        return "taken back"
    if "permanently deleted" in again.words:
        return "classic"
    return "newer" if "previously removed" in again.words else again.words


def _account_language(answers: Answers) -> str:
    refused = answers["refused"]
    if refused.is_taken:
        raise Unanswered("A contact without a value for a required merge field was taken.")
    if "Please enter a value" in refused.words:
        return "en"
    return "de" if "Bitte" in refused.words else refused.words


MEMBER_QUESTIONS: Final = settling(
    MEMBER_SWITCHES,
    (
        "batch_status_if_new",
        (
            add("a"),
            batch(
                {"email_address": ADDRESS, "status_if_new": "unsubscribed"}, update_existing=True, may_be_refused=True
            ),
            read_member("a"),
        ),
        _batch_status_if_new,
    ),
    (
        "batch_restores_archived",
        (
            add("a"),
            archive("a"),
            batch({"email_address": ADDRESS, "status": "transactional"}, update_existing=True),
            read_member("a"),
        ),
        _batch_restores_archived,
    ),
    (
        "pending_revives_archived",
        (add("a"), archive("a"), change("a", {"status": "pending"})),
        _pending_of_archived,
        MAIL,
    ),
    (
        "pending_revives_cleaned",
        (add("a", "cleaned"), change("a", {"status": "pending"})),
        taken_or_refused("changed", "yes", "no"),
        MAIL,
    ),
    ("forced_double_optin", (add("a", "subscribed"),), _forced_double_optin, MAIL),
    (
        "batch_schema_errors",
        (batch({"email_address": ADDRESS, "status": "transactional", "vip": "perhaps"}, may_be_refused=True),),
        _batch_schema_errors,
    ),
    (
        "sync_tags_without_tags",
        (
            add("a", tags=["{marker}"]),
            batch({"email_address": ADDRESS, "status": "transactional"}, update_existing=True, sync_tags=True),
            TAGS,
        ),
        _tags_after_sync,
    ),
    (
        "batch_tags",
        (batch({"email_address": ADDRESS, "status": "transactional", "tags": ["{marker}"]}), TAGS),
        _batch_tags,
    ),
    (
        "batch_marketing_permissions",
        (
            add("a"),
            Step(
                "POST",
                "/lists/{audience}",
                {
                    "update_existing": True,
                    "members": [
                        {
                            "email_address": ADDRESS,
                            "status": "transactional",
                            "marketing_permissions": [
                                {
                                    "marketing_permission_id": PERMISSION,
                                    "enabled": True,
                                }
                            ],
                        }
                    ],
                },
                SKIP,
                name="batch",
                lacks=NO_PERMISSIONS,
            ),
            read_member("a"),
        ),
        _batch_permissions,
    ),
    (
        "required_on_update",
        (
            REQUIRED,
            Step("GET", "/ping", name="given", given=IS_REQUIRED, lacks=NO_REQUIRED),
            add("a"),
            Step("PATCH", member("a"), {"vip": True}, name="changed", may_be_refused=True),
        ),
        taken_or_refused("changed", "when_merge_fields_are_sent", "always"),
    ),
    (
        "date_with_time",
        (
            Step("POST", "/lists/{audience}/merge-fields", {"name": "{marker}", "type": "date"}, name="field"),
            add("a"),
            change("a", {"merge_fields": {"{field.tag}": "2024-02-29T10:30:00+00:00"}}),
        ),
        _date_with_time,
    ),
    (
        "batch_status_if_new_of_archived",
        (
            add("a"),
            archive("a"),
            batch({"email_address": ADDRESS, "status_if_new": "transactional"}, update_existing=True),
            read_member("a"),
        ),
        _status_if_new_of_archived,
    ),
    (
        "refusal_wording",
        (
            add("a"),
            Step("POST", member("a", "/actions/delete-permanent"), name="deleted"),
            Step(
                "POST",
                "/lists/{audience}/members",
                {"email_address": ADDRESS, "status": "transactional"},
                SKIP,
                name="again",
                may_be_refused=True,
            ),
        ),
        _refusal_wording,
        PERMANENT_DELETION,
    ),
    (
        "patch_of_archived",
        (add("a"), archive("a"), change("a", {"vip": True})),
        taken_or_refused("changed", "accepted", "refused"),
    ),
)

LANGUAGE_STEPS: Final = (
    REQUIRED,
    Step(
        "POST",
        "/lists/{audience}/members",
        {"email_address": ADDRESS, "status": "transactional"},
        name="refused",
        may_be_refused=True,
        given=IS_REQUIRED,
        lacks=NO_REQUIRED,
    ),
)
read_language = _account_language

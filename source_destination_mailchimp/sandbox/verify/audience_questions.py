"""Questions about tags, segments, groups, and how contacts are listed."""

from typing import Final

from source_destination_mailchimp.sandbox.control.audience_switches import AUDIENCE_SWITCHES
from source_destination_mailchimp.sandbox.verify.member_questions import TAGS
from source_destination_mailchimp.sandbox.verify.question import (
    MAIL,
    SKIP,
    Answers,
    Step,
    add,
    archive,
    member,
    read_member,
    tag,
    taken_or_refused,
)
from source_destination_mailchimp.sandbox.verify.settling import settling

_SEGMENT: Final = "/lists/{audience}/segments/{tag.id}"
_CATEGORIES: Final = "/lists/{audience}/interest-categories"
_READINGS: Final = tuple(f"reading_{letter}" for letter in "abcdef")
_ALL_FLAGS: Final = {"include_cleaned": "true", "include_transactional": "true", "include_unsubscribed": "true"}
_CHANGED_SINCE: Final = {"since_last_changed": "{added_a.last_changed}", "fields": "members.id", "count": "1000"}


def _segment_refusal(answers: Answers) -> str:
    words = str(answers["refused"].body)
    if "not tagged" in words:
        return "not_tagged"
    return "observed" if "None of the emails" in words else answers["refused"].words


def _tag_names(answers: Answers) -> str:
    return "case_insensitive" if len(answers["tags"].body["tags"]) == 1 else "case_sensitive"


def _tag_date(answers: Answers) -> str:
    return "iso" if "T" in answers["tags"].body["tags"][0]["date_added"] else "plain"


def _order(answers: Answers) -> str:
    made = {row["id"] for row in answers["batch"].body["new_members"]}
    orders = set()
    for name in _READINGS:
        listed = [row["id"] for row in answers[name].body["members"]]
        orders.add(tuple(id for id in listed if id in made))
    return "by_id" if len(orders) == 1 else "unstable"


def _list_lag(answers: Answers) -> str:
    listed = {row["id"] for row in answers["listed"].body["members"]}
    return "none" if answers["added_b"].body["id"] in listed else "seconds"


def _segment_calls_move(answers: Answers) -> str:
    before, after = answers["before"].body["last_changed"], answers["member"].body["last_changed"]
    return "no" if before == after else "yes"


def _archived_in_segments(answers: Answers) -> str:
    return "with_all_flags" if answers["listed"].body["members"] else "never"


def _saved_counts(answers: Answers) -> str:
    return "at_once" if answers["counted"].body["member_count"] else "lag"


def _field_limit(answers: Answers) -> str:
    return "present" if "merge_field_limit" in answers["fields"].body else "absent"


def _category(name: str) -> Step:
    return Step("POST", _CATEGORIES, {"title": f"{{marker}}-{name}", "type": "hidden"}, name=name)


def _interest(category: str, *, name: str, may_be_refused: bool = False) -> Step:
    path = f"{_CATEGORIES}/{{{category}.id}}/interests"
    return Step("POST", path, {"name": "{marker}"}, name=name, may_be_refused=may_be_refused)


AUDIENCE_QUESTIONS: Final = settling(
    AUDIENCE_SWITCHES,
    (
        "segment_refusal_wording",
        (
            add("a"),
            tag("tag"),
            Step("POST", _SEGMENT, {"members_to_add": ["{a.email}"]}, name="refused", may_be_refused=True),
        ),
        _segment_refusal,
    ),
    (
        "duplicate_tag_name",
        (tag("tag"), tag("again", may_be_refused=True)),
        taken_or_refused("again", "accepted", "refused"),
    ),
    (
        "tag_names",
        (
            add("a"),
            Step(
                "POST",
                member("a", "/tags"),
                {"tags": [{"name": "{marker}-x", "status": "active"}, {"name": "{marker}-X", "status": "active"}]},
                name="tagged",
            ),
            TAGS,
        ),
        _tag_names,
    ),
    ("tag_date_added", (add("a", tags=["{marker}"]), TAGS), _tag_date),
    (
        "order_within_a_second",
        (
            add("a"),
            Step(
                "POST",
                "/lists/{audience}",
                {
                    "members": [
                        {"email_address": f"{{{letter}.email}}", "status": "transactional"} for letter in "bcdef"
                    ]
                },
                SKIP,
                name="batch",
                pause_seconds=2,
            ),
            *(
                Step(
                    "GET",
                    "/lists/{audience}/members",
                    None,
                    {**_CHANGED_SINCE, "sort_field": "last_changed", "sort_dir": "ASC"},
                    name=name,
                    pause_seconds=10 if name == _READINGS[0] else 0,
                )
                for name in _READINGS
            ),
        ),
        _order,
    ),
    (
        "members_list_lag",
        (
            add("a"),
            Step(
                "POST",
                "/lists/{audience}/members",
                {"email_address": "{b.email}", "status": "transactional"},
                SKIP,
                name="added_b",
                pause_seconds=2,
            ),
            Step("GET", "/lists/{audience}/members", None, _CHANGED_SINCE, name="listed"),
        ),
        _list_lag,
    ),
    (
        "segment_calls_move_last_changed",
        (
            tag("tag"),
            add("a", tags=["{marker}"]),
            read_member("a", "before"),
            Step("DELETE", _SEGMENT + "/members/{a}", name="taken_out", pause_seconds=2),
            read_member("a"),
        ),
        _segment_calls_move,
    ),
    (
        "archived_in_segments",
        (
            tag("tag"),
            add("a", tags=["{marker}"]),
            archive("a"),
            Step("GET", _SEGMENT + "/members", None, _ALL_FLAGS, name="listed"),
        ),
        _archived_in_segments,
    ),
    (
        "saved_segment_counts",
        (
            Step(
                "POST",
                "/lists/{audience}/segments",
                {
                    "name": "{marker}",
                    "options": {
                        "match": "all",
                        "conditions": [
                            {"condition_type": "EmailAddress", "field": "EMAIL", "op": "contains", "value": "{marker}"}
                        ],
                    },
                },
                name="tag",
            ),
            add("a", "subscribed"),
            Step("GET", _SEGMENT, name="counted"),
        ),
        _saved_counts,
        MAIL,
    ),
    (
        "interest_names",
        (
            _category("first"),
            _interest("first", name="one"),
            _category("second"),
            _interest("second", name="two", may_be_refused=True),
        ),
        taken_or_refused("two", "unique_in_category", "unique_in_audience"),
    ),
    ("merge_field_limit", (Step("GET", "/lists/{audience}/merge-fields", name="fields"),), _field_limit),
)

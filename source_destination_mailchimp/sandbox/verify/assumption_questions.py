"""Questions about assumptions of docs/assumptions.md that no switch stands for: the connectors rely on them."""

from typing import Final

from source_destination_mailchimp.sandbox.verify.question import (
    PERMANENT_DELETION,
    SECOND_KEY,
    SKIP,
    Answers,
    Question,
    Step,
    Unanswered,
    add,
    archive,
    batch,
    change,
    member,
    read_member,
    row_error,
    tag,
)

_STREET: Final = "Long Street " * 12
_DECIMALS: Final = 4
_LATITUDE: Final = 52.123456
_NO_INTEREST: Final = "0000000000"
_FIGURES: Final = {"fields": "stats.total_contacts"}
_READERS: Final = {"author", "viewer"}


def _figures(name: str, pause_seconds: float = 0) -> Step:
    query = {**_FIGURES, "include_total_contacts": "true"}
    return Step("GET", "/lists/{audience}", None, query, name=name, pause_seconds=pause_seconds)


def _archived_patch(answers: Answers) -> str:
    return "stays archived" if answers["member"].body["status"] == "archived" else "comes back"


def _added_archived(answers: Answers) -> str:
    return "comes back" if answers["member"].body["status"] != "archived" else "stays archived"


def _every_field(answers: Answers) -> str:
    tags = {row["tag"] for row in answers["fields"].body["merge_fields"]}
    return "every field" if tags <= answers["added_a"].body["merge_fields"].keys() else "some fields"


def _gone_group(answers: Answers) -> str:
    words = answers["changed"].words
    return "Invalid interest ID" if "Invalid interest ID" in words else words or "the contact was taken"


def _row_without_status(answers: Answers) -> str:
    return "refused alone" if row_error(answers["batch"]) else "taken"


def _rename(answers: Answers) -> str:
    errors = answers["changed"].body.get("errors") or [{}]
    return f"field {errors[0].get('field', '')!r}" if not answers["changed"].is_taken else "renamed"


def _source(answers: Answers) -> str:
    source = str(answers["added_a"].body["source"])
    return "begins with API" if source.startswith("API") else "begins otherwise"


def _moves(answers: Answers) -> str:
    before, after = answers["added_a"].body["last_changed"], answers["changed"].body["last_changed"]
    return "moves" if after > before else "stays"


def _tag_search(answers: Answers) -> str:
    if answers["found"].body["total_items"] < 1:
        return "no tag"
    listed = {row["id"] for row in answers["found"].body["tags"]}
    return "every tag" if answers["tag"].body["id"] in listed else "not every tag"


def _empty_page(answers: Answers) -> str:
    return "an empty list" if answers["listed"].body.get("members") == [] else "no list"


def _nothing_selected(answers: Answers) -> str:
    return "has the key asked for" if answers["member"].body.get("id") else "is empty"


def _status_of(name: str) -> Step:
    return Step("DELETE", member("a"), name=name, may_be_refused=True)


def _archive_status(answers: Answers) -> str:
    return f"HTTP {answers['archived'].status}"


def _deletion_status(answers: Answers) -> str:
    return f"HTTP {answers['deleted'].status}"


def _difference(answers: Answers) -> str:
    before = answers["before"].body["stats"]["total_contacts"]
    after = answers["after"].body["stats"]["total_contacts"]
    return {0: "unchanged", -1: "one less"}.get(after - before, f"{after - before:+}")


def _street(answers: Answers) -> str:
    kept = answers["changed"].body["merge_fields"][answers["field"].body["tag"]]
    return "whole" if kept["addr1"] == _STREET.strip() else f"{len(kept['addr1'])} characters"


def _language(answers: Answers) -> str:
    return "cleared" if answers["member"].body["language"] == "" else "kept"


def _location(answers: Answers) -> str:
    kept = float(answers["changed"].body["location"]["latitude"])
    return "four decimals or more" if abs(kept - _LATITUDE) < 10**-_DECIMALS else f"{kept}"


def _reader_writes(answers: Answers) -> str:
    role = str(answers["role"].body.get("role", "")).lower()
    if role not in _READERS:
        raise Unanswered("The second key is not one of an author or a viewer.")
    return "refused" if answers["changed"].status == 403 else f"HTTP {answers['changed'].status}"


ASSUMPTION_QUESTIONS: Final = (
    Question(
        "patch_keeps_archived",
        "Whether PATCH without a status leaves an archived contact archived.",
        ("stays archived", "comes back"),
        (add("a"), archive("a"), change("a", {"vip": True}, may_be_refused=False), read_member("a")),
        _archived_patch,
    ),
    Question(
        "adding_restores_archived",
        "Whether adding an archived contact by a batch row without update_existing brings it back.",
        ("comes back", "stays archived"),
        (
            add("a"),
            archive("a"),
            batch({"email_address": "{a.email}", "status": "transactional"}, may_be_refused=True),
            read_member("a"),
        ),
        _added_archived,
    ),
    Question(
        "answers_show_every_field",
        "Whether the answer to a write shows every merge field, the empty ones too.",
        ("every field", "some fields"),
        (
            Step("GET", "/lists/{audience}/merge-fields", None, {"count": "1000"}, name="fields"),
            add("a"),
        ),
        _every_field,
    ),
    Question(
        "gone_group_wording",
        "In which words a group that does not exist is refused.",
        ("Invalid interest ID",),
        (add("a"), change("a", {"interests": {_NO_INTEREST: True}})),
        _gone_group,
    ),
    Question(
        "row_without_status",
        "Whether a batch row with an address and no status is refused alone.",
        ("refused alone", "taken"),
        (batch({"email_address": "{a.email}"}),),
        _row_without_status,
    ),
    Question(
        "rename_refusal",
        "Which field Mailchimp names where it refuses to change the address of a contact who is not subscribed.",
        ("field 'email address'", "renamed"),
        (add("a"), change("a", {"email_address": "{b.email}"})),
        _rename,
    ),
    Question(
        "source_of_api",
        "What the source of a contact says that a program added.",
        ("begins with API", "begins otherwise"),
        (add("a"),),
        _source,
    ),
    Question(
        "opt_out_moves_last_changed",
        "Whether unsubscribing by the API moves last_changed.",
        ("moves", "stays"),
        (
            add("a"),
            Step("PATCH", member("a"), {"status": "unsubscribed"}, SKIP, name="changed", pause_seconds=2),
        ),
        _moves,
    ),
    Question(
        "tag_search_lists_all",
        "Whether tag-search without a name lists every tag.",
        ("every tag", "not every tag"),
        (tag("tag"), Step("GET", "/lists/{audience}/tag-search", None, {"count": "1000"}, name="found")),
        _tag_search,
    ),
    Question(
        "empty_collection_with_fields",
        "Whether a collection without rows has its key where `fields` selects parts of the rows.",
        ("an empty list", "no list"),
        (
            Step(
                "GET",
                "/lists/{audience}/members",
                None,
                {"since_last_changed": "2199-01-01T00:00:00+00:00", "fields": "members.id"},
                name="listed",
            ),
        ),
        _empty_page,
    ),
    Question(
        "selection_with_id",
        "Whether a selection has the key of the contact that it asks for, also beside one that is empty.",
        ("has the key asked for", "is empty"),
        (
            add("a"),
            Step("GET", member("a"), None, {"fields": "id,interests"}, name="member"),
        ),
        _nothing_selected,
    ),
    Question(
        "archiving_answers_204",
        "Which status archiving is answered with.",
        ("HTTP 204",),
        (add("a"), _status_of("archived")),
        _archive_status,
    ),
    Question(
        "deleting_answers_204",
        "Which HTTP status answers a permanent deletion.",
        ("HTTP 204",),
        (add("a"), Step("POST", member("a", "/actions/delete-permanent"), name="deleted", may_be_refused=True)),
        _deletion_status,
        frozenset({PERMANENT_DELETION}),
    ),
    Question(
        "archived_count_as_contacts",
        "Whether total_contacts of the audience stays when a contact is archived. Ask while nothing else writes to it.",
        ("unchanged", "one less"),
        (add("a"), _figures("before"), archive("a"), _figures("after", pause_seconds=5)),
        _difference,
    ),
    Question(
        "deleting_lowers_contacts",
        "Whether total_contacts falls by one when a contact is permanently deleted. Ask while nothing "
        "else writes to the audience.",
        ("one less", "unchanged"),
        (
            add("a"),
            _figures("before"),
            Step("POST", member("a", "/actions/delete-permanent"), name="deleted"),
            _figures("after", pause_seconds=5),
        ),
        _difference,
        frozenset({PERMANENT_DELETION}),
    ),
    Question(
        "long_street",
        "Whether a street of more than 70 characters is kept whole.",
        ("whole",),
        (
            Step("POST", "/lists/{audience}/merge-fields", {"name": "{marker}", "type": "address"}, name="field"),
            add("a"),
            change(
                "a",
                {
                    "merge_fields": {
                        "{field.tag}": {
                            "addr1": _STREET.strip(),
                            "city": "Atlanta",
                            "state": "GA",
                            "zip": "30308",
                            "country": "US",
                        }
                    }
                },
                may_be_refused=False,
            ),
        ),
        _street,
    ),
    Question(
        "language_is_cleared",
        'Whether language: "" clears the language.',
        ("cleared", "kept"),
        (add("a", language="de"), change("a", {"language": ""}, may_be_refused=False), read_member("a")),
        _language,
    ),
    Question(
        "location_decimals",
        "To how many decimals a location is kept.",
        ("four decimals or more",),
        (
            add("a"),
            change("a", {"location": {"latitude": _LATITUDE, "longitude": 13.654321}}, may_be_refused=False),
        ),
        _location,
    ),
    Question(
        "readers_cannot_write",
        "Whether a key of an author or a viewer is refused where it changes a contact.",
        ("refused",),
        (
            add("a"),
            Step("GET", "/", None, {"fields": "role"}, name="role", by_second_key=True),
            Step("PATCH", member("a"), {"vip": True}, name="changed", may_be_refused=True, by_second_key=True),
        ),
        _reader_writes,
        frozenset({SECOND_KEY}),
    ),
)

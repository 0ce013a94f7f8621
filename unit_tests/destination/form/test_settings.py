"""The form is read strictly, and what is wrong with it is said in a sentence that names the key and no secret."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.form.field_mapping import FieldMapping
from source_destination_mailchimp.destination.form.parsing import parse
from source_destination_mailchimp.destination.form.settings import CONFIRMATION, Settings
from source_destination_mailchimp.mailchimp.errors import Misconfigured

SECRET = "5ecretc0ffee5ecretc0ffee5ecretc0-us1"
Json = dict[str, Any]


def form(**keys: Any) -> Json:
    """A valid form with some keys of its own; None takes a key away."""
    there: Json = {
        "credentials": {"auth_type": "apikey", "apikey": SECRET},
        "audience": "News",
        "new_member_status": "subscribed",
    }
    return {key: value for key, value in (there | keys).items() if value is not None}


def complaint(**keys: Any) -> str:
    """What is said of a form that is wrong."""
    with pytest.raises(Misconfigured) as found:
        parse(form(**keys))
    return str(found.value)


STREAM = {"stream": "people"}
WRONG: list[tuple[Json, str]] = [
    ({"credentials": None}, "credentials"),
    ({"credentials": {"auth_type": "password", "apikey": SECRET}}, "credentials.auth_type"),
    ({"credentials": {"auth_type": "apikey"}}, "credentials.apikey"),
    ({"credentials": {"auth_type": "oauth2.0", "client_secret": SECRET}}, "credentials.access_token"),
    ({"credentials": {"auth_type": "apikey", "apikey": SECRET, "pasword": SECRET}}, "credentials.pasword"),
    ({"credentials": SECRET}, "credentials"),
    ({"audience": None}, "audience"),
    ({"audience": "  "}, "audience"),
    ({"new_member_status": None}, "new_member_status"),
    ({"new_member_status": "cleaned"}, "new_member_status"),
    ({"new_member_status": "Subscribed"}, "new_member_status"),
    ({"resubscribe": True}, "resubscribe"),
    ({"removal": "delete"}, "removal"),
    ({"removal": "delete_permanently"}, "confirm_permanent_deletion"),
    ({"removal": "delete_permanently", "confirm_permanent_deletion": "yes"}, "confirm_permanent_deletion"),
    ({"mirror_removal": "delete_permanently"}, "mirror_removal"),
    ({"mirror_removal": "keep"}, "mirror_removal"),
    ({"automations": "pause"}, "automations"),
    ({"keep_changes": True}, "keep_changes"),
    ({"streams": [STREAM | {"opt_in_no": "ask"}]}, "streams[0].opt_in_no"),
    ({"streams": [STREAM | {"tags_mode": "replace_all"}]}, "streams[0].tags_mode"),
    ({"max_removals_percent": 101}, "max_removals_percent"),
    ({"max_members": -1}, "max_members"),
    ({"max_connections": 11}, "max_connections"),
    ({"max_connections": 0}, "max_connections"),
    ({"conflict": "newest_wins"}, "conflict"),
    ({"duplicate": "last"}, "duplicate"),
    ({"object_storage_config": {"storage_type": "FTP"}}, "object_storage_config.storage_type"),
    ({"object_storage_config": {"storage_type": "Local"}}, "object_storage_config.path"),
    ({"streams": [{}]}, "streams[0].stream"),
    ({"streams": [STREAM, {"stream": ""}]}, "streams[1].stream"),
    ({"streams": [STREAM | {"optin_field": "x"}]}, "streams[0].optin_field"),
    ({"streams": [STREAM | {"fields": "a -> B"}]}, "streams[0].fields"),
    ({"streams": [STREAM | {"tags_mode": "replace_owned"}]}, "owned_tags"),
    ({"streams": [STREAM | {"owned_tags": ["a*"]}]}, "owned_tags"),
    ({"streams": [STREAM | {"list_size_field": "n"}]}, "list_size_field"),
    ({"streams": [STREAM | {"opt_in_field": "yes"}], "resubscribe": "ask"}, "streams[0].consent_time_field"),
]


@pytest.mark.parametrize(("keys", "named"), WRONG, ids=[f"{named} {number}" for number, (_, named) in enumerate(WRONG)])
def test_the_sentence_names_the_key(keys: Json, named: str) -> None:
    """Every mistake is answered with the key as a user writes it, and never with a secret."""
    sentence = complaint(**keys)
    assert named in sentence
    assert SECRET not in sentence
    assert sentence.endswith((".", "?"))


def test_every_mistake_is_named_at_once() -> None:
    """Two mistakes make one message with both."""
    sentence = complaint(audience=None, max_connections=99, nonsense=1)
    assert all(word in sentence for word in ("audience", "max_connections", "nonsense"))


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(SECRET)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@given(st.sampled_from([*Settings.model_fields, "something"]), ANYTHING)
def test_no_value_is_ever_repeated(key: str, value: Any) -> None:
    """Whatever is in whichever box: the form is taken, or refused without showing what was in it."""
    try:
        parse({**form(), key: value})
    except Misconfigured as error:
        assert SECRET not in str(error)


def test_a_secret_is_in_no_print() -> None:
    """Settings that are printed by accident show no key."""
    for credentials in (
        {"auth_type": "apikey", "apikey": SECRET},
        {"auth_type": "oauth2.0", "access_token": SECRET, "client_id": "c", "client_secret": SECRET},
    ):
        store = {"storage_type": "S3", "s3_bucket_name": "b", "access_key_id": SECRET, "secret_access_key": SECRET}
        settings = parse(form(credentials=credentials, object_storage_config=store))
        assert SECRET not in repr(settings)
        assert SECRET not in str(settings)


def test_closed_by_default() -> None:
    """Three boxes filled, and nobody is brought back, removed or overwritten by a default."""
    settings = parse(form())
    assert (settings.resubscribe, settings.removal, settings.empty_values) == ("never", "keep", "ignore")
    assert (settings.duplicates, settings.conflict, settings.dry_run) == ("last", "source_wins", False)


def test_what_the_platform_adds_is_passed_over() -> None:
    """Keys that begin with two underscores are the platform's own; blank boxes of the form count as empty."""
    settings = parse({**form(streams=[STREAM | {"email_field": " ", "opt_in_field": ""}]), "__injected": {"a": 1}})
    assert settings.streams[0].email_field is None
    assert settings.streams[0].opt_in_field is None


@pytest.mark.parametrize(
    ("text", "column", "target"),
    [
        ("customer_id -> CRMID", "customer_id", "CRMID"),
        ("  customer_id->CRMID ", "customer_id", "CRMID"),
        ("a -> b -> CRMID", "a -> b", "CRMID"),
    ],
)
def test_an_external_id_has_a_column_and_a_target(text: str, column: str, target: str) -> None:
    """What stands left of the last arrow is the column, what stands right of it the merge tag."""
    (entry,) = parse(form(streams=[STREAM | {"external_id": text}])).streams
    wanted = FieldMapping(column=column, target=target)
    assert entry.external_id == wanted
    assert entry.mappings == (wanted,)


@pytest.mark.parametrize("text", ["x FNAME", "-> FNAME", "x ->", "->"])
def test_half_an_external_id_is_refused(text: str) -> None:
    """A text without an arrow, or without one of its sides, is answered with the place and an example."""
    sentence = complaint(streams=[STREAM | {"external_id": text}])
    assert sentence.startswith("streams[0].external_id: ")
    assert " -> " in sentence


def test_an_entry_of_fields_has_a_column_a_target_and_perhaps_a_rule() -> None:
    """Both names are trimmed; an entry without a rule leaves it to `conflict`."""
    entries = [{"column": " first_name ", "target": "FNAME"}, {"column": "a, b", "target": "X", "write": "only_new"}]
    (entry,) = parse(form(streams=[STREAM | {"fields": entries}])).streams
    assert [(one.column, one.target, one.write) for one in entry.fields] == [
        ("first_name", "FNAME", None),
        ("a, b", "X", "only_new"),
    ]


@pytest.mark.parametrize(
    ("second", "named"),
    [
        ({"column": "b"}, "streams[0].fields[1].target"),
        ({"column": "b", "target": ""}, "streams[0].fields[1].target"),
        ({"target": "B"}, "streams[0].fields[1].column"),
        ({"column": "b", "target": "B", "write": "sometimes"}, "streams[0].fields[1].write"),
        ({"column": "b", "target": "B", "rule": "always"}, "streams[0].fields[1].rule"),
        ("b -> B", "streams[0].fields[1]"),
    ],
)
def test_half_an_entry_of_fields_is_refused(second: Any, named: str) -> None:
    """The sentence names the entry, and what it lacks."""
    assert named in complaint(streams=[STREAM | {"fields": [{"column": "a", "target": "A"}, second]}])


@pytest.mark.parametrize("blank", [None, "", " "])
def test_no_external_id_is_none(blank: str | None) -> None:
    """A box that was left blank asks for no external id."""
    assert parse(form(streams=[STREAM | {"external_id": blank}])).streams[0].external_id is None


def test_deleting_needs_the_very_words() -> None:
    """Permanent deletion is taken with the confirmation, trimmed, and with nothing else."""
    settings = parse(form(removal="delete_permanently", confirm_permanent_deletion=f" {CONFIRMATION} "))
    assert settings.removal == "delete_permanently"

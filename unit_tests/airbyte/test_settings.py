"""Settings by form and model together: one sentence per mistake, with key and way out, and never the value."""

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import Field, model_validator

from source_destination_mailchimp.airbyte.credentials import Credentials, credentials_box
from source_destination_mailchimp.airbyte.problems import BadSetting, Problem, listed, path_of, unknown_key
from source_destination_mailchimp.airbyte.settings import Form, cleaned, read_settings
from source_destination_mailchimp.destination.form.parsing import parse as parse_destination
from source_destination_mailchimp.destination.form.spec import specification as destination_specification
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.source.settings import parse as parse_source
from source_destination_mailchimp.source.spec import specification as source_specification

Json = dict[str, Any]
SECRET = "5ecretc0ffee5ecretc0ffee5ecretc0-us1"
KEY = {"auth_type": "apikey", "apikey": SECRET}


class Entry(Form):
    """One entry of a list."""

    name: str = Field(min_length=1)
    size: int = 0

    @model_validator(mode="after")
    def _wants_a_size(self) -> "Entry":
        if self.name == "sized" and not self.size:
            raise Problem("size", "required for this name", "Enter one.")
        return self


class Small(Form):
    """A small form."""

    credentials: Credentials
    mode: Literal["a", "b"] = "a"
    entries: tuple[Entry, ...] = ()


FORM: Json = {
    "type": "object",
    "required": ["credentials"],
    "properties": {
        "credentials": credentials_box("How."),
        "mode": {"type": "string", "enum": ["a", "b"]},
        "least": {"type": "integer", "minimum": 3},
        "entries": {
            "type": "array",
            "examples": ["as here"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "pattern": "^[a-z]*$"},
                    "size": {"type": "integer", "maximum": 9},
                },
            },
        },
    },
}

WRONG: list[tuple[Json, list[str]]] = [
    ({}, ["credentials: required, but not set. Use an object with auth_type: oauth2.0 or apikey."]),
    ({"credentials": SECRET}, ["credentials: wrong type. Use an object with auth_type: oauth2.0 or apikey."]),
    ({"credentials": None}, ["credentials: required, but not set. Use an object with auth_type: oauth2.0 or apikey."]),
    ({"credentials": {}}, ["credentials.auth_type: required, but not set. Use oauth2.0 or apikey."]),
    (
        {"credentials": {"auth_type": SECRET}},
        ["credentials.auth_type: not one of the allowed values. Use oauth2.0 or apikey."],
    ),
    ({"credentials": {"auth_type": "apikey"}}, ["credentials.apikey: required, but not set. Fill it in."]),
    (
        {"credentials": {**KEY, "apikye": SECRET}},
        ["credentials.apikye: not a setting of this connector. Did you mean apikey?"],
    ),
    ({"credentials": {**KEY, "apikey": 7}}, ["credentials.apikey: wrong type. Use text."]),
    ({"credentials": KEY, "mode": SECRET}, ["mode: not one of the allowed values. Use a or b."]),
    ({"credentials": KEY, "mood": "a"}, ["mood: not a setting of this connector. Did you mean mode?"]),
    (
        {"credentials": KEY, "zzz": 1},
        ["zzz: not a setting of this connector. Remove it, or check how it is spelled."],
    ),
    ({"credentials": KEY, "entries": {"name": "x"}}, ["entries: wrong type. Use a list."]),
    ({"credentials": KEY, "entries": [SECRET]}, ["entries[0]: wrong type. Use an object."]),
    ({"credentials": KEY, "entries": [{"name": "a"}, {}]}, ["entries[1].name: required, but not set. Fill it in."]),
    ({"credentials": KEY, "entries": [{"name": " "}]}, ["entries[0].name: empty. Fill it in."]),
    ({"credentials": KEY, "entries": [{"name": SECRET}]}, ["entries[0].name: wrong format. Write it as in as here."]),
    (
        {"credentials": KEY, "entries": [{"name": "a", "size": 10}]},
        ["entries[0].size: out of range. Use 9 or less."],
    ),
    (
        {"credentials": KEY, "entries": [{"name": "a", "sise": 1}]},
        ["entries[0].sise: not a setting of this connector. Did you mean size?"],
    ),
    ({"credentials": KEY, "entries": [{"name": "sized"}]}, ["entries[0].size: required for this name. Enter one."]),
    (
        {"credentials": SECRET, "mode": True, "zzz": 1},
        [
            "credentials: wrong type. Use an object with auth_type: oauth2.0 or apikey.",
            "mode: not one of the allowed values. Use a or b.",
            "zzz: not a setting of this connector. Remove it, or check how it is spelled.",
        ],
    ),
]


@pytest.mark.parametrize(("config", "sentences"), WRONG, ids=[found[0].partition(":")[0] for _, found in WRONG])
def test_each_mistake_is_one_sentence(config: Json, sentences: list[str]) -> None:
    """Key, what is wrong, way out; what follows from a mistake is not told as another one."""
    with pytest.raises(BadSetting) as found:
        read_settings(Small, FORM, config)
    told = [str(problem) for problem in found.value.problems]
    assert told == sentences
    assert SECRET not in str(found.value)


@pytest.mark.parametrize("config", [[], "text", 7, None])
def test_a_configuration_that_is_not_an_object(config: Any) -> None:
    """Anything but an object is refused as a whole."""
    with pytest.raises(BadSetting, match="configuration: not an object"):
        read_settings(Small, FORM, config)


def test_what_is_given_is_taken_as_it_is_meant() -> None:
    """Texts are trimmed and nulls left out, at every depth; nothing else is changed."""
    given: Json = {"a": " x ", "b": None, "c": [" y ", {"d": None, "e": 0}], "f": False, "__g": 1, "_limit": 2}
    assert cleaned(given) == {"a": "x", "c": ["y", {"e": 0}], "f": False}


ROLES: dict[str, tuple[Any, Any, Json]] = {
    "destination": (
        parse_destination,
        destination_specification()["connectionSpecification"],
        {"credentials": KEY, "audience": "News", "new_member_status": "pending"},
    ),
    "source": (parse_source, source_specification()["connectionSpecification"], {"credentials": KEY}),
}
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.just(SECRET), st.just("")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@pytest.mark.parametrize("role", ROLES)
@settings(deadline=None)
@given(data=st.data())
def test_the_connector_refuses_what_the_platform_refuses(role: str, data: st.DataObject) -> None:
    """Whatever is in whichever box: what breaks the form is refused here too, and no value is repeated."""
    parse, form, valid = ROLES[role]
    key = data.draw(st.sampled_from(sorted(form["properties"])))
    config = {**valid, key: data.draw(ANYTHING)}
    keeps_to_the_form = Draft7Validator(form).is_valid(cleaned(config))
    try:
        parse(config)
    except Misconfigured as error:
        assert SECRET not in str(error)
    else:
        assert keeps_to_the_form


@pytest.mark.parametrize("role", ROLES)
def test_valid_settings_are_taken(role: str) -> None:
    """The least that a form wants is enough for the connector."""
    parse, _, valid = ROLES[role]
    assert parse(valid).credentials.apikey == SECRET


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("streams", 0, "fields", 2), "streams[0].fields[2]"),
        (("credentials", "apikey"), "credentials.apikey"),
        (("a", SECRET), "a.(a key of 36 characters)"),
        (("ann@example.com",), "(a key of 15 characters)"),
        ((), ""),
    ],
)
def test_places_in_the_form(parts: tuple[str | int, ...], path: str) -> None:
    """A place is written as a user writes it; a key that may be a value in the wrong place is not repeated."""
    assert path_of(parts) == path


def test_lists_in_sentences() -> None:
    """Values are read as a person lists them."""
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["", "a", "a or b", "a, b or c"]


def test_the_nearest_name_is_found_in_any_case() -> None:
    """Capitals do not hide which setting was meant."""
    assert unknown_key("Audience", "Audience", ["audience"]).way_out == "Did you mean audience?"

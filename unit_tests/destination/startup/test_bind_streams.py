"""Which stream goes to which audience by which entry; what does not fit stops with the setting and the way out."""

from collections.abc import Sequence
from typing import Any, Literal
from unicodedata import normalize

import pytest

from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.model import StreamId
from source_destination_mailchimp.destination.startup.bind_streams import bind, find_audience, find_object
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.check_streams import check_streams
from source_destination_mailchimp.destination.startup.stream_rules import rules_for
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience
from unit_tests.destination.planned import NOW

NEWS, SHOP, ASKING = Audience("aud1", "News"), Audience("aud2", "Shop"), Audience("aud3", "Asking", double_optin=True)
TWIN, OTHER_TWIN = Audience("aud4", "Twin"), Audience("aud5", "Twin")
THERE = (NEWS, SHOP, ASKING, TWIN, OTHER_TWIN)


def settings(*entries: dict[str, Any], **keys: Any) -> Settings:
    """A valid form with these entries."""
    form = {
        "credentials": {"auth_type": "apikey", "apikey": "0123456789abcdef0123456789abcdef-us1"},
        "audience": "News",
        "new_member_status": "subscribed",
        "streams": list(entries),
    }
    return Settings.model_validate(form | keys)


def stream(name: str = "people", namespace: str | None = None, **keys: Any) -> ConfiguredStream:
    """One stream of the catalog."""
    return ConfiguredStream(StreamId(namespace, name), **keys)


def complaint(form: Settings, *streams: ConfiguredStream) -> str:
    """Why these streams and this form do not go together."""
    with pytest.raises(Misconfigured) as found:
        check_streams(form, bind(form, streams, THERE))
    return str(found.value)


def audiences(form: Settings, *streams: ConfiguredStream) -> list[str]:
    """Where each stream goes."""
    bindings = bind(form, streams, THERE)
    check_streams(form, bindings)
    return [one.audience.id for one in bindings]


def test_without_entries_every_stream_goes_to_the_audience() -> None:
    """A form with four boxes is enough for any number of streams."""
    assert audiences(settings(), stream("a"), stream("b", "x")) == ["aud1", "aud1"]


def test_an_entry_may_name_another_audience() -> None:
    """By ID or by exact name."""
    form = settings({"stream": "a", "audience": "aud2"}, {"stream": "b", "audience": "Shop"}, {"stream": "c"})
    assert audiences(form, stream("a"), stream("b"), stream("c")) == ["aud2", "aud2", "aud1"]


def test_the_platforms_object_comes_first() -> None:
    """A stream mapped in the platform's own form goes where that says, with or without an entry."""
    form = settings({"stream": "a", "audience": "Shop"})
    (one, two) = bind(
        form,
        [stream("a", object_name="aud3"), stream("b", object_name="Shop")],
        (*THERE[:2], Audience("aud3", "Asking")),
    )
    assert [one.audience.id, two.audience.id] == ["aud3", "aud2"]
    assert one.is_activation


def test_an_id_wins_over_a_name() -> None:
    """An audience that is named like another one's ID does not take its place."""
    confusing = [NEWS, Audience("aud9", "aud1")]
    assert find_audience("aud1", confusing, "audience") is NEWS


@pytest.mark.parametrize("wanted", ["news", "News ", "aud", ""])
def test_an_audience_is_never_guessed(wanted: str) -> None:
    """A wrong name is answered with the audiences there are, and their IDs."""
    with pytest.raises(Misconfigured, match=r"audience: there is no audience .*News \(ID aud1\), Shop \(ID aud2\)"):
        find_audience(wanted, THERE, "audience")


WRONG: list[tuple[Settings, Sequence[ConfiguredStream], list[str]]] = [
    (settings(audience="Twin"), [stream()], ["audience:", "2 audiences", "aud4 or aud5"]),
    (settings({"stream": "people", "audience": "No"}), [stream()], ["streams[0].audience", "News (ID aud1)"]),
    (settings(), [stream(object_name="gone")], ["destination object of stream people", "gone"]),
    (settings({"stream": "peple"}), [stream()], ["streams[0].stream", "peple", "Available: people"]),
    (settings({"stream": "people", "namespace": "x"}), [stream(namespace="y")], ["streams[0].stream", "x.people"]),
    (
        settings({"stream": "people"}),
        [stream(namespace="x"), stream(namespace="y")],
        ["streams[0].namespace", "x or y"],
    ),
    (settings({"stream": "people"}, {"stream": "people"}), [stream()], ["streams[1]", "two entries"]),
    (settings({"stream": "people"}), [stream(), stream("more")], ["stream more has no entry"]),
    (settings(), [stream(destination_sync_mode="soft_delete")], ["soft_delete", "append_dedup", "deleted_field"]),
    (settings(), [stream(destination_sync_mode="upsert")], ["Sync mode upsert", "append_dedup"]),
    (settings(audience="Asking"), [stream()], ["new_member_status", "double opt-in", "pending"]),
    (settings(resubscribe="ask"), [stream()], ["resubscribe: ask", "streams[].opt_in_field"]),
    (
        settings({"stream": "a", "mirror_tag": "List"}, {"stream": "b", "mirror_tag": "list"}),
        [stream("a"), stream("b")],
        ["streams[].mirror_tag", "'list'"],
    ),
    (
        settings({"stream": "a", "tags_mode": "replace_owned", "owned_tags": ["*"]}, {"stream": "b"}),
        [stream("a"), stream("b")],
        ["streams[].owned_tags", '"*" of stream a'],
    ),
    (
        settings({"stream": "people", "tags_mode": "replace_owned", "owned_tags": ["x", "*"], "mirror_tag": "List"}),
        [stream()],
        ["streams[].owned_tags", "mirror"],
    ),
]


@pytest.mark.parametrize(("form", "streams", "words"), WRONG, ids=[words[0] for _, _, words in WRONG])
def test_what_does_not_fit_is_said(form: Settings, streams: Sequence[ConfiguredStream], words: list[str]) -> None:
    """The sentence names the setting, what is wrong with it, and what there is instead."""
    sentence = complaint(form, *streams)
    assert [word for word in words if word not in sentence] == []


@pytest.mark.parametrize("status", ["pending", "unsubscribed", "transactional", "do_not_add"])
def test_a_double_opt_in_audience_takes_any_other_status(status: str) -> None:
    """Only `subscribed` would pass the confirmation by."""
    assert audiences(settings(audience="Asking", new_member_status=status), stream()) == ["aud3"]


def test_two_audiences_may_share_a_mirror_tag() -> None:
    """A tag belongs to an audience: the same name in two of them is two tags."""
    form = settings({"stream": "a", "mirror_tag": "List"}, {"stream": "b", "mirror_tag": "List", "audience": "Shop"})
    assert audiences(form, stream("a"), stream("b")) == ["aud1", "aud2"]


@pytest.mark.parametrize(
    ("mode", "planned"),
    [("append", "upsert"), ("overwrite", "upsert"), ("update", "update")],
)
def test_no_mode_is_an_order_to_delete(mode: str, planned: str) -> None:
    """Every mode adds and updates, except `update`, which adds nobody."""
    form = settings(removal="archive", conflict="mailchimp_wins", required_fields="enforce")
    (binding,) = bind(form, [stream(destination_sync_mode=mode)], THERE)
    rules = rules_for(form, binding, ["LNAME"], writes={}, now=lambda: NOW)
    assert rules.mode == planned
    assert rules.writes.otherwise == "if_empty"
    assert rules.always_sent == frozenset({"LNAME"})


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("News (aud1)", "aud1"),
        ("aud2", "aud2"),
        ("Renamed since (aud1)", "aud1"),
        ("Shop", "aud2"),
        ("News (aud3)", "aud3"),
    ],
)
def test_an_object_is_found_by_its_exact_name_first(wanted: str, found: str) -> None:
    """Then by the ID in it, then by a name; a name that looks like another's object is that other's only if exact."""
    there = [Audience("aud1", "News"), Audience("aud2", "Shop"), Audience("aud3", "News")]
    assert find_object(wanted, there, "x").id == found


@pytest.mark.parametrize(("there", "wanted"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_names_in_either_form(there: Literal["NFC", "NFD"], wanted: Literal["NFC", "NFD"]) -> None:
    """However Mailchimp, the platform and the form write an accent: an object, a stream and its namespace are found."""
    audience = Audience("aud1", normalize(there, "Grüße"))
    announced = normalize(wanted, "Grüße (aud1)")
    assert find_object(announced, [Audience("aud2", announced + "!"), audience], "x").id == "aud1"
    # An audience that is called like the object counts before one that was renamed.
    called_so = Audience("aud2", normalize(there, "Grüße (aud9)"))
    assert find_object(normalize(wanted, "Grüße (aud9)"), [Audience("aud9", "New"), called_so], "x").id == "aud2"
    form = settings(
        {"stream": normalize(wanted, "Käufer"), "namespace": normalize(wanted, "Läden"), "audience": "aud2"}
    )
    assert audiences(form, stream(normalize(there, "Käufer"), normalize(there, "Läden"))) == ["aud2"]


@pytest.mark.parametrize("wanted", ["News", "Nothing", "Nothing (aud9)"])
def test_two_hits_or_none_stop(wanted: str) -> None:
    """The sentence names the setting."""
    there = [Audience("aud1", "News"), Audience("aud3", "News")]
    with pytest.raises(Misconfigured, match=r"^destination object"):
        find_object(wanted, there, "destination object")


def test_an_audience_that_is_called_like_an_object() -> None:
    """The object that is announced counts before an audience of that very name."""
    there = [Audience("aud1", "News"), Audience("aud2", "News (aud1)")]
    assert find_object("News (aud1)", there, "x").id == "aud1"
    assert find_object("News (aud1) (aud2)", there, "x").id == "aud2"

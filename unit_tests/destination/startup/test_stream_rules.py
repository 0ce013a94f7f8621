"""The form's words become the rules' values, whichever of them is chosen."""

from typing import get_args

import pytest

from source_destination_mailchimp.destination.form.settings import TagsMode
from source_destination_mailchimp.destination.form.sync_modes import OFFERED, TAKEN, SyncMode
from source_destination_mailchimp.destination.rules.plan import StreamRules
from source_destination_mailchimp.destination.startup.bind_streams import Binding
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.stream_rules import rules_for
from source_destination_mailchimp.mailchimp.members import Audience
from unit_tests.destination.people import STREAM, entry, settings
from unit_tests.destination.planned import NOW


def rules(mode: SyncMode = "append", mirror_tags: tuple[str, ...] = (), **form: object) -> StreamRules:
    """The rules of a stream whose audience requires one field."""
    keys = form.pop("entry", {})
    assert isinstance(keys, dict)
    binding = Binding(ConfiguredStream(STREAM), Audience("aud1", "News"), entry(**keys), mode)
    return rules_for(settings(**form), binding, ["LNAME"], mirror_tags, writes={}, now=lambda: NOW)


@pytest.mark.parametrize("mode", TAKEN)
def test_only_update_adds_nobody(mode: SyncMode) -> None:
    """Every other mode adds and changes people, and none is an order to remove anybody."""
    assert rules(mode).mode == ("update" if mode == "update" else "upsert")
    assert rules(mode).removal == "keep"


def test_what_is_offered_is_taken() -> None:
    """Overwrite alone is taken without being offered."""
    assert set(TAKEN) - set(OFFERED) == {"overwrite"}


@pytest.mark.parametrize(("conflict", "otherwise"), [("source_wins", "always"), ("mailchimp_wins", "if_empty")])
def test_who_wins(conflict: str, otherwise: str) -> None:
    """Mailchimp wins by having only its empty fields filled."""
    assert rules(conflict=conflict).writes.otherwise == otherwise


@pytest.mark.parametrize(("required", "sent"), [("ignore", set()), ("enforce", {"LNAME"})])
def test_required_fields_go_with_every_write_where_they_are_enforced(required: str, sent: set[str]) -> None:
    """Mailchimp refuses a write without them, whatever has changed."""
    assert rules(required_fields=required).always_sent == sent


@pytest.mark.parametrize("mode", get_args(TagsMode))
def test_a_mirror_tag_of_another_stream_is_not_ours(mode: TagsMode) -> None:
    """Each list keeps its tag for itself, in any case of letters; a stream's own is put on everybody."""
    keys = {"mirror_tag": "List", "tags": ["A", "A", ""], "tags_mode": mode}
    if mode == "replace_owned":
        keys["owned_tags"] = ["*"]
    tags = rules(mirror_tags=("LIST", "Other"), entry=keys).tags
    assert (tags.always, tags.mode, tags.of_others) == (("A", "List"), mode, frozenset({"other"}))

"""What is said before the first sync, and what is worth asking the account for."""

from typing import Any, get_args

import pytest

from source_destination_mailchimp.destination.form.settings import NewMemberStatus, Resubscribe
from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.startup.warnings import (
    FEW_FIELDS,
    mapped_twice,
    may_start_automations,
    warnings_before_first_sync,
)
from source_destination_mailchimp.mailchimp.members import Audience, MergeField
from unit_tests.destination.field_entries import to
from unit_tests.destination.people import entry, settings

NEWS = Audience("aud1", "News")
BARE = LiveAudience(NEWS, ())
QUIET = {"new_member_status": "unsubscribed"}


def said(live: LiveAudience, **form: Any) -> list[str]:
    """What is said of an audience that one stream feeds."""
    return list(warnings_before_first_sync(settings(**form), live, [entry()]))


@pytest.mark.parametrize("status", get_args(NewMemberStatus))
@pytest.mark.parametrize("resubscribe", get_args(Resubscribe))
def test_automations_start_where_people_become_mailable(status: str, resubscribe: str) -> None:
    """Nobody is added who gets mail, nobody brought back, no tag and no group set: nothing can start."""
    form = settings(new_member_status=status, resubscribe=resubscribe)
    mailable = status in ("subscribed", "pending") or resubscribe != "never"
    assert may_start_automations(form) == mailable


@pytest.mark.parametrize(
    ("keys", "may"),
    [
        ({}, False),
        ({"fields": [to("a", "FNAME")]}, False),
        ({"fields": [to("group", "FNAME")]}, False),
        ({"fields": [to("a", "Group:Colors/Red")]}, True),
        ({"tags": ["VIP"]}, True),
        ({"tags_field": "tags"}, True),
        ({"mirror_tag": "List"}, True),
    ],
)
def test_automations_start_by_tags_and_groups(keys: dict[str, Any], may: bool) -> None:
    """A tag or a group of any stream may start one, whoever is added."""
    form = settings(**QUIET, streams=[{"stream": "other"}, {"stream": "people", **keys}])
    assert may_start_automations(form) == may


def test_the_platforms_own_page_may_set_tags_and_groups() -> None:
    """What it maps a column to is known only once the streams are: automations are asked for."""
    assert may_start_automations(settings(**QUIET), activation=True)


def test_nothing_to_say() -> None:
    """An audience without required fields, automations and tags needs no word."""
    assert said(BARE) == []


@pytest.mark.parametrize(("setting", "words"), [("ignore", "still added"), ("enforce", "is rejected")])
def test_required_fields_are_named(setting: str, words: str) -> None:
    """Whether people without them are added or rejected depends on the setting, and is said."""
    fields = [MergeField(tag, tag, "text", required=tag != "C") for tag in "ABC"]
    (sentence,) = said(LiveAudience(NEWS, tuple(fields)), required_fields=setting)
    assert "'News' requires A and B" in sentence
    assert words in sentence


@pytest.mark.parametrize("room", [0, 1, FEW_FIELDS, FEW_FIELDS + 1, None])
def test_few_fields_are_left(room: int | None) -> None:
    """Where fields are created and few may still be, it is said how many."""
    live = LiveAudience(NEWS, (), merge_field_limit=room)
    found = said(live, unmapped_fields="create")
    if room is None or room > FEW_FIELDS:
        assert found == []
    else:
        assert (f"allows {room} more" if room else "allows no more") in found[0]
    assert said(live, unmapped_fields="match") == []


def test_a_column_that_goes_to_two_places() -> None:
    """It is allowed, and said, with every target."""
    twice = entry(fields=[to("a", "FNAME"), to("b", "LNAME"), to("a", "NICK"), to("a", "language")])
    (sentence,) = mapped_twice(twice)
    assert "a goes to FNAME, NICK and language." in sentence
    assert list(mapped_twice(entry(fields=[to("a", "FNAME"), to("b", "LNAME")]))) == []

"""Merge fields that are made for a stream: planned first, refused in words, found where another sync was faster."""

from dataclasses import replace

import pytest

from source_destination_mailchimp.destination.mapping.live_audience import LiveAudience
from source_destination_mailchimp.destination.startup.bind_streams import Binding
from source_destination_mailchimp.destination.startup.catalog import ConfiguredStream
from source_destination_mailchimp.destination.startup.create_fields import create_merge_fields, plan_merge_fields
from source_destination_mailchimp.destination.startup.preflight import OpenAudience
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Audience, MergeField
from unit_tests.destination.people import STREAM, entry, schema, settings
from unit_tests.destination.pretend_account import PretendAccount, page

NEWS = Audience("aud1", "News")
FIELDS = "/lists/aud1/merge-fields"


def opened(*columns: str, room: int | None = None) -> OpenAudience:
    """An empty audience that one stream feeds."""
    stream = ConfiguredStream(STREAM, json_schema=schema("email", *columns))
    return OpenAudience(LiveAudience(NEWS, (), merge_field_limit=room), (Binding(stream, NEWS, entry(), "append"),))


def test_nothing_is_made_by_a_plan() -> None:
    """The audience as it will be is known before a field is made."""
    live = plan_merge_fields(settings(unmapped_fields="create"), opened("plan", "city", room=2))
    assert [field.tag for field in live.merge_fields] == ["PLAN", "CITY"]
    assert plan_merge_fields(settings(), opened("plan")).merge_fields == ()


def test_more_fields_than_the_plan_allows() -> None:
    """The run stops before any is made, and names the columns and both ways out."""
    with pytest.raises(Misconfigured, match=r"needs 2 new merge fields \(plan, city\).* allows 1 more") as caught:
        plan_merge_fields(settings(unmapped_fields="create"), opened("plan", "city", room=1))
    assert "ignore_fields" in str(caught.value)
    assert "unmapped_fields to match" in str(caught.value)


@pytest.mark.parametrize(("there", "fits"), [(28, True), (29, False), (30, False), (40, True), (79, False)])
def test_the_usual_limit_where_mailchimp_names_none(there: int, fits: bool) -> None:
    """Thirty fields are counted with those that are there; who has more than that has the larger plan."""
    audience = opened("plan", "city")
    fields = tuple(MergeField(f"F{number}", f"Field {number}", "text") for number in range(there))
    full = replace(audience, live=replace(audience.live, merge_fields=fields))
    form = settings(unmapped_fields="create")
    if fits:
        assert len(plan_merge_fields(form, full).merge_fields) == there + 2
        return
    with pytest.raises(Misconfigured, match=r"\(plan, city\).*ignore_fields"):
        plan_merge_fields(form, full)


def test_a_dry_run_makes_none() -> None:
    """It says what would be made, and maps as if it were there."""
    said: list[str] = []
    account = PretendAccount({})
    form = settings(unmapped_fields="create", dry_run=True)
    live = create_merge_fields(account.client, form, opened("plan"), said.append)
    assert [field.tag for field in live.merge_fields] == ["PLAN"]
    assert said == ["Merge field PLAN (text) would be created for column plan of shop.people."]
    assert account.asked == []


def test_a_field_that_another_sync_made_is_taken() -> None:
    """A refusal because the tag is taken meanwhile is no failure: the fields are read again."""
    account = PretendAccount({FIELDS: page("merge_fields", {"tag": "PLAN", "name": "plan", "type": "dropdown"})})
    live = create_merge_fields(account.client, settings(unmapped_fields="create"), opened("plan"), print)
    assert [(field.tag, field.type) for field in live.merge_fields] == [("PLAN", "dropdown")]
    assert account.asked == [f"POST {FIELDS}", FIELDS]


def test_a_field_that_mailchimp_does_not_make() -> None:
    """Mailchimp's words and the ways out are in the sentence."""
    account = PretendAccount({FIELDS: page("merge_fields")})
    with pytest.raises(Misconfigured, match=r"for column plan: .*It cannot be made.* to ignore_fields"):
        create_merge_fields(account.client, settings(unmapped_fields="create"), opened("plan"), print)

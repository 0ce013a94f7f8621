"""What starts for contacts while a story is played, held against what was foreseen before its first record."""

from dataclasses import replace

import pytest

from source_destination_mailchimp.destination.model import OptIn
from source_destination_mailchimp.destination.startup.automations import (
    Active,
    Automation,
    Effects,
    Starts,
    effects_of,
    warn_or_stop,
)
from source_destination_mailchimp.destination.startup.taken_in import TakenIn
from source_destination_mailchimp.mailchimp.errors import Misconfigured
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.people import LIVE, entry, settings
from unit_tests.destination.stories.drawing import LIST, NEW_CONSENT, Story, Stream, draw
from unit_tests.destination.stories.telling import Player
from unit_tests.destination.stories.test_moves import STREAM, member, row, state, story
from unit_tests.destination.stories.test_stories import CHUNKS, each

WELCOME = Automation("Welcome", "", Starts.JOINING)
BY_TAG = tuple(Automation(f"Tag {name}", "", Starts.TAG, name) for name in ("x", "y", "own w", "own z", LIST))
ACTIVE = (WELCOME, *BY_TAG)


def foreseen(story: Story) -> Effects:
    """What the settings of a story say that its run may do."""
    form = settings(new_member_status=story.new_member_status, resubscribe=story.resubscribe)
    entries = [entry(**_keys(stream)) for stream in story.streams]
    return effects_of(form, LIVE, entries, adds=not story.updates_only, activation=False)


def _keys(stream: Stream) -> dict[str, str]:
    keys: dict[str, str] = {}
    if stream.asks_opt_in:
        keys |= {"opt_in_field": "opt_in", "consent_time_field": "consent"}
    if stream.has_tags:
        keys["tags_field"] = "tags"
    if stream.mirrors:
        keys["mirror_tag"] = LIST
    return keys


def stops(automation: Automation, story: Story) -> bool:
    """Whether `automations: stop` ends the run of a story before its first record."""
    form = settings(automations="stop", new_member_status=story.new_member_status)
    try:
        list(warn_or_stop(form, LIVE, Active((automation,)), foreseen(story)))
    except Misconfigured:
        return True
    return False


def nothing_starts_where_it_did_not_stop(story: Story) -> None:
    """Play a story, and look at what was not foreseen: it started for nobody, and a dry run counts nobody for it."""
    played = Player(story, people_act=False).play()
    mailchimp = played.mailchimp
    started = {WELCOME: bool(mailchimp.joined)}
    for automation in BY_TAG:
        started[automation] = automation.name in mailchimp.tagged
    for automation in ACTIVE:
        if stops(automation, story):
            continue
        assert not started[automation], automation
        counter = TakenIn([automation])
        for operation in played.shown:
            counter.count(operation)
        assert list(counter.sentences()) == [f"Automation {automation} would start for 0 contacts."]


@pytest.mark.parametrize("seeds", CHUNKS[: len(CHUNKS) // 2], ids=str)
def test_no_journey_starts_that_did_not_stop_the_run(seeds: range) -> None:
    """Where `automations: stop` lets a run go on past an active automation, nobody enters it."""
    each(seeds, nothing_starts_where_it_did_not_stop)


@pytest.mark.parametrize(
    ("status", "resubscribe"), [(Status.TRANSACTIONAL, "never"), (Status.UNSUBSCRIBED, "with_newer_consent")]
)
@pytest.mark.parametrize("updates_only", [True, False])
def test_a_yes_of_somebody_who_is_there_is_foreseen(status: Status, resubscribe: str, updates_only: bool) -> None:
    """They join, also in the sync mode that adds nobody: an active welcome stops that run as it stops any other."""
    asking = replace(STREAM, asks_opt_in=True)
    yes = row("1", "a", opt_in=OptIn.YES.value, consent=NEW_CONSENT)
    there = [member("a", "1", status)]
    told = story(there, [yes, state()], streams=(asking,), resubscribe=resubscribe, updates_only=updates_only)
    player = Player(told)
    assert player.play().mailchimp.joined
    assert stops(WELCOME, told)


def test_journeys_are_passed_and_started() -> None:
    """The stories hold runs that stop for each automation and runs that pass it; else they would prove little."""
    from_stories = [Player(draw(seed), people_act=False) for seed in range(200)]
    joined = {bool(player.play().mailchimp.joined) for player in from_stories}
    assert joined == {True, False}
    for automation in ACTIVE:
        assert {stops(automation, player.story) for player in from_stories} == {True, False}

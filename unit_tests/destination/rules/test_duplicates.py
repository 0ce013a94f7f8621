"""Which record may take the place of another one: values may be overtaken, answers and deletions never."""

from itertools import product
from typing import get_args

import pytest

from source_destination_mailchimp.destination.form.settings import TagsMode
from source_destination_mailchimp.destination.model import OptIn, StreamId
from source_destination_mailchimp.destination.rules.duplicates import may_overtake, successor
from source_destination_mailchimp.destination.rules.tags import TagRules
from unit_tests.destination.planned import STREAM, contact, rules

ANSWERS = tuple(OptIn)


@pytest.mark.parametrize(("newer_is_gone", "older_is_gone"), [(True, False), (False, True), (True, True)])
def test_a_deletion_is_never_a_duplicate(newer_is_gone: bool, older_is_gone: bool) -> None:
    """Neither does it take another record's place, nor does another take its: whatever else the two say."""
    for newer_says, older_says, id, mode in product(ANSWERS, ANSWERS, ("", "1"), get_args(TagsMode)):
        newer = contact(deleted=newer_is_gone, opt_in=newer_says, external_id=id)
        older = contact(deleted=older_is_gone, opt_in=older_says, external_id=id)
        assert not may_overtake(newer, older)
        assert successor(newer, older, rules(tags=TagRules(mode=mode))) is None


@pytest.mark.parametrize("newer", ANSWERS)
@pytest.mark.parametrize("older", ANSWERS)
def test_no_answer_is_overtaken_by_another(newer: OptIn, older: OptIn) -> None:
    """An answer is repeated, or a no stands for it; a record that adds nobody says none that could be lost."""
    adds_nobody = older in (OptIn.MISSING, OptIn.UNCHECKED)
    expected = adds_nobody or newer is OptIn.NO or newer is older
    assert may_overtake(contact(opt_in=newer), contact(opt_in=older)) is expected


@pytest.mark.parametrize(
    ("newer", "older", "expected"),
    [(None, None, True), (5.0, None, True), (5.0, 5.0, True), (6.0, 5.0, True), (4.0, 5.0, False), (None, 5.0, False)],
)
def test_no_newer_consent_is_overtaken_by_an_older_one(
    newer: float | None, older: float | None, expected: bool
) -> None:
    """A consent without a time is the oldest there is."""
    later = contact(opt_in=OptIn.YES, consent_seconds=newer)
    assert may_overtake(later, contact(opt_in=OptIn.YES, consent_seconds=older)) is expected


def test_only_the_same_record_of_the_same_stream_is_overtaken() -> None:
    """Two streams may disagree, and two external ids are two people."""
    assert may_overtake(contact(external_id="1"), contact(external_id="1"))
    assert not may_overtake(contact(external_id="1"), contact(external_id="2"))
    assert not may_overtake(contact(external_id="1"), contact())
    assert not may_overtake(contact(stream=StreamId(None, "another")), contact(stream=STREAM))

"""Names that differ in case, or in how an accent is written, are one: wherever names are compared."""

import unicodedata

import pytest

from source_destination_mailchimp.destination.mapping.columns import Columns
from source_destination_mailchimp.destination.mapping.names import normal_name, same_name, same_spelling
from source_destination_mailchimp.destination.mapping.steps import tags_of
from source_destination_mailchimp.destination.rules.tags import TagRules, changes
from source_destination_mailchimp.destination.startup.bind_streams import find_audience
from source_destination_mailchimp.mailchimp.members import Audience

NFC = "Größe"
NFD = unicodedata.normalize("NFD", NFC)


def test_accents_are_one_however_they_are_written() -> None:
    """A composed and a decomposed name are equal, also without case and signs."""
    assert NFC != NFD
    assert same_name(NFC) == same_name(NFD.upper().replace("SS", "ß")) == "größe"
    assert same_spelling(NFC) == same_spelling(NFD)
    assert normal_name(NFD + "_x") == normal_name(NFC + " X")


@pytest.mark.parametrize(("one", "other"), [("Maße", "Masse"), ("Größe", "Grosse"), ("résumé", "resume")])
def test_words_that_mean_something_else_stay_apart(one: str, other: str) -> None:
    """Neither an accent nor a letter is taken for another."""
    assert same_name(one) != same_name(other)


def test_no_second_tag_is_wanted() -> None:
    """Whoever carries the tag in one form needs it in no other."""
    assert tags_of([NFC, NFD, "GRÖßE"]) == (NFC,)
    assert changes(TagRules(), (NFD,), frozenset({same_name(NFC)})).on == ()


def test_a_column_and_an_audience_are_found_in_either_form() -> None:
    """The settings may be typed on another system than the tables were made on."""
    assert Columns((NFD,)).path(NFC, "tags_field").root == NFD
    assert Columns((NFD,)).path(f"{NFC}.eu", "tags_field").segments == (NFD, "eu")
    assert find_audience(NFC, [Audience("a", NFD)], "audience").id == "a"

"""Every reason is explained, and the page that explains them is current."""

import re
from pathlib import Path

import pytest

from source_destination_mailchimp.destination.form.settings import Settings, StreamSettings
from source_destination_mailchimp.destination.model import Outcome, Reason
from source_destination_mailchimp.destination.reporting.levels import Level, level_of
from source_destination_mailchimp.destination.reporting.outcomes import SAID
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.reasons_page import page
from unit_tests.architecture import PACKAGE, modules

ROOT = Path(__file__).resolve().parents[3]


def test_every_reason_is_explained_in_the_order_of_the_model() -> None:
    """A reason without words would be a hole in the log."""
    unexplained = [reason.value for reason in Reason if reason not in EXPLANATIONS]
    assert not unexplained, f"destination/reporting/reasons.py explains nothing of {unexplained}"
    assert list(EXPLANATIONS) == list(Reason)


def test_every_reason_is_given_by_somebody() -> None:
    """A reason that no rule gives would be explained to people who never meet it."""
    elsewhere = [module for module in modules(f"{PACKAGE}/destination") if module.path.stem not in ("model", "reasons")]
    given = {name for module in elsewhere for name in module.attributes}
    ungiven = [reason.name for reason in Reason if reason.name not in given]
    assert not ungiven, f"no rule in destination/ gives {ungiven}"


def test_the_page_is_current() -> None:
    """docs/reasons.md says what the table says; `python -m` reasons_page prints it anew."""
    assert (ROOT / "docs" / "reasons.md").read_text(encoding="utf-8") == page()


def test_the_page_has_every_outcome_and_every_reason_once() -> None:
    """Nobody has to read the code to know what a word in the log means."""
    text = page()
    for outcome in SAID:
        assert text.count(f"\n## {outcome.value}\n") == 1
    for reason in Reason:
        assert text.count(f"\n| `{reason.value}` |") == 1


@pytest.mark.parametrize("reason", Reason)
def test_settings_named_in_an_explanation_exist(reason: Reason) -> None:
    """An explanation that sends somebody to a setting names one that the form has, with a value that it takes."""
    words = EXPLANATIONS[reason]
    known = set(Settings.model_fields) | {f"streams[].{key}" for key in StreamSettings.model_fields}
    for quoted in re.findall(r"`([^`]+)`", f"{words.meaning} {words.what_to_do}"):
        key, _, value = quoted.partition(": ")
        if key not in known:
            assert key in {"update", "reject_record", "enforce", "first", "last", "keep", "do_not_add", "permission:"}
        elif value:
            assert value in str(Settings.model_fields[key].annotation)


@pytest.mark.parametrize("reason", Reason)
def test_what_the_log_says_fits_one_and_many(reason: Reason) -> None:
    """The words are a heading behind a number: a capital first, no full stop at the end."""
    words = EXPLANATIONS[reason].log
    assert words[0].isupper()
    assert words[-1].isalnum() or words[-1] == ")"


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_for_an_outcome_is_no_loss_beside_one(reason: Reason) -> None:
    """Flags that decide levels are set only where they are read."""
    words = EXPLANATIONS[reason]
    assert not (words.is_loss and words.outcome is not None)
    assert not (words.is_opt_out and words.outcome is not Outcome.HELD)


WARNINGS = {reason for reason, told in EXPLANATIONS.items() if told.outcome is Outcome.REJECTED} | {
    *(Reason.CLEANED, Reason.FORGOTTEN, Reason.AUDIENCE_LIMIT, Reason.ADDRESS_MAY_NOT_CHANGE),
    *(Reason.VALUE_REJECTED, Reason.TEXT_DAMAGED, Reason.TEXT_CUT, Reason.ADDRESS_INCOMPLETE, Reason.FIELD_GONE),
    *(Reason.TAG_REFUSED, Reason.OPT_IN_UNREADABLE, Reason.PERMISSION_UNKNOWN, Reason.OPTED_OUT_ONLY),
    Reason.TIME_TO_COME,
}
"""What somebody has to look at: all that is rejected, held for other reasons than an opt-out, or left out."""


@pytest.mark.parametrize("reason", Reason)
def test_the_level_of_a_reason(reason: Reason) -> None:
    """An opt-out is no problem of anybody's, nor is what the settings ask for."""
    assert (level_of(reason) is Level.WARN) == (reason in WARNINGS)

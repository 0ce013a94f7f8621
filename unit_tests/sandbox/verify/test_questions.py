"""The table of questions: nothing open is forgotten, and every call keeps to what verify may do."""

import re
from pathlib import Path

import pytest

from source_destination_mailchimp.sandbox.control.switch import Switch
from source_destination_mailchimp.sandbox.control.switches import SWITCHES
from source_destination_mailchimp.sandbox.verify.asking import letters_of
from source_destination_mailchimp.sandbox.verify.not_askable import NOT_ASKABLE
from source_destination_mailchimp.sandbox.verify.question import MAIL, PERMANENT_DELETION, PERMISSIONS, Question
from source_destination_mailchimp.sandbox.verify.questions import BY_ID, QUESTIONS
from source_destination_mailchimp.sandbox.verify.report import without_people

ASSUMPTIONS = Path(__file__).resolve().parents[3] / "docs" / "assumptions.md"
MAILABLE = {"subscribed", "pending"}


def rows() -> list[str]:
    """The last cell of every assumption."""
    found: list[str] = []
    is_open = False
    for line in ASSUMPTIONS.read_text().splitlines():
        if line.startswith("| assumption "):
            is_open = True
        elif not line.startswith("|"):
            is_open = False
        elif is_open and not line.startswith("|---"):
            found.append(line.split(" | ", 3)[-1] if line.count(" | ") >= 3 else "")
    return found


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: str(switch.name))
def test_every_switch_is_asked_or_says_why_not(switch: Switch) -> None:
    """A switch is askable, with or without an --allow-…, or not askable with the reason: exactly one of them."""
    assert (switch.name in BY_ID) != (switch.name in NOT_ASKABLE)
    if switch.name in BY_ID:
        assert BY_ID[switch.name].positions == switch.values
    else:
        assert NOT_ASKABLE[switch.name].endswith(".")


@pytest.mark.parametrize("cell", rows())
def test_every_assumption_is_asked_or_says_why_not(cell: str) -> None:
    """An assumption names questions that there are, or says why no call can settle it."""
    named = re.findall(r"`([a-z_0-9]+)`", cell)
    assert all(name in BY_ID for name in named)
    assert named or re.match(r"no: \w+", cell)


def test_nothing_is_named_that_is_gone() -> None:
    """Reasons stand for switches that there are, and ids are unique."""
    assert set(NOT_ASKABLE) <= {switch.name for switch in SWITCHES}
    assert len(BY_ID) == len(QUESTIONS) < 100  # a question's number has two digits in addresses and names


def test_every_question_of_an_assumption_is_named_there() -> None:
    """A question that stands for no switch stands for an assumption of the page."""
    named = set(re.findall(r"`([a-z_0-9]+)`", " ".join(rows())))
    switches = {switch.name for switch in SWITCHES}
    assert {question.id for question in QUESTIONS} - switches <= named


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.id))
def test_asks_for_what_it_does(question: Question) -> None:
    """What may be mailed needs --allow-mail, a deletion for good its own permission, and letters end at f."""
    text = repr([(step.path, step.body) for step in question.steps])
    statuses = set(re.findall(r"'status(?:_if_new)?': '(\w+)'", text))
    assert (MAIL in question.needs) == bool(statuses & MAILABLE)
    assert (PERMANENT_DELETION in question.needs) == ("delete-permanent" in text)
    assert question.needs <= set(PERMISSIONS)
    assert set(letters_of(question)) <= set("abcdef")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: str(question.id))
def test_names_what_it_makes(question: Question) -> None:
    """Every name of a tag, field or group begins with the marker, so that --clean finds it."""
    text = repr([step.body for step in question.steps])
    names = re.findall(r"""['"](?:name|title)['"]: ['"]([^'"]+)['"]""", text) + re.findall(r"'tags': \['([^']+)'", text)
    assert all(name.startswith("{marker}") for name in names)


def test_a_report_holds_no_address() -> None:
    """Addresses and the marks of a run are taken out of every text."""
    text = 'Ann+x@verify-mailbox.org is already there; <bob@example.org>, "mcverify-0123abcd-q07-x"'
    assert without_people(text) == '<address> is already there; <<address>>, "{marker}-x"'

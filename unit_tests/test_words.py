"""What the connectors say, in words that people use: no phrase that a reader stumbles over."""

import ast
import re

import pytest

from tools.sentences import FAULTS, UNSEEN, page, sentences
from unit_tests.architecture import PACKAGE, ROOT

FORBIDDEN = (
    r"(?<![Tt]here )\bis no (?!longer\b|default\b|store\b)",
    r"\bmend\b",
    r"\bshall\b",
    r"taken for gone",
    r"\b[Ss]omebody\b",
    r"\b[Pp]eople\b",
    r"go nowhere",
    r"is no message",
    r"asks for patience",
    r"[Bb]eside that",
    r"would go\b",
    r"any more\b",
    r"all the same\b",
    r"for good\b",
    r"there are: ",
    r"this is a fault",
    r"cannot be one",
    r"whom\b",
    r"data centre",
)


@pytest.mark.parametrize("phrase", FORBIDDEN)
def test_no_sentence_has_the_phrase(phrase: str) -> None:
    """No title, reason, warning or error of either connector has one of the phrases that readers stumbled over."""
    found = [f"{path}: {text}" for path, text in sentences() if re.search(phrase, text)]
    assert found == []


def test_the_page_has_the_sentences_of_every_room() -> None:
    """A title of the form, a reason, an error of a setting and a warning of the source are on the page."""
    text = page()
    assert "Stop if more than this share of contacts would be removed (%)" in text
    assert "Opted out; left unsubscribed" in text
    assert "credentials.apikey is empty." in text
    assert "Run the sync again later; it continues from the last saved state." in text


def test_faults_of_the_connector_are_not_on_the_page() -> None:
    """What only a fault of the connector can show is for its developers; labels and Mailchimp's words likewise."""
    text = page()
    assert "nobody is removed by" not in text
    assert "planned twice" not in text
    assert "looks fake or invalid" not in text
    assert "There is no … in the bucket" in text, "an error that a setting causes stays"
    assert {"ValueError", "KeyError", "RuntimeError"} == FAULTS


@pytest.mark.parametrize("path", UNSEEN)
def test_what_is_left_out_is_there(path: str) -> None:
    """Every name whose texts are left out is a class or a constant of its module."""
    tree = ast.parse((ROOT / PACKAGE / path).read_text(encoding="utf-8"))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    plain = {ast.unparse(node.targets[0]) for node in tree.body if isinstance(node, ast.Assign)}
    typed = {ast.unparse(node.target) for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert UNSEEN[path] - classes - plain - typed == set()

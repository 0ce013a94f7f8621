"""docs/sandbox.md and the table of facts say what the tests hold."""

from source_destination_mailchimp.sandbox import facts
from source_destination_mailchimp.sandbox.control import switches
from tools import sandbox_docs


def test_facts_are_those_the_tests_hold() -> None:
    """facts.tsv is what the docstrings of the sandbox's tests say; `python -m tools.sandbox_docs` writes it again."""
    assert set(facts.read()) == set(sandbox_docs.collected())


def test_page_is_generated() -> None:
    """docs/sandbox.md is up to date; `python -m tools.sandbox_docs` writes it again."""
    assert sandbox_docs.PAGE.read_text() == sandbox_docs.page()


def test_every_switch_is_tried() -> None:
    """Every switch is turned by some test of the sandbox."""
    texts = [path.read_text() for folder in sandbox_docs.FOLDERS for path in folder.glob("test_*.py")]
    untried = {known.name for known in switches.SWITCHES if not any(f"{known.name}" in text for text in texts)}
    assert untried == set()


def test_every_family_says_what_it_does_not_do() -> None:
    """Every family of resources opens by listing what it does not do."""
    said = "\n".join(sandbox_docs.missing())
    silent = {family.__name__.rpartition(".")[2] for family in sandbox_docs._families()}
    assert {name for name in silent if f"**{name}**" not in said} <= {"root", "control_api"}

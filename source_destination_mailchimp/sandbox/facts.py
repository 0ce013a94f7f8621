"""What the sandbox holds to be true of Mailchimp, each with the strength of its proof and the test that holds it."""

from pathlib import Path
from typing import Final, NamedTuple

PATH: Final = Path(__file__).with_name("facts.tsv")
STRENGTHS: Final = ("documented", "observed", "inferred", "promise")


class Fact(NamedTuple):
    """A sentence about Mailchimp (or, as a promise, about the sandbox itself) and who says so."""

    statement: str
    strength: str
    source: str
    test: str


def read() -> tuple[Fact, ...]:
    """The table in facts.tsv, without its heading; nothing where it does not exist yet."""
    lines = PATH.read_text().splitlines()[1:] if PATH.is_file() else []
    return tuple(Fact(*line.split("\t")) for line in lines)


def as_text(facts: tuple[Fact, ...]) -> str:
    """The contents of facts.tsv."""
    rows = ("\t".join(Fact._fields), *("\t".join(fact) for fact in facts))
    return "\n".join(rows) + "\n"


FACTS: tuple[Fact, ...] = read()

"""A Dockerfile as its stages and their instructions; enough of the format for one file that a linter also reads."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Stage(NamedTuple):
    """One `FROM … AS …` and what follows it."""

    name: str
    parent: str
    instructions: list[tuple[str, str]]

    def all(self, keyword: str) -> list[str]:
        """Arguments of every instruction of one kind."""
        return [argument for word, argument in self.instructions if word == keyword]


def stages(text: str) -> dict[str, Stage]:
    """The stages by name; what stands before the first of them, and the unnamed last one, under ""."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", text))
    current, found = Stage("", "", []), {}
    for line in filter(str.strip, joined.splitlines()):
        word, _, argument = line.strip().partition(" ")
        if word == "FROM":
            parent, _, name = argument.partition(" AS ")
            current = Stage(name.strip(), parent.strip(), [])
        else:
            current.instructions.append((word, argument.strip()))
        found[current.name] = current
    return found

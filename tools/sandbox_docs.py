"""Write docs/sandbox.md and the sandbox's table of facts again: `python -m tools.sandbox_docs`.

A fact is the docstring of the test that holds it: a sentence, and in brackets how strong the proof is and whose it is.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from source_destination_mailchimp.sandbox import facts
from source_destination_mailchimp.sandbox.control import switches
from source_destination_mailchimp.sandbox.control.control_api import CONTROL_ROUTES
from source_destination_mailchimp.sandbox.facts import STRENGTHS, Fact
from source_destination_mailchimp.sandbox.http.calls import Route
from source_destination_mailchimp.sandbox.http.errors import TRIGGERS
from source_destination_mailchimp.sandbox.http.open_routes import OPEN_ROUTES
from source_destination_mailchimp.sandbox.http.routes import ROUTES
from source_destination_mailchimp.sandbox.http.visits import OpenRoute
from source_destination_mailchimp.sandbox.verify.not_askable import NOT_ASKABLE
from source_destination_mailchimp.sandbox.verify.questions import QUESTIONS
from source_destination_mailchimp.sandbox.verify.verifying import FLAGS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "sandbox.md"
FOLDERS = (ROOT / "integration_tests" / "sandbox", ROOT / "unit_tests" / "sandbox")
_SERVED: tuple[Route | OpenRoute, ...] = (*ROUTES, *OPEN_ROUTES)
_FACT = re.compile(r"(?P<statement>.+?) \((?P<strength>\w+)(?:, (?P<source>[^()]+))?\)\.?", re.DOTALL)
_MARKS = re.compile(r"(<!-- (\w+): [^\n]*-->\n).*?(<!-- /\2 -->)", re.DOTALL)


_TITLES = {
    "documented": "Documented",
    "observed": "Observed",
    "inferred": "Inferred: the assumptions",
    "promise": "Not about Mailchimp: what the sandbox promises",
}


def collected() -> tuple[Fact, ...]:
    """Every fact that a test of the sandbox holds, in the order of the files."""
    return tuple(fact for folder in FOLDERS for path in sorted(folder.glob("test_*.py")) for fact in _in_file(path))


def _in_file(path: Path) -> Iterator[Fact]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found = _FACT.fullmatch(" ".join((ast.get_docstring(node) or "").split()))
            if found is not None and found["strength"] in STRENGTHS:
                yield Fact(found["statement"], found["strength"], found["source"] or "", f"{path.stem}.{node.name}")


def page() -> str:
    """docs/sandbox.md with its generated sections filled in."""
    sections = {
        "strengths": strengths(),
        "verify": verify_tables(),
        "endpoints": endpoints(),
        "control": control_calls(),
        "missing": missing(),
        "triggers": triggers(),
        "switches": switch_table(),
        "facts": fact_tables(),
    }
    return _MARKS.sub(lambda mark: mark[1] + "\n".join(sections[mark[2]]) + "\n" + mark[3], PAGE.read_text())


def strengths() -> Iterator[str]:
    """Say how many facts have which proof, and how many questions are open."""
    counts = Counter(fact.strength for fact in facts.FACTS)
    yield f"- **{counts['documented']} facts are documented**, and {counts['observed']} were observed."
    yield f"- **{counts['inferred']} are inferred**: nobody saw or described them, but they follow from something."
    yield f"- **{len(switches.SWITCHES)} questions are open**, each with a switch."


def verify_tables() -> Iterator[str]:
    """Every question that verify asks, and what it cannot ask."""
    yield "| question | what is asked | answers, the assumed one first | needs |"
    yield "|---|---|---|---|"
    for question in QUESTIONS:
        answers = " · ".join(f"`{position}`" for position in question.positions)
        flags = " ".join(f"`{FLAGS[permission]}`" for permission in sorted(question.needs))
        yield _row(f"`{question.id}`", question.text, answers, flags)
    yield ""
    yield "| switch that it cannot ask about | why |"
    yield "|---|---|"
    for name, reason in NOT_ASKABLE.items():
        yield _row(f"`{name}`", reason)


def endpoints() -> Iterator[str]:
    """Every path served, with its methods."""
    methods: dict[str, list[str]] = {}
    for route in _SERVED:
        methods.setdefault(route.path, []).append(route.method)
    yield "| path | methods |"
    yield "|---|---|"
    for path, known in sorted(methods.items()):
        yield f"| `{path}` | {' · '.join(known)} |"


def control_calls() -> Iterator[str]:
    """Every control call with what it says about itself."""
    yield "| call | does |"
    yield "|---|---|"
    for route in CONTROL_ROUTES:
        said = " ".join((route.rule.__doc__ or "").split())
        call, does = _call_and_rest(said)
        order = call.partition(route.path)[2].strip()
        yield _row(f"`{route.method} {route.path}{' ' + order if order else ''}`", does or said)


def _call_and_rest(said: str) -> tuple[str, str]:
    """A docstring before and after its first colon that stands outside of braces."""
    depth = 0
    for position, mark in enumerate(said):
        depth += (mark == "{") - (mark == "}")
        if depth == 0 and said.startswith(": ", position):
            return said[:position], said[position + 2 :]
    return said, ""


def missing() -> Iterator[str]:
    """What each family says, at its beginning, that it does not do."""
    for module in _families():
        paragraphs = (module.__doc__ or "").strip().split("\n\n")
        if len(paragraphs) > 1:
            name = module.__name__.rpartition(".")[2]
            yield f"- **{name}**: {' '.join(' '.join(paragraphs[1:]).split())}"


def _families() -> list[ModuleType]:
    names = {route.rule.__module__ for route in _SERVED}
    return [sys.modules[name] for name in sorted(names)]


def triggers() -> Iterator[str]:
    """Every error that X-Trigger-Error can ask for."""
    yield "| name | answer |"
    yield "|---|---|"
    for name, (status, title, _) in TRIGGERS.items():
        yield _row(f"`{name}`", f"{status} {title}")


def switch_table() -> Iterator[str]:
    """Every switch: its values, default first, what it changes, and why nobody knows."""
    yield "| switch | values, default first | what it changes | why it is open | source of the default |"
    yield "|---|---|---|---|---|"
    for switch in switches.SWITCHES:
        values = " · ".join(f"`{value}`" for value in switch.values)
        source = f"{switch.source} ({switch.strength})"
        yield _row(f"`{switch.name}`", values, switch.changes, switch.unknown, source)


def fact_tables() -> Iterator[str]:
    """The facts by strength; the inferred ones are the sandbox's assumptions. Its own promises come last."""
    groups: dict[str, list[Fact]] = {title: [] for title in _TITLES.values()}
    for fact in facts.FACTS:
        groups[_TITLES[fact.strength]].append(fact)
    for title, found in groups.items():
        yield f"### {title}\n"
        yield "| fact | source | held by |"
        yield "|---|---|---|"
        yield from (_row(fact.statement, fact.source, f"`{fact.test}`") for fact in found)
        yield ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Write the table, and the page from the table."""
    facts.PATH.write_text(facts.as_text(collected()))
    facts.FACTS = facts.read()
    PAGE.write_text(page())


if __name__ == "__main__":
    main()

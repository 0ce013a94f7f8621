"""What came of every question, held against what the sandbox assumes. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from source_destination_mailchimp.sandbox.control.switches import BY_NAME
from source_destination_mailchimp.sandbox.verify.asking import Exchange
from source_destination_mailchimp.sandbox.verify.question import Question

Outcome = Literal["agrees", "differs", "not answered", "not allowed"]


@dataclass(frozen=True, slots=True)
class Result:
    """One question with its answer, or with the reason why there is none."""

    question: Question
    answer: str = ""
    reason: str = ""
    is_allowed: bool = True
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """How the answer compares with the first position, which is what is assumed."""
        if not self.is_allowed:
            return "not allowed"
        if not self.answer:
            return "not answered"
        return "agrees" if self.answer == self.question.positions[0] else "differs"


def lines(results: Iterable[Result]) -> Iterator[str]:
    """Return what a person reads: question, answer, assumption, agreement."""
    for result in results:
        question = result.question
        yield f"{question.id}: {result.outcome}"
        yield f"  {question.text}"
        if result.answer:
            yield f"  answer: {result.answer} · assumed: {question.positions[0]}"
        else:
            yield f"  {result.reason}"


def summary(results: list[Result]) -> str:
    """Return the counts in one line."""
    outcomes: tuple[Outcome, ...] = ("agrees", "differs", "not answered", "not allowed")
    counts = [f"{sum(result.outcome == outcome for result in results)} {outcome}" for outcome in outcomes]
    return f"{len(results)} questions: {', '.join(counts)}."


def switches_of(results: Iterable[Result]) -> dict[str, str]:
    """Return the switches that were settled, for `mailchimp-sandbox --switches`."""
    found = {}
    for result in results:
        switch = BY_NAME.get(result.question.id)
        if switch is not None and result.answer in switch.values:
            found[switch.name] = result.answer
    return found


def exit_status(results: list[Result]) -> int:
    """Return 0 where every answer agrees, 1 where one differs, 2 where nothing was answered."""
    outcomes = {result.outcome for result in results}
    if "differs" in outcomes:
        return 1
    return 0 if "agrees" in outcomes else 2

"""Put one question: fill in its calls, make them, and read the answers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox.verify.calling import Client
from source_destination_mailchimp.sandbox.verify.mailbox import Mailbox, hash_of, marker
from source_destination_mailchimp.sandbox.verify.question import Answer, Question, Step, Unanswered

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)((?:\.[a-z_0-9]+)*)\}")
POLLS: Final = 120
POLL_SECONDS: Final = 5
ROLE_WORDS: Final = " The key's role or the account's plan does not allow the call."


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call as the table has it, with its placeholders, and what came back."""

    step: Step
    answer: Answer


@dataclass(frozen=True, slots=True)
class Names:
    """What the placeholders of one question stand for."""

    audience: str
    mailbox: Mailbox
    run: str
    number: int

    def value(self, name: str, keys: list[str], answers: Mapping[str, Answer]) -> str:
        """Return the text of a placeholder; raises KeyError where an answer does not have it."""
        if name == "audience":
            return self.audience
        if name == "marker":
            return marker(self.run, self.number)
        if len(name) == 1:
            address = self.mailbox.address(self.run, self.number, name)
            return address if keys == ["email"] else hash_of(address)
        found: Any = answers[name].date if keys == ["date"] else answers[name].body
        for key in [] if keys == ["date"] else keys:
            try:
                found = found[int(key)] if isinstance(found, list) else found[key]
            except IndexError:
                raise KeyError(key) from None
        return str(found)

    def fill(self, value: Any, answers: Mapping[str, Answer]) -> Any:
        """Return a value with all its placeholders filled in."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda found: self.value(found[1], found[2].split(".")[1:], answers), value)
        if isinstance(value, dict):
            return {self.fill(key, answers): self.fill(inner, answers) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner, answers) for inner in value]
        return value


@dataclass(slots=True)
class Asking:
    """One question on its way: `exchanges` also holds what was exchanged before it broke off."""

    question: Question
    names: Names
    client: Client
    on_contact: Callable[[str], None]
    answers: dict[str, Answer] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    def ask(self) -> str:
        """Make the calls and return the position; raises Unanswered, BudgetSpent or CouldNotRun."""
        for letter in letters_of(self.question):
            self.on_contact(self.names.mailbox.address(self.names.run, self.names.number, letter))
        for step in self.question.steps:
            answer = self._make(step)
            self.exchanges.append(Exchange(step, answer))
            self.answers[step.name] = answer
            if not answer.is_taken and not step.may_be_refused:
                words = ROLE_WORDS if answer.status == 403 else ""
                raise Unanswered(f"{step.method} {step.path} was refused: HTTP {answer.status} {answer.words}{words}")
        try:
            return self.question.read(self.answers)
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise Unanswered(f"The answer does not have the form that was expected: {error!r}") from None

    def _make(self, step: Step) -> Answer:
        try:
            self.names.fill(step.given, self.answers)
            path = self.names.fill(step.path, self.answers)
            body = self.names.fill(step.body, self.answers)
            query = self.names.fill(dict(step.query), self.answers)
        except KeyError as missing:
            raise Unanswered(step.lacks or f"An earlier answer does not have {missing}.") from None
        if step.pause_seconds:
            self.client.pause(step.pause_seconds)
        if not path.startswith("/"):
            return self.client.fetch_results(path)
        answer = self.client.send(step.method, path, body, query, by_second_key=step.by_second_key)
        if step.until is None:
            return answer
        for _ in range(POLLS):
            if step.until(answer):
                return answer
            self.client.pause(POLL_SECONDS)
            answer = self.client.send(step.method, path, body, query)
        raise Unanswered(f"{step.method} {step.path} was not finished after {POLLS * POLL_SECONDS} seconds.")


def letters_of(question: Question) -> list[str]:
    """Return the contacts that a question makes."""
    text = repr([(step.path, step.body, dict(step.query)) for step in question.steps])
    return sorted({found[1] for found in _PLACEHOLDER.finditer(text) if len(found[1]) == 1})

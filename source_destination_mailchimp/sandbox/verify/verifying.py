"""Ask the questions of one run, one after the other, and clean up behind them whatever happens."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from source_destination_mailchimp.sandbox.verify.asking import Asking, Names
from source_destination_mailchimp.sandbox.verify.calling import BudgetSpent, Client, CouldNotRun
from source_destination_mailchimp.sandbox.verify.cleaning import Cleaning
from source_destination_mailchimp.sandbox.verify.mailbox import Mailbox
from source_destination_mailchimp.sandbox.verify.question import (
    MAIL,
    PERMANENT_DELETION,
    SECOND_KEY,
    Question,
    Unanswered,
)
from source_destination_mailchimp.sandbox.verify.questions import QUESTIONS
from source_destination_mailchimp.sandbox.verify.results import Result

FLAGS: Final = {
    MAIL: "--allow-mail",
    PERMANENT_DELETION: "--allow-permanent-deletion",
    SECOND_KEY: "--allow-second-key KEY",
}
READERS: Final = {"author", "viewer"}  # Mailchimp's roles that cannot change an audience


@dataclass(slots=True)
class Verifying:
    """One run against one audience: `allowed` are the permissions given, `run` marks what it makes."""

    client: Client
    audience: str
    mailbox: Mailbox
    allowed: frozenset[str]
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    contacts: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Raise CouldNotRun in words where key, role or audience do not allow a run."""
        account = self.client.send("GET", "/", None, {"fields": "role"})
        if account.status in {401, 403}:
            raise CouldNotRun(f"Mailchimp does not take the API key: {account.words}")
        role = str(account.body.get("role", ""))
        if role.lower() in READERS:
            raise CouldNotRun(
                f"The key's user has the role {role}, which cannot change an audience. Use a manager's key."
            )
        found = self.client.send("GET", f"/lists/{self.audience}", None, {"fields": "id"})
        if not found.is_taken:
            raise CouldNotRun(f"The audience {self.audience} cannot be read: HTTP {found.status} {found.words}")

    def results(self, questions: Sequence[Question], told: Callable[[Result], None]) -> list[Result]:
        """Ask the questions, tell each result as it comes, and return them all."""
        found = []
        for result in self._each(questions):
            told(result)
            found.append(result)
        return found

    def _each(self, questions: Sequence[Question]) -> Iterator[Result]:
        spent = ""
        for question in questions:
            missing = sorted(question.needs - self.allowed)
            if missing:
                flags = " and ".join(FLAGS[permission] for permission in missing)
                yield Result(question, reason=f"Asked only with {flags}.", is_allowed=False)
            elif spent:
                yield Result(question, reason=spent)
            else:
                result = self._result(question)
                spent = result.reason if self.client.sent >= self.client.max_calls and not result.answer else ""
                yield result

    def _result(self, question: Question) -> Result:
        names = Names(self.audience, self.mailbox, self.run, QUESTIONS.index(question) + 1)
        asking = Asking(question, names, self.client, self._adopt)
        try:
            answer = asking.ask()
        except Unanswered as reason:
            return Result(question, reason=str(reason), exchanges=asking.exchanges)
        except BudgetSpent:
            reason_text = f"The budget of {self.client.max_calls} calls is spent (--max-calls)."
            return Result(question, reason=reason_text, exchanges=asking.exchanges)
        return Result(question, answer, exchanges=asking.exchanges)

    def _adopt(self, address: str) -> None:
        self.client.guard.adopt_contact(address)
        self.contacts.add(address)

    def clean(self, *, everything: bool) -> Cleaning:
        """Remove what this run made; with `everything` also what earlier ones left. Returns what could not be."""
        cleaning = Cleaning(self.client, self.audience, self.mailbox, deletes=PERMANENT_DELETION in self.allowed)
        addresses = set(cleaning.find_contacts()) if everything else set()
        for address in sorted(addresses | self.contacts):
            cleaning.remove_contact(address)
        cleaning.remove_things()
        return cleaning

"""One sync of a story: its records, what its people answered, its settings, and the values that must come of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hypothesis import strategies as st

from integration_tests.destination.syncing import Json, Person

NEW_MEMBER_STATUSES = ("subscribed", "pending", "unsubscribed", "transactional", "do_not_add")


class Record(NamedTuple):
    """What one record says."""

    email: str
    first_name: str | None
    last_name: str | None


class Answer(NamedTuple):
    """What all records of one person in one sync say about consent."""

    asks: str
    given: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One sync: its records, the answers of its people, and its settings."""

    records: tuple[Record, ...]
    answers: dict[str, Answer]
    settings: Json
    mode: str

    @property
    def asks_opt_in(self) -> bool:
        """Whether the stream has an opt-in column."""
        return bool(self.settings.get("streams"))

    def asks(self, email: str) -> str:
        """yes, no or missing; empty where nothing is asked."""
        return self.answers[email].asks if self.asks_opt_in else ""

    def named(self, email: str) -> list[Record]:
        """The records of one person, in order."""
        return [record for record in self.records if record.email == email]

    def rows(self) -> Iterable[Json]:
        """The records as data."""
        for record in self.records:
            row: Json = {"email": record.email, "FNAME": record.first_name, "LNAME": record.last_name}
            if self.asks_opt_in:
                answer = self.answers[record.email]
                row["opt_in"] = {"yes": "yes", "no": "no", "missing": None}[answer.asks]
                row["agreed_at"] = answer.given
            yield row


NAMES = st.sampled_from([None, "", "Ann", "Bea", "Cid"])


@st.composite
def plans(draw: st.DrawFn, emails: Sequence[str], now: float) -> Plan:
    """Any sync of a few records of the people there are."""
    people = st.sampled_from(emails)
    records = draw(st.lists(st.builds(Record, people, NAMES, NAMES), min_size=1, max_size=8))
    moment = st.one_of(st.none(), st.just(now), st.floats(now - 10**6, now, width=64).map(round))
    answer = st.builds(Answer, st.sampled_from(["yes", "yes", "no", "missing"]), moment)
    asks = draw(st.booleans())
    settings: Json = {
        "new_member_status": draw(st.sampled_from(NEW_MEMBER_STATUSES)),
        "conflict": draw(st.sampled_from(["source_wins", "mailchimp_wins"])),
        "empty_values": draw(st.sampled_from(["ignore", "clear"])),
        "duplicates": draw(st.sampled_from(["last", "first"])),
        "max_connections": draw(st.integers(1, 4)),
        "max_removals_percent": 100,
    }
    if asks:
        settings["resubscribe"] = draw(st.sampled_from(["never", "ask", "with_newer_consent"]))
        settings["streams"] = [{"stream": "people", "opt_in_field": "opt_in", "consent_time_field": "agreed_at"}]
    answers = {email: draw(answer) for email in emails} if asks else {}
    return Plan(tuple(records), answers, settings, draw(st.sampled_from(["append_dedup", "append", "update"])))


def expected_values(plan: Plan, email: str, was: Person) -> Json:
    """The merge values of a member whose status allows data, after the records of a sync."""
    values, records = dict(was.values), plan.named(email)
    if plan.settings["duplicates"] == "first":
        records = records[:1]
    for record in records:
        for tag, value in (("FNAME", record.first_name), ("LNAME", record.last_name)):
            fills_only = plan.settings["conflict"] == "mailchimp_wins"
            if value and not (fills_only and values.get(tag)):
                values[tag] = value
            elif not value and plan.settings["empty_values"] == "clear" and not fills_only:
                values.pop(tag, None)
    return values

"""One sync of a story: its records, what its people answered, its settings, and the values that must come of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    left: str = ""
    """What the opt-out column says: "yes", "no" or "missing"."""


LEFT: dict[str, tuple[Any, ...]] = {
    "yes": (True, "yes", "2001-01-01 00:00:00", 1_000_000_000_000),
    "no": (False, None, "never", "9999-12-31T23:59:59Z"),
    "missing": ("perhaps", ["yes"]),
}
"""Values of the opt-out column by what they say."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One sync: its records, the answers of its people, and its settings."""

    records: tuple[Record, ...]
    answers: dict[str, Answer]
    settings: Json
    mode: str

    @property
    def entry(self) -> Json:
        """What the form says of the stream beyond the defaults."""
        entries: list[Json] = self.settings.get("streams") or [{}]
        return entries[0]

    @property
    def asks_opt_in(self) -> bool:
        """Whether the stream has an opt-in column."""
        return "opt_in_field" in self.entry

    @property
    def asks_opt_out(self) -> bool:
        """Whether the stream has an opt-out column."""
        return "opt_out_field" in self.entry

    def asks(self, email: str) -> str:
        """yes, no, unchecked (a no that is to leave people alone) or missing; empty where nothing is asked.

        Either no wins; what is unclear in one column adds nobody, whatever the other says.
        """
        answer = self.answers.get(email, Answer("", None))
        box = answer.asks if self.asks_opt_in else ""
        left = answer.left if self.asks_opt_out else ""
        unchecked = box == "no" and self.entry.get("opt_in_no") == "leave"
        if left == "yes" or (box == "no" and not unchecked):
            return "no"
        if unchecked:
            return "unchecked"
        if left == "missing":
            return "missing"
        return box

    def write_of(self, tag: str) -> str:
        """When a merge field is written."""
        for field in self.entry.get("fields", ()):
            if field["target"] == tag and "write" in field:
                return str(field["write"])
        return "if_empty" if self.settings["conflict"] == "mailchimp_wins" else "always"

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
            if self.asks_opt_out:
                values = LEFT[self.answers[record.email].left]
                row["left_at"] = values[len(self.records) % len(values)]
            yield row


NAMES = st.sampled_from([None, "", "Ann", "Bea", "Cid"])


@st.composite
def entries(draw: st.DrawFn) -> Json:
    """What the form may say of the stream: columns of consent, and when a value is written."""
    entry: Json = {}
    if draw(st.booleans()):
        entry |= {"opt_in_field": "opt_in", "consent_time_field": "agreed_at"}
        entry["opt_in_no"] = draw(st.sampled_from(["unsubscribe", "unsubscribe", "leave"]))
    if draw(st.booleans()):
        entry["opt_out_field"] = "left_at"
    write = draw(st.sampled_from(["", "", "always", "if_empty", "only_new"]))
    if write:
        entry["fields"] = [{"column": "FNAME", "target": "FNAME", "write": write}]
    return entry


@st.composite
def plans(draw: st.DrawFn, emails: Sequence[str], now: float) -> Plan:
    """Any sync of a few records of the people there are."""
    people = st.sampled_from(emails)
    records = draw(st.lists(st.builds(Record, people, NAMES, NAMES), min_size=1, max_size=8))
    moment = st.one_of(st.none(), st.just(now), st.floats(now - 10**6, now, width=64).map(round))
    answer = st.builds(
        Answer,
        st.sampled_from(["yes", "yes", "no", "missing"]),
        moment,
        st.sampled_from(["no", "no", "yes", "missing"]),
    )
    entry = draw(entries())
    settings: Json = {
        "new_member_status": draw(st.sampled_from(NEW_MEMBER_STATUSES)),
        "conflict": draw(st.sampled_from(["source_wins", "mailchimp_wins"])),
        "empty_values": draw(st.sampled_from(["ignore", "clear"])),
        "duplicates": draw(st.sampled_from(["last", "first"])),
        "max_connections": draw(st.integers(1, 4)),
        "max_removals_percent": 100,
        "automations": draw(st.sampled_from(["warn", "warn", "stop"])),
    }
    if "opt_in_field" in entry:
        settings["resubscribe"] = draw(st.sampled_from(["never", "ask", "with_newer_consent"]))
    if entry:
        settings["streams"] = [{"stream": "people", **entry}]
    answers = {email: draw(answer) for email in emails}
    return Plan(tuple(records), answers, settings, draw(st.sampled_from(["append_dedup", "append", "update"])))


def expected_values(plan: Plan, email: str, was: Person) -> Json:
    """The merge values of a member whose status allows data, after the records of a sync."""
    values, records = dict(was.values), plan.named(email)
    if plan.settings["duplicates"] == "first":
        records = records[:1]
    for record in records:
        for tag, value in (("FNAME", record.first_name), ("LNAME", record.last_name)):
            write = plan.write_of(tag)
            if write == "only_new":
                continue
            fills_only = write == "if_empty"
            if value and not (fills_only and values.get(tag)):
                values[tag] = value
            elif not value and plan.settings["empty_values"] == "clear" and not fills_only:
                values.pop(tag, None)
    return values

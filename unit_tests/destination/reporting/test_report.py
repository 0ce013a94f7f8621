"""The report reads like a person wrote it, counts everything, and shows no address."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.reporting.levels import Level, level_of
from source_destination_mailchimp.destination.reporting.outcomes import SAID
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.reporting.stream_table import main_reasons
from source_destination_mailchimp.destination.reporting.tally import MOST_DETAILS
from source_destination_mailchimp.destination.reporting.wording import duration

USERS = StreamId(None, "users")
BUYERS = StreamId("shop", "buyers")

CREATED = Settled(Outcome.CREATED)
UPDATED = Settled(Outcome.UPDATED)
UNCHANGED = Settled(Outcome.UNCHANGED)
REMOVED = Settled(Outcome.DELETED, is_removal=True)
UNTAGGED = Settled(Outcome.UNTAGGED, is_removal=True)
OPTS_OUT = Settled(Outcome.UNSUBSCRIBED)
ASKED_BACK = Settled(Outcome.ASKED, None, (Note(Reason.CONFIRMATION_ASKED),))
JOINED = Settled(Outcome.HELD, Note(Reason.OPTED_OUT), (Note(Reason.JOINED), Note(Reason.OLD_CONTACT_ARCHIVED)))
RESUBSCRIBED = Settled(Outcome.RESUBSCRIBED)
ASKED = Settled(Outcome.CREATED, None, (Note(Reason.CONFIRMATION_ASKED),))
OPTED_OUT = Settled(Outcome.HELD, Note(Reason.OPTED_OUT))
KEPT = Settled(Outcome.UPDATED, None, (Note(Reason.STATUS_KEPT, detail="unsubscribed"),))
CLEANED = Settled(Outcome.UPDATED, None, (Note(Reason.STATUS_KEPT, detail="cleaned"),))
FULL = Settled(Outcome.HELD, Note(Reason.AUDIENCE_LIMIT))
SKIPPED = Settled(Outcome.SKIPPED, Note(Reason.NOT_OPTED_IN))
DUPLICATE = Settled(Outcome.DUPLICATE, Note(Reason.OVERTAKEN))
NO_EMAIL = Settled(Outcome.REJECTED, Note(Reason.NO_EMAIL))


class Clock:
    """Time that a test turns by hand."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


def report(*settled: tuple[Settled, int], dry_run: bool = False) -> Report:
    made = Report(dry_run=dry_run, clock=Clock())
    for what, times in settled:
        for _ in range(times):
            made.add(USERS, what)
    return made


def texts(made: Report) -> list[str]:
    """The lines of the tables, without their levels."""
    return [line.text for line in made.tables()]


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        ([], "No records received."),
        ([(UNCHANGED, 1)], "1 unchanged: 1 record."),
        ([(UNCHANGED, 10_000)], "10,000 unchanged: 10,000 records."),
        ([(UNCHANGED, 9), (OPTED_OUT, 1)], "1 held (opted out), 9 unchanged: 10 records."),
        ([(NO_EMAIL, 1)], "1 rejected: 1 record."),
        ([(ASKED, 1)], "1 added (asked to confirm): 1 record."),
        (
            [(CREATED, 374), (ASKED, 38), (UPDATED, 279), (OPTS_OUT, 6), (OPTED_OUT, 120), (FULL, 10), (NO_EMAIL, 19)],
            "412 added (38 asked to confirm), 279 updated, 6 unsubscribed, 130 held (120 opted out), "
            "19 rejected: 846 records.",
        ),
        ([(KEPT, 2), (UPDATED, 1)], "3 updated: 3 records."),
        ([(CREATED, 2), (REMOVED, 1), (UNTAGGED, 3)], "2 added, 1 permanently deleted, 3 untagged: 6 records."),
        (
            [(OPTS_OUT, 3), (RESUBSCRIBED, 1), (ASKED_BACK, 2)],
            "1 resubscribed, 2 asked to resubscribe, 3 unsubscribed: 6 records.",
        ),
        ([(SKIPPED, 2), (DUPLICATE, 1), (FULL, 4)], "4 held, 1 duplicate, 2 skipped: 7 records."),
        (
            [(JOINED, 1)],
            "1 held (opted out): 1 record. Also, 1 contact was archived, joined with the contact at the new address.",
        ),
    ],
)
def test_headline(settled: list[tuple[Settled, int]], expected: str) -> None:
    """One sentence, the right form of every word, nothing said that did not happen."""
    assert report(*settled).headline() == expected


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        ([], "Dry run (nothing written): no records received."),
        ([(UNCHANGED, 3)], "Dry run (nothing written): 3 unchanged: 3 records."),
        (
            [(ASKED, 2), (UPDATED, 1), (OPTED_OUT, 9)],
            "Dry run (nothing written): 2 would be added (all asked to confirm), 1 would be updated, "
            "9 held (all opted out): 12 records.",
        ),
        (
            [(JOINED, 2)],
            "Dry run (nothing written): 2 held (all opted out): 2 records. "
            "Also, 2 contacts would be archived, joined with the contact at the new address.",
        ),
    ],
)
def test_headline_of_a_dry_run(settled: list[tuple[Settled, int]], expected: str) -> None:
    """A dry run says would, and that nothing was written."""
    assert report(*settled, dry_run=True).headline() == expected


NOTES = st.builds(Note, st.sampled_from(list(Reason)))
ANYTHING = st.builds(
    Settled, st.sampled_from(list(Outcome)), st.none() | NOTES, st.lists(NOTES, max_size=3).map(tuple), st.booleans()
)


@given(st.lists(st.tuples(ANYTHING, st.integers(1, 1500)), max_size=12), st.booleans())
def test_the_headline_adds_up(settled: list[tuple[Settled, int]], dry_run: bool) -> None:
    """Whatever became of the records, and whatever stands beside it: the numbers add up to the one at the end."""
    said = report(*settled, dry_run=dry_run).headline().removeprefix("Dry run (nothing written): ")
    records = sum(times for _, times in settled)
    if not records:
        assert said.casefold() == "no records received."
        return
    counted, _, rest = said.partition(": ")
    parts = re.sub(r" \([^)]*\)", "", counted).replace(",", "").split()
    assert sum(int(word) for word in parts if word.isdigit()) == records
    assert rest.split()[0] == f"{records:,}"


def test_contacts_who_left_a_list_are_in_headline_and_table() -> None:
    """They belong to no record, so they are in no number of records."""
    made = report((UPDATED, 1))
    made.left(USERS, "remove_tags", 1200)
    made.left(USERS, "archive", 0)
    assert made.headline() == "1 updated: 1 record. 1,200 contacts have left a mirrored list."
    assert texts(made) == [
        "users: 1 record",
        "  1 updated",
        "  Also:",
        "  1,200 No longer in the list: tag removed",
    ]


def test_table() -> None:
    """Outcomes with their reasons below them, numbers in a column, Mailchimp's words where it refused."""
    made = report((CREATED, 412), (UNCHANGED, 9500), (OPTED_OUT, 9), (FULL, 3))
    made.begin(USERS, "Newsletter")
    for field, words, times in [("BIRTHDAY", "Please enter the birthday", 3), ("PHONE", "Please enter a number", 1)]:
        for _ in range(times):
            made.add(USERS, Settled(Outcome.REJECTED, Note(Reason.VALUE_REFUSED, field, words)))
    made.add(USERS, Settled(Outcome.UPDATED, None, (Note(Reason.VALUE_REJECTED, "PHONE", "no number"),)))
    assert made.tables() == [
        ("WARN", "users → Newsletter: 9,929 records"),
        ("INFO", "    412 added"),
        ("INFO", "      1 updated"),
        ("WARN", "     12 held"),
        ("INFO", "          9 Opted out; left unsubscribed"),
        ("WARN", "          3 Not added: the audience has reached max_members"),
        ("WARN", "      4 rejected"),
        ("WARN", "          4 Value refused by Mailchimp"),
        ("WARN", "              3 BIRTHDAY: “Please enter the birthday”"),
        ("WARN", "              1 PHONE: “Please enter a number”"),
        ("INFO", "  9,500 unchanged"),
        ("WARN", "  Also:"),
        ("WARN", "  1 Invalid value left out (PHONE)"),
    ]


@given(st.lists(ANYTHING, max_size=12))
def test_a_filter_for_warnings_leaves_what_needs_a_person(settled: list[Settled]) -> None:
    """A table has a warning exactly where something needs a person, and then its title is one: it names the stream."""
    made = report(*((one, 1) for one in settled))
    lines = made.tables()
    reasons = [one.note.reason for one in settled if one.note] + [note.reason for one in settled for note in one.beside]
    is_rejected = any(one.outcome is Outcome.REJECTED for one in settled)
    needs_a_person = is_rejected or any(level_of(reason) is Level.WARN for reason in reasons)
    assert any(line.level is Level.WARN for line in lines) == needs_a_person
    if lines:
        assert (lines[0].level is Level.WARN) == needs_a_person


def test_main_reasons_are_the_most_frequent_ones() -> None:
    """The sentence of a failed stream has up to five reasons with their counts, and how many records had others."""
    reasons = [Reason.NO_EMAIL, Reason.INVALID_EMAIL, Reason.ADDRESS_REFUSED, Reason.VALUE_REFUSED]
    reasons += [Reason.REQUIRED_FIELD_EMPTY, Reason.REFUSED_BY_MAILCHIMP, Reason.SIGNUP_THROTTLED]
    made = report(*((Settled(Outcome.REJECTED, Note(reason)), 7 - n) for n, reason in enumerate(reasons)))
    shown = ", ".join(f"{7 - n} {EXPLANATIONS[reason].log}" for n, reason in enumerate(reasons[:5]))
    assert main_reasons(made.counts()[USERS], Outcome.REJECTED) == f"{shown}, 3 for other reasons"
    assert main_reasons(report((NO_EMAIL, 1200)).counts()[USERS], Outcome.REJECTED) == "1,200 No email address"


def test_what_stands_beside_counts_records_and_names_cases() -> None:
    """A record with two values left out is one record; both fields are named."""
    notes = tuple(Note(Reason.VALUE_REJECTED, field) for field in ("BIRTHDAY", "PHONE"))
    made = report((Settled(Outcome.UPDATED, None, notes), 2), (KEPT, 1), (CLEANED, 1))
    assert texts(made)[2:] == [
        "  Also:",
        "  2 Gets no email: status left as is",
        "      1 “cleaned”",
        "      1 “unsubscribed”",
        "  2 Invalid value left out (some records have more than one)",
        "      2 BIRTHDAY",
        "      2 PHONE",
    ]


def test_table_of_a_dry_run() -> None:
    """What would be done is not told as done."""
    made = report((CREATED, 2), (REMOVED, 1), (SKIPPED, 1), dry_run=True)
    made.left(USERS, "unsubscribe", 1)
    assert texts(made) == [
        "users: 4 records (dry run, nothing written)",
        "  2 would be added",
        "  1 would be permanently deleted",
        "  1 skipped",
        "      1 New, and not opted in",
        "  Also:",
        "  1 No longer in the list: would be unsubscribed",
    ]


def test_each_stream_has_its_table_and_remarks_stand_above() -> None:
    """Streams of one name in two namespaces are told apart; a stream without records is not passed over."""
    made = report((CREATED, 1))
    made.begin(BUYERS, "Shop")
    made.remark("The merge field SIZE was made.")
    made.remark("The merge field SIZE was made.")
    assert texts(made) == [
        "The merge field SIZE was made.",
        "shop.buyers → Shop: no records",
        "users: 1 record",
        "  1 added",
    ]


def refusal(address: str) -> Settled:
    detail = f"{address} looks fake or invalid, please enter a real email address."
    return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_REFUSED, "email", detail))


def test_one_sentence_said_to_many_people_is_one_line() -> None:
    """Mailchimp puts the address into its sentence; the log counts the sentence."""
    made = report(*((refusal(f"person{number}@example.com"), 1) for number in range(30)))
    assert texts(made)[-1] == (
        "       30 Address refused by Mailchimp: “(address) looks fake or invalid, please enter a real email address.”"
    )


def test_many_different_words_are_counted_and_not_kept() -> None:
    """Memory stays bounded and the numbers still add up, however inventive the refusals are."""
    made = report()
    for number in range(10_000):
        note = Note(Reason.REFUSED_BY_MAILCHIMP, "", f"Reason number {number} of very many")
        made.add(USERS, Settled(Outcome.REJECTED, note))
    assert texts(made)[-1].split() == ["9,995", "others"]
    (details,) = made.counts()[USERS].details.values()
    assert len(details.counts) == MOST_DETAILS


SETTLED = st.sampled_from(
    [
        CREATED,
        UPDATED,
        UNCHANGED,
        REMOVED,
        OPTS_OUT,
        RESUBSCRIBED,
        ASKED,
        OPTED_OUT,
        KEPT,
        FULL,
        SKIPPED,
        DUPLICATE,
        NO_EMAIL,
    ]
)


@given(st.lists(st.tuples(st.sampled_from([USERS, BUYERS]), SETTLED), max_size=80))
def test_every_record_is_in_exactly_one_line_of_outcomes(records: list[tuple[StreamId, Settled]]) -> None:
    """The outcomes of a table add up to its title, and the analytics to all records."""
    made = report()
    for stream, settled in records:
        made.add(stream, settled)
    words = [words for said in SAID.values() for words in (said.done, said.done_once)]
    outcomes = [line.strip().partition(" ") for line in texts(made)]
    assert sum(int(number) for number, _, word in outcomes if word in words) == len(records) == made.records
    told = [trace["trace"]["analytics"] for trace in made.analytics()]
    prefix = "destination-mailchimp-outcome-"
    assert sum(int(one["value"]) for one in told if one["type"].startswith(prefix)) == len(records)


def test_analytics_are_traces_of_counts_without_names() -> None:
    """The platform gets each count as a message of its protocol; streams and people are not named."""
    made = report((OPTED_OUT, 2), (ASKED, 1))
    made.left(USERS, "remove_tags", 3)

    def message(kind: str, value: str) -> dict[str, Any]:
        analytics = {"type": f"destination-mailchimp-{kind}", "value": value}
        return {"type": "TRACE", "trace": {"type": "ANALYTICS", "emitted_at": 1.7e12, "analytics": analytics}}

    assert made.analytics() == [
        message("beside-confirmation-asked", "1"),
        message("held-opted-out", "2"),
        message("left-remove-tags", "3"),
        message("outcome-created", "1"),
        message("outcome-held", "2"),
    ]


@pytest.mark.parametrize(
    ("settled", "percent", "failed"),
    [
        ([], 0, False),
        ([(CREATED, 1)], 0, False),
        ([(NO_EMAIL, 1)], 100, False),
        ([(NO_EMAIL, 20)], 100, True),
        ([(NO_EMAIL, 10), (DUPLICATE, 10)], 50, True),
        ([(NO_EMAIL, 1), (CREATED, 3)], 25, False),
        ([(NO_EMAIL, 1), (OPTED_OUT, 1)], 50, False),
        ([(OPTED_OUT, 5)], 0, False),
    ],
)
def test_what_decides_whether_a_run_failed(settled: list[tuple[Settled, int]], percent: float, failed: bool) -> None:
    """Rejected counts against the run, held does not: as many contacts may opt out as like; a typo is no outage."""
    made = report(*settled)
    assert made.rejected_percent() == percent
    assert made.failed_streams() == ([USERS] if failed else [])


def test_progress_comes_now_and_then_with_rate_and_time_to_go() -> None:
    """At most a line every ten seconds, and an end only where the source said how much will come."""
    clock = Clock()
    made = Report(dry_run=False, clock=clock)
    made.add(USERS, CREATED)
    clock.seconds += 9
    assert made.progress_line() is None
    clock.seconds += 1
    assert made.progress_line() == "1 record processed, 6 a minute."
    for _ in range(25_000):
        made.add(USERS, CREATED)
    made.expect(USERS, 325_001)
    assert made.progress_line() is None
    clock.seconds += 10
    assert made.progress_line() == "25,001 records processed, 2,500 a second, 300,000 to go: about 2 minutes."
    made.add(BUYERS, CREATED)
    clock.seconds += 1000
    assert made.progress_line() == "25,002 records processed, 1 a minute."
    made.expect(None, 50_000)
    clock.seconds += 60
    assert made.progress_line() == "25,002 records processed, waiting for Mailchimp or for the source."


def test_an_estimate_that_was_too_low_promises_nothing() -> None:
    """Once more came than was announced, no end is told."""
    clock = Clock()
    made = Report(dry_run=False, clock=clock)
    made.expect(None, 1)
    for _ in range(100):
        made.add(USERS, CREATED)
    clock.seconds += 20
    assert made.progress_line() == "100 records processed, 5 a second."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "less than a minute"),
        (60, "about a minute"),
        (100, "about 2 minutes"),
        (3600, "about 60 minutes"),
        (6000, "about 2 hours"),
    ],
)
def test_durations_are_told_as_a_person_would(seconds: float, words: str) -> None:
    """Nobody needs the seconds of something that takes hours."""
    assert duration(seconds) == words

"""The report reads like a person wrote it, counts everything, and shows no address."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.model import Note, Outcome, Reason, Settled, StreamId
from source_destination_mailchimp.destination.reporting.outcomes import Reported
from source_destination_mailchimp.destination.reporting.reasons import EXPLANATIONS
from source_destination_mailchimp.destination.reporting.report import Report
from source_destination_mailchimp.destination.reporting.tally import MOST_DETAILS
from source_destination_mailchimp.destination.reporting.wording import duration

USERS = StreamId(None, "users")
BUYERS = StreamId("shop", "buyers")

CREATED = Settled(Outcome.CREATED)
UPDATED = Settled(Outcome.UPDATED)
UNCHANGED = Settled(Outcome.UNCHANGED)
REMOVED = Settled(Outcome.DELETED, is_removal=True)
OPTS_OUT = Settled(Outcome.UNSUBSCRIBED)
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


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        ([], "No records came in, so there was nothing to do."),
        ([(UNCHANGED, 1)], "Nothing to do: the one record was already up to date."),
        ([(UNCHANGED, 10_000)], "Nothing to do: all 10,000 records were already up to date."),
        ([(UNCHANGED, 9), (OPTED_OUT, 1)], "Nothing was changed: 9 already up to date, 1 stays opted out."),
        ([(NO_EMAIL, 1)], "Nothing was changed: 1 record rejected."),
        ([(CREATED, 1)], "1 person added."),
        ([(ASKED, 1)], "1 person added, 1 gets a confirmation mail."),
        (
            [(CREATED, 374), (ASKED, 38), (OPTED_OUT, 9)],
            "412 people added, 38 get a confirmation mail, 9 stay opted out.",
        ),
        ([(UPDATED, 1)], "1 person updated."),
        ([(UPDATED, 1203), (UNCHANGED, 5)], "1,203 people updated, 5 already up to date."),
        ([(KEPT, 2), (UPDATED, 1)], "3 people updated, 2 stay opted out."),
        ([(KEPT, 1), (CLEANED, 2)], "3 people updated, 1 stays opted out."),
        ([(CREATED, 2), (REMOVED, 1), (FULL, 4)], "2 people added, 1 removed, 4 held back."),
        ([(OPTS_OUT, 1), (RESUBSCRIBED, 1), (UPDATED, 1)], "3 people updated."),
        (
            [(CREATED, 1), (SKIPPED, 2), (DUPLICATE, 1), (NO_EMAIL, 2)],
            "1 person added, 2 skipped, 1 duplicate, 2 records rejected.",
        ),
    ],
)
def test_headline(settled: list[tuple[Settled, int]], expected: str) -> None:
    """One sentence, the right form of every word, nothing said that did not happen."""
    assert report(*settled).headline() == expected


@pytest.mark.parametrize(
    ("settled", "expected"),
    [
        ([], "Dry run, nothing was written: no records came in."),
        ([(UNCHANGED, 3)], "Dry run, nothing was written: nothing to do: all 3 records were already up to date."),
        (
            [(ASKED, 2), (UPDATED, 1), (OPTED_OUT, 9)],
            "Dry run, nothing was written: 2 people would be added, 2 would get a confirmation mail, "
            "1 would be updated, 9 stay opted out.",
        ),
    ],
)
def test_headline_of_a_dry_run(settled: list[tuple[Settled, int]], expected: str) -> None:
    """A dry run says would, and that nothing was written."""
    assert report(*settled, dry_run=True).headline() == expected


def test_people_who_left_a_list_are_in_headline_and_table() -> None:
    """They belong to no record, and still somebody wants to hear of them."""
    made = report()
    made.left(USERS, "remove_tags", 1200)
    made.left(USERS, "archive", 0)
    assert made.headline() == "1,200 people left a list."
    assert made.tables() == [
        "users: no records",
        "  no record of its own, but:",
        "  1,200 left the list: tag taken off",
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
        "users → Newsletter: 9,929 records",
        "    412 created",
        "      1 updated",
        "  9,500 unchanged",
        "     12 held",
        "          9 opted out, and it stays that way",
        "          3 not added, because the audience is full",
        "      4 rejected",
        "          4 with a value that Mailchimp refused",
        "              3 BIRTHDAY: “Please enter the birthday”",
        "              1 PHONE: “Please enter a number”",
        "  beside that:",
        "  1 with a value left out that its field cannot take (PHONE)",
    ]


def test_what_stands_beside_counts_records_and_names_cases() -> None:
    """A record with two values left out is one record; both fields are named."""
    notes = tuple(Note(Reason.VALUE_REJECTED, field) for field in ("BIRTHDAY", "PHONE"))
    made = report((Settled(Outcome.UPDATED, None, notes), 2), (KEPT, 1), (CLEANED, 1))
    assert made.tables()[2:] == [
        "  beside that:",
        "  2 with a value left out that its field cannot take",
        "      2 BIRTHDAY",
        "      2 PHONE",
        "  2 not mailed: their status in Mailchimp stays",
        "      1 “unsubscribed”",
        "      1 “cleaned”",
    ]


def test_table_of_a_dry_run() -> None:
    """What would be done is not told as done."""
    made = report((CREATED, 2), (REMOVED, 1), (SKIPPED, 1), dry_run=True)
    made.left(USERS, "unsubscribe", 1)
    assert made.tables() == [
        "users: 4 records (dry run, nothing was written)",
        "  2 to be created",
        "  1 to be removed",
        "  1 skipped",
        "      1 new, and did not agree to be mailed",
        "  beside that:",
        "  1 left the list: to be unsubscribed",
    ]


def test_each_stream_has_its_table_and_remarks_stand_above() -> None:
    """Streams of one name in two namespaces are told apart; a stream without records is not passed over."""
    made = report((CREATED, 1))
    made.begin(BUYERS, "Shop")
    made.remark("The merge field SIZE was made.")
    made.remark("The merge field SIZE was made.")
    assert made.tables() == [
        "The merge field SIZE was made.",
        "shop.buyers → Shop: no records",
        "users: 1 record",
        "  1 created",
    ]


def refusal(address: str) -> Settled:
    detail = f"{address} looks fake or invalid, please enter a real email address."
    return Settled(Outcome.REJECTED, Note(Reason.ADDRESS_REFUSED, "email", detail))


def test_one_sentence_said_to_many_people_is_one_line() -> None:
    """Mailchimp puts the address into its sentence; the log counts the sentence."""
    made = report(*((refusal(f"person{number}@example.com"), 1) for number in range(30)))
    assert made.tables()[-1] == (
        "       30 with an address that Mailchimp refused: "
        "“(address) looks fake or invalid, please enter a real email address.”"
    )


def test_many_different_words_are_counted_and_not_kept() -> None:
    """Memory stays bounded and the numbers still add up, however inventive the refusals are."""
    made = report()
    for number in range(10_000):
        note = Note(Reason.REFUSED_BY_MAILCHIMP, "", f"Reason number {number} of very many")
        made.add(USERS, Settled(Outcome.REJECTED, note))
    assert made.tables()[-1].split() == ["9,995", "others"]
    (details,) = made.counts()[USERS].details.values()
    assert len(details.counts) == MOST_DETAILS


TEXT = st.text(max_size=40)
ADDRESS = st.from_regex(r"[a-z]{3,8}[.+]?[a-z]{3,8}@[a-z]{3,8}\.(com|co\.uk)", fullmatch=True)


@given(ADDRESS, st.sampled_from(sorted(Reason)), st.sampled_from(sorted(Outcome)), TEXT)
def test_no_address_reaches_the_log(address: str, reason: Reason, outcome: Outcome, text: str) -> None:
    """Wherever an address hides in a note, the lines of the report do not have it."""
    note = Note(reason, f"column {address}", f"{text} {address} {text}")
    made = report((Settled(outcome, note, (note,)), 1))
    made.remark(f"{text} {address}")
    lines = " ".join([made.headline(), *made.tables(), str(made.analytics())])
    assert address not in lines
    assert address.partition("@")[0] not in lines


@pytest.mark.parametrize("reason", [reason for reason in Reason if not EXPLANATIONS[reason].quotes_mailchimp])
def test_values_of_a_record_stay_out_of_the_log(reason: Reason) -> None:
    """Our own details may quote what a person entered: the log names the field, the store has the rest."""
    note = Note(reason, "BIRTHDAY", "31.13.1970 is not a date")
    lines = report((Settled(Outcome.UPDATED, note, (note,)), 1)).tables()
    assert not [line for line in lines if "1970" in line]
    assert [line for line in lines if "BIRTHDAY" in line]


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
    lines = made.tables()
    outcomes = [line.split() for line in lines if line.split()[1:] in [[word.value] for word in Reported]]
    assert sum(int(line[0]) for line in outcomes) == len(records) == made.records
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
        ([(NO_EMAIL, 1)], 100, True),
        ([(NO_EMAIL, 1), (DUPLICATE, 1)], 50, True),
        ([(NO_EMAIL, 1), (CREATED, 3)], 25, False),
        ([(NO_EMAIL, 1), (OPTED_OUT, 1)], 50, False),
        ([(OPTED_OUT, 5)], 0, False),
    ],
)
def test_what_decides_whether_a_run_failed(settled: list[tuple[Settled, int]], percent: float, failed: bool) -> None:
    """Rejected counts against the run, held does not: people may opt out as many as they like."""
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
    assert made.progress_line() == "1 record done so far, 6 a minute."
    for _ in range(25_000):
        made.add(USERS, CREATED)
    made.expect(USERS, 325_001)
    assert made.progress_line() is None
    clock.seconds += 10
    assert made.progress_line() == "25,001 records done so far, 2,500 a second, 300,000 to go: about 2 minutes."
    made.add(BUYERS, CREATED)
    clock.seconds += 1000
    assert made.progress_line() == "25,002 records done so far, 1 a minute."
    made.expect(None, 50_000)
    clock.seconds += 60
    assert made.progress_line() == "25,002 records done so far, waiting for Mailchimp or for the source."


def test_an_estimate_that_was_too_low_promises_nothing() -> None:
    """Once more came than was announced, no end is told."""
    clock = Clock()
    made = Report(dry_run=False, clock=clock)
    made.expect(None, 1)
    for _ in range(100):
        made.add(USERS, CREATED)
    clock.seconds += 20
    assert made.progress_line() == "100 records done so far, 5 a second."


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

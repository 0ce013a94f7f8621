"""What somebody sees who filters the log for errors: one sentence, whatever went wrong in the data."""

from pathlib import Path

import orjson
import pytest

from integration_tests.destination.command_line import NAMES, Ended, write
from integration_tests.destination.syncing import Account, Json, Stream

LONGEST_SENTENCE = 500
"""Characters; the platform shows the sentence in a small box."""

CONSENT = Stream(columns=("email", "opt_in"))


def lines(stream: Stream, rows: list[Json]) -> list[bytes]:
    """The records of a stream, as the platform writes them."""
    return [orjson.dumps(stream.record(**row)) for row in rows]


def errors(ended: Ended) -> list[str]:
    """What a filter for errors leaves of the log."""
    logs = [one["log"] for one in ended.messages if one["type"] == "LOG"]
    return [log["message"] for log in logs if log["level"] in ("ERROR", "FATAL")]


def is_one_sentence_without_traceback(ended: Ended) -> None:
    """The log has one error, the platform is told the same, and no traceback is anywhere."""
    (sentence,) = errors(ended)
    assert ended.code == 1
    assert len(sentence) < LONGEST_SENTENCE
    assert "\n" not in sentence
    assert ended.error["message"] == sentence
    assert ended.error["failure_type"] == "config_error"
    assert "stack_trace" not in ended.error
    assert b"Traceback" not in ended.out + ended.err


def test_a_stream_that_is_rejected_as_a_whole_is_one_sentence(account: Account, tmp_path: Path) -> None:
    """It has the reasons with their counts, because the platform shows it without the table."""
    rows: list[Json] = [{"email": f"nonsense {number}"} for number in range(40)]
    rows += [{"email": None}] * 2
    ended = write(account, tmp_path, lines(NAMES, rows))
    is_one_sentence_without_traceback(ended)
    assert errors(ended) == [
        "streams: every record of people was rejected (40 Invalid email address, 2 No email address). "
        "The usual cause is a column that is mapped to the wrong field."
    ]


def test_a_stream_that_mailchimp_rejects_as_a_whole_is_one_sentence(account: Account, tmp_path: Path) -> None:
    """The same where Mailchimp refused the addresses: no address and no call is in the sentence."""
    ended = write(account, tmp_path, lines(NAMES, [{"email": f"ann{number}@example.com"} for number in range(40)]))
    is_one_sentence_without_traceback(ended)
    assert errors(ended)[0].startswith(
        "streams: every record of people was rejected (40 Address refused by Mailchimp)."
    )


def test_too_many_rejections_are_one_sentence(account: Account, tmp_path: Path) -> None:
    """The limit is named, with what was reached and what is allowed."""
    rows: list[Json] = [{"email": "ann@sandbox-people.org"}, {"email": "nonsense"}]
    ended = write(account, tmp_path, lines(NAMES, rows), max_rejected_percent=10)
    is_one_sentence_without_traceback(ended)
    assert errors(ended)[0].startswith("max_rejected_percent: 50.0 percent of the records were rejected")


def test_the_fuse_is_one_sentence_after_the_results(account: Account, tmp_path: Path) -> None:
    """The results are announced as those of a sync that was aborted; the sentence has the limit and the way out."""
    account.seed(members=40)
    rows: list[Json] = [{"email": f"person{number}@sandbox-people.org", "opt_in": "no"} for number in range(1, 31)]
    entry = {"stream": CONSENT.name, "opt_in_field": "opt_in"}
    ended = write(account, tmp_path, lines(CONSENT, rows), [CONSENT], streams=[entry])
    is_one_sentence_without_traceback(ended)
    assert errors(ended)[0].startswith(
        "max_removals_percent: the sync stopped with 10 contacts removed or unsubscribed"
    )
    log = ended.log.splitlines()
    assert log[log.index("Sync aborted. Results so far:") + 1] == "10 unsubscribed: 10 records."


@pytest.mark.parametrize("rows", [[{"email": "ann@sandbox-people.org"}], []], ids=["one record", "no records"])
def test_a_sync_that_succeeds_shows_no_error(account: Account, tmp_path: Path, rows: list[Json]) -> None:
    """A filter for errors leaves nothing, and nothing is aborted."""
    ended = write(account, tmp_path, lines(NAMES, rows))
    assert (ended.code, errors(ended)) == (0, [])
    assert "aborted" not in ended.log

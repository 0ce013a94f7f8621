"""No answer that the real Mailchimp ever gave is taken for somebody else's."""

import re
from collections.abc import Iterator

import pytest

from integration_tests.sandbox.recorded import RECORDINGS, Exchange, read
from integration_tests.sandbox.sessions import SESSIONS, read_sessions
from source_destination_mailchimp.mailchimp import calls
from source_destination_mailchimp.mailchimp.answers import Expect, Knowledge, Refusal, classify
from source_destination_mailchimp.mailchimp.client import METADATA

pytestmark = pytest.mark.skipif(
    not RECORDINGS.exists() or not SESSIONS.exists(),
    reason="the recordings of the real API are not part of the project",
)

CHANGES = {"status": "pending"}
MEMBER = r"/lists/[^/]+/members/[^/]+"
EXPECTED: tuple[tuple[str, str, Expect], ...] = (
    ("GET", r"/oauth2/metadata", METADATA),
    ("GET", r"/lists", calls.read_page("/lists", "lists", {}).expect),
    ("GET", r"/lists/[^/]+/members", calls.list_members("a", {}).expect),
    ("GET", r"/lists/[^/]+/merge-fields", calls.read_page("/", "merge_fields", {}).expect),
    ("GET", r"/lists/[^/]+/interest-categories", calls.read_page("/", "categories", {}).expect),
    ("GET", r"/lists/[^/]+/interest-categories/[^/]+/interests", calls.read_page("/", "interests", {}).expect),
    ("GET", r"/lists/[^/]+/tag-search", calls.find_tags("a", "").expect),
    ("GET", MEMBER, calls.read_member("a", "h").expect),
    ("GET", MEMBER, calls.read_member("a", "h", ",".join(sorted(calls.ALWAYS_IN_A_MEMBER))).expect),
    ("PUT", MEMBER, calls.put_member("a", "h", CHANGES, skip_merge_validation=False).expect),
    ("POST", r"/lists/[^/]+/members", calls.put_member("a", "h", CHANGES, skip_merge_validation=False).expect),
    ("PATCH", MEMBER, calls.patch_member("a", "h", CHANGES, skip_merge_validation=False).expect),
    ("DELETE", MEMBER, calls.archive_member("a", "h").expect),
    ("POST", rf"{MEMBER}/tags", calls.set_member_tags("a", "h", {"VIP": True}).expect),
)


def exchanges() -> Iterator[Exchange]:
    """Every exchange that was recorded."""
    for path in sorted(RECORDINGS.glob("*.json")):
        yield from read(path)
    for path in sorted(SESSIONS.glob("*.json")):
        for session in read_sessions(path).values():
            yield from session


def test_every_recorded_answer_is_mailchimps_word() -> None:
    """A success is knowledge and a refusal a refusal, by what the call of each path declares; no path is left out."""
    seen: set[tuple[str, str]] = set()
    for exchange in exchanges():
        path = exchange.path.removeprefix("/3.0")
        fitting = [row for row in EXPECTED if row[0] == exchange.method and re.fullmatch(row[1], path)]
        assert fitting, (exchange.method, path)
        wanted = Knowledge if exchange.status < 300 else Refusal
        for method, pattern, expect in fitting:
            answer = classify(exchange.status, exchange.response, expect)
            assert isinstance(answer, wanted), (method, pattern, exchange.status)
            seen.add((method, pattern))
    assert seen == {(method, pattern) for method, pattern, _ in EXPECTED}

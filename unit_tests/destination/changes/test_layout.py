"""Lines that leave out what many changes have in common say the same when they are read back."""

from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.changes.chain import CALL, CHANGE, Chain, Reading
from source_destination_mailchimp.destination.changes.layout import grouped, lines_of, whole_changes
from source_destination_mailchimp.mailchimp.members import member_hash

Json = dict[str, Any]
LEFT = st.fixed_dictionaries(
    {"email": st.sampled_from(["a@b.co", "c@d.co"]), "at": st.sampled_from(["1", "2"])},
    optional={
        "call": st.sampled_from(["add", "update"]),
        "status": st.none() | st.just("subscribed"),
        "sent": st.dictionaries(st.sampled_from("xy"), st.integers(0, 1)),
    },
)


def written(calls: list[list[Json]]) -> bytes:
    """Return the lines of a list, one call after the other."""
    chain = Chain()
    lines = []
    for changes in calls:
        for kind, content in lines_of(changes):
            lines.append(chain.line(kind, content))
    return b"".join(lines)


def read_back(data: bytes) -> list[Json]:
    """Return the changes of a list as they were given."""
    found = []
    for entry in whole_changes(Reading().entries([data])):
        assert entry["type"] == CHANGE
        assert entry.pop("member") == member_hash(entry["email"])
        found.append({key: value for key, value in entry.items() if key not in ("n", "prev", "type")})
    return found


@given(st.lists(st.lists(LEFT, max_size=4), max_size=4))
@example([[{"email": "a@b.co", "at": "1", "status": None}, {"email": "c@d.co", "at": "1"}], [{"email": "c@d.co"}]])
def test_changes_come_back_as_they_were_given(calls: list[list[Json]]) -> None:
    """Whatever they have in common; a key that is missing in one of them is no common one, also beside a null."""
    assert read_back(written(calls)) == [change for changes in calls for change in changes]


def test_what_all_changes_of_a_call_say_stands_once() -> None:
    """And a single change stands whole, so that its line reads by itself."""
    one, other = {"email": "a@b.co", "at": "1"}, {"email": "c@d.co", "at": "1"}
    assert list(lines_of([one, other])) == [
        (CALL, {"changes": 2, "at": "1"}),
        (CHANGE, {"email": "a@b.co"}),
        (CHANGE, {"email": "c@d.co"}),
    ]
    assert list(lines_of([one])) == [(CHANGE, one)]


def test_changes_of_a_call_that_a_kill_cut_off_are_read() -> None:
    """The next call has its own common keys."""
    data = written([[{"email": "a@b.co", "at": "1"}, {"email": "c@d.co", "at": "1"}]])
    kept = b"".join(data.splitlines(keepends=True)[:2])
    assert read_back(kept) == [{"email": "a@b.co", "at": "1"}]


def test_equal_answers_are_one_line() -> None:
    """With the numbers of all lines that they settle; another answer is a line of its own."""
    done, refused = {"result": "written"}, {"result": "refused"}
    assert list(grouped([(2, done), (3, refused), (4, done)])) == [
        {"of": [2, 4], "result": "written"},
        {"of": [3], "result": "refused"},
    ]
    assert orjson.loads(orjson.dumps(list(grouped([])))) == []

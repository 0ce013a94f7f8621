"""Which deletions of a window are replaced by another record: every rule, every order, in memory and in the file."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.airbyte.lossless_json import write_json
from source_destination_mailchimp.destination.checkpoints import Ticket
from source_destination_mailchimp.destination.deletion_window import DeletionWindow, Waited
from source_destination_mailchimp.destination.model import Contact, Note, Reason, Rejected
from unit_tests.destination.planned import STREAM

KEY = (("k",),)


def contact(key: Any, address: str, id: str = "", *, deleted: bool = False) -> Contact:
    """A record of a change-data-capture stream."""
    record = {"k": key, "_ab_cdc_deleted_at": "2024-01-01" if deleted else None}
    return Contact(STREAM, record, address, address, tags=("x",), deleted=deleted, external_id=id)


def rejected(
    key: Any, address: str, id: str = "", *, deleted: bool = False, reason: Reason = Reason.INVALID_VALUE
) -> Rejected:
    """A record that is none."""
    record = {"k": key, "_ab_cdc_deleted_at": None}
    return Rejected(STREAM, record, Note(reason), address, deleted, id)


def gone(key: Any, address: str, id: str = "") -> Contact:
    """A deletion."""
    return contact(key, address, id, deleted=True)


def ended(*records: Contact | Rejected, most: int = 100, key: Any = KEY) -> list[Waited]:
    """What becomes of the deletions of a window with these records."""
    window = DeletionWindow(key, has_deletions=False, most_in_memory=most)
    ticket = Ticket()
    for record in records:
        waits = window.takes(record, ticket)
        assert waits is (isinstance(record, Contact) and record.deleted)
    found = list(window.close())
    assert window.waiting == 0
    assert all(one.ticket is ticket for one in found)
    return found


def replaced(*records: Contact | Rejected, most: int = 100) -> list[bool]:
    """Whether each deletion is replaced, in the order they came."""
    return [one.is_replaced for one in ended(*records, most=most)]


@pytest.mark.parametrize("most", [1, 100], ids=["file", "memory"])
@pytest.mark.parametrize(
    ("records", "are_replaced"),
    [
        ([gone(1, "a")], [False]),
        ([gone(1, "a"), contact(1, "a")], [True]),
        ([gone(1, "a"), contact("1", "b")], [True]),
        ([contact(1, "a"), gone(1, "a")], [False]),
        ([gone(1, "a"), contact(1, "a"), gone(1, "a")], [False, False]),
        ([gone(1, "a"), contact(2, "a")], [True]),
        ([contact(2, "a"), gone(1, "a")], [True]),
        ([gone(1, "a"), contact(2, "a"), gone(2, "a")], [False, False]),
        ([contact(2, "a"), contact(2, "b"), gone(1, "a")], [False]),
        ([gone(1, "a"), contact(2, "b")], [False]),
        ([gone(1, "a", "i"), contact(2, "b", "i")], [True]),
        ([contact(2, "b", "i"), gone(1, "a", "i")], [True]),
        ([gone(1, "", "i"), contact(2, "b", "i")], [True]),
        ([gone(1, "a", "i"), contact(2, "b", "j")], [False]),
        ([gone(1, "a"), rejected(1, "a")], [True]),
        ([gone(1, "a"), rejected(2, "a")], [True]),
        ([gone(1, "a"), rejected(1, "")], [True]),
        ([gone(1, ""), rejected(2, "")], [False]),
        ([gone(1, "a", "i"), rejected(2, "b", "i")], [True]),
        ([gone(1, "a", "i"), rejected(2, "", "i")], [True]),
        ([contact(1, "a", "i"), gone(1, "a", "i"), gone(2, "b", "i")], [False, False]),
        ([gone(1, "a"), contact(1, "a"), rejected(1, "", deleted=True)], [False]),
        ([gone(None, "a"), contact(None, "b")], [False]),
        ([gone(None, "a"), contact(None, "a")], [True]),
        ([gone("\x1f1", "a"), contact("1", "b")], [False]),
        ([contact(None, "a"), contact(None, "b"), gone(1, "a")], [True]),
        ([gone(" 1", "a"), contact("1", "b")], [False]),
        ([gone(1.0, "a"), contact(1, "b")], [True]),
        ([gone(Decimal("1.00"), "a"), contact("1", "b")], [True]),
        ([gone(123456789012345678901, "a"), contact(123456789012345678999, "b")], [False]),
        ([gone(Decimal("NaN"), "a"), contact(Decimal("NaN"), "b")], [True]),
        ([gone({"a": 1}, "a"), contact({"a": 1}, "b")], [True]),
        ([gone([1, 2], "a"), contact([1, 3], "b")], [False]),
    ],
)
def test_which_deletions_are_replaced(records: list[Contact | Rejected], are_replaced: list[bool], most: int) -> None:
    """A living last word of the key, the address or the external id replaces a deletion; one deleted later does not."""
    assert replaced(*records, most=most) == are_replaced


@pytest.mark.parametrize(
    ("records", "gives_up"),
    [
        ([gone(1, "a", "i"), contact(2, "a", "j")], True),
        ([gone(1, "a", "i"), contact(2, "a", "j"), contact(3, "b", "i")], False),
        ([gone(1, "a", "i"), contact(1, "a", "j")], False),
        ([gone(1, "a", "i"), contact(2, "b", "i")], False),
        ([gone(1, "a", "i")], False),
    ],
)
def test_an_address_is_given_up_to_another_record(records: list[Contact], gives_up: bool) -> None:
    """Only where nobody who lives has the deleted record's external id."""
    assert [one.gives_up_address for one in ended(*records)] == [gives_up]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_next_to_an_unreadable_line_deletions_are_in_doubt(place: int) -> None:
    """Wherever the line stood in the window, it may have held what replaces a deletion; the next window is certain."""
    window = DeletionWindow(KEY, has_deletions=True)
    for number, record in enumerate([gone(1, "a", "i"), contact(2, "a", "j"), gone(3, "c")]):
        window.has_unreadable_lines = window.has_unreadable_lines or number == place
        window.takes(record, Ticket())
    found = list(window.close())
    assert [(one.contact.in_doubt, one.is_replaced, one.gives_up_address) for one in found] == [
        (True, True, False),
        (True, False, False),
    ]
    window.takes(gone(3, "c"), Ticket())
    assert [one.contact.in_doubt for one in window.close()] == [False]


@pytest.mark.parametrize(
    ("record", "in_doubt"),
    [
        (rejected(None, "", reason=Reason.NOT_A_RECORD), True),
        (rejected(2, "", reason=Reason.INVALID_EXTERNAL_ID), True),
        (rejected(2, "", reason=Reason.INVALID_EXTERNAL_ID, deleted=True), False),
        (rejected(2, "", reason=Reason.NO_EMAIL), False),
        (contact(2, "b"), False),
    ],
)
def test_a_record_that_names_nobody_leaves_deletions_in_doubt(record: Contact | Rejected, in_doubt: bool) -> None:
    """Neither its address nor its external id can be believed, so it may be the deleted contact's."""
    assert [one.contact.in_doubt for one in ended(record, gone(1, "a"))] == [in_doubt]


def test_without_a_primary_key_nothing_waits() -> None:
    """Nothing could be replaced, so deletions keep their place among the records."""
    window = DeletionWindow((), has_deletions=True)
    assert not window.takes(gone(1, "a"), Ticket())
    assert not list(window.close())


def test_keys_of_several_columns_are_not_run_together() -> None:
    """`1` and `23` is another key than `12` and `3`, whatever stands in the columns."""

    def record(first: str, second: str, *, deleted: bool) -> Contact:
        return contact(first, f"{first}-{second}", deleted=deleted)._replace(record={"k": first, "l": second})

    for first, second in [("12", "3"), ('1","2', "3")]:
        gone_one = record("1", "23" if first == "12" else '2","3', deleted=True)
        living = record(first, second, deleted=False)
        found = ended(gone_one, living, key=(("k",), ("l",)))
        assert [one.is_replaced for one in found] == [False]


def test_a_window_begins_anew() -> None:
    """What came before a STATE replaces nothing behind it."""
    window = DeletionWindow(KEY, has_deletions=False, most_in_memory=1)
    window.takes(contact(2, "a"), Ticket())
    assert not list(window.close())
    window.takes(gone(1, "a"), Ticket())
    assert [one.is_replaced for one in window.close()] == [False]


def test_a_deletion_comes_back_as_it_was() -> None:
    """From the file too, with everything that its record says: every digit, half characters, and any depth."""
    deep: Any = "leaf"
    for _ in range(20_000):
        deep = [deep]
    values = {"big": 123456789012345678901, "exact": Decimal("955031734.1681486901"), "half": "\ud83d", "deep": deep}
    deletion = gone([1, 2], "a", "i")
    deletion = deletion._replace(record={**deletion.record, **values})
    for most in (1, 100):
        (one,) = ended(deletion, most=most)
        # Python's own comparison of the deep value would call itself too often.
        back = {name: value for name, value in one.contact.record.items() if name != "deep"}
        assert back == {name: value for name, value in deletion.record.items() if name != "deep"}
        assert write_json(one.contact.record["deep"]) == write_json(deep)
        assert one.contact._replace(record={}) == deletion._replace(record={})


@pytest.mark.parametrize("most", [1, 100], ids=["file", "memory"])
def test_deletions_that_wait_are_counted(most: int) -> None:
    """Each until its window has ended: the loop takes on more records while these are unsettled."""
    window = DeletionWindow(KEY, has_deletions=True, most_in_memory=most)
    records: list[Contact | Rejected] = [gone(1, "a"), contact(2, "b"), gone(3, "c"), rejected(4, "", deleted=True)]
    for number, record in enumerate(records):
        window.takes(record, Ticket())
        assert window.waiting == (1, 1, 2, 2)[number]
        assert len(window._rows) < most
    left = [window.waiting for _ in window.close()]
    assert left == [1, 0]
    assert window.waiting == 0


def test_a_key_may_be_nested_deeply() -> None:
    """A record is none the worse for a key that nobody would choose."""
    deep: Any = 1
    for _ in range(20_000):
        deep = [deep]
    assert replaced(gone(deep, "a"), contact(deep, "b")) == [True]


def test_a_stream_that_tells_of_no_deletions_is_not_kept() -> None:
    """Without a deletion column in record or settings nothing is noted."""
    window = DeletionWindow(KEY, has_deletions=False, most_in_memory=1)
    plain = contact(1, "a")._replace(record={"k": 1})
    assert not window.takes(plain, Ticket())
    assert window._file is None


words = st.builds(
    lambda key, address, id, deleted: contact(key, address, id, deleted=deleted),
    st.integers(1, 3),
    st.sampled_from("abc"),
    st.sampled_from(["", "i", "j"]),
    st.booleans(),
)


@given(st.lists(words, max_size=8), st.integers(1, 4))
def test_memory_and_file_agree_with_the_rule(records: list[Contact], most: int) -> None:
    """The rule in plain words, against what the window says of any records."""
    last = {record.record["k"]: record for record in records}
    living = [record for record in last.values() if not record.deleted]
    expected = []
    for record in records:
        if not record.deleted:
            continue
        key = any(one.record["k"] == record.record["k"] for one in living)
        address = any(one.hash == record.hash for one in living)
        external_id = any(one.external_id == record.external_id != "" for one in living)
        expected.append(key or address or external_id)
    assert replaced(*records, most=most) == expected == replaced(*records)


def test_the_order_counts_within_a_key_only() -> None:
    """Of a changed key, insert and deletion come in either order."""
    records = [gone(1, "a"), contact(2, "a"), contact(3, "b")]
    for order in permutations(records):
        assert replaced(*order) == [True]

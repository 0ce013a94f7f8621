"""What is known of members comes back from the temporary file as it went in."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.destination.members.cache import MemberCache
from source_destination_mailchimp.destination.model import Known
from source_destination_mailchimp.mailchimp.members import Status, member_hash

TRACKED = ("FNAME", "LNAME", "interest:abc", "permission:Email", "vip")
CHARACTERS = st.one_of(st.sampled_from("\x1e\x1fes"), st.characters(blacklist_categories=["Cs"]))
WORD = st.text(CHARACTERS, min_size=1, max_size=12)
DIGEST = st.integers(-(2**63), 2**63 - 1)
KNOWN = st.builds(
    Known,
    status=st.sampled_from(list(Status)),
    email=WORD,
    changed_seconds=st.floats(0, 2e9, width=64),
    last_changed=st.sampled_from(["", "2024-01-01T00:00:00+00:00"]),
    digests=st.fixed_dictionaries(dict.fromkeys(TRACKED, DIGEST)),
    tags=st.one_of(st.none(), st.frozensets(WORD, max_size=5)),
    external_id=st.one_of(st.just(""), WORD),
    values=st.sampled_from([b"", b'{"values":{}}']),
    permission_ids=st.just({}),
)
HASHES = st.integers(0, 30).map(lambda n: member_hash(f"p{n}@sandbox-people.org"))


MOST_RECENT = st.sampled_from([0, 3, 50_000])


@given(st.dictionaries(HASHES, st.one_of(st.none(), KNOWN), max_size=20), HASHES, MOST_RECENT)
def test_everything_comes_back(people: Mapping[str, Known | None], stranger: str, most_recent: int) -> None:
    """Members come back whole, nobody as None, an address that was never heard of not at all, filed away or not."""
    memory = MemberCache(TRACKED, most_recent=most_recent)
    memory.put(people.items())
    assert memory.get([*people, stranger]) == dict(people)
    memory.close()


@given(st.lists(st.tuples(HASHES, st.one_of(st.none(), KNOWN)), max_size=20), MOST_RECENT)
def test_the_last_word_counts(history: list[tuple[str, Known | None]], most_recent: int) -> None:
    """What is put later replaces what was known before, in memory and in the file."""
    memory = MemberCache(TRACKED, most_recent=most_recent)
    for one in history:
        memory.put([one])
    assert memory.get([key for key, _ in history]) == dict(history)
    memory.close()


def test_more_than_one_question_can_hold() -> None:
    """Thousands are asked for at once, and each is found."""
    memory = MemberCache(())
    hashes = [member_hash(f"p{n}@sandbox-people.org") for n in range(2345)]
    memory.put((key, Known(Status.SUBSCRIBED, "x")) for key in hashes)
    assert set(memory.get(hashes)) == set(hashes)
    memory.close()


@pytest.mark.parametrize("count", [0, 1, 700])
def test_named_sets_know_nothing_of_each_other(count: int) -> None:
    """Somebody is in a named set once they are put there, and in no other."""
    memory = MemberCache(())
    hashes = [member_hash(f"p{n}@sandbox-people.org") for n in range(count)]
    memory.add_to_set("accepted", hashes)
    memory.add_to_set("accepted", hashes)
    assert all(memory.is_in_set("accepted", key) for key in hashes)
    assert not any(memory.is_in_set("other", key) for key in hashes)
    memory.close()

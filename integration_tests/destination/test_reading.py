"""Members are looked up or read in pages, whichever is cheaper, also while the stream runs."""

import math

import pytest

from integration_tests.destination.syncing import Account, Stream, succeeded, sync

MEMBERS, ARCHIVED = 60_000, 1_500
DATA = Stream(columns=("email", "FNAME"))


def reads(account: Account) -> tuple[int, int]:
    """How many members were looked up, and how many pages of members were read."""
    paths = [row["path"] for row in account.control.requests() if row["method"] == "GET"]
    return sum("/members/" in path for path in paths), sum(path.endswith("/members") for path in paths)


@pytest.mark.parametrize("records", [3, 61, 400])
def test_reads_grow_with_the_records_until_pages_are_cheaper(account: Account, records: int) -> None:
    """Few records in a huge audience cost a look-up each, many its pages; never more than twice the cheaper."""
    order = {"prefix": "p", "merge_values": {"FNAME": "N{n}"}, "archived": ARCHIVED}
    account.control.seed(account.audience, members=MEMBERS + ARCHIVED, **order)
    people = [{"email": f"p{n}@sandbox-people.org", "FNAME": f"N{n}"} for n in range(1, records + 1)]
    account.control.forget_requests()
    result = succeeded(sync(account, people, stream=DATA))
    assert result.outcomes == {"unchanged": records}
    assert account.writes() == []
    looked_up, pages = reads(account)
    all_pages = math.ceil(MEMBERS / 1000) + math.ceil(ARCHIVED / 1000) + 3
    assert looked_up + pages <= 2 * min(records, all_pages)
    assert (pages == 0) is (records <= 61)

"""Rows cut into pages."""

from hypothesis import given
from hypothesis import strategies as st

from source_destination_mailchimp.sandbox.pages.paging import ROWS, pager


@given(st.integers(0, 500))
def test_every_row_is_on_one_page(total: int) -> None:
    """The links lead through all rows, each once and in order, and back again."""
    shown: list[int] = []
    page = pager("/mail", {}, (), total)
    while True:
        shown += range(page.start, page.stop)
        if not page.next:
            break
        page = pager("/mail", {"page": page.next.rpartition("=")[2]}, (), total)
    assert shown == list(range(total))
    assert bool(page.previous) is (total > ROWS)


@given(st.text(max_size=20))
def test_any_page_number_shows_rows(asked: str) -> None:
    """Whatever is asked for, some rows are shown."""
    page = pager("/mail", {"page": asked}, (), 60)
    assert 0 <= page.start < page.stop <= 60


def test_links_keep_the_search() -> None:
    """The search and the status go on to the next page, escaped; what else was asked does not."""
    page = pager("/audiences/a", {"q": "a&b", "status": "", "done": "open"}, ("q", "status"), 60)
    assert page.next == "/audiences/a?q=a%26b&page=2"

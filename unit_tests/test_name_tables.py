"""The tables of names are those that their tool writes."""

import pytest

tables = pytest.importorskip("tools.name_tables", reason="babel is not installed, which the tables are made with")


@pytest.mark.parametrize("path", list(tables.GENERATED), ids=lambda path: path.name)
def test_tables_are_fresh(path: object) -> None:
    """`make docs` has nothing to write."""
    assert path.read_text(encoding="utf-8") == tables.GENERATED[path]()  # type: ignore[attr-defined]

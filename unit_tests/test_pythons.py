"""Which other Pythons the tests run on."""

import pytest

from tools.pythons import found, newest_first


@pytest.mark.parametrize(
    ("releases", "version", "wanted"),
    [
        (["3.11.7", "3.13.0", "3.13.10", "3.13.9"], "3.13", ["3.13.10", "3.13.9", "3.13.0"]),
        (["3.13.0rc1", "3.13t", "system"], "3.13", []),
        (["3.1.5"], "3.13", []),
    ],
)
def test_the_newest_release_comes_first(releases: list[str], version: str, wanted: list[str]) -> None:
    """Releases are compared as numbers, and previews and other versions are left out."""
    assert newest_first(releases, version) == wanted


def test_a_python_that_is_not_there_is_not_found() -> None:
    """Without a PATH nothing is found, and nothing fails."""
    assert found("3.13", {"PATH": ""}) is None
    assert found("3.99") is None

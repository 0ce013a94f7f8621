"""Where temporary files go when the usual folders cannot be written."""

import os
import tempfile
from pathlib import Path

import pytest

from source_destination_mailchimp.airbyte import temporary_files
from source_destination_mailchimp.mailchimp.errors import Misconfigured


@pytest.fixture
def _nothing_can_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let Python find no folder, as in a container whose root file system is read-only; pytest has made its own."""

    def nowhere() -> str:
        if tempfile.tempdir is None:
            raise FileNotFoundError
        return str(tempfile.tempdir)

    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    monkeypatch.delenv("SQLITE_TMPDIR", raising=False)


@pytest.mark.usefixtures("_nothing_can_be_written")
def test_a_mounted_folder_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first further folder that exists and can be written serves Python and SQLite."""
    monkeypatch.setattr(temporary_files, "FURTHER_FOLDERS", (tmp_path / "missing", tmp_path))
    temporary_files.choose_temporary_folder()
    assert tempfile.tempdir == str(tmp_path)
    assert os.environ["SQLITE_TMPDIR"] == str(tmp_path)
    temporary_files.require_temporary_folder()


@pytest.mark.usefixtures("_nothing_can_be_written")
def test_no_folder_at_all_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names both ways out."""
    monkeypatch.setattr(temporary_files, "FURTHER_FOLDERS", ())
    temporary_files.choose_temporary_folder()
    with pytest.raises(Misconfigured, match=r"/tmp.*TMPDIR"):
        temporary_files.require_temporary_folder()


def test_the_usual_folder_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python finds a folder nothing is changed."""
    monkeypatch.delenv("SQLITE_TMPDIR", raising=False)
    before = tempfile.gettempdir()
    temporary_files.choose_temporary_folder()
    assert tempfile.gettempdir() == before
    assert "SQLITE_TMPDIR" not in os.environ

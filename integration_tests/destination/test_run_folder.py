"""The folder that a sync leaves in the store: its figures, its page, and how it ended."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from integration_tests.destination.syncing import Account, sync
from source_destination_mailchimp.destination.reporting import refused_records

SCHEMA = Path(refused_records.__file__).with_name("summary.schema.json")
KEY_OF_A_BUCKET = "AKIAEXAMPLE"


def left(store: Path) -> list[Path]:
    return sorted((store / "runs").iterdir())


def summary_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(found)
    return found


def local(store: Path) -> dict[str, str]:
    return {"storage_type": "Local", "path": str(store)}


def test_a_sync_leaves_its_figures_and_its_page(account: Account, tmp_path: Path) -> None:
    """Counts, mapping with values, and the end of the run are those that the sync reported."""
    result = sync(
        account,
        [{"email": "ann@postbox.org", "FNAME": "Ann"}, {"email": "bob@postbox.org"}, {"email": "nonsense"}],
        object_storage_config=local(tmp_path),
    )
    (folder,) = left(tmp_path)
    found = summary_of(folder)
    (stream,) = found["streams"]
    assert found["exit"] == {"status": "succeeded", "type": "", "message": ""}
    assert stream["audience_id"] == account.audience
    assert stream["outcomes"]["created"] == 2
    assert stream["outcomes"]["rejected"] == 1
    assert sum(stream["outcomes"].values()) == stream["records"] == sum(found["throughput"]["records"])
    fields = {field["columns"]: field["values"] for field in stream["mapping"]}
    assert (fields["FNAME"], fields["LNAME"]) == (1, 0)
    assert account.sandbox.api_key not in json.dumps(found)
    assert str(folder / "report.html") in result.log
    page = (folder / "report.html").read_text()
    assert [f'<th scope="row">{words}</th>' in page for words in ("added", "rejected", "created")] == [
        True,
        True,
        False,
    ]


def test_a_dry_run_leaves_a_folder_too(account: Account, tmp_path: Path) -> None:
    """Its figures say that nothing was written."""
    sync(account, [{"email": "ann@postbox.org"}], dry_run=True, object_storage_config=local(tmp_path))
    (folder,) = left(tmp_path)
    assert summary_of(folder)["dry_run"] is True


def test_a_failed_run_says_why(account: Account, tmp_path: Path) -> None:
    """The sentence is the one of the trace, with its type."""
    result = sync(
        account,
        [{"email": "ann@postbox.org"}, {"email": "x"}],
        max_rejected_percent=0,
        object_storage_config=local(tmp_path),
    )
    (folder,) = left(tmp_path)
    ended = summary_of(folder)["exit"]
    assert ended == {"status": "failed", "type": "config_error", "message": result.complaint}


def test_a_run_that_stops_before_its_first_record_says_why(account: Account, tmp_path: Path) -> None:
    """A wrong setting found in the audience ends in the folder as well."""
    streams = [{"stream": "people", "email_field": "no such column"}]
    result = sync(account, [{"email": "ann@postbox.org"}], streams=streams, object_storage_config=local(tmp_path))
    (folder,) = left(tmp_path)
    assert summary_of(folder)["exit"]["message"] == result.complaint


def test_a_run_that_ends_while_it_is_prepared_says_why(account: Account, tmp_path: Path) -> None:
    """Where Mailchimp stays away while the audience is read, the folder says so, with the type of the trace."""
    streams = [{"stream": "people", "mirror_tag": "List"}]  # so that the audience is read before the first record
    account.control.fault("500", path="/3.0/lists/*/members")
    result = sync(account, [{"email": "ann@postbox.org"}], streams=streams, object_storage_config=local(tmp_path))
    account.control.lift_faults()
    (folder,) = left(tmp_path)
    ended = summary_of(folder)["exit"]
    assert ended == {"status": "failed", "type": "transient_error", "message": result.complaint}


def test_a_store_that_cannot_be_written_stops_before_the_first_write(account: Account, tmp_path: Path) -> None:
    """The sentence has the folder and the reason, and Mailchimp is left alone."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "runs").touch()
    results = []
    store = local(tmp_path / "store")
    writes = account.writes_of(
        lambda: results.append(sync(account, [{"email": "ann@postbox.org"}], object_storage_config=store))
    )
    assert writes == []
    assert f"cannot write {tmp_path}/store/runs: Not a directory" in results[0].complaint


def test_every_cell_is_escaped(account: Account, tmp_path: Path) -> None:
    """What a record holds is text on the page, whatever it looks like."""
    attack = "<img src=x onerror=alert(1)></td><script>alert(2)</script>"
    record = {"email": attack, "FNAME": attack, attack: attack}
    sync(account, [record, {"email": "ann@postbox.org"}], object_storage_config=local(tmp_path))
    (folder,) = left(tmp_path)
    page = (folder / "report.html").read_text()
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_page_loads_nothing_from_elsewhere(account: Account, tmp_path: Path) -> None:
    """Neither a script nor a font nor a picture; its own policy would forbid it."""
    sync(account, [{"email": "nonsense"}, {"email": "ann@postbox.org"}], object_storage_config=local(tmp_path))
    (folder,) = left(tmp_path)
    page = (folder / "report.html").read_text()
    assert "default-src &#39;none&#39;" in page
    for loads in ("src=", "href=", "url(", "@import", "http:", "https:"):
        assert loads not in page, loads


def test_a_page_that_would_grow_too_large_holds_the_first_rows(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays below its limit and names the file with all of them."""
    monkeypatch.setattr(refused_records.RefusedRecords.__init__, "__defaults__", (20_000,))
    records = [{"email": f"nonsense {number}", "FNAME": "<" * 50} for number in range(200)]
    sync(account, [*records, {"email": "ann@postbox.org"}], object_storage_config=local(tmp_path))
    (folder,) = left(tmp_path)
    page = (folder / "report.html").read_text()
    assert "nonsense 0<" in page
    assert "nonsense 199<" not in page
    start, end = (
        page.index("<tbody>", page.index('id="records"')),
        page.rindex("</table>", 0, page.index("<h2>Settings")),
    )
    assert end - start < 20_000
    (kept,) = tmp_path.rglob("*.csv")
    assert str(kept) in page

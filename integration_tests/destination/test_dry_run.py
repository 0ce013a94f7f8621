"""A dry run plans everything and writes nothing, and the sync after it does what the plan said."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from integration_tests.destination.identities import FIELD, Member, address, people, put
from integration_tests.destination.syncing import Account, Json, Result, Stream, feed, succeeded
from unit_tests.destination.field_entries import to

COLUMNS = ("email", "id", "FNAME", "opt_in", "deleted", "tags", "shoe_size")
STREAM = Stream("crm", columns=COLUMNS, mode="append_dedup")
LISTED = Stream("listed", columns=("email", "rows"), source_mode="full_refresh")
CATALOG = (STREAM, LISTED)
KEYS: Json = {
    "removal": "archive",
    "mirror_removal": "unsubscribe",
    "unmapped_fields": "create",
    "streams": [
        {
            "stream": "crm",
            "external_id": "id -> CRMID",
            "tags_field": "tags",
            "tags_mode": "replace_owned",
            "owned_tags": ["crm-*"],
            "opt_in_field": "opt_in",
            "deleted_field": "deleted",
        },
        {"stream": "listed", "mirror_tag": "List", "list_size_field": "rows"},
    ],
}


def row(id: Any, name: str | None, opt_in: Any = "yes", **data: Any) -> Json:
    """One record of the first stream."""
    return {"id": id, "email": address(name) if name else None, "opt_in": opt_in, **data}


ROWS = [
    row(1, "created", FNAME="Ann", tags=["crm-new"]),
    row(2, "updated", FNAME="Bob", shoe_size=44),
    row(3, "unchanged", FNAME="Cid"),
    row(4, "renamed", FNAME="Dan", tags=["crm-gold"]),
    row(5, "joined", FNAME="Eve"),
    row(6, "not-there"),
    row(7, "ann-has-it"),
    row(8, "leaves", opt_in="no"),
    row(9, "stranger", opt_in="no"),
    row(10, "deleted", deleted=True),
    row(11, None, deleted=True),
    row(12, "tagged", FNAME="Flo", tags=["crm-b"]),
    row(13, "opted-out", FNAME="Gus", tags=["crm-b"]),
    row(14, "archived"),
    row(15, None),
    row(16, "no address at all"),
    row(17, "twice", FNAME="One"),
    row(17, "twice", FNAME="Two"),
    row(18, "cleaned", FNAME="Hal"),
    row(19, "many-tags", tags=["crm-a", "crm-b"]),
]
LISTED_ROWS = [{"email": address(name), "rows": 2} for name in ("stays", "comes")]


def seed(account: Account) -> None:
    """An audience in which every outcome is reached."""
    account.seed(merge_fields=[FIELD])
    put(account, "updated", id="2", first_name="Robert")
    put(account, "unchanged", id="3", first_name="Cid")
    put(account, "old-name", id="4", tags=["crm-old", "VIP"])
    put(account, "old-joined", "unsubscribed", id="5", left_by="person", tags=["VIP"])
    put(account, "joined")
    put(account, "may-not", "pending", id="6")
    put(account, "ann-has-it", id="70")
    put(account, "leaves", id="8")
    put(account, "deleted", id="10")
    put(account, "by-id", id="11")
    put(account, "tagged", id="12", first_name="Flo", tags=["crm-a"])
    put(account, "opted-out", "unsubscribed", id="13", left_by="person")
    put(account, "archived", "archived")
    put(account, "cleaned", "cleaned", id="18")
    for name in ("stays", "goes"):
        put(account, name, tags=["List"])


def messages() -> list[Json]:
    """Both streams with their STATEs."""
    crm, listed = [STREAM.record(**one) for one in ROWS], [LISTED.record(**one) for one in LISTED_ROWS]
    return [*crm, STREAM.state(1), *listed, LISTED.state(2)]


def sync(account: Account, **keys: Any) -> Result:
    """One sync of both streams."""
    return feed(account, messages(), CATALOG, **{**KEYS, **keys})


def dry(account: Account, folder: Path | None = None, **keys: Any) -> Result:
    """A dry run, with a store if there is a folder."""
    store = {"storage_type": "Local", "path": str(folder), "format": {"format_type": "JSONL"}} if folder else None
    return sync(account, dry_run=True, **({"object_storage_config": store} if store else {}), **keys)


def rows_of(folder: Path, beginning: str) -> list[Json]:
    """The lines of every file whose name begins so."""
    files = sorted(folder.rglob(f"{beginning}*.jsonl"))
    return [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]


def plan_of(folder: Path) -> dict[str, Json]:
    """The plan by the name in the address; no member may be in it twice."""
    found = rows_of(folder, "plan_")
    plan = {one["email_address"].partition("@")[0]: one for one in found}
    assert len(plan) == len(found), "a line per member"
    return plan


def test_nothing_is_written(account: Account, tmp_path: Path) -> None:
    """Every request of a dry run is a read, everybody stays as they were, and no STATE leaves."""
    seed(account)
    before, mailed = people(account), account.mailed()
    account.control.forget_requests()
    result = succeeded(dry(account, tmp_path))
    methods = {one["method"] for one in account.control.requests()}
    assert methods == {"GET"}
    assert (people(account), account.mailed()) == (before, mailed)
    assert [one for one in result.messages if one["type"] == "STATE"] == []


def test_the_sync_afterwards_does_what_the_plan_said(account: Account, tmp_path: Path) -> None:
    """Outcomes, reasons, refused records and every single member are what the dry run had foretold."""
    seed(account)
    dry_folder, real_folder = tmp_path / "dry", tmp_path / "real"
    foretold = succeeded(dry(account, dry_folder))
    plan = plan_of(dry_folder)
    store = {"storage_type": "Local", "path": str(real_folder), "format": {"format_type": "JSONL"}}
    done = succeeded(sync(account, object_storage_config=store))
    assert foretold.outcomes == done.outcomes
    assert foretold.reasons == done.reasons
    assert rows_of(dry_folder, "2") == rows_of(real_folder, "2")
    _check(people(account), plan)


def _check(there: dict[str, Member], plan: dict[str, Json]) -> None:
    """Every member is what their line says."""
    for name, line in plan.items():
        changes = line["changes"]
        member = there[changes.get("email_address", address(name)).partition("@")[0]]
        assert member.status == (line["status_to_be"] or line["status_now"]), name
        merge = changes.get("merge_fields") or {}
        assert member.id == merge.get("CRMID", member.id), name
        assert member.first_name == merge.get("FNAME", member.first_name), name
        carried = {tag.lower() for tag in member.tags}
        assert {tag.lower() for tag in line["tags_on"]} <= carried, name
        assert not carried & set(line["tags_off"]), name


def test_the_plan_has_a_line_for_everybody_it_touches(account: Account, tmp_path: Path) -> None:
    """Renames, joins, removals, tags and people who left a list: one line per member, and none for the others."""
    seed(account)
    succeeded(dry(account, tmp_path))
    plan = plan_of(tmp_path)
    assert plan.keys() == {
        *("created", "updated", "old-name", "joined", "leaves", "deleted", "by-id", "tagged"),
        *("opted-out", "archived", "twice", "cleaned", "many-tags", "comes", "goes"),
    }
    assert plan["created"]["call"].startswith("POST /lists/{id}, status, update_existing false")
    assert plan["old-name"]["changes"]["email_address"] == address("renamed")
    assert (plan["old-name"]["tags_on"], plan["old-name"]["tags_off"]) == (["crm-gold"], ["crm-old"])
    assert plan["old-name"]["beside"] == ["renamed"]
    assert (plan["joined"]["status_now"], plan["joined"]["status_to_be"]) == ("subscribed", "unsubscribed")
    assert plan["joined"]["tags_on"] == ["vip"]
    assert "old-joined" not in plan, "whoever opted out keeps the external id"
    assert (plan["by-id"]["status_now"], plan["by-id"]["status_to_be"]) == ("subscribed", "archived")
    assert (plan["goes"]["status_to_be"], plan["goes"]["tags_off"]) == ("unsubscribed", ["list"])
    assert plan["updated"]["changes"]["merge_fields"] == {"FNAME": "Bob", "SHOE_SIZE": "44"}
    assert plan["twice"]["changes"]["merge_fields"]["FNAME"] == "Two"


def test_headline_tables_and_merge_fields_say_would(account: Account) -> None:
    """The log says at every place that it tells of a plan, also which merge fields would be made."""
    seed(account)
    log = succeeded(dry(account)).log
    assert "Dry run (nothing written): " in log
    assert "would be added" in log
    assert "crm → Readers: 20 records (dry run, nothing written)" in log
    assert "would be updated" in log
    assert "would be unsubscribed" in log
    assert "would be created for column shoe_size" in log
    assert "was made" not in log


@pytest.mark.parametrize("is_dry", [True, False])
def test_fuses_report_instead_of_stopping(account: Account, is_dry: bool) -> None:
    """A dry run goes on behind a blown fuse, a mirror's too, and says how many too many there are."""
    for n in range(15):
        put(account, f"leaves{n}", id=f"l{n}")
        put(account, f"list{n}", tags=["List"])
    rows = [STREAM.record(**row(f"l{n}", f"leaves{n}", opt_in="no")) for n in range(15)]
    listed = [LISTED.record(email=address("comes"), rows=1)]
    keys: Json = {**KEYS, "max_removals_percent": 0, "dry_run": is_dry}
    result = feed(account, [*listed, *rows], CATALOG, **keys)
    if not is_dry:
        assert result.error is not None
        return
    succeeded(result)
    assert result.outcomes == {"created": 1, "unsubscribed": 15}
    assert result.reasons["left-unsubscribe"] == 15
    assert (
        "max_removals_percent would stop the sync: 15 contacts would be removed or unsubscribed (15 opt-outs in "
        "records), and the limit is 10 (0 percent of the 30 contacts of audience 'Readers', at least 10)."
    ) in result.log
    assert "15 of the 15 contacts with the tag 'List' are no longer in stream listed" in result.log
    assert "The sync would stop and remove no contact from the list." in result.log
    assert "No contact was removed" not in result.log
    assert account.writes() == []


def test_new_people_with_permissions(account: Account, tmp_path: Path) -> None:
    """Marketing permissions of people who would be added stand in the plan by their texts."""
    account.seed(marketing_permissions=["Email"])
    put(account, "there")
    stream = Stream(columns=("email", "mail_ok"))
    keys: Json = {"streams": [{"stream": "people", "fields": [to("mail_ok", "permission:Email")]}]}
    store = {"storage_type": "Local", "path": str(tmp_path), "format": {"format_type": "JSONL"}}
    rows = [stream.record(email=address("new"), mail_ok=True)]
    result = succeeded(feed(account, rows, [stream], dry_run=True, object_storage_config=store, **keys))
    assert plan_of(tmp_path)["new"]["changes"] == {"marketing_permissions": {"Email": True}}
    done = succeeded(feed(account, rows, [stream], **keys))
    assert result.reasons == done.reasons

"""A 404 is believed only if what the rows hang on is answered by 404 too; else it costs that part, and says so."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from integration_tests.source.conftest import Seeded
from integration_tests.source.plain import activities, call, members
from integration_tests.source.syncing import Row, by_key, catalog, config, sync
from source_destination_mailchimp.mailchimp.members import member_hash
from source_destination_mailchimp.source.states import bookmarks

COMMAND = str(Path(sys.executable).with_name("source-mailchimp"))


def _always(seeded: Seeded, path: str, fault: str = "404") -> None:
    seeded.sandbox.control.fault(fault, path=path, rate=1.0)


def test_one_404_on_members_is_no_empty_audience(seeded: Seeded) -> None:
    """The stream is incomplete, the other audience and the other streams come whole, and later everybody is there."""
    control = seeded.sandbox.control
    control.fault("404", path=f"/3.0/lists/{seeded.audience}/members", times=1)
    found = sync(config(seeded.sandbox), "list_members", "lists", "tags", fails=True)
    assert found.ends == {"list_members": "INCOMPLETE", "lists": "COMPLETE", "tags": "COMPLETE"}
    assert {row["list_id"] for row in found.records["list_members"]} == {seeded.other}
    assert f"404 for a part of /lists/{seeded.audience}, which itself still exists" in found.errors[-1]
    later = sync(config(seeded.sandbox), "list_members", state=found.states)
    everybody = by_key([*found.records["list_members"], *later.records["list_members"]], ("id", "list_id"))
    assert len(everybody) == 1065


def test_an_audience_that_is_really_gone(seeded: Seeded) -> None:
    """Members and audience both answer 404: the audience is left out with a warning, and the stream is complete."""
    _always(seeded, f"/3.0/lists/{seeded.other}/members")
    _always(seeded, f"/3.0/lists/{seeded.other}")
    found = sync(config(seeded.sandbox), "list_members")
    assert {row["list_id"] for row in found.records["list_members"]} == {seeded.audience}
    assert any(f"/lists/{seeded.other} no longer exists (404)" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("stream", "collection"), [("segment_members", "segments"), ("interests", "interest-categories")]
)
@pytest.mark.parametrize("fault", ["404", "503"])
def test_one_audience_whose_parents_cannot_be_listed(seeded: Seeded, stream: str, collection: str, fault: str) -> None:
    """Segments or categories of one audience that do not come cost that audience's rows only, and are said."""
    _always(seeded, f"/3.0/lists/{seeded.other}/{collection}", fault)
    truth = sync(config(seeded.sandbox, audiences=["Readers"]), stream).records[stream]
    found = sync(config(seeded.sandbox), stream, fails=True)
    assert found.ends == {stream: "INCOMPLETE"}
    assert len(found.records[stream]) == len(truth) > 0
    assert found.turns == ["transient_error", "transient_error"]


def test_parents_of_a_deleted_audience(seeded: Seeded) -> None:
    """Segments of an audience that is gone itself are left out with a warning."""
    _always(seeded, f"/3.0/lists/{seeded.other}/segments")
    _always(seeded, f"/3.0/lists/{seeded.other}")
    found = sync(config(seeded.sandbox), "segment_members")
    assert found.ends == {"segment_members": "COMPLETE"}
    assert any("no longer exists" in warning for warning in found.warnings)


@pytest.mark.parametrize("fault", ["404", "500"])
def test_a_report_that_was_not_read_is_read_later(seeded: Seeded, fault: str) -> None:
    """A report whose engagement did not come is not marked as read: the next sync has all of it."""
    _always(seeded, f"/3.0/reports/{seeded.campaign}/email-activity", fault)
    settings = config(seeded.sandbox)
    found = sync(settings, "email_activity", fails=True)
    assert found.ends == {"email_activity": "INCOMPLETE"}
    seeded.sandbox.control.lift_faults()
    later = sync(settings, "email_activity", state=found.states).records["email_activity"]
    assert len({row["activity_id"] for row in later}) == len(later)
    for row in later:
        del row["activity_id"]
    assert sorted(map(str, later)) == sorted(map(str, activities(seeded.sandbox, seeded.campaign)))


def test_a_campaign_that_is_really_gone(seeded: Seeded) -> None:
    """A campaign deleted while its reports are read costs no stream its end."""
    _always(seeded, f"/3.0/reports/{seeded.campaign}/email-activity")
    _always(seeded, f"/3.0/campaigns/{seeded.campaign}")
    found = sync(config(seeded.sandbox), "email_activity")
    assert found.ends == {"email_activity": "COMPLETE"}
    assert any(f"/campaigns/{seeded.campaign} no longer exists" in warning for warning in found.warnings)


@pytest.mark.parametrize("fault", ["404", "503"])
def test_consent_without_one_report(seeded: Seeded, fault: str) -> None:
    """Everybody's consent comes as members show it, the stream is incomplete, and the report is read by the next."""
    _always(seeded, f"/3.0/reports/{seeded.campaign}/unsubscribed", fault)
    settings = config(seeded.sandbox)
    found = sync(settings, "consent", fails=True)
    assert found.ends == {"consent": "INCOMPLETE"}
    assert len(by_key(found.records["consent"], ("list_id", "email_id"))) == 1065
    seeded.sandbox.control.lift_faults()
    later = sync(settings, "consent", state=found.states).records["consent"]
    assert [(row["reason"], row["campaign_id"]) for row in later] == [("Too many mails", seeded.campaign)]


@pytest.mark.parametrize("path", ["/3.0/reports", "/3.0/reports/*/unsubscribed"])
def test_consent_without_the_right_to_reports(seeded: Seeded, path: str) -> None:
    """403 on reports leaves what members say, one warning, and a complete stream."""
    _always(seeded, path, "403")
    found = sync(config(seeded.sandbox), "consent")
    assert len(by_key(found.records["consent"], ("list_id", "email_id"))) == 1065
    assert sum("campaign reports" in warning for warning in found.warnings) == 1


def test_one_member_whose_tags_or_feed_do_not_come(seeded: Seeded) -> None:
    """A 404 on one member is no deleted member, let alone a deleted audience."""
    control = seeded.sandbox.control
    control.seed(seeded.audience, members=1, prefix="tagged", tags=[f"tag {n}" for n in range(60)])
    member = member_hash("tagged1@sandbox-people.org")
    for stream, part in (("member_tags", "tags"), ("member_activity", "activity-feed")):
        _always(seeded, f"/3.0/lists/{seeded.audience}/members/{member}/{part}")
        found = sync(config(seeded.sandbox), stream, fails=True)
        assert found.ends == {stream: "INCOMPLETE"}
        assert "@" not in found.errors[-1]
        _always(seeded, f"/3.0/lists/{seeded.audience}/members/{member}")
        assert sync(config(seeded.sandbox), stream).ends == {stream: "COMPLETE"}
        control.lift_faults()


def test_flat_columns_of_an_audience_that_do_not_come(seeded: Seeded) -> None:
    """Where the merge fields of one audience are not shown, its members are missing and said; the others come."""
    settings = config(seeded.sandbox, merge_fields="flat")
    configured = catalog(settings, "list_members", "lists")
    _always(seeded, f"/3.0/lists/{seeded.other}/merge-fields")
    found = sync(settings, configured=configured, fails=True)
    assert found.ends == {"list_members": "INCOMPLETE", "lists": "COMPLETE"}
    assert {row["list_id"] for row in found.records["list_members"]} == {seeded.audience}


@pytest.mark.parametrize(("kind", "code"), [("404", 1), ("", 0)])
def test_the_command_fails_and_says_whose_turn_it_is(seeded: Seeded, tmp_path: Path, kind: str, code: int) -> None:
    """The process ends with 1 and a last trace that is transient_error and names the stream; else with 0."""
    settings = config(seeded.sandbox)
    files = {"config": settings, "catalog": ConfiguredAirbyteCatalogSerializer.dump(catalog(settings, "list_members"))}
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(content))
    if kind:
        _always(seeded, f"/3.0/lists/{seeded.audience}/members", kind)
    paths = [f"--{name}={tmp_path / name}.json" for name in files]
    done = subprocess.run([COMMAND, "read", *paths], capture_output=True, env=dict(os.environ), check=False)
    assert done.returncode == code
    messages = [orjson.loads(line) for line in done.stdout.splitlines()]
    errors = [message["trace"]["error"] for message in messages if message.get("trace", {}).get("type") == "ERROR"]
    if not kind:
        assert errors == []
        return
    assert errors[-1]["failure_type"] == "transient_error"
    assert errors[-1]["message"].startswith("1 stream was not read completely: list_members. Stream list_members: ")
    key = seeded.sandbox.api_key
    assert key not in done.stdout.decode() + done.stderr.decode()


def test_all_tags_and_not_ten(seeded: Seeded) -> None:
    """More tags than a page without `count` shows, and more than one page holds, come all."""
    names = [f"tag {number}" for number in range(1203)]
    for start in range(0, len(names), 40):
        seeded.sandbox.control.seed(seeded.audience, members=1, prefix=f"with{start}x", tags=names[start : start + 40])
    found = sync(config(seeded.sandbox), "tags").records["tags"]
    assert {row["name"] for row in found} == {*names, "vip"}


def test_what_was_seen_when_states_left(sandbox_is_large: Seeded) -> None:
    """Before each STATE stand all rows that it stands for: every member up to its cursor, every report marked read."""
    seeded = sandbox_is_large
    truth = members(seeded.sandbox, seeded.audience)
    done = len(activities(seeded.sandbox, seeded.campaign))
    found = sync(config(seeded.sandbox), "list_members", "email_activity")
    ids: set[str] = set()
    events = 0
    stood_for = 0
    for message in found.output.records_and_state_messages:
        if message.record and message.record.stream == "list_members":
            ids.add(message.record.data["id"])
        elif message.record:
            events += 1
        elif message.state and message.state.stream:
            name = message.state.stream.stream_descriptor.name
            saved = bookmarks(vars(message.state.stream.stream_state), "last_changed")
            if name == "email_activity":
                assert events == done
            elif seeded.audience in saved:
                wanted = _until(truth, saved[seeded.audience])
                assert wanted <= ids
                stood_for += bool(wanted)
    assert stood_for >= 2
    assert events == done > 1000


def _until(everybody: list[Row], cursor: Row) -> set[str]:
    """Everybody for whom the cursors of a state stand."""
    keys = {True: "archived_last_changed", False: "last_changed"}
    return {row["id"] for row in everybody if row["last_changed"] <= cursor.get(keys[row["status"] == "archived"], "")}


@pytest.fixture
def sandbox_is_large(seeded: Seeded) -> Seeded:
    """An audience of more than two windows, and a campaign of more than one page."""
    seeded.sandbox.control.seed(seeded.audience, members=23_000, prefix="more")
    order = {"audience": seeded.audience, "open_percent": 20, "send_time": "2026-04-01T12:00:00Z"}
    campaign = seeded.sandbox.control.call("POST", "campaigns", order)["id"]
    call(seeded.sandbox, "DELETE", f"/campaigns/{seeded.campaign}")
    seeded.sandbox.control.clock(advance_seconds=5)
    return Seeded(seeded.sandbox, seeded.audience, seeded.other, campaign, [])

"""Mailchimp's own Python client (mailchimp-marketing 3.0.80) works against the sandbox, one test per group of calls.

How it is pointed there, what it returns for 204 and how it raises was found by running it (observed, PY).
"""

import gzip
import io
import json
import subprocess
import sys
import tarfile
import time
import urllib.request
from typing import Any

import pytest
from mailchimp_marketing import Client
from mailchimp_marketing.api_client import ApiClientError

from integration_tests.sandbox.documented import program
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.server import Sandbox

ANN = "ann@grouparoo.com"
HASH = "7e0680104dcc8e5ff0ee6d7f0e7d2bc6"
LIST = {
    "name": "Readers",
    "contact": {"company": "A", "address1": "1 Road", "city": "Town", "country": "US"},
    "permission_reminder": "You asked.",
    "campaign_defaults": {"from_name": "A", "from_email": "a@grouparoo.com", "subject": "S", "language": "en"},
    "email_type_option": False,
}
SOON_SECONDS = 10.0


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    """The official client, pointed at the sandbox."""
    made = Client()
    made.set_config({"api_key": sandbox.api_key, "server": "us1"})
    made.api_client.host = sandbox.api_url
    return made


@pytest.fixture
def ann(client: Any, audience: str) -> str:
    """Somebody subscribed; her hash."""
    return str(client.lists.add_list_member(audience, {"email_address": ANN, "status": "subscribed"})["id"])


def test_root_and_ping(client: Any) -> None:
    """ping answers with Mailchimp's sentence, the root with the account (documented)."""
    assert client.ping.get() == {"health_status": "Everything's Chimpy!"}
    assert client.root.get_root()["total_subscribers"] == 0


def test_lists(client: Any) -> None:
    """An audience is made, listed, changed and deleted (documented)."""
    made = client.lists.create_list(LIST)
    assert [row["id"] for row in client.lists.get_all_lists(count=1000)["lists"]] == [made["id"]]
    assert client.lists.update_list(made["id"], LIST | {"name": "Writers"})["name"] == "Writers"
    assert client.lists.get_list(made["id"])["name"] == "Writers"
    client.lists.delete_list(made["id"])
    assert client.lists.get_all_lists()["total_items"] == 0


def test_merge_fields(client: Any, audience: str) -> None:
    """A merge field is made, listed, changed and deleted (documented)."""
    made = client.lists.add_list_merge_field(audience, {"name": "Score", "type": "number", "tag": "SCORE"})
    number = made["merge_id"]
    assert client.lists.update_list_merge_field(audience, number, {"name": "Points"})["name"] == "Points"
    assert client.lists.get_list_merge_field(audience, number)["tag"] == "SCORE"
    client.lists.delete_list_merge_field(audience, number)
    assert "SCORE" not in [row["tag"] for row in client.lists.get_list_merge_fields(audience)["merge_fields"]]


def test_interests(client: Any, audience: str) -> None:
    """A category with an interest is made, listed, changed and deleted (documented)."""
    category = client.lists.create_list_interest_category(audience, {"title": "Likes", "type": "checkboxes"})["id"]
    interest = client.lists.create_interest_category_interest(audience, category, {"name": "Tea"})["id"]
    assert client.lists.get_interest_category(audience, category)["title"] == "Likes"
    assert client.lists.list_interest_category_interests(audience, category)["total_items"] == 1
    changed = client.lists.update_interest_category_interest(audience, category, interest, {"name": "Coffee"})
    assert changed["name"] == client.lists.get_interest_category_interest(audience, category, interest)["name"]
    client.lists.delete_interest_category_interest(audience, category, interest)
    client.lists.delete_interest_category(audience, category)
    assert client.lists.get_list_interest_categories(audience)["total_items"] == 0


def test_members(client: Any, audience: str, ann: str) -> None:
    """A member is added, read, changed, archived, brought back and deleted for good (documented)."""
    assert ann == HASH
    body = {"email_address": ANN, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Ann"}}
    assert client.lists.set_list_member(audience, ann, body)["full_name"] == "Ann"
    assert client.lists.update_list_member(audience, ann, {"vip": True})["vip"] is True
    assert client.lists.get_list_members_info(audience, status="subscribed")["total_items"] == 1
    client.lists.delete_list_member(audience, ann)
    assert client.lists.get_list_member(audience, ann)["status"] == "archived"
    client.lists.delete_list_member_permanent(audience, ann)
    with pytest.raises(ApiClientError) as refused:
        client.lists.get_list_member(audience, ann)
    assert refused.value.status_code == 404


def test_a_refusal_is_raised_with_the_problem_as_text(client: Any, audience: str, ann: str) -> None:
    """The client raises with status and document, which is a string because it is problem+json (observed)."""
    with pytest.raises(ApiClientError) as refused:
        client.lists.add_list_member(audience, {"email_address": ANN, "status": "subscribed"})
    assert refused.value.status_code == 400
    assert json.loads(refused.value.text)["title"] == "Member Exists"


def test_member_tags(client: Any, audience: str, ann: str) -> None:
    """A tag is put on a member and found by search (documented)."""
    client.lists.update_list_member_tags(audience, ann, {"tags": [{"name": "vip", "status": "active"}]})
    assert [tag["name"] for tag in client.lists.get_list_member_tags(audience, ann)["tags"]] == ["vip"]
    assert client.lists.tag_search(audience, name="v")["total_items"] == 1


def test_member_notes(client: Any, audience: str, ann: str) -> None:
    """A note is written, listed, changed and deleted (documented)."""
    note = client.lists.create_list_member_note(audience, ann, {"note": "Called."})["id"]
    client.lists.update_list_member_note(audience, ann, note, {"note": "Called twice."})
    assert client.lists.get_list_member_note(audience, ann, note)["note"] == "Called twice."
    client.lists.delete_list_member_note(audience, ann, note)
    assert client.lists.get_list_member_notes(audience, ann)["total_items"] == 0


def test_member_events_and_activity(client: Any, audience: str, ann: str) -> None:
    """An event is posted and read back; activity, feed and goals answer (documented)."""
    client.lists.create_list_member_event(audience, ann, {"name": "bought", "properties": {"what": "tea"}})
    assert client.lists.get_list_member_events(audience, ann)["events"][0]["properties"] == {"what": "tea"}
    assert client.lists.get_list_member_activity(audience, ann)["activity"] == []
    kinds = [row["activity_type"] for row in client.lists.get_list_member_activity_feed(audience, ann)["activity"]]
    assert sorted(kinds) == ["event", "generic_signup"]
    assert client.lists.getListMemberGoals(audience, ann)["goals"] == []


def test_segments(client: Any, audience: str, ann: str) -> None:
    """A static segment is made, filled, listed and deleted (documented)."""
    segment = client.lists.create_segment(audience, {"name": "s", "static_segment": []})["id"]
    added = client.lists.batch_segment_members({"members_to_add": [ANN]}, audience, segment)
    assert added["total_added"] == 1
    assert client.lists.get_segment_members_list(audience, segment)["members"][0]["id"] == ann
    client.lists.remove_segment_member(audience, segment, ann)
    client.lists.create_segment_member(audience, segment, {"email_address": ANN})
    assert client.lists.update_segment(audience, segment, {"name": "t"})["member_count"] == 1
    assert client.lists.get_segment(audience, segment)["name"] == "t"
    client.lists.delete_segment(audience, segment)
    assert client.lists.list_segments(audience)["total_items"] == 0


def test_batch_subscribe(client: Any, audience: str) -> None:
    """Many members are sent in one call, each answered for itself (documented)."""
    rows = [{"email_address": f"p{n}@grouparoo.com", "status": "subscribed"} for n in range(3)]
    answer = client.lists.batch_list_members(
        audience, {"members": [*rows, {"email_address": "x", "status": "pending"}]}
    )
    assert (answer["total_created"], answer["error_count"]) == (3, 1)


def test_batches(client: Any, audience: str) -> None:
    """Operations are started, waited for and read from the archive, which needs no key (documented)."""
    body = json.dumps({"email_address": ANN, "status": "subscribed"})
    operation = {"method": "POST", "path": f"/lists/{audience}/members", "operation_id": "one", "body": body}
    batch = client.batches.start({"operations": [operation]})["id"]
    deadline = time.monotonic() + SOON_SECONDS
    while client.batches.status(batch)["status"] != "finished" and time.monotonic() < deadline:
        client.ping.get()
    with urllib.request.urlopen(client.batches.status(batch)["response_body_url"], timeout=10) as answer:
        content = gzip.decompress(answer.read())
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        texts = [archive.extractfile(file) for file in archive.getmembers() if file.isfile()]
        rows = [row for text in texts if text for row in json.loads(text.read() or b"[]")]
    assert [(row["operation_id"], row["status_code"]) for row in rows] == [("one", 200)]
    assert client.batches.list()["total_items"] == 1
    client.batches.delete_request(batch)


def test_growth_and_activity(client: Any, audience: str, ann: str) -> None:
    """Growth history and recent activity answer (documented)."""
    month = client.lists.get_list_growth_history(audience)["history"][0]["month"]
    assert client.lists.get_list_growth_history_by_month(audience, month)["subscribed"] == 1
    assert client.lists.get_list_recent_activity(audience)["activity"][0]["other_adds"] == 1


def test_search(client: Any, ann: str) -> None:
    """A member is found by address (documented)."""
    assert client.searchMembers.search(ANN)["exact_matches"]["members"][0]["id"] == ann


def test_campaigns_and_reports(client: Any, control: Control, audience: str, ann: str) -> None:
    """A campaign and every part of its report that is served can be read (documented)."""
    campaign = control.campaign(audience)
    id, link = campaign["id"], campaign["links"][0]["id"]
    for action in ("open", "click", "unsubscribe"):
        control.people(ANN, audience, action, campaign=id)
    reports = client.reports
    assert client.campaigns.list(status="sent")["campaigns"][0]["id"] == client.campaigns.get(id)["id"] == id
    assert reports.get_all_campaign_reports()["reports"][0]["id"] == reports.get_campaign_report(id)["id"]
    assert len(reports.get_email_activity_for_campaign(id)["emails"][0]["activity"]) == 2
    assert reports.get_campaign_recipients(id)["sent_to"][0]["email_id"] == ann
    assert reports.get_campaign_open_details(id)["total_opens"] == 1
    assert reports.get_campaign_click_details(id)["urls_clicked"][0]["total_clicks"] == 1
    assert reports.get_subscribers_info(id, link)["members"][0]["clicks"] == 1
    assert reports.get_unsubscribed_list_for_campaign(id)["unsubscribes"][0]["email_id"] == ann


def test_automations(client: Any, audience: str) -> None:
    """An automation is made, started and read with its email (documented)."""
    recipients, trigger = {"list_id": audience, "store_id": "s1"}, {"workflow_type": "abandonedCart"}
    id = client.automations.create({"recipients": recipients, "trigger_settings": trigger})["id"]
    client.automations.start_all_emails(id)
    assert client.automations.list(status="sending")["automations"][0]["id"] == client.automations.get(id)["id"]
    email = client.automations.list_all_workflow_emails(id)["emails"][0]["id"]
    assert client.automations.get_workflow_email(id, email)["workflow_id"] == id


def test_the_documented_program_works(sandbox: Sandbox) -> None:
    """The program for Python in docs/sandbox.md reaches the sandbox."""
    code = program("python", "mailchimp_marketing", sandbox)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "Everything's Chimpy!" in done.stdout

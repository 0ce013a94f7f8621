"""Every call that the sandbox serves, in an order that gives each the IDs it needs, and its name in three clients.

The clients take the IDs in the path's order and then the body, so one table does for all of them.
"""

import re
from typing import Any, NamedTuple

from integration_tests.sandbox.test_members import ANN, BOB
from source_destination_mailchimp.sandbox.control.client import Control
from source_destination_mailchimp.sandbox.http.routes import ROUTES
from source_destination_mailchimp.sandbox.members.addresses import hash_of

Json = dict[str, Any]

LIST = {
    "name": "Readers",
    "contact": {
        "company": "A",
        "address1": "1 Road",
        "city": "Town",
        "state": "GA",
        "zip": "30308",
        "country": "US",
    },
    "permission_reminder": "You asked.",
    "campaign_defaults": {"from_name": "A", "from_email": "a@grouparoo.com", "subject": "S", "language": "en"},
    "email_type_option": False,
}
_CART = {"recipients": {"list_id": "{list}", "store_id": "s1"}, "trigger_settings": {"workflow_type": "abandonedCart"}}
_NEW = {"email_address": BOB, "status": "subscribed"}
_ANN = {"email_address": ANN}
_NEW_CONTACT = {"email_channel": {"email": "fay@grouparoo.com"}}


class Call(NamedTuple):
    """A call: its names in mailchimp_marketing for node and in mailchimp3 ("" where a client does not have it).

    `keep` is the name under which a part of the answer is kept for later calls, and where that part stands.
    """

    method: str
    path: str
    node: str
    python: str
    body: Any = None
    keep: tuple[str, str] | None = None

    @property
    def ids(self) -> list[str]:
        """The IDs in the path, still to be filled in, in their order."""
        return re.findall(r"{\w+}", self.path)


_L = "/lists/{list}"
_M = f"{_L}/members/{{member}}"
_C = f"{_L}/interest-categories"
_S = f"{_L}/segments"
_R = "/reports/{campaign}"
_A = "/automations"
_E = f"{_A}/{{automation}}/emails/{{email}}"

CALLS = (
    Call("GET", "/", "root.getRoot", "api_root.get"),
    Call("GET", "/ping", "ping.get", "ping.get"),
    Call("POST", "/lists", "lists.createList", "lists.create", LIST, ("list", "id")),
    Call("GET", "/lists", "lists.getAllLists", "lists.all"),
    Call("GET", _L, "lists.getList", "lists.get"),
    Call("PATCH", _L, "lists.updateList", "lists.update", LIST),
    Call(
        "POST",
        f"{_L}/merge-fields",
        "lists.addListMergeField",
        "lists.merge_fields.create",
        {"name": "Age", "type": "number"},
        ("field", "merge_id"),
    ),
    Call("GET", f"{_L}/merge-fields", "lists.getListMergeFields", "lists.merge_fields.all"),
    Call("GET", f"{_L}/merge-fields/{{field}}", "lists.getListMergeField", "lists.merge_fields.get"),
    Call(
        "PATCH",
        f"{_L}/merge-fields/{{field}}",
        "lists.updateListMergeField",
        "lists.merge_fields.update",
        {"name": "Years", "type": "number"},
    ),
    Call(
        "POST",
        _C,
        "lists.createListInterestCategory",
        "lists.interest_categories.create",
        {"title": "Likes", "type": "radio"},
        ("category", "id"),
    ),
    Call("GET", _C, "lists.getListInterestCategories", "lists.interest_categories.all"),
    Call("GET", f"{_C}/{{category}}", "lists.getInterestCategory", "lists.interest_categories.get"),
    Call(
        "PATCH",
        f"{_C}/{{category}}",
        "lists.updateInterestCategory",
        "lists.interest_categories.update",
        {"title": "Loves", "type": "radio"},
    ),
    Call(
        "POST",
        f"{_C}/{{category}}/interests",
        "lists.createInterestCategoryInterest",
        "lists.interest_categories.interests.create",
        {"name": "Tea"},
        ("interest", "id"),
    ),
    Call(
        "GET",
        f"{_C}/{{category}}/interests",
        "lists.listInterestCategoryInterests",
        "lists.interest_categories.interests.all",
    ),
    Call(
        "GET",
        f"{_C}/{{category}}/interests/{{interest}}",
        "lists.getInterestCategoryInterest",
        "lists.interest_categories.interests.get",
    ),
    Call(
        "PATCH",
        f"{_C}/{{category}}/interests/{{interest}}",
        "lists.updateInterestCategoryInterest",
        "lists.interest_categories.interests.update",
        {"name": "Coffee"},
    ),
    Call("POST", f"{_L}/members", "lists.addListMember", "lists.members.create", _ANN | {"status": "subscribed"}),
    Call("GET", f"{_L}/members", "lists.getListMembersInfo", "lists.members.all"),
    Call("GET", _M, "lists.getListMember", "lists.members.get"),
    Call(
        "PUT",
        _M,
        "lists.setListMember",
        "lists.members.create_or_update",
        _ANN | {"status_if_new": "subscribed", "merge_fields": {"FNAME": "Ann"}},
    ),
    Call("PATCH", _M, "lists.updateListMember", "lists.members.update", {"vip": True}),
    Call("POST", _L, "lists.batchListMembers", "lists.update_members", {"members": [_NEW], "update_existing": True}),
    Call(
        "POST",
        f"{_M}/tags",
        "lists.updateListMemberTags",
        "lists.members.tags.update",
        {"tags": [{"name": "vip", "status": "active"}]},
    ),
    Call("GET", f"{_M}/tags", "lists.getListMemberTags", "lists.members.tags.all"),
    Call("GET", f"{_L}/tag-search", "lists.tagSearch", ""),
    Call(
        "POST",
        f"{_M}/notes",
        "lists.createListMemberNote",
        "lists.members.notes.create",
        {"note": "Called."},
        ("note", "id"),
    ),
    Call("GET", f"{_M}/notes", "lists.getListMemberNotes", "lists.members.notes.all"),
    Call("GET", f"{_M}/notes/{{note}}", "lists.getListMemberNote", "lists.members.notes.get"),
    Call(
        "PATCH",
        f"{_M}/notes/{{note}}",
        "lists.updateListMemberNote",
        "lists.members.notes.update",
        {"note": "Called twice."},
    ),
    Call("DELETE", f"{_M}/notes/{{note}}", "lists.deleteListMemberNote", "lists.members.notes.delete"),
    Call("POST", f"{_M}/events", "lists.createListMemberEvent", "lists.members.events.create", {"name": "bought_tea"}),
    Call("GET", f"{_M}/events", "lists.getListMemberEvents", "lists.members.events.all"),
    Call("GET", f"{_M}/activity", "lists.getListMemberActivity", "lists.members.activity.all"),
    Call("GET", f"{_M}/activity-feed", "lists.getListMemberActivityFeed", "lists.members.activity.feed"),
    Call("GET", f"{_M}/goals", "lists.getListMemberGoals", "lists.members.goals.all"),
    Call(
        "POST",
        _S,
        "lists.createSegment",
        "lists.segments.create",
        {"name": "List", "static_segment": []},
        ("segment", "id"),
    ),
    Call("GET", _S, "lists.listSegments", "lists.segments.all"),
    Call("GET", f"{_S}/{{segment}}", "lists.getSegment", "lists.segments.get"),
    Call(
        "POST",
        f"{_S}/{{segment}}",
        "lists.batchSegmentMembers",
        "lists.segments.update_members",
        {"members_to_add": [ANN], "members_to_remove": []},
    ),
    Call("GET", f"{_S}/{{segment}}/members", "lists.getSegmentMembersList", "lists.segments.members.all"),
    Call(
        "DELETE",
        f"{_S}/{{segment}}/members/{{member}}",
        "lists.removeSegmentMember",
        "lists.segments.members.delete",
    ),
    Call(
        "POST",
        f"{_S}/{{segment}}/members",
        "lists.createSegmentMember",
        "lists.segments.members.create",
        _ANN | {"status": "subscribed"},
    ),
    Call("PATCH", f"{_S}/{{segment}}", "lists.updateSegment", "lists.segments.update", {"name": "Renamed"}),
    Call("DELETE", f"{_S}/{{segment}}", "lists.deleteSegment", "lists.segments.delete"),
    Call("GET", f"{_L}/growth-history", "lists.getListGrowthHistory", "lists.growth_history.all"),
    Call("GET", f"{_L}/growth-history/{{month}}", "lists.getListGrowthHistoryByMonth", "lists.growth_history.get"),
    Call("GET", f"{_L}/activity", "lists.getListRecentActivity", "lists.activity.all"),
    Call("GET", "/search-members?query=ann", "searchMembers.search", "search_members.get"),
    Call("GET", "/campaigns", "campaigns.list", "campaigns.all"),
    Call("GET", "/campaigns/{campaign}", "campaigns.get", "campaigns.get"),
    Call("GET", "/reports", "reports.getAllCampaignReports", "reports.all"),
    Call("GET", _R, "reports.getCampaignReport", "reports.get"),
    Call("GET", f"{_R}/email-activity", "reports.getEmailActivityForCampaign", "reports.email_activity.all"),
    Call(
        "GET",
        f"{_R}/email-activity/{{reader}}",
        "reports.getEmailActivityForSubscriber",
        "reports.email_activity.get",
    ),
    Call("GET", f"{_R}/sent-to", "reports.getCampaignRecipients", "reports.sent_to.all"),
    Call("GET", f"{_R}/sent-to/{{reader}}", "reports.getCampaignRecipient", "reports.sent_to.get"),
    Call("GET", f"{_R}/open-details", "reports.getCampaignOpenDetails", "reports.open_details.all"),
    Call("GET", f"{_R}/open-details/{{reader}}", "reports.getSubscriberInfoForOpenedCampaign", ""),
    Call("GET", f"{_R}/click-details", "reports.getCampaignClickDetails", "reports.click_details.all"),
    Call("GET", f"{_R}/click-details/{{link}}", "reports.getCampaignClickDetailsForLink", "reports.click_details.get"),
    Call(
        "GET",
        f"{_R}/click-details/{{link}}/members",
        "reports.getSubscribersInfo",
        "reports.click_details.members.all",
    ),
    Call(
        "GET",
        f"{_R}/click-details/{{link}}/members/{{reader}}",
        "reports.getSubscriberInfo",
        "reports.click_details.members.get",
    ),
    Call("GET", f"{_R}/unsubscribed", "reports.getUnsubscribedListForCampaign", "reports.unsubscribes.all"),
    Call("GET", f"{_R}/unsubscribed/{{reader}}", "reports.getUnsubscribedListMember", "reports.unsubscribes.get"),
    Call(
        "GET",
        f"{_R}/domain-performance",
        "reports.getDomainPerformanceForCampaign",
        "reports.domain_performance.all",
    ),
    Call(
        "GET",
        "/lists/{sent_to}/abuse-reports",
        "lists.getListAbuseReports",
        "lists.abuse_reports.all",
        None,
        ("complaint", "abuse_reports.0.id"),
    ),
    Call(
        "GET",
        "/lists/{sent_to}/abuse-reports/{complaint}",
        "lists.getListAbuseReportDetails",
        "lists.abuse_reports.get",
    ),
    Call("GET", f"{_L}/locations", "lists.getListLocations", ""),
    Call("POST", "/audiences/{list}/contacts", "", "", _NEW_CONTACT, ("contact", "id")),
    Call("GET", "/audiences/{list}/contacts", "", ""),
    Call("GET", "/audiences/{list}/contacts/{contact}", "", ""),
    Call("DELETE", "/campaigns/{campaign}", "campaigns.remove", "campaigns.delete"),
    Call("POST", _A, "automations.create", "", _CART, ("automation", "id")),
    Call("GET", _A, "automations.list", "automations.all"),
    Call("GET", f"{_A}/{{automation}}", "automations.get", "automations.get"),
    Call(
        "GET",
        f"{_A}/{{automation}}/emails",
        "automations.listAllWorkflowEmails",
        "automations.emails.all",
        None,
        ("email", "emails.0.id"),
    ),
    Call("GET", f"{_A}/{{automation}}/emails/{{email}}", "automations.getWorkflowEmail", "automations.emails.get"),
    Call(
        "POST",
        f"{_E}/queue",
        "automations.addWorkflowEmailSubscriber",
        "automations.emails.queues.create",
        _ANN,
    ),
    Call(
        "GET",
        f"{_E}/queue",
        "automations.getWorkflowEmailSubscriberQueue",
        "automations.emails.queues.all",
    ),
    Call(
        "POST",
        f"{_A}/{{automation}}/removed-subscribers",
        "automations.removeWorkflowEmailSubscriber",
        "automations.removed_subscribers.create",
        _ANN,
    ),
    Call(
        "GET",
        f"{_A}/{{automation}}/removed-subscribers",
        "automations.listWorkflowEmailSubscribersRemoved",
        "automations.removed_subscribers.all",
    ),
    Call(
        "POST",
        f"{_A}/{{automation}}/actions/start-all-emails",
        "automations.startAllEmails",
        "automations.actions.start",
    ),
    Call(
        "POST",
        f"{_A}/{{automation}}/actions/pause-all-emails",
        "automations.pauseAllEmails",
        "automations.actions.pause",
    ),
    Call("GET", "/customer-journeys/journeys", "", ""),
    Call("GET", "/customer-journeys/journeys/{journey}", "", ""),
    Call("GET", "/customer-journeys/journeys/{journey}/steps", "", ""),
    Call(
        "POST",
        "/customer-journeys/journeys/{journey}/steps/{start}/actions/trigger",
        "customerJourneys.trigger",
        "customer_journeys.trigger",
        {"email_address": "person2@sandbox-people.org"},
    ),
    Call(
        "POST",
        "/batches",
        "batches.start",
        "batches.create",
        {"operations": [{"method": "GET", "path": "/ping"}]},
        ("batch", "id"),
    ),
    Call("GET", "/batches", "batches.list", "batches.all"),
    Call("GET", "/batches/{batch}", "batches.status", "batches.get"),
    Call("DELETE", "/batches/{batch}", "batches.deleteRequest", "batches.delete"),
    Call(
        "DELETE",
        f"{_C}/{{category}}/interests/{{interest}}",
        "lists.deleteInterestCategoryInterest",
        "lists.interest_categories.interests.delete",
    ),
    Call("DELETE", f"{_C}/{{category}}", "lists.deleteInterestCategory", "lists.interest_categories.delete"),
    Call("DELETE", f"{_L}/merge-fields/{{field}}", "lists.deleteListMergeField", "lists.merge_fields.delete"),
    Call("DELETE", _M, "lists.deleteListMember", "lists.members.delete"),
    Call(
        "POST",
        f"{_M}/actions/delete-permanent",
        "lists.deleteListMemberPermanent",
        "lists.members.delete_permanent",
    ),
    Call("DELETE", _L, "lists.deleteList", "lists.delete"),
)


def prepared(control: Control) -> dict[str, str]:
    """The IDs of what no call can make: a campaign that somebody read and left by, and a journey."""
    audience = str(control.seed(name="Sent to", members=5)["audience"])
    campaign, reader = control.campaign(audience), "person1@sandbox-people.org"
    for action in ("open", "click", "unsubscribe"):
        control.people(reader, audience, action, campaign=campaign["id"])
    complaint = "person2@sandbox-people.org"
    control.people(complaint, audience, "complain", campaign=campaign["id"])
    control.seed(journeys=[{"id": 7, "audience": audience, "starts": "api"}])
    return {
        "campaign": campaign["id"],
        "link": campaign["links"][0]["id"],
        "reader": hash_of(reader),
        "member": hash_of(ANN),
        "sent_to": audience,
        "journey": "7",
        "start": "70",
        "month": control.clock(advance_seconds=0)[:7],
    }


def routes_called(control: Control) -> set[str]:
    """The routes that the requests in the log hit with success."""
    patterns = {
        f"{route.method} {route.path}": re.compile(re.sub(r"{\w+}", "[^/]+", f"/3.0{route.path}") + "/?$")
        for route in ROUTES
    }
    done = [entry for entry in control.requests() if entry["status"] in (200, 204)]
    return {
        name
        for entry in done
        for name, pattern in patterns.items()
        if name.startswith(f"{entry['method']} ") and pattern.match(entry["path"])
    }


def routes_of(calls: list[Call]) -> set[str]:
    """The routes that calls mean, by their method and the form of their path."""
    names = {(route.method, re.sub(r"{\w+}", "*", route.path)): f"{route.method} {route.path}" for route in ROUTES}
    return {names[call.method, re.sub(r"{\w+}", "*", call.path.partition("?")[0])] for call in calls}

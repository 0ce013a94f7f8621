"""What automations and customer journeys are active in an account, read without a say in whether the run goes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from source_destination_mailchimp.destination.startup.automations import (
    UNKNOWN_AUTOMATIONS,
    UNKNOWN_JOURNEYS,
    Active,
    Automation,
    Starts,
)
from source_destination_mailchimp.mailchimp import api
from source_destination_mailchimp.mailchimp.client import Client
from source_destination_mailchimp.mailchimp.errors import Refused, Unavailable
from source_destination_mailchimp.mailchimp.members import Json

_BY_WORKFLOW: Mapping[str, Starts] = {
    **dict.fromkeys(("welcomeSeries", "dateAdded", "signup"), Starts.JOINING),
    **dict.fromkeys(("groupAdd", "groupRemove"), Starts.GROUP),
    "tag": Starts.TAG,
    **dict.fromkeys(
        (
            *("abandonedBrowse", "abandonedCart", "api", "bestCustomers", "categoryFollowup", "productFollowup"),
            *("purchaseFollowup", "mandrill", "emailFollowup", "visitUrl"),
        ),
        Starts.OTHER,
    ),
}
"""What starts each kind of classic automation [documented names]; of any other nobody knows."""


def read_automation(shown: Json) -> Automation:
    """Return a classic automation that is sending; Mailchimp leaves parts out where it has nothing to say."""
    kind = _part(shown, "trigger_settings").get("workflow_type")
    title = _part(shown, "settings").get("title") or shown.get("id")
    audience = str(_part(shown, "recipients").get("list_id") or "")
    return Automation(str(title), audience, _BY_WORKFLOW.get(str(kind), Starts.UNKNOWN))


def read_journey(shown: Json, steps: Sequence[Json] | None) -> Automation:
    """Return an active journey; of one whose steps cannot be read nobody knows what starts it."""
    starts, name = Starts.UNKNOWN, ""
    for step in steps or ():
        kind = str(step.get("step_type") or "").lower()
        if "trigger" not in kind:
            continue
        starts, name = _trigger(kind, _part(step, "trigger_details"))
        break
    title = str(shown.get("journey_name") or shown.get("id"))
    return Automation(title, str(shown.get("list_id") or ""), starts, name)


def _trigger(kind: str, details: Json) -> tuple[Starts, str]:
    """Return what the first step of a journey waits for. Only `tag_name` was seen; the words in `kind` are inferred."""
    tag = details.get("tag_name") or _part(details, "tag").get("tag_name")
    if tag:
        return Starts.TAG, str(tag).lower()
    if "tag" in kind:
        return Starts.TAG, ""
    if "group" in kind or "interest" in kind:
        return Starts.GROUP, str(details.get("interest_id") or "")
    if "signup" in kind or "subscri" in kind or "join" in kind:
        return Starts.JOINING, ""
    if kind.endswith("api"):
        return Starts.OTHER, ""
    return Starts.UNKNOWN, ""


def _part(shown: Json, name: str) -> dict[str, Any]:
    """Return an object inside another, empty where there is none."""
    found = shown.get(name)
    if isinstance(found, dict):
        return found
    return {}


def active_automations(client: Client) -> Active:
    """Return what is active; what Mailchimp does not show is said, because only a warning depends on it."""
    found: list[Automation] = []
    unknown = []
    try:
        found.extend(map(read_automation, api.automations(client)))
    except (Refused, Unavailable):
        unknown.append(UNKNOWN_AUTOMATIONS)
    journeys = api.journeys(client)
    if journeys is None:
        unknown.append(UNKNOWN_JOURNEYS)
    else:
        found.extend(_active_journeys(client, journeys))
    return Active(tuple(found), tuple(unknown))


def _active_journeys(client: Client, journeys: list[Json]) -> Iterator[Automation]:
    """Yield those that take contacts in; one whose status is a word that nobody knows may do so too."""
    for journey in journeys:
        if journey.get("status") in ("paused", "draft", "save", "archived"):
            continue
        steps = api.journey_steps(client, str(journey.get("id")))
        yield read_journey(journey, steps)

"""What automations and customer journeys are active in an account, read without a say in whether the run goes on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from source_destination_mailchimp.destination.mapping.names import same_name
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

_UNTITLED: Final = "untitled"

_TAKES_NOBODY_IN: Final = ("paused", "draft", "save", "archived")
"""Statuses of journeys that are not active [inferred]; one whose status is a word that nobody knows may be."""

_STARTS_BY_WORD: Mapping[str, Starts] = {
    "tag": Starts.TAG,
    "group": Starts.GROUP,
    "interest": Starts.GROUP,
    "signup": Starts.JOINING,
    "subscri": Starts.JOINING,
    "join": Starts.JOINING,
}
"""A part of the name of a first step → what it waits for; the first that fits counts. [inferred]"""


def read_automation(shown: Json) -> Automation:
    """Return a classic automation that is sending; Mailchimp leaves parts out where it has nothing to say."""
    kind = _text(_part(shown, "trigger_settings"), "workflow_type")
    title = _text(_part(shown, "settings"), "title") or _text(shown, "id") or _UNTITLED
    audience = _text(_part(shown, "recipients"), "list_id")
    return Automation(title, audience, _BY_WORKFLOW.get(kind, Starts.UNKNOWN))


def read_journey(shown: Json, steps: Sequence[Json] | None) -> list[Automation]:
    """Return an active journey, once for everything that it starts for: Mailchimp lets one begin at several triggers.

    Of one whose steps cannot be read nobody knows what starts it.
    """
    title = _text(shown, "journey_name") or _text(shown, "id") or _UNTITLED
    audience = _text(shown, "list_id")
    found: dict[Automation, None] = {}
    for step in steps or ():
        kind = _text(step, "step_type").lower()
        if "trigger" in kind:
            starts, name = _trigger(kind, _part(step, "trigger_details"))
            found[Automation(title, audience, starts, name)] = None
    if not found:
        return [Automation(title, audience, Starts.UNKNOWN)]
    return list(found)


def _trigger(kind: str, details: Json) -> tuple[Starts, str]:
    """Return what a trigger of a journey waits for. Only `tag_name` was seen; the words in `kind` are inferred."""
    tag = _text(details, "tag_name") or _text(_part(details, "tag"), "tag_name")
    if tag:
        return Starts.TAG, same_name(tag)
    for word, starts in _STARTS_BY_WORD.items():
        if word not in kind:
            continue
        if starts is Starts.GROUP:
            return starts, _text(details, "interest_id")
        return starts, ""
    if kind.endswith("api"):
        return Starts.OTHER, ""
    return Starts.UNKNOWN, ""


def _part(shown: Json, name: str) -> dict[str, Any]:
    """Return an object inside another, empty where there is none."""
    found = shown.get(name)
    if isinstance(found, dict):
        return found
    return {}


def _text(shown: Json, name: str) -> str:
    """Return a text or a number inside an object as text, empty where there is none."""
    found = shown.get(name)
    if isinstance(found, str | int):
        return str(found)
    return ""


def active_automations(client: Client) -> Active:
    """Return what is active; what Mailchimp does not show is said, because only a warning depends on it."""
    found: list[Automation] = []
    unknown = []
    classic = _classic_automations(client)
    if classic is None:
        unknown.append(UNKNOWN_AUTOMATIONS)
    else:
        found.extend(map(read_automation, classic))
    journeys = api.journeys(client)
    if journeys is None:
        unknown.append(UNKNOWN_JOURNEYS)
    else:
        found.extend(_active_journeys(client, journeys))
    return Active(tuple(found), tuple(unknown))


def _classic_automations(client: Client) -> list[Json] | None:
    """Return the classic automations that are sending; None where Mailchimp does not say."""
    try:
        rows: list[Any] = list(api.automations(client))
    except (Refused, Unavailable):
        return None
    for row in rows:
        if not isinstance(row, dict):
            return None
    return rows


def _active_journeys(client: Client, journeys: Sequence[Json]) -> Iterator[Automation]:
    """Yield those that take contacts in."""
    for journey in journeys:
        if journey.get("status") in _TAKES_NOBODY_IN:
            continue
        yield from read_journey(journey, _steps(client, journey))


def _steps(client: Client, journey: Json) -> list[Json] | None:
    """Return the steps of a journey; None for one without an ID, and where Mailchimp does not say."""
    journey_id = _text(journey, "id")
    if not journey_id:
        return None
    return api.journey_steps(client, journey_id)

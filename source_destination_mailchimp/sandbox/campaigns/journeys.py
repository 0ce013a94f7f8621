"""Customer journeys: which there are, what they start for, and who entered one.

Their reads are in no published description; they were seen to answer (observed, 2026-07). Seen too: that the collection
is called `journeys`, that `steps` come in order, and the keys of a step. Inferred are the values of `step_type` and of
`status`, and the journey's own keys. Nothing is sent: an entry is counted, and the control API says whose it is.
Journeys are made by a seed, not by a call, and cannot be changed. Their emails are campaigns of type `automation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from source_destination_mailchimp.sandbox.account.clock import iso
from source_destination_mailchimp.sandbox.account.store import Happening, Store
from source_destination_mailchimp.sandbox.campaigns.sending import Campaigns
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.http.calls import Call, Route
from source_destination_mailchimp.sandbox.http.errors import Problem, invalid_path, not_found
from source_destination_mailchimp.sandbox.http.links import links
from source_destination_mailchimp.sandbox.http.schema import STRING, record
from source_destination_mailchimp.sandbox.members.member import Member

ACTIVE: Final = "sending"
STATUSES: Final = (ACTIVE, "paused", "draft")
STARTS: Final = ("signup", "tag", "group", "api")
_ORDER: Final = ("id", "audience", "name", "status", "starts", "tag", "group", "can_contacts_reenter")
_FIRST_ID: Final = 4310
_DELAY_SECONDS: Final = 86_400
_NAME: Final = "CustomerJourneys"
_TRIGGER_BODY: Final = record(("email_address",), email_address=STRING)


@dataclass(slots=True)
class Journey:
    """A journey: `starts` is signup, tag, group or api; `tag` is a tag's name, `group` an interest's ID."""

    id: int
    audience_id: str
    name: str
    status: str
    starts: str
    tag: str
    group: str
    can_reenter: bool
    create_time: int
    campaign_id: str = ""
    entered: list[Member] = field(default_factory=list)

    @property
    def trigger_id(self) -> int:
        """The ID of the step that it starts with."""
        return self.id * 10

    def let_in(self, member: Member) -> None:
        """Let a subscribed contact enter, once unless they may enter again."""
        may_enter = self.can_reenter or member not in self.entered
        if self.status == ACTIVE and member.status == "subscribed" and may_enter:
            self.entered.append(member)


class Journeys:
    """The journeys of the account."""

    def __init__(self) -> None:
        self.by_id: dict[int, Journey] = {}


def add(store: Store, order: Mapping[str, Any]) -> Journey:
    """Make the journey of a seed; raises ValueError for an order that cannot be understood."""
    check_names("A seed's journey", order, _ORDER)
    audience = store.audiences.get(str(order.get("audience", "")))
    if audience is None:
        raise ValueError(f"A journey's audience must be one of: {', '.join(store.audiences) or 'none yet'}")
    starts, status = str(order.get("starts", "signup")), str(order.get("status", ACTIVE))
    if starts not in STARTS or status not in STATUSES:
        raise ValueError(f"starts must be one of {', '.join(STARTS)}; status one of {', '.join(STATUSES)}")
    known = store.room(Journeys).by_id
    made = Journey(
        int(order.get("id", _FIRST_ID + len(known))),
        audience.id,
        str(order.get("name", "Welcome")),
        status,
        starts,
        str(order.get("tag", "")),
        str(order.get("group", "")),
        bool(order.get("can_contacts_reenter", False)),
        store.clock.now(),
    )
    settings = dict.fromkeys(("title", "subject_line"), made.name) | {"from_name": "Sender", "reply_to": ""}
    email = store.room(Campaigns).add(audience.id, settings, "automation", "sending", made.create_time)
    made.campaign_id = email.id
    known[made.id] = made
    return made


def watch(store: Store, happening: Happening) -> None:
    """Let into the journeys of an audience whoever does what they start for."""
    for journey in store.room(Journeys).by_id.values():
        if journey.audience_id == happening.audience.id and _starts(journey, happening):
            journey.let_in(happening.member)


def _starts(journey: Journey, happening: Happening) -> bool:
    if journey.starts == "signup":
        joined = happening.kind in {"created", "status"} and happening.before != "subscribed"
        return joined and happening.member.status == "subscribed"
    if journey.starts == "tag":
        names = {happening.audience.segments[tag].name.lower() for tag in happening.gained if isinstance(tag, int)}
        return journey.tag.lower() in names
    return journey.starts == "group" and journey.group in happening.gained


def list_journeys(call: Call) -> dict[str, Any]:
    """GET /customer-journeys/journeys (observed, undocumented)."""
    _check_served(call)
    rows = list(call.store.room(Journeys).by_id.values())
    return {
        "journeys": [_shown(call, journey) for journey in call.of(rows)],
        "total_items": len(rows),
        "_links": links(call.root, [("self", "GET", "/customer-journeys/journeys", f"{_NAME}/CollectionResponse", "")]),
    }


def get_journey(call: Call) -> dict[str, Any]:
    """GET one journey (observed, undocumented)."""
    _check_served(call)
    return _shown(call, _journey(call))


def list_steps(call: Call) -> dict[str, Any]:
    """GET the steps of a journey, in their order (observed, undocumented)."""
    _check_served(call)
    journey = _journey(call)
    steps = _steps(journey)
    path = f"/customer-journeys/journeys/{journey.id}"
    return {
        "steps": call.of(steps),
        "total_items": len(steps),
        "_links": links(call.root, [("parent", "GET", path, f"{_NAME}/Response", "")]),
    }


def trigger(call: Call) -> None:
    """POST …/actions/trigger: let a contact into a journey that starts by the API (documented)."""
    journey = _journey(call)
    is_step = call.ids["step_id"] == str(journey.trigger_id) and journey.starts == "api"
    member = call.store.audience(journey.audience_id).find(call.body["email_address"])
    if not is_step or member is None:
        raise not_found()
    journey.let_in(member)


def _check_served(call: Call) -> None:
    """Answer as an account does that does not have these reads, or may not use them."""
    if call.store.is_on("customer_journeys", "absent"):
        raise invalid_path()
    if call.store.is_on("customer_journeys", "refused"):
        raise Problem(403, "Forbidden", "You are not permitted to access this resource.")


def _journey(call: Call) -> Journey:
    text = call.ids["journey_id"]
    found = call.store.room(Journeys).by_id.get(int(text)) if text.isascii() and text.isdecimal() else None
    if found is None:
        raise not_found()
    return found


def _shown(call: Call, journey: Journey) -> dict[str, Any]:
    path = f"/customer-journeys/journeys/{journey.id}"
    return {
        "id": journey.id,
        "journey_name": journey.name,
        "list_id": journey.audience_id,
        "status": journey.status,
        "create_time": iso(journey.create_time),
        "can_contacts_reenter": journey.can_reenter,
        "journey_wide_exit_condition": None,
        "stats": _stats(journey),
        "_links": links(call.root, [("self", "GET", path, f"{_NAME}/Response", "")]),
    }


def _stats(journey: Journey) -> dict[str, int]:
    return {"started": len(journey.entered), "in_progress": len(journey.entered), "completed": 0}


def _steps(journey: Journey) -> list[dict[str, Any]]:
    """A trigger, a day's wait and an email."""
    common = {"status": journey.status, "stats": _stats(journey)}
    email = {"id": journey.campaign_id, "settings": {"subject_line": journey.name}, "report_summary": {"opens": 0}}
    return [
        {
            "id": journey.trigger_id,
            "step_type": f"trigger-{journey.starts}",
            "display_text": f"Contact starts by {journey.starts}",
            "trigger_details": _trigger_details(journey),
            **common,
        },
        {
            "id": journey.trigger_id + 1,
            "step_type": "delay",
            "display_text": "Wait 1 day",
            "delay_time": _DELAY_SECONDS,
            **common,
        },
        {
            "id": journey.trigger_id + 2,
            "step_type": "action-send_email",
            "display_text": "Send an email",
            "action_details": {"email": email},
            **common,
        },
    ]


def _trigger_details(journey: Journey) -> dict[str, Any]:
    if journey.starts == "tag":
        return {"tag": {"tag_name": journey.tag}}
    return {"interest_id": journey.group} if journey.starts == "group" else {}


_ALL: Final = "/customer-journeys/journeys"
_ONE: Final = f"{_ALL}/{{journey_id}}"
ROUTES: Final = (
    Route("GET", _ALL, list_journeys),
    Route("GET", _ONE, get_journey),
    Route("GET", f"{_ONE}/steps", list_steps),
    Route("POST", f"{_ONE}/steps/{{step_id}}/actions/trigger", trigger, _TRIGGER_BODY),
)

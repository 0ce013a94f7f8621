"""The control API under /_sandbox: what tests need and the real service cannot have."""

from typing import Any, Final

from source_destination_mailchimp.sandbox.account import batches
from source_destination_mailchimp.sandbox.account.clock import iso, parse_time
from source_destination_mailchimp.sandbox.campaigns import journeys, responses
from source_destination_mailchimp.sandbox.control import people, seeding, switches
from source_destination_mailchimp.sandbox.control.names import check_names
from source_destination_mailchimp.sandbox.control.people import Deed
from source_destination_mailchimp.sandbox.control.traffic import FAULTS, TIMEOUT_SECONDS, Fault
from source_destination_mailchimp.sandbox.http.visits import OpenRoute, Page, Visit, as_json

ACTIONS: Final = {**people.ACTIONS, **responses.ACTIONS}
DETAILS: Final = ("to", "reason", "campaign", "url", "ip", "bot", "at", "phone")
EXPIRED: Final = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code>"
    b"<Message>The provided token has expired.</Message></Error>"
)


def reset(visit: Visit) -> Page:
    """POST /_sandbox/reset: an empty account, real time, no faults, an empty log, the switches of the start."""
    visit.store.reset()
    visit.traffic.reset()
    return as_json({})


def move_clock(visit: Visit) -> Page:
    """POST /_sandbox/clock {"now" or "advance_seconds" or "frozen"}: set it, move it, stop it or let it run again."""
    clock, body = visit.store.clock, visit.body
    check_names("The clock", body, ("now", "advance_seconds", "frozen"))
    if "now" in body:
        clock.move_to(parse_time(str(body["now"])))
    if "advance_seconds" in body:
        clock.move_to(clock.moment() + float(body["advance_seconds"]))
    if "frozen" in body:
        (clock.freeze if body["frozen"] else clock.run)()
    visit.store.let_time_pass()
    return as_json({"now": iso(clock.now())})


def act(visit: Visit) -> Page:
    """POST /_sandbox/people {"email", "audience", "action", …}: what only a person can do."""
    body = visit.body
    check_names("What people do", body, ("email", "audience", "action", *DETAILS))
    action = ACTIONS.get(str(body.get("action")))
    if action is None:
        raise ValueError(f"There is no action {body.get('action')!r}. There are: {', '.join(ACTIONS)}")
    audience = visit.store.audiences.get(str(body.get("audience")))
    if audience is None:
        there_are = ", ".join(visit.store.audiences)
        raise ValueError(f"There is no audience {body.get('audience')!r}. There are: {there_are}")
    visit.store.let_time_pass()
    details = {name: value for name, value in body.items() if name not in {"email", "audience", "action"}}
    member = action(Deed(visit.store, audience, str(body.get("email", "")), details))
    return as_json({"id": member.id, "status": member.status} if member is not None else {})


def send_campaign(visit: Visit) -> Page:
    """POST /_sandbox/campaigns {"audience", …}: send a campaign, so that there is something to open."""
    campaign = responses.send(visit.store, visit.body)
    links = [{"id": campaign.link_id(url), "url": url} for url in campaign.links]
    return as_json({"id": campaign.id, "emails_sent": len(campaign.recipients), "links": links})


def seed(visit: Visit) -> Page:
    """POST /_sandbox/seed: audiences and any number of members at once."""
    return as_json(seeding.seed(visit.store, visit.body))


def add_fault(visit: Visit) -> Page:
    """POST /_sandbox/faults {"match": {"method", "path"}, "fault", "times" or "rate", "seconds", "after", "email"}: one
    more."""
    body = visit.body
    check_names("A fault", body, ("match", "fault", "times", "rate", "seconds", "after", "email"))
    check_names("A fault's match", body.get("match", {}), ("method", "path"))
    match, kind = body.get("match", {}), str(body.get("fault"))
    if kind not in FAULTS:
        raise ValueError(f"There is no fault {kind!r}. There are: {', '.join(FAULTS)}")
    if kind == "500_for" and not body.get("email"):
        raise ValueError("500_for needs `email`, the contact whom it strikes")
    visit.traffic.faults.append(
        Fault(
            kind,
            str(match.get("method", "*")).upper(),
            str(match.get("path", "*")),
            int(body["times"]) if "times" in body else None,
            float(body["rate"]) if "rate" in body else None,
            int(body.get("after", 0)),
            float(body.get("seconds", 1.0 if kind == "delay" else TIMEOUT_SECONDS)),
            str(body.get("email", "")),
        )
    )
    return as_json({"waiting": len(visit.traffic.faults)})


def lift_faults(visit: Visit) -> Page:
    """DELETE /_sandbox/faults: none waits any longer, and calls hanging in `timeout` are let go."""
    visit.traffic.faults.clear()
    visit.traffic.epoch += 1
    return as_json({})


def read_requests(visit: Visit) -> Page:
    """GET /_sandbox/requests: API calls that have ended, and the peak of simultaneous ones."""
    return as_json({"requests": visit.traffic.entries(), "peak": visit.traffic.peak})


def forget_requests(visit: Visit) -> Page:
    """DELETE /_sandbox/requests: the log is emptied, the peak starts anew."""
    visit.traffic.clear_log()
    return as_json({})


def read_mail(visit: Visit) -> Page:
    """GET /_sandbox/mail: who would have been sent a confirmation mail."""
    return as_json({"mail": visit.store.mail})


def read_journeys(visit: Visit) -> Page:
    """GET /_sandbox/journeys: who entered which customer journey, oldest entry first."""
    rows = visit.store.room(journeys.Journeys).by_id.values()
    shown = [
        {"id": row.id, "name": row.name, "entered": [member.email_address for member in row.entered]} for row in rows
    ]
    return as_json({"journeys": shown})


def read_switches(visit: Visit) -> Page:
    """GET /_sandbox/switches: every switch and what it is set to."""
    return as_json(visit.store.switches)


def set_switches(visit: Visit) -> Page:
    """POST /_sandbox/switches {name: value}: until the next reset."""
    visit.store.switches.update(switches.checked(visit.body))
    return as_json(visit.store.switches)


def set_latency(visit: Visit) -> Page:
    """POST /_sandbox/latency {"ms", "per_member_ms"}: until the next reset."""
    latency, body = visit.traffic.latency, visit.body
    check_names("Latency", body, ("ms", "per_member_ms"))
    latency.ms = float(body.get("ms", latency.ms))
    latency.per_member_ms = float(body.get("per_member_ms", latency.per_member_ms))
    return as_json({"ms": latency.ms, "per_member_ms": latency.per_member_ms})


def hold_batches(visit: Visit) -> Page:
    """POST /_sandbox/batches {"held": true}: batches stay as they are until it is false."""
    check_names("The order for batches", visit.body, ("held",))
    visit.store.room(batches.Batches).held = bool(visit.body.get("held", True))
    return as_json({"held": visit.store.room(batches.Batches).held})


def read_results(visit: Visit) -> Page:
    """GET /_sandbox/results/{file}: a batch's results; too late is answered as the file host does (inferred)."""
    job = visit.store.room(batches.Batches).jobs.get(visit.path_id.split("-")[0])
    token = visit.query.get("token", "")
    if job is None or visit.store.clock.now() > job.urls.get(token, 0):
        return Page(EXPIRED, 400, "application/xml")
    is_new = token not in job.fetched
    job.fetched.add(token)
    if is_new and visit.store.is_on("fresh_result_address", "fails_at_first"):
        return Page(EXPIRED, 400, "application/xml")
    return Page(batches.archive(job), 200, "application/x-gzip")


def _table() -> tuple[OpenRoute, ...]:
    rows: dict[str, Any] = {
        "POST reset": reset,
        "POST clock": move_clock,
        "POST people": act,
        "POST seed": seed,
        "POST campaigns": send_campaign,
        "POST faults": add_fault,
        "DELETE faults": lift_faults,
        "GET requests": read_requests,
        "DELETE requests": forget_requests,
        "GET mail": read_mail,
        "GET journeys": read_journeys,
        "GET switches": read_switches,
        "POST switches": set_switches,
        "POST latency": set_latency,
        "POST batches": hold_batches,
        "GET results/{file}": read_results,
    }
    return tuple(OpenRoute(*_split(name), rule) for name, rule in rows.items())


def _split(name: str) -> tuple[str, str]:
    method, path = name.split(" ")
    return method, f"/_sandbox/{path}"


CONTROL_ROUTES: Final = _table()

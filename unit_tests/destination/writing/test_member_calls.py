"""Which call writes a member: a table over every route."""

import orjson
import pytest

from source_destination_mailchimp.destination.model import Known, Operation, Outcome, Route, Settled
from source_destination_mailchimp.destination.writing.batches import Way, way_of
from source_destination_mailchimp.destination.writing.member_calls import single_call, subscribe_call
from source_destination_mailchimp.mailchimp.members import Json, Status
from unit_tests.destination.planned import contact

ANN = contact("Ann@shop.com")
KNOWN = Known(Status.UNSUBSCRIBED, "ANN@shop.com")
CHANGES = {"merge_fields": {"FNAME": "Ann"}}
PATH = f"/lists/aud1/members/{ANN.hash}"


def operation(route: Route, status: Status | None = None, known: Known | None = KNOWN) -> Operation:
    """A write with one value."""
    return Operation(ANN, route, Settled(Outcome.UPDATED), status, dict(CHANGES), known)


SINGLE = [
    (Route.PATCH, None, "PATCH", PATH, CHANGES),
    (Route.PATCH, Status.UNSUBSCRIBED, "PATCH", PATH, {**CHANGES, "status": "unsubscribed"}),
    (Route.RENAME, None, "PATCH", PATH, CHANGES),
    (
        Route.RESUBSCRIBE,
        Status.PENDING,
        "PUT",
        PATH,
        {"email_address": "ANN@shop.com", **CHANGES, "status": "pending"},
    ),
    (Route.ARCHIVE, None, "DELETE", PATH, None),
    (Route.DELETE, None, "POST", f"{PATH}/actions/delete-permanent", None),
]


@pytest.mark.parametrize(("route", "status", "method", "path", "body"), SINGLE)
def test_a_member_of_their_own(route: Route, status: Status | None, method: str, path: str, body: Json | None) -> None:
    """Method, path and body of each route; a status goes only where one is planned."""
    call = single_call("aud1", operation(route, status), skip_merge_validation=True)
    assert (call.method, call.path, call.body) == (method, path, body)
    assert (call.params or {}).get("skip_merge_validation") == (None if body is None else "true")


@pytest.mark.parametrize("route", Route)
def test_every_route_has_a_call_of_one_kind(route: Route) -> None:
    """A route is written in bulk or by single calls, and what needs no call has none."""
    has_single = route in [row[0] for row in SINGLE]
    if not has_single:
        with pytest.raises(ValueError, match="no call"):
            single_call("aud1", operation(route), skip_merge_validation=False)
    if route is not Route.NOTHING:
        assert has_single is (way_of(route) is not Way.BULK)


BULK = [
    (Route.ADD, Status.PENDING, None, False, {"email_address": "Ann@shop.com", "status": "pending"}),
    (Route.UPDATE, None, KNOWN, True, {"email_address": "ANN@shop.com", "status_if_new": "unsubscribed"}),
    (Route.UPDATE, None, None, True, {"email_address": "Ann@shop.com", "status_if_new": "subscribed"}),
    (
        Route.CHANGE_STATUS,
        Status.UNSUBSCRIBED,
        KNOWN,
        True,
        {"email_address": "ANN@shop.com", "status": "unsubscribed"},
    ),
]


@pytest.mark.parametrize(("route", "status", "known", "updates", "row"), BULK)
def test_a_row_of_a_batch(route: Route, status: Status | None, known: Known | None, updates: bool, row: Json) -> None:
    """New people never update anybody, updates never carry a status that could change one."""
    call = subscribe_call("aud1", route, [operation(route, status, known)], skip_merge_validation=False)
    assert (call.method, call.path, call.params) == ("POST", "/lists/aud1", None)
    assert orjson.loads(call.body) == {"members": [{**row, **CHANGES}], "update_existing": updates}

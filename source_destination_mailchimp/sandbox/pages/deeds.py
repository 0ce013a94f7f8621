"""The five buttons: what only a person can do, when it is possible, and what is said afterwards."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from source_destination_mailchimp.sandbox.campaigns import responses
from source_destination_mailchimp.sandbox.control import people
from source_destination_mailchimp.sandbox.control.people import Deed
from source_destination_mailchimp.sandbox.http.visits import Page, Visit
from source_destination_mailchimp.sandbox.members.member import Member
from source_destination_mailchimp.sandbox.pages.rendering import not_found, refused


class Button(NamedTuple):
    """What a button says, what was done once it is pressed, the action, and what the contact has to be or have."""

    label: str
    done: str
    act: Callable[[Deed], Member]
    needs_status: str = ""
    needs_mail: bool = False

    def why_not(self, member: Member, *, has_mail: bool) -> str:
        """Return why the contact cannot do it now, "" if they can."""
        if not member.email_address:
            return "This contact has no email address."
        if self.needs_status and member.status != self.needs_status:
            return f"Only a {self.needs_status} contact can do this."
        if self.needs_mail and not has_mail:
            return "No campaign was sent to this contact yet."
        return ""


DEEDS: Final[Mapping[str, Button]] = {
    "unsubscribe": Button("Unsubscribe", "The contact unsubscribed.", responses.unsubscribe),
    "complain": Button("Complain", "The contact reported the mail as spam.", responses.complain),
    "confirm": Button("Confirm", "The contact confirmed the subscription.", people.confirm, needs_status="pending"),
    "open": Button("Open", "The contact opened the campaign.", responses.open_mail, needs_mail=True),
    "click": Button("Click", "The contact clicked the first link.", responses.click, needs_mail=True),
}


def form_of(visit: Visit) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    return dict(parse_qsl(visit.raw_body.decode(errors="replace"), keep_blank_values=True))


def go_to(path: str) -> Page:
    """Return the answer that leads a browser on after a form was sent, so that a reload does not send it again."""
    return Page(b"", 303, "text/plain", {"location": path})


def press(visit: Visit) -> Page:
    """Let a contact do what the pressed button says, and go back to the contact's page."""
    visit.store.let_time_pass()
    form = form_of(visit)
    button = DEEDS.get(form.get("action", ""))
    audience = visit.store.audiences.get(form.get("audience", ""))
    member = audience.find_by_hash(form.get("contact", "")) if audience is not None else None
    if button is None or audience is None or member is None:
        return not_found("This contact or button does not exist.")
    impossible = button.why_not(member, has_mail=bool(form.get("campaign")))
    if impossible:
        return refused(impossible)
    details = {"campaign": form["campaign"]} if form.get("campaign") else {}
    try:
        button.act(Deed(visit.store, audience, member.email_address, details))
    except ValueError as error:
        return refused(str(error))
    query = urlencode({"audience": audience.id, "done": form["action"]})
    return go_to(f"/contacts/{member.id}?{query}")

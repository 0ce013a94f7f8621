"""What is answered to a browser, and where: outside /3.0 and /_sandbox, where the API and the control API are."""

from typing import Final

from source_destination_mailchimp.sandbox.http.visits import OpenRoute, Page, Visit
from source_destination_mailchimp.sandbox.pages import call_log, contact, contacts, deeds, mailbox, overview
from source_destination_mailchimp.sandbox.pages.rendering import asset


def style(visit: Visit) -> Page:
    """Return the style sheet."""
    return asset("style.css", "text/css; charset=utf-8")


def script(visit: Visit) -> Page:
    """Return the script that adds calls as they come in."""
    return asset("live.js", "text/javascript; charset=utf-8")


PAGE_ROUTES: Final[tuple[OpenRoute, ...]] = (
    OpenRoute("GET", "/", overview.show),
    OpenRoute("GET", "/audiences/{audience_id}", contacts.show),
    OpenRoute("GET", "/contacts/{subscriber_hash}", contact.show),
    OpenRoute("GET", "/mail", mailbox.show),
    OpenRoute("GET", "/calls", call_log.show),
    OpenRoute("GET", "/calls/newer", call_log.newer),
    OpenRoute("GET", "/pages/style.css", style),
    OpenRoute("GET", "/pages/live.js", script),
    OpenRoute("POST", "/people", deeds.press),
    OpenRoute("POST", "/campaigns", mailbox.send),
)

"""The switches that no call of verify can settle, and why."""

from typing import Final

_PERSON: Final = "Only a person can do this, by a click in a mail."
_OTHER_ADDRESSES: Final = "It takes addresses other than those of the mailbox, which verify never uses."

NOT_ASKABLE: Final[dict[str, str]] = {
    "archived_keeps_compliance": f"The contact must have unsubscribed. {_PERSON}",
    "pending_clears_compliance": f"The contact must have unsubscribed. {_PERSON}",
    "pending_again": "Whether a second mail came shows in the mailbox alone; no call tells.",
    "reserved_domains": _OTHER_ADDRESSES,
    "role_addresses": _OTHER_ADDRESSES,
    "contacts_without_address": "No call adds a contact that has only a telephone number.",
    "unknown_statuses": "There is nothing to call before Mailchimp adds a status.",
    "owner_is_member": "It takes a new audience, and verify writes in the audience that it is given alone.",
    "complaints_and_soft_bounces": "Complaints and soft bounces only come from recipients and their mail servers.",
    "forgotten_in_reports": "It takes a campaign to contacts that are deleted permanently later; verify sends none.",
}

"""The switches that no call of verify can settle, and why."""

from typing import Final

_PERSON: Final = "Only a person can do this, by a click in a mail."
_OTHER_ADDRESSES: Final = "It takes addresses other than those of the mailbox, which verify never uses."

NOT_ASKABLE: Final[dict[str, str]] = {
    "archived_keeps_compliance": f"Somebody must have left by themselves. {_PERSON}",
    "pending_clears_compliance": f"Somebody must have left by themselves. {_PERSON}",
    "pending_again": "Whether a second mail came shows in the mailbox alone; no call tells.",
    "reserved_domains": _OTHER_ADDRESSES,
    "role_addresses": _OTHER_ADDRESSES,
    "contacts_without_address": "No call adds a contact that has only a telephone number.",
    "unknown_statuses": "There is nothing to call before Mailchimp adds a status.",
    "owner_is_member": "It takes a new audience, and verify writes in the audience that it is given alone.",
    "complaints_and_soft_bounces": "Complaints and soft bounces come from people and their mail servers alone.",
    "forgotten_in_reports": "It takes a campaign to contacts that are deleted for good afterwards; verify sends none.",
}

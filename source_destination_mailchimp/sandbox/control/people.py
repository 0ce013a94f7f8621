"""What only people can do: subscribe by the form, confirm, leave, complain, bounce, change their address."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.audiences.audience import Audience
from source_destination_mailchimp.sandbox.members.addresses import digest_of
from source_destination_mailchimp.sandbox.members.member import Member

PERSONS_IP: Final = "198.51.100.7"


class Deed(NamedTuple):
    """What somebody does: `details` holds whatever the action needs beyond the address."""

    store: Store
    audience: Audience
    email: str
    details: dict[str, Any]

    @property
    def member(self) -> Member | None:
        """Who does it, if the audience knows them."""
        return self.audience.by_digest.get(digest_of(self.email))


def subscribe(deed: Deed) -> Member:
    """Sign up by the hosted form: the only way back for the forgotten; double opt-in asks first."""
    now = deed.store.clock.now()
    status = "pending" if deed.audience.settings["double_optin"] else "subscribed"
    deed.audience.forgotten.discard(digest_of(deed.email))
    member = deed.member
    if member is not None and member.status == "subscribed":
        return member
    if member is None:
        member = Member(digest_of(deed.email), deed.email, deed.store.next_web_id(), status, now)
        member.source = "Hosted Signup Form"
        deed.audience.add(member)
        before = ""
    else:
        before = member.status
        deed.audience.set_status(member, status)
    member.left_by = ""
    member.timestamp_signup, member.ip_signup = now, PERSONS_IP
    if status == "subscribed":
        member.timestamp_opt, member.ip_opt = now, PERSONS_IP
        deed.audience.last_sub = now
    else:
        deed.store.confirmation_mail(deed.audience, member)
    return _done(deed, member, "status" if before else "created", before)


def subscribe_sms(deed: Deed) -> Member:
    """Sign up with a telephone number (`phone`) and no address: a contact that the API shows without one."""
    phone = str(deed.details.get("phone", "+14045550100"))
    web_id, now = deed.store.next_web_id(), deed.store.clock.now()
    digest = digest_of(f"{deed.audience.id}:{phone}")
    if digest in deed.audience.by_digest:
        return deed.audience.by_digest[digest]
    member = Member(digest, "", web_id, "transactional", now, timestamp_opt=now, ip_opt=PERSONS_IP)
    member.sms_phone_number, member.sms_subscription_status = phone, "subscribed"
    member.source = "SMS Signup"
    deed.audience.add(member)
    return _done(deed, member, "created", "")


def confirm(deed: Deed) -> Member:
    """Click on the link in the confirmation mail."""
    member = _present(deed)
    if member.status != "pending":
        raise ValueError(f"{deed.email} is {member.status}, not pending")
    deed.audience.set_status(member, "subscribed")
    member.left_by = ""
    member.timestamp_opt, member.ip_opt = deed.store.clock.now(), PERSONS_IP
    deed.audience.last_sub = deed.store.clock.now()
    return _done(deed, member, "status", "pending")


def unsubscribe(deed: Deed) -> Member:
    """Leave by the link in a mail: the API cannot subscribe them again."""
    return _leave(deed, "unsubscribed", "person", str(deed.details.get("reason", "None given")))


def complain(deed: Deed) -> Member:
    """Report a mail as spam."""
    return _leave(deed, "unsubscribed", "complaint", "Reported as spam")


def bounce_hard(deed: Deed) -> Member:
    """The mailbox does not exist: the address is cleaned."""
    return _leave(deed, "cleaned", "bounce", "")


def put_under_review(deed: Deed) -> Member:
    """Mailchimp itself takes the person off for compliance."""
    return _leave(deed, "unsubscribed", "compliance", "Compliance review")


def admin_unsubscribe(deed: Deed) -> Member:
    """Somebody takes the person off in Mailchimp's own pages."""
    return _leave(deed, "unsubscribed", "admin", "N/A (Unsubscribed by admin)")


def change_email(deed: Deed) -> Member:
    """Take another address in the preference centre."""
    member, wanted = _present(deed), str(deed.details.get("to", ""))
    if not wanted:
        raise ValueError("change_email needs `to`, the new address")
    if digest_of(wanted) in deed.audience.by_digest and digest_of(wanted) != member.digest:
        raise ValueError(f"{wanted} is in the audience already")
    before = member.email_address
    deed.audience.rename(member, wanted)
    return _done(deed, member, "email", before)


def _leave(deed: Deed, status: str, by: str, reason: str) -> Member:
    member, now = _present(deed), deed.store.clock.now()
    before = member.status
    status = before if before == "archived" else status
    deed.audience.set_status(member, status)
    member.left_by, member.left_at, member.unsubscribe_reason = by, now, reason
    if status == "unsubscribed":
        deed.audience.last_unsub = now
    return _done(deed, member, "status", before, by)


def _present(deed: Deed) -> Member:
    member = deed.member
    if member is None:
        raise ValueError(f"{deed.email} is not in audience {deed.audience.id}")
    return member


def _done(deed: Deed, member: Member, kind: str, before: str, by: str = "person") -> Member:
    deed.audience.touch(member, deed.store.clock.now())
    deed.store.tell(kind, deed.audience, member, before, by)
    return member


ACTIONS: Final[dict[str, Callable[[Deed], Member | None]]] = {
    "subscribe": subscribe,
    "subscribe_sms": subscribe_sms,
    "confirm": confirm,
    "unsubscribe": unsubscribe,
    "complain": complain,
    "bounce_hard": bounce_hard,
    "compliance": put_under_review,
    "admin_unsubscribe": admin_unsubscribe,
    "change_email": change_email,
}

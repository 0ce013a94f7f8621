"""What must hold in every story of what records say about email, and of when a value is written."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from source_destination_mailchimp.airbyte.messages import Message
from source_destination_mailchimp.destination.model import Contact, Operation, OptIn, Outcome, Route
from source_destination_mailchimp.mailchimp.members import Status
from unit_tests.destination.stories.drawing import HAS_NOT_LEFT, LEFT, NEW_CONSENT, PEOPLE, Story, Stream
from unit_tests.destination.stories.pretend_mailchimp import GONE_FROM_LIST, MAILED, Member
from unit_tests.destination.stories.telling import Played


def nobody_is_mailed_who_opted_out(story: Story, played: Played) -> None:
    """Every write that makes somebody more mailable was asked for by a setting named for it, and by their record."""
    for operation, before, after in played.mailchimp.history:
        if before is None or after is None or after.status not in MAILED or after.status is before.status:
            continue
        consented = _said_yes(story, operation, newer=before.status in GONE_FROM_LIST)
        if before.status in (Status.UNSUBSCRIBED, Status.ARCHIVED):
            assert story.resubscribe != "never" and consented
        elif before.status is Status.TRANSACTIONAL:
            assert consented
        else:
            raise AssertionError(f"{before.status} became {after.status}")


def _said_yes(story: Story, operation: Operation, *, newer: bool) -> bool:
    for data in _living_records_of(story, operation.contact.email):
        says_yes = data.get("opt_in") == OptIn.YES.value and not _says_no_mail(data)
        is_newer = data.get("consent") == NEW_CONSENT
        if says_yes and (is_newer or not newer):
            return True
    return False


def _living_records_of(story: Story, email: str) -> Iterator[dict[str, Any]]:
    """The records of an address that are no deletions."""
    for message in story.messages:
        data = message["record"]["data"] if message["type"] == "RECORD" else {}
        if data.get("email") == email and not data.get("deleted"):
            yield data


def _says_no_mail(data: dict[str, Any]) -> bool:
    """Whether the opt-out column of a record, where it has one, keeps somebody out: a no, or nothing clear."""
    return "left" in data and data["left"] not in HAS_NOT_LEFT


def nobody_is_added_who_said_no(story: Story, played: Played) -> None:
    """Whoever is added and gets mail has a record that asks nothing or says yes, in both columns of consent."""
    columns = {stream.id.name: stream for stream in story.streams}
    for operation, before, after in played.mailchimp.history:
        if before is not None or after is None or after.status not in MAILED:
            continue
        stream = columns[operation.contact.stream.name]
        records_of_them = list(_living_records_of(story, operation.contact.email))
        assert any(_may_be_added(data, stream) for data in records_of_them), records_of_them


def _may_be_added(data: dict[str, Any], stream: Stream) -> bool:
    if stream.has_opt_out and ("left" not in data or _says_no_mail(data)):
        return False
    return bool(data.get("opt_in", OptIn.YES.value) == OptIn.YES.value)


def a_no_ends_the_mail(story: Story, played: Played) -> None:
    """Who is done with a record whose opt-out column says yes, and with no other, is not mailed afterwards."""
    if played.sync.is_stopped or story.people_act:
        return
    named = Counter(person for message in story.messages for person in people_of(message))
    for one in played.settlements:
        if not isinstance(one.contact, Contact) or one.settled.outcome in (Outcome.REJECTED, Outcome.HELD):
            continue
        contact = one.contact
        if one.settled.outcome is Outcome.SKIPPED or named[contact.email] != 1 or contact.external_id:
            continue
        if contact.record.get("left") in LEFT:
            member = played.mailchimp.members.get(contact.hash)
            assert member is None or member.status not in MAILED


def field_rules_hold(story: Story, played: Played) -> None:
    """A value that is only for those who are added, or for an empty field, never replaces one that is there."""
    rule = story.writes.of("FNAME")
    for _, before, after in played.mailchimp.history:
        if before is None or after is None:
            continue
        had, has = before.merge.get("FNAME", ""), after.merge.get("FNAME", "")
        if rule == "only_new":
            assert has == had
        if rule == "if_empty" and had:
            assert has == had


def an_opt_out_follows_its_id(story: Story, played: Played) -> None:
    """Who opted out and has an external id is reached under no other address that this run added or renamed."""
    if not story.has_ids:
        return
    opted_out = {
        member.merge["CRMID"]
        for member in story.audience.values()
        if member.merge.get("CRMID") and member.status in (Status.UNSUBSCRIBED, Status.CLEANED)
    }
    for operation, before, after in played.mailchimp.history:
        if operation.route is Route.RESUBSCRIBE and after is not None:
            opted_out.discard(after.merge.get("CRMID", ""))  # by a newer consent, which another promise looks at
        is_new_address = operation.route is Route.RENAME or (operation.route is Route.ADD and before is None)
        if is_new_address and after is not None and after.merge.get("CRMID") in opted_out:
            assert after.status not in MAILED or _had_no_opt_out_left(story, after)


def _had_no_opt_out_left(story: Story, after: Member) -> bool:
    """Whether the member that carried the opt-out was deleted by a record of the story."""
    if story.removal != "delete_permanently":
        return False
    external_id = after.merge["CRMID"]
    owners = {member.email for member in story.audience.values() if member.merge.get("CRMID") == external_id}
    for message in story.messages:
        data = message["record"]["data"] if message["type"] == "RECORD" else {}
        is_named = data.get("email") in owners or (data.get("email") == "" and data["CRMID"] == external_id)
        if data.get("deleted") and is_named:
            return True
    return False


def people_of(message: Message) -> set[str]:
    """The addresses of those a record may be about: its own, and the one whose id it carries."""
    data = message["record"]["data"] if message["type"] == "RECORD" else {}
    people = {data["email"]} if data.get("email") else set()
    if "CRMID" in data:
        people.add(PEOPLE[int(data["CRMID"])])
    return people

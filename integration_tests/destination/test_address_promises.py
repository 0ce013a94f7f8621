"""Nobody who opted out is mailed under another address, whatever changes of addresses and ids come in which order.

`MAILCHIMP_PROMISES=1000` plays that many stories instead of a few; they are new ones each time.
"""

import os
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from integration_tests.destination.between import Between
from integration_tests.destination.identities import FIELD, PEOPLE, STATUSES, address, run
from integration_tests.destination.promises import POSSIBLE
from integration_tests.destination.syncing import FIELDS, Account, Json
from source_destination_mailchimp.destination.rules.consent import MAILABLE
from source_destination_mailchimp.mailchimp.members import Status
from source_destination_mailchimp.sandbox.http.server import Sandbox

STORIES = int(os.environ.get("MAILCHIMP_PROMISES", "0"))
NAMES = tuple("abcdef")
IDS = ("", "1", "2", "3", "4")
FIRST_SECOND = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
SYNCS_TO_REST = 5
"""A chain of addresses whose records come in the wrong order moves by one address or more with each sync."""


class Contact(NamedTuple):
    """One contact, whatever its address."""

    name: str
    status: str
    id: str

    @property
    def mailable(self) -> int:
        """How far Mailchimp may mail it."""
        return MAILABLE[Status(self.status)]


Contacts = dict[int, Contact]
"""By the number that a contact keeps for good."""


@st.composite
def records(draw: st.DrawFn, *, once: bool) -> list[Json]:
    """Records of a few ids and addresses; `once`: no id and no address twice."""
    pairs = st.tuples(st.sampled_from(IDS), st.sampled_from(NAMES))
    found = draw(st.lists(pairs, min_size=1, max_size=7))
    rows: list[Json] = []
    seen: set[str] = set()
    for id, name in found:
        if once and (name in seen or (id and id in seen)):
            continue
        seen |= {id, name}
        asks = draw(st.sampled_from(["", "", "", "yes", "no"]))
        rows.append({"id": id or None, "email": address(name), "FNAME": id or None, "opt_in": asks or None})
    return rows


class Addresses(RuleBasedStateMachine):
    """One audience whose people have ids, and syncs that move them about."""

    sandbox: ClassVar[Sandbox]
    proxy: ClassVar[Between]

    def __init__(self) -> None:
        super().__init__()
        self.sandbox.control.reset()
        self.proxy.reset()
        audience = self.sandbox.control.seed(name="Readers", merge_fields=[*FIELDS, FIELD], members=0)["audience"]
        self.account = Account(self.sandbox, str(audience), f"{self.proxy.url}/3.0")
        self.now = FIRST_SECOND
        self.tick()

    def tick(self) -> None:
        """A moment passes."""
        self.now += 10
        self.sandbox.store.clock.move_to(self.now)
        self.sandbox.store.clock.freeze()

    @initialize(
        there=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(STATUSES), st.sampled_from(IDS)), max_size=6)
    )
    def begin(self, there: list[tuple[str, str, str]]) -> None:
        """Somebody may be there already, with an id or without, two with one id among them."""
        for name, status, id in there:
            self.account.put(address(name), status, merge_fields={"CRMID": id})

    def contacts(self) -> Contacts:
        """Everybody."""
        audience = self.sandbox.store.audience(self.account.audience)
        tags = {one.tag: key for key, one in audience.merge_fields.items()}
        return {
            number: Contact(
                one.email_address.partition("@")[0], one.status, str(one.merge_values.get(tags["CRMID"]) or "")
            )
            for number, one in audience.by_web_id.items()
        }

    def sync(self, rows: list[Json], **keys: Any) -> None:
        """One sync, and what must be true after it."""
        self.tick()
        before, mailed = self.contacts(), len(self.account.mailed())
        entry = {"opt_in_field": "opt_in"} if any(row["opt_in"] for row in rows) else {}
        result = run(self.account, *rows, entry=entry, max_removals_percent=100, **keys)
        assert result.error is None or "every record" in result.complaint, result.complaint
        assert sum(result.outcomes.values()) == len(rows)
        assert result.cursors == [len(rows)]
        after = self.contacts()
        self.check_contacts(before, after, {row["email"] for row in rows if row["opt_in"] == "yes"})
        self.check_persons(before, after, {row["email"] for row in rows if not row["id"]})
        assert len(self.account.mailed()) == mailed, "nobody is asked to confirm"

    def check_contacts(self, before: Contacts, after: Contacts, agreed: set[str]) -> None:
        """No contact is lost, and none may be mailed more than before."""
        assert before.keys() <= after.keys()
        for number, was in before.items():
            now = after[number]
            may_join = was.status == "transactional" and address(now.name) in agreed
            assert now.mailable <= was.mailable or may_join, (was, now)

    def check_persons(self, before: Contacts, after: Contacts, without_id: set[str]) -> None:
        """Nobody whose id was there is added anew, and an opt-out under an id counts for every contact that gets it."""
        had = by_id(before.items())
        for number, now in after.items():
            if now.id and now.id in had and now.id != (before[number].id if number in before else ""):
                assert number in before or address(now.name) in without_id, f"somebody known is added: {now}"
                assert min(one.mailable for one in had[now.id]) > 0 or now.mailable <= 1, now

    @rule(data=st.data(), duplicates=st.sampled_from(["last", "first"]), mode=st.sampled_from(["append", "update"]))
    def syncs(self, data: st.DataObject, duplicates: str, mode: str) -> None:
        """Any records in any order."""
        stream = type(PEOPLE)(columns=PEOPLE.columns, mode=mode)
        self.sync(data.draw(records(once=False)), duplicates=duplicates, stream=stream)

    @rule(data=st.data())
    def syncs_until_rest(self, data: st.DataObject) -> None:
        """Records that do not contradict each other come to rest; the dry run before says so of each sync."""
        rows = data.draw(records(once=True))
        for _ in range(SYNCS_TO_REST):
            self.account.control.forget_requests()
            self.sync(rows)
            if not self.account.writes():
                return
        raise AssertionError("the audience does not come to rest")

    @rule(
        data=st.data(),
        name=st.sampled_from(NAMES),
        nth=st.integers(1, 4),
        method=st.sampled_from(["POST", "PATCH", "DELETE", "GET"]),
    )
    def syncs_while_somebody_leaves(self, data: st.DataObject, name: str, nth: int, method: str) -> None:
        """Who opts out at any moment of a sync stays out."""
        gone: list[int] = []

        def leave() -> None:
            if self.account.status(address(name)) in POSSIBLE["unsubscribe"]:
                self.account.act(address(name), "unsubscribe")
                gone.extend(number for number, one in self.contacts().items() if one.name == name)

        self.proxy.before(method, "/3.0/lists/*", leave, nth=nth)
        self.sync(data.draw(records(once=False)))
        self.proxy.reset()
        assert all(self.contacts()[number].mailable == 0 for number in gone)

    @rule(
        data=st.data(),
        kind=st.sampled_from(["500", "reset_before", "reset_after", "cut_body", "403_html"]),
        times=st.integers(1, 3),
        method=st.sampled_from(["POST", "PATCH", "DELETE", "*"]),
    )
    def syncs_over_a_bad_line(self, data: st.DataObject, kind: str, times: int, method: str) -> None:
        """Lost answers change nothing about any of it."""
        self.account.control.fault(kind, method=method, path="/3.0/lists/*", times=times)
        self.sync(data.draw(records(once=False)))
        self.account.control.lift_faults()

    @rule(name=st.sampled_from(NAMES), action=st.sampled_from(["unsubscribe", "subscribe", "complain", "bounce_hard"]))
    def acts(self, name: str, action: str) -> None:
        """Somebody does something."""
        self.tick()
        if self.account.status(address(name)) in POSSIBLE[action]:
            self.account.act(address(name), action)

    @rule(name=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def changes_their_address(self, name: str, other: str) -> None:
        """Somebody changes their address in Mailchimp's own pages."""
        self.tick()
        if self.account.status(address(name)) == "subscribed" and self.account.status(address(other)) is None:
            self.account.act(address(name), "change_email", to=address(other))

    @rule(name=st.sampled_from(NAMES))
    def is_archived(self, name: str) -> None:
        """A marketer archives somebody."""
        self.tick()
        if self.account.status(address(name)):
            self.account.archive(address(name))


def by_id(contacts: Iterable[tuple[int, Contact]]) -> dict[str, list[Contact]]:
    """Contacts by the id they have."""
    found: dict[str, list[Contact]] = defaultdict(list)
    for _, one in contacts:
        if one.id:
            found[one.id].append(one)
    return found


@pytest.mark.timeout(0)
def test_no_change_of_addresses_breaks_a_promise(running: Sandbox, running_proxy: Between) -> None:
    """Addresses and ids in any order, races and lost answers: nobody becomes mailable, nobody known is added anew."""
    Addresses.sandbox, Addresses.proxy = running, running_proxy
    profile = settings(
        max_examples=STORIES or 20,
        stateful_step_count=20 if STORIES else 10,
        derandomize=not STORIES,
        database=None,
        deadline=None,
        print_blob=True,
        phases=[Phase.generate] if os.environ.get("NOSHRINK") else list(Phase),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Addresses, settings=profile)

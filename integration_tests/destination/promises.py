"""A small world of people, marketers, syncs and faults, and what must be true of it whatever happens in which order.

`World` knows what everybody chose last, by what they did and not by what the connector says. A family of rules is a
class with `@rule` methods that extends it; `test_promises.py` puts families together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from integration_tests.destination.between import Between
from integration_tests.destination.story_syncs import Plan, expected_values, plans
from integration_tests.destination.syncing import FIELDS, Account, Json, Person, Result, Stream, sync
from source_destination_mailchimp.sandbox.http.server import Sandbox

EMAILS = tuple(f"p{n}@sandbox-people.org" for n in range(6))
FIRST_SECOND = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
STEP_SECONDS = 10
STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
LOST = ("reset_before", "reset_after", "reset_after", "cut_body", "garbage")
FAULTS = ("429", "403_bare", "500", "502_html", "503", *LOST, *LOST)
"""Lost answers are the likelier ones: they are the harder to get right."""

SWITCHES: dict[str, tuple[str, ...]] = {
    "batch_status_if_new": ("honoured", "refused", "treated_as_status"),
    "batch_restores_archived": ("yes", "no"),
    "pending_revives_archived": ("yes", "no"),
    "archived_keeps_compliance": ("no", "yes"),
    "pending_clears_compliance": ("yes", "no"),
    "forced_double_optin": ("no", "yes"),
}


@dataclass(slots=True)
class Choice:
    """What somebody chose last: whether they may be mailed, and since when not."""

    out_since: float | None = None
    is_forgotten: bool = False
    is_cleaned: bool = False


class World(RuleBasedStateMachine):
    """One audience, what everybody chose, and a sync with everything that must be true after it."""

    sandbox: ClassVar[Sandbox]
    proxy: ClassVar[Between]

    def __init__(self) -> None:
        super().__init__()
        self.sandbox.control.reset()
        self.proxy.reset()
        self.now = FIRST_SECOND
        self.tick()
        audience = str(self.sandbox.control.seed(name="Readers", merge_fields=FIELDS, members=0)["audience"])
        self.account = Account(self.sandbox, audience, f"{self.proxy.url}/3.0")
        self.choices = {email: Choice() for email in EMAILS}
        self.last: Plan | None = None

    def tick(self) -> float:
        """A moment passes."""
        self.now += STEP_SECONDS
        self.sandbox.store.clock.move_to(self.now)
        self.sandbox.store.clock.freeze()
        return self.now

    @initialize(
        statuses=st.lists(
            st.sampled_from([*[""] * 5, *STATUSES]),
            min_size=len(EMAILS),
            max_size=len(EMAILS),
        ),
        left_by=st.sampled_from(["api", "admin", "person", "complaint"]),
        switches=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in SWITCHES.items()}),
        has_welcome=st.booleans(),
    )
    def begin(self, statuses: list[str], left_by: str, switches: dict[str, str], *, has_welcome: bool) -> None:
        """Somebody may be there already; Mailchimp behaves in one of the ways that nobody could rule out."""
        self.account.control.switch(**switches)
        if has_welcome:
            self.account.control.seed(journeys=[{"audience": self.account.audience, "starts": "signup"}])
        for email, status in zip(EMAILS, statuses, strict=True):
            if status:
                by = {"unsubscribed": left_by, "cleaned": "bounce"}.get(status, "")
                changed = datetime.fromtimestamp(self.now, UTC).isoformat()
                self.account.seed({"email_address": email, "status": status, "left_by": by, "last_changed": changed})
            self.notes(email, status)

    def notes(self, email: str, status: str | None) -> None:
        """Somebody is of this status now, by their own or a marketer's doing, or by a sync that was right."""
        choice = self.choices[email]
        choice.is_cleaned = status == "cleaned"
        if status in ("unsubscribed", "archived"):
            choice.out_since = self.now
        elif status not in ("cleaned", None):
            choice.out_since = None

    # A sync, and what must be true after it

    def run(self, plan: Plan, acted: Sequence[str] = ()) -> Result:
        """Sync, and hold the promises; `acted` are people who did something meanwhile."""
        self.tick()
        before, mailed, entered = self.account.people(), len(self.account.mailed()), self.entered()
        stream = Stream(columns=("email", "FNAME", "LNAME", "opt_in", "agreed_at", "left_at"), mode=plan.mode)
        result = sync(self.account, plan.rows(), stream=stream, **plan.settings)
        after = self.account.people()
        if plan.settings["automations"] == "stop" and not acted:
            assert self.entered() == entered, "what was to stop the sync has started"
        if result.error is not None:
            assert plan.settings["automations"] == "stop" and "automations: " in result.complaint, result.complaint
            assert acted or (after, len(self.account.mailed())) == (before, mailed), "it stops before the first write"
            self.last = plan
            return result
        self.check_records(plan, result)
        self.check_people(plan, before, after, self.account.mailed()[mailed:], acted)
        if not acted:
            created = sum(email not in before for email in after)
            assert result.outcomes.get("created", 0) == created, "created is who was not there before"
        self.settle(before, after, acted)
        self.last = plan
        return result

    def entered(self) -> list[Any]:
        """Who entered which journey."""
        return [journey["entered"] for journey in self.account.control.journeys()]

    def check_records(self, plan: Plan, result: Result) -> None:
        """Every record has exactly one outcome, and the STATE counts all of them."""
        assert sum(result.outcomes.values()) == len(plan.records)
        assert result.cursors == [len(plan.records)]
        (stats,) = (one["state"]["destinationStats"] for one in result.messages if one["type"] == "STATE")
        assert stats["recordCount"] + stats["rejectedRecordCount"] == len(plan.records)

    def check_people(
        self,
        plan: Plan,
        before: dict[str, Person],
        after: dict[str, Person],
        mailed: Sequence[str],
        acted: Sequence[str],
    ) -> None:
        """Everybody is what they chose or what a setting and a consent allow, and their data is what it should be."""
        for email in EMAILS:
            if email in acted:
                continue
            was, now = before.get(email), after.get(email)
            status = now.status if now else None
            allowed = self.allowed(plan, email, was.status if was else None)
            assert status in allowed, (email, was, now)
            assert mailed.count(email) <= (status == "pending" and (was is None or was.status != "pending")), email
            if was is not None and now is not None and was.status == status:
                is_left_alone = status == "archived" and len(allowed) == 1
                values = was.values if is_left_alone else expected_values(plan, email, was)
                assert now.values == values or (status == "archived" and len(allowed) > 1), email

    def allowed(self, plan: Plan, email: str, was: str | None) -> set[str | None]:
        """What somebody may be after a sync: the contract, by what they chose and not by what Mailchimp says."""
        asks, choice = plan.asks(email), self.choices[email]
        if not plan.named(email) or choice.is_cleaned:
            return {was}
        if was is None:
            return self._allowed_for_a_stranger(plan, email)
        if was in ("subscribed", "pending"):
            return {"unsubscribed"} if asks == "no" else {was}
        if was == "transactional":
            joins = asks == "yes" and plan.settings["new_member_status"] in ("subscribed", "pending")
            return {plan.settings["new_member_status"]} if joins else {was}
        given = plan.answers[email].given if plan.asks_opt_in else None
        is_newer = asks == "yes" and given is not None and choice.out_since is not None and given > choice.out_since
        way = {"ask": "pending", "with_newer_consent": "subscribed"}.get(plan.settings.get("resubscribe", "never"))
        return {was, way} if is_newer and way else {was}

    def _allowed_for_a_stranger(self, plan: Plan, email: str) -> set[str | None]:
        new = plan.settings["new_member_status"]
        if self.choices[email].is_forgotten or new == "do_not_add" or plan.mode == "update":
            return {None}
        if plan.asks(email) in ("no", "unchecked", "missing"):
            return {None}
        is_forced = self.sandbox.store.switches["forced_double_optin"] == "yes"
        return {"pending" if is_forced and new == "subscribed" else new}

    def settle(self, before: dict[str, Person], after: dict[str, Person], acted: Sequence[str]) -> None:
        """What a sync rightly changed is what people are from now on."""
        for email in EMAILS:
            was, now = before.get(email), after.get(email)
            if email not in acted and (was.status if was else None) != (now.status if now else None):
                self.notes(email, now.status if now else None)


class Syncs(World):
    """Syncs of any kind, alone, repeated, and with people who act while they run."""

    @rule(data=st.data())
    def syncs(self, data: st.DataObject) -> None:
        """A sync runs."""
        self.run(data.draw(plans(EMAILS, self.now + STEP_SECONDS)))

    @precondition(lambda self: self.last is not None)
    @rule()
    def syncs_again(self) -> None:
        """The same sync runs twice: the second time nothing at all changes."""
        assert self.last is not None
        self.run(self.last)
        before, mailed = self.account.people(), self.account.mailed()
        self.account.control.forget_requests()
        self.run(self.last)
        assert (self.account.people(), self.account.mailed()) == (before, mailed)
        paths = [path for method, path in self.account.writes() if method != "PUT"]
        assert paths in ([], [f"/3.0/lists/{self.account.audience}"]), "only refused addresses are offered again"

    @rule(
        data=st.data(),
        email=st.sampled_from(EMAILS),
        action=st.sampled_from(["unsubscribe", "complain", "subscribe", "confirm"]),
        nth=st.integers(1, 3),
        method=st.sampled_from(["POST", "PATCH", "GET"]),
    )
    def syncs_while_somebody_acts(self, data: st.DataObject, email: str, action: str, nth: int, method: str) -> None:
        """Somebody does something at some moment of a sync: they end as they chose, or as a record said no."""
        plan = data.draw(plans(EMAILS, self.now + STEP_SECONDS))
        done: list[str] = []

        def act() -> None:
            if self.account.status(email) in POSSIBLE[action]:
                self.account.act(email, action)
                done.append(self.account.status(email) or "")

        self.proxy.before(method, "/3.0/lists/*", act, nth=nth)
        self.run(plan, acted=[email])
        self.proxy.reset()
        status = self.account.status(email)
        if done and action in ("unsubscribe", "complain"):
            assert status in ("unsubscribed", "archived"), (done, status)
        elif done:
            assert status in ({*done, "unsubscribed"} if plan.asks(email) == "no" else set(done)), (done, status)
            self.choices[email].is_forgotten = False
        self.notes(email, status)


POSSIBLE: dict[str, tuple[str | None, ...]] = {
    "subscribe": (None, "subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"),
    "confirm": ("pending",),
    "unsubscribe": ("subscribed", "pending", "transactional"),
    "complain": ("subscribed", "pending", "transactional"),
    "bounce_hard": ("subscribed", "pending", "transactional"),
    "compliance": ("subscribed",),
    "admin_unsubscribe": ("subscribed", "pending", "transactional"),
}
"""Who can do what: somebody who is not mailed has no link to click on."""


class People(World):
    """What people do by themselves between two syncs."""

    @rule(email=st.sampled_from(EMAILS), action=st.sampled_from([*POSSIBLE]))
    def acts(self, email: str, action: str) -> None:
        """Somebody signs up, confirms, leaves, complains or bounces."""
        self.tick()
        if self.account.status(email) in POSSIBLE[action]:
            self.account.act(email, action)
            self.choices[email].is_forgotten = False
            self.notes(email, self.account.status(email))


class Marketers(World):
    """What marketers do in Mailchimp's own pages between two syncs."""

    @rule(email=st.sampled_from(EMAILS))
    def archives(self, email: str) -> None:
        """A contact is archived."""
        self.tick()
        if self.account.status(email) not in (None, "archived"):
            self.account.archive(email)
            self.notes(email, "archived")

    @rule(email=st.sampled_from(EMAILS))
    def restores(self, email: str) -> None:
        """An archived contact is brought back."""
        self.tick()
        audience = self.sandbox.store.audience(self.account.audience)
        member = audience.find(email)
        if member is not None and member.status == "archived":
            audience.set_status(member, "subscribed")
            audience.touch(member, self.sandbox.store.clock.now())
            member.left_by = ""
            self.notes(email, "subscribed")

    @rule(email=st.sampled_from(EMAILS))
    def forgets(self, email: str) -> None:
        """A contact is deleted permanently."""
        self.tick()
        if self.account.status(email) is not None:
            self.account.forget(email)
            self.choices[email] = replace(Choice(), is_forgotten=True)

    @rule(email=st.sampled_from(EMAILS), value=st.sampled_from(["Zoe", ""]))
    def edits(self, email: str, value: str) -> None:
        """A value is changed."""
        self.tick()
        audience = self.sandbox.store.audience(self.account.audience)
        member, names = audience.find(email), audience.merge_field("FNAME")
        if member is not None and names is not None:
            rest = {key: old for key, old in member.merge_values.items() if key != names.merge_id}
            member.merge_values = {**rest, names.merge_id: value} if value else rest
            audience.touch(member, self.sandbox.store.clock.now())


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong on the way to Mailchimp."""

    kind: str
    order: Json = field(default_factory=dict)
    method: str = "*"


TROUBLES = st.lists(
    st.builds(
        Trouble,
        st.sampled_from(FAULTS),
        st.one_of(
            st.fixed_dictionaries({"times": st.integers(1, 3), "after": st.sampled_from([0, 0, 0, 1, 3])}),
            st.just({"rate": 0.2}),
        ),
        st.sampled_from(["*", "POST", "POST"]),
    ),
    min_size=1,
    max_size=2,
)


class Faults(World):
    """A bad way to Mailchimp while a sync runs."""

    @rule(data=st.data(), troubles=TROUBLES)
    def syncs_with_faults(self, data: st.DataObject, troubles: list[Trouble]) -> None:
        """Answers are lost, cut, late or refused; everything that was promised holds all the same."""
        plan: Any = data.draw(plans(EMAILS, self.now + STEP_SECONDS))
        for trouble in troubles:
            self.account.control.fault(trouble.kind, method=trouble.method, **trouble.order)
        try:
            self.run(plan)
        finally:
            self.account.control.lift_faults()

"""`make demo`: sync 10,000 contacts to the sandbox, let some unsubscribe, change the data, and sync again."""

import argparse
import contextlib
import csv
import json
import os
import shutil
import socket
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from demo import crm, faker
from demo.account import KEY, Account, running_account
from demo.sync import Failed, Message, Run, sync
from demo.terminal import act, quote, say

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / ".demo"
PEOPLE = 10_000
FIELDS = (
    {"column": "name", "target": "FNAME"},
    {"column": "occupation", "target": "JOB"},
    {"column": "age", "target": "AGE"},
    {"column": "telephone", "target": "PHONE"},
    {"column": "address.street_number + address.street_name", "target": "ADDRESS.addr1"},
    {"column": "address.city", "target": "ADDRESS.city"},
    {"column": "address.state", "target": "ADDRESS.state"},
    {"column": "address.postal_code", "target": "ADDRESS.zip"},
    {"column": "address.country_code", "target": "ADDRESS.country"},
)
CONFIG = {
    "credentials": {"auth_type": "apikey", "apikey": KEY},
    "audience": "Customers",
    "new_member_status": "subscribed",
    "unmapped_fields": "ignore",
    "streams": [
        {
            "stream": faker.STREAM,
            "fields": FIELDS,
            "tags": ["shop customer"],
            "opt_in_field": "newsletter",
            "consent_time_field": "newsletter_changed_at",
        }
    ],
}


class Demo:
    """The story, act by act."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account = account
        self._folder = folder
        self._config, self._catalog = folder / "config.json", folder / "catalog.json"
        self._store = folder / "store"
        store = {"storage_type": "Local", "path": str(self._store)}
        self._quoted: set[str] = set()
        self._config.write_text(json.dumps({**CONFIG, "object_storage_config": store}), encoding="utf-8")

    def sync(self, messages: Iterable[Message], count: int) -> Run:
        """One sync, and what its log says at the end."""
        for old in self._store.rglob("*.csv"):
            old.unlink()  # so that what is told next is of this sync alone; the folders of runs stay
        begun = time.monotonic()
        run = sync(self._config, self._catalog, messages, count, self.account.api_url)
        calls = Counter("reads" if call["method"] == "GET" else "writes" for call in self.account.calls())
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(calls.items()))
        say(f"{time.monotonic() - begun:.1f} s, calls to Mailchimp: {told}. The log:")
        # What it says of the settings is the same in every sync, so it is shown once.
        quote([line for line in run.opening if line not in self._quoted])
        self._quoted.update(run.opening)
        quote(run.words)
        return run

    def made_up(self) -> list[Message]:
        """The people, and the catalog of the connection."""
        program = faker.installed()
        catalog = crm.with_the_box(faker.catalog(program, self._folder))
        self._catalog.write_text(json.dumps(catalog), encoding="utf-8")
        return faker.people(program, self._folder, PEOPLE + crm.NEWCOMERS)

    def kept(self) -> None:
        """Which records were held, rejected or overtaken, and why, from the files that the sync left."""
        rows: list[dict[str, str]] = []
        for path in self._store.rglob("*.csv"):
            rows.extend(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        by_reason = defaultdict(list)
        # Sorted, because threads answer in another order each time.
        for row in sorted(rows, key=lambda row: row["email"]):
            by_reason[row["rejected_reason"]].append(row)
        for reason, found in sorted(by_reason.items(), key=lambda one: (-len(one[1]), one[0])):
            example = found[0]
            say(f"{len(found):>6,} {reason}, e.g. {example['email']}: {example['rejected_message']}")
        say(f"All {len(rows):,} records with their columns: {os.path.relpath(self._store)}")

    def page(self) -> str:
        """Where the page of the latest sync is."""
        newest = max((self._store / "runs").iterdir())
        return os.path.relpath(newest / "report.html")


def leave(account: Account, messages: Iterable[Message]) -> dict[str, list[str]]:
    """Let some of those who are subscribed do what people do: the first of the CRM's list."""
    subscribed = account.emails("subscribed")
    everybody = [message["record"]["data"]["email"] for message in messages if message["type"] == "RECORD"]
    some = [email for email in everybody if email.lower() in subscribed]
    leaving = {"unsubscribe": some[0:120], "complain": some[120:130], "bounce_hard": some[130:160]}
    for action, emails in leaving.items():
        account.people(emails, action)
    return leaving


def tell(account: Account, messages: Iterable[Message], leaving: dict[str, list[str]]) -> None:
    """A few contacts as they now are in Mailchimp."""
    records = [message["record"]["data"] for message in messages if message["type"] == "RECORD"]
    gone = {email.lower() for emails in leaving.values() for email in emails}
    there = [r for r in records if r["id"] % crm.DECLINED and not r["email"].endswith(("example.com", "example.org"))]
    stories = {
        "Moved house": next(r for r in there if crm.moved(r) and r["email"].lower() not in gone),
        "Unsubscribed": next(r for r in there if r["email"].lower() == leaving["unsubscribe"][0].lower()),
        "New": there[-1],
        "Never ticked the box": next(r for r in records if r["id"] % crm.DECLINED == 0),
    }
    for story, record in stories.items():
        member = account.member(record["email"])
        fields = member.get("merge_fields") or {}
        say(f"{story}: {record['email']}")
        if not fields:
            say("    not in the audience")
            continue
        address = fields.get("ADDRESS")
        city = address["city"] if isinstance(address, dict) else ""
        known = ", ".join(text for text in (fields.get("FNAME"), fields.get("JOB"), city) if text)
        tags = ", ".join(tag["name"] for tag in member.get("tags") or ())
        say(f"    {member['status']} · {known} · tags: {tags}")


def counts(account: Account) -> str:
    """How many members have which status, in words."""
    return ", ".join(f"{number:,} {status}" for status, number in account.counts().items())


def stayed_out(account: Account, leaving: dict[str, list[str]]) -> bool:
    """Whether everybody who left is still out, and nobody was asked to come back."""
    wanted = {"unsubscribe": "unsubscribed", "complain": "unsubscribed", "bounce_hard": "cleaned"}
    everybody = [(email, wanted[action]) for action, emails in leaving.items() for email in emails]
    back = [email for email, status in everybody if account.member(email)["status"] != status]
    say(f"{len(everybody) - len(back)} of {len(everybody)} contacts who left are still unsubscribed or cleaned.")
    say(f"{account.mails()} confirmation emails were sent.")
    return not back and not account.mails()


def play(demo: Demo, everything: list[Message]) -> bool:
    """All acts after the contacts are generated; whether the promises were kept."""
    account, count = demo.account, sum(message["type"] == "RECORD" for message in everything)
    start = list(crm.first(crm.without(everything, crm.NEWCOMERS)))
    say(
        "Each contact has a newsletter box in the CRM, and 1 in 40 did not tick it. 1 address in 500 is invalid. About "
        "1 in 5 ends in example.com, .org or .net, because source-faker generates them so: Mailchimp rejects those."
    )
    act(2, "The first sync, into an empty audience")
    demo.sync(start, count - crm.NEWCOMERS)
    say("Rejected records by reason:")
    demo.kept()
    act(3, "Some contacts unsubscribe, complain or bounce")
    leaving = leave(account, start)
    gone = {action: len(emails) for action, emails in leaving.items()}
    say(f"{gone['unsubscribe']} unsubscribe, {gone['complain']} complain, and email to {gone['bounce_hard']} bounces.")
    say(f"Audience now: {counts(account)}")
    act(4, "A month later: some moved, retired or unticked the box, and 100 are new")
    say("The CRM does not know what happened in step 3.")
    later = list(crm.later(everything))
    demo.sync(later, count)
    page = demo.page()
    say("Held and rejected records by reason:")
    demo.kept()
    act(5, "A few contacts in Mailchimp")
    tell(account, later, leaving)
    say(f"Audience now: {counts(account)}")
    act(6, "Same data again: nothing should change")
    say("The only writes send the rejected addresses again, because Mailchimp could accept them by now.")
    before = account.counts()
    run = demo.sync(later, count)
    act(7, "Checks")
    kept = stayed_out(account, leaving)
    say(
        "The second identical sync left the audience as it was."
        if account.counts() == before
        else "FAILED: the second identical sync changed the audience."
    )
    say(f"The last sync returned {len(run.states)} checkpoints, each after its records were settled.")
    say("Open the report of the sync in step 4 in a browser:")
    say(page)
    return kept and account.counts() == before


def look(account: Account, *, stays: bool) -> None:
    """Say where a browser shows the account; with `stays` keep it until Ctrl-C."""
    if not stays:
        say("To look at the contacts in a browser, keep the sandbox running: make demo ARGS=--stay")
        return
    say(f"Look at the contacts in a browser: {account.page}   (press Ctrl-C to stop)")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Play it on a free port, with everything it leaves in .demo/."""
    stays = _options(arguments).stay
    folder = HERE / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.monotonic()
    try:
        with running_account(port) as account:
            demo = Demo(account, folder)
            act(1, f"{PEOPLE:,} contacts, from Airbyte's own source-faker")
            kept = play(demo, demo.made_up())
            print(f"\n   {time.monotonic() - begun:.0f} s in total.\n")
            look(account, stays=stays)
    except Failed as failed:
        quote(str(failed).splitlines())
        return 1
    return 0 if kept else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="Run the demo against the sandbox.")
    parser.add_argument(
        "--stay", action="store_true", help="keep the sandbox running at the end, to look at it in a browser"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

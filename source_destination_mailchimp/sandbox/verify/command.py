"""The command `mailchimp-sandbox verify`: hold the sandbox against a real account."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from source_destination_mailchimp.sandbox.verify import report, results
from source_destination_mailchimp.sandbox.verify.asking import letters_of
from source_destination_mailchimp.sandbox.verify.calling import Client, CouldNotRun, api_root
from source_destination_mailchimp.sandbox.verify.guard import Guard
from source_destination_mailchimp.sandbox.verify.mailbox import Mailbox
from source_destination_mailchimp.sandbox.verify.not_askable import NOT_ASKABLE
from source_destination_mailchimp.sandbox.verify.question import MAIL, PERMANENT_DELETION, SECOND_KEY, Question
from source_destination_mailchimp.sandbox.verify.questions import BY_ID, QUESTIONS
from source_destination_mailchimp.sandbox.verify.results import Result
from source_destination_mailchimp.sandbox.verify.verifying import FLAGS, Verifying

KEY_VARIABLE: Final = "MAILCHIMP_API_KEY"
COULD_NOT_RUN: Final = 2
DESCRIPTION: Final = """\
Ask a Mailchimp account about everything that the sandbox assumes, and print the differences.

Writes only to the given audience, and only to contacts that it creates at plus addresses of your mailbox. Afterwards
the contacts are archived, or permanently deleted with --allow-permanent-deletion. Sends no mail without --allow-mail.
Exit status: 0 if every answer agrees, 1 if one differs, 2 if nothing could be asked or something could not be removed.
"""


def main(arguments: Sequence[str] | None = None, pause: Callable[[float], None] = time.sleep) -> int:
    """Ask, print, clean up; returns the exit status. `pause` waits that many seconds."""
    options = _parser().parse_args(arguments)
    try:
        if options.list:
            return _list_questions()
        return _run(options, pause)
    except (CouldNotRun, ValueError, OSError) as reason:
        print(f"mailchimp-sandbox verify: {reason}", file=sys.stderr)
        return COULD_NOT_RUN


def _run(options: argparse.Namespace, pause: Callable[[float], None]) -> int:
    questions = _chosen(options.only)
    if options.dry_run:
        return _list_calls(questions, _allowed(options))
    verifying = _verifying(options, pause)
    verifying.check()
    if options.clean:
        return _clean(verifying, everything=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it cleans up behind itself
    status = COULD_NOT_RUN
    try:
        found = verifying.results(questions, lambda result: print("\n".join(results.lines([result])), flush=True))
        print(results.summary(found))
        _write(options, found)
        status = results.exit_status(found)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
    finally:
        left = _clean(verifying, everything=False)
    return left or status


def _clean(verifying: Verifying, *, everything: bool) -> int:
    """Clean up, and say what could not be removed."""
    try:
        cleaning = verifying.clean(everything=everything)
    except CouldNotRun as reason:
        raise CouldNotRun(f"{reason} Run it again with --clean to remove what it made.") from None
    print(f"Cleaned up: {cleaning.removed} removed. {verifying.client.sent} calls were made.")
    for name in cleaning.left:
        print(f"Could not be removed: {name}", file=sys.stderr)
    return COULD_NOT_RUN if cleaning.left else 0


def _write(options: argparse.Namespace, found: list[Result]) -> None:
    if options.save is not None:
        options.save.write_text(json.dumps(results.switches_of(found), indent=2) + "\n")
        print(f"A sandbox like this account: mailchimp-sandbox --switches {options.save}")
    if options.report is not None:
        options.report.write_text(report.report(found, version("source-destination-mailchimp")) + "\n")


def _list_calls(questions: Sequence[Question], allowed: frozenset[str]) -> int:
    """Print every call that would be made; makes none."""
    for question in questions:
        missing = " and ".join(FLAGS[permission] for permission in sorted(question.needs - allowed))
        print(f"{question.id}{f' (only with {missing})' if missing else ''}: contacts {len(letters_of(question))}")
        for step in [] if missing else question.steps:
            query = "?" + "&".join(f"{name}={value}" for name, value in step.query.items()) if step.query else ""
            body = f" {json.dumps(step.body)}" if step.body is not None else ""
            print(f"  {step.method} {step.path}{query}{body}{' (until it is finished)' if step.until else ''}")
    print(
        "Before: GET / and GET /lists/{audience}. Afterwards, for every contact: GET, and DELETE or delete-permanent;"
    )
    print("GET segments, merge-fields and interest-categories, and DELETE of those that were made. Nothing was sent.")
    return 0


def _list_questions() -> int:
    for question in QUESTIONS:
        flags = " ".join(FLAGS[permission] for permission in sorted(question.needs))
        print(f"{question.id}: {flags or 'asked'}")
    for name, reason in NOT_ASKABLE.items():
        print(f"{name}: not askable. {reason}")
    return 0


def _chosen(wanted: Sequence[str]) -> Sequence[Question]:
    unknown = [name for name in wanted if name not in BY_ID]
    if unknown:
        reason = NOT_ASKABLE.get(unknown[0], "There is no such question; --list names them.")
        raise ValueError(f"{unknown[0]} cannot be asked: {reason}")
    return [BY_ID[name] for name in wanted] or QUESTIONS


def _verifying(options: argparse.Namespace, pause: Callable[[float], None]) -> Verifying:
    key = options.key or os.environ.get(KEY_VARIABLE, "")
    if not key or not options.audience or not options.mailbox:
        raise ValueError(f"--key (or {KEY_VARIABLE}), --audience and --mailbox are needed.")
    mailbox = Mailbox.read(options.mailbox)
    guard = Guard(options.audience, mailbox)
    client = Client(api_root(key), key, guard, options.max_calls, options.allow_second_key, pause)
    return Verifying(client, options.audience, mailbox, _allowed(options))


def _allowed(options: argparse.Namespace) -> frozenset[str]:
    given = {
        MAIL: options.allow_mail,
        PERMANENT_DELETION: options.allow_permanent_deletion,
        SECOND_KEY: options.allow_second_key,
    }
    return frozenset(permission for permission, value in given.items() if value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mailchimp-sandbox verify", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--key", default="", help=f"the API key; better in the environment variable {KEY_VARIABLE}")
    add("--audience", default="", metavar="ID", help="ID of the audience to write to; use a test audience")
    add(
        "--mailbox",
        default="",
        metavar="you+*@yourdomain",
        help="your mailbox; contacts are created at its plus addresses",
    )
    add("--only", action="append", default=[], metavar="QUESTION", help="ask this question only; may be repeated")
    add("--allow-mail", action="store_true", help="also ask questions that may send mail to the mailbox")
    add(
        "--allow-permanent-deletion",
        action="store_true",
        help="also delete its own contacts permanently, to ask what that does and to leave none of them archived",
    )
    add("--allow-second-key", default="", metavar="KEY", help="also ask what the key of an author or viewer may do")
    add("--max-calls", type=int, default=400, metavar="N", help="make at most N calls; cleaning up is not counted")
    add("--dry-run", action="store_true", help="list the calls without making them")
    add("--clean", action="store_true", help="only remove what earlier runs left")
    add("--list", action="store_true", help="list the questions with their options, and what cannot be asked")
    add(
        "--save", type=Path, metavar="FILE", help="write the answers as switches, for mailchimp-sandbox --switches FILE"
    )
    add(
        "--report",
        type=Path,
        metavar="FILE",
        help="write questions, calls and answers to a file, without key and addresses",
    )
    return parser

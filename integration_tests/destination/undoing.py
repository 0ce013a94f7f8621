"""A sync that keeps its changes, and the command that takes it back."""

import argparse
import contextlib
import io
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from integration_tests.destination.syncing import (
    IMPATIENT,
    Account,
    Json,
    Nap,
    Result,
    config,
    sync,
)
from source_destination_mailchimp.destination import command_line
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.mailchimp.auth import access
from source_destination_mailchimp.mailchimp.client import Client, fetch_metadata
from source_destination_mailchimp.mailchimp.waiting import Clock, Patience

ANN, BOB, CID, DEE, EVE = (f"{name}@postbox.org" for name in ("ann", "bob", "cid", "dee", "eve"))
PEOPLE = (ANN, BOB, CID, DEE, EVE)


class Said(NamedTuple):
    """What the command printed, and its exit code."""

    code: int
    text: str

    @property
    def number(self) -> str:
        """The number that a dry run wants back."""
        return self.text.partition("--expect ")[2].partition(" ")[0]


def local(store: Path) -> Json:
    return {"storage_type": "Local", "path": str(store)}


def undo(
    account: Account,
    store: Path,
    run: str,
    *more: str,
    storage: Json | None = None,
    patience: Patience = IMPATIENT,
    clock: Clock | None = None,
) -> Said:
    """The command, in this process; `storage` is the store where it is not the folder `store`."""
    return said(account, store, "undo", "--run", run, *more, storage=storage, patience=patience, clock=clock)


def said(
    account: Account,
    store: Path,
    command: str,
    *more: str,
    storage: Json | None = None,
    patience: Patience = IMPATIENT,
    clock: Clock | None = None,
) -> Said:
    """A command for people, in this process."""
    file = store.with_name("undo-config.json")
    file.write_bytes(orjson.dumps(config(account, object_storage_config=storage or local(store))))

    def connects(chosen: Settings) -> Client:
        found = access(chosen.credentials.model_dump(), account.api_url, fetch_metadata)
        return Client(found, max_connections=chosen.max_connections, patience=patience, clock=clock or Nap())

    printed = io.StringIO()
    parsed: argparse.Namespace = command_line.parse([command, "--config", str(file), *more])
    with contextlib.redirect_stdout(printed):
        code = command_line.run_for_people(parsed, connects)
    return Said(code, printed.getvalue())


def kept(account: Account, store: Path, rows: list[Json], **keys: Any) -> tuple[str, Result]:
    """One sync that keeps its changes: the name of its folder, and what it said."""
    before = {path.name for path in (store / "runs").glob("*")}
    result = sync(account, rows, object_storage_config=local(store), keep_changes=True, **keys)
    (run,) = {path.name for path in (store / "runs").glob("*")} - before
    account.control.clock(advance_seconds=5)
    return run, result


def whole(account: Account, store: Path, run: str, storage: Json | None = None) -> Said:
    """A dry run, and then the undo of what it said."""
    planned = undo(account, store, run, "--dry-run", storage=storage)
    assert planned.code == 0, planned.text
    done = undo(account, store, run, "--expect", planned.number, storage=storage)
    assert done.code == 0, done.text
    return done


def listed(store: Path) -> dict[str, Json]:
    """Address, also one that the sync gave a contact → what the last undo's report says of it."""
    last = sorted((store / "runs").glob("*/undo.json"))[-1]
    contacts = orjson.loads(last.read_bytes())["contacts"]
    by_new_address = {one["new_email"]: one for one in contacts if "new_email" in one}
    return by_new_address | {one["email"]: one for one in contacts}

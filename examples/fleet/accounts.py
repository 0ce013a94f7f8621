"""The accounts of a fleet: one folder each, with the files that one sync needs.

    fleet/acme/account.json       {"mailchimp_user": "ops@acme.example", "source": ["source-postgres"]}
    fleet/acme/source.json        configuration of the source
    fleet/acme/destination.json   configuration of the destination
    fleet/acme/catalog.json       configured catalog
    fleet/acme/state.json         where the last sync ended; made by the sync

A text such as "$ACME_MAILCHIMP_KEY" in a configuration is taken from that environment variable, so that no key lies in
a file.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "FLEET"
"""The environment variable that names the folder of the accounts."""


@dataclass(frozen=True)
class MailchimpAccount:
    """One account and its folder."""

    folder: Path
    mailchimp_user: str
    """Whose API key it is: Mailchimp allows ten connections per user, shared by all keys of that user."""

    source: list[str]
    """The command of the source."""

    @property
    def name(self) -> str:
        """Return the account's name, which is its folder's."""
        return self.folder.name

    def configuration(self, name: str) -> dict[str, Any]:
        """Return a configuration with the values of environment variables; raise KeyError for one that is not set."""
        return dict(_resolved(json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))))


def accounts(folder: Path | None = None) -> Iterator[MailchimpAccount]:
    """Yield every account of a folder, by name; the folder that FLEET names where none is given."""
    for path in sorted((folder or Path(os.environ[VARIABLE])).glob("*/account.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        yield MailchimpAccount(path.parent, about["mailchimp_user"], list(about["source"]))


def _resolved(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part) for part in value]
    if isinstance(value, str) and value.startswith("$"):
        return os.environ[value[1:]]
    return value

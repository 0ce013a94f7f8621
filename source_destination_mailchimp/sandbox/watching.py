"""Who hears of what happens to members; a family that keeps activity or counts adds its watcher here."""

from typing import Final

from source_destination_mailchimp.sandbox import growth
from source_destination_mailchimp.sandbox.store import Watcher

WATCHERS: Final[tuple[Watcher, ...]] = (growth.watch,)

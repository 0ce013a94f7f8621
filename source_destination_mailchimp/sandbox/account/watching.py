"""Who hears of what happens to members; a family that keeps activity or counts adds its watcher here."""

from typing import Final

from source_destination_mailchimp.sandbox.account.store import Watcher
from source_destination_mailchimp.sandbox.audiences import growth
from source_destination_mailchimp.sandbox.campaigns import journeys

WATCHERS: Final[tuple[Watcher, ...]] = (growth.watch, journeys.watch)

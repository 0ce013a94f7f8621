"""Who hears of what happens to members; a family that keeps activity or counts adds its watcher here."""

from typing import Final

from source_destination_mailchimp.sandbox.account.store import Timer, Watcher
from source_destination_mailchimp.sandbox.audiences import growth
from source_destination_mailchimp.sandbox.campaigns import journeys, workflows
from source_destination_mailchimp.sandbox.pages import history

WATCHERS: Final[tuple[Watcher, ...]] = (growth.watch, journeys.watch, workflows.watch, history.watch)
TIMERS: Final[tuple[Timer, ...]] = (workflows.send_what_is_due,)

"""Whether a saved state belongs to the account that is read."""

from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from source_destination_mailchimp.airbyte.problems import BadSetting, Problem
from source_destination_mailchimp.source.account import Account
from source_destination_mailchimp.source.packing import UnreadableState
from source_destination_mailchimp.source.states import ACCOUNT_KEY, PACKED_KEY, bookmarks
from source_destination_mailchimp.source.streams import BY_NAME, Parent, Way


def check_states(account: Account, manager: ConnectorStateManager, names: Iterable[str]) -> None:
    """Raise `BadSetting` for a state of another account: nothing in it would fit, and most would be left out.

    Our own states name their account. One of the official connector is taken for another's when it knows audiences, the
    account has audiences, and none of them is the same.
    """
    for name in names:
        state = manager.get_stream_state(name, None)
        if state and _is_foreign(account, name, state):
            raise BadSetting(
                Problem(
                    "credentials",
                    f"the saved state of stream {name} belongs to another Mailchimp account",
                    ("Sign in to that account again, or clear the stream to read this account from the start."),
                )
            )


def _is_foreign(account: Account, name: str, state: Mapping[str, Any]) -> bool:
    saved = state.get(ACCOUNT_KEY)
    if saved:
        return bool(saved != account.id())
    stream = BY_NAME[name]
    # The official connector's partitions of segment_members are segments.
    names_audiences = stream.parent is Parent.AUDIENCE and stream.way is not Way.SEGMENT_MEMBERS
    if PACKED_KEY in state or not names_audiences:
        return False
    try:
        known = set(bookmarks(state, stream.cursor_field or "")) - {""}
    except UnreadableState:
        return False
    there = set(account.audience_names())
    if not known or not there:
        return False
    return known.isdisjoint(there)

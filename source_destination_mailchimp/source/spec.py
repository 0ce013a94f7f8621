"""The form as the platform draws it; `spec.json` is made from it, and a test holds the two together."""

from typing import Any

from source_destination_mailchimp.airbyte.credentials import credentials_box, secret
from source_destination_mailchimp.airbyte.oauth import OAUTH_FLOW
from source_destination_mailchimp.mailchimp.members import MOST_CONNECTIONS

Schema = dict[str, Any]

DEFAULT_CONNECTIONS = 5
DEFAULT_LOOKBACK_SECONDS = 60
"""Mailchimp's list of members may lag behind a change. [inferred: seen with other lists, never with this one]"""

DATE_EXAMPLES = "2026-01-31 or 2026-01-31T00:00:00Z"

DOCUMENTATION_URL = "https://docs.airbyte.com/integrations/sources/mailchimp"

_GROUPS = {"account": "Mailchimp account", "what": "What to read", "how": "How to read it"}
_DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?$"


_BOXES: dict[str, tuple[str, Schema]] = {
    "credentials": (
        "account",
        credentials_box(
            "Everything that this Mailchimp user may see can be read; nothing is ever changed.",
            always_show=True,  # not required only because old configurations hold the key beside it
        ),
    ),
    "audiences": (
        "what",
        {
            "type": "array",
            "title": "Audiences",
            "description": "Read only these, by exact name or by ID (in Mailchimp: Audience, Settings, Audience ID). "
            "Empty reads all of them, also those made later.",
            "items": {"type": "string"},
            "examples": ["Customers", "a1b2c3d4e5"],
            "always_show": True,
        },
    ),
    "start_date": (
        "what",
        {
            "type": "string",
            "title": "Start date",
            "description": "Leave out what was last changed, sent or done before this moment (UTC). Members of older "
            "audiences and activity of older campaigns are read all the same. Empty reads everything there is.",
            "format": "date-time",
            "pattern": _DATE,
            "pattern_descriptor": DATE_EXAMPLES,
            "examples": ["2026-01-01T00:00:00Z"],
            "always_show": True,
        },
    ),
    "include_archived": (
        "what",
        {
            "type": "boolean",
            "title": "Archived people too",
            "description": "Mailchimp hides archived people unless asked. With this on they come with the status "
            "archived; with it off, somebody who is archived simply stops being updated.",
            "default": True,
        },
    ),
    "detect_deleted": (
        "what",
        {
            "type": "boolean",
            "title": "Notice people deleted for good",
            "description": "Mailchimp does not say who was deleted. With this on, whoever is gone comes once more in "
            "list_members with the status deleted and a time in _ab_cdc_deleted_at. Up to 250,000 people in all "
            "audiences together are remembered; in those beyond only their number is compared, and told in the log.",
            "default": False,
        },
    ),
    "external_id": (
        "what",
        {
            "type": "string",
            "title": "Merge field with your own ID",
            "description": "Its tag, for instance CRMID. The stream consent then carries its value beside the address, "
            "so that you find your own record also after an address has changed.",
            "examples": ["CRMID"],
        },
    ),
    "filter_bots": (
        "what",
        {
            "type": "boolean",
            "title": "Leave out bots",
            "description": "Leave out opens and clicks that Mailchimp believes were made by machines, in the streams "
            "where it can tell: email_activity, open_details and click_details.",
            "default": False,
        },
    ),
    "merge_fields": (
        "how",
        {
            "type": "string",
            "title": "Merge fields of members",
            "description": "<b>nested</b>: all in one column merge_fields, as Mailchimp has them.<br/><b>flat</b>: one "
            "column per merge tag (FNAME, BIRTHDAY, …), typed as in Mailchimp and ready to be mapped back.",
            "enum": ["nested", "flat"],
            "default": "nested",
        },
    ),
    "lookback_seconds": (
        "how",
        {
            "type": "integer",
            "title": "Look back (seconds)",
            "description": "Each incremental sync starts this long before the last position, because Mailchimp's list "
            "of members may show a change late. Records of that time come again; with deduplication nothing doubles.",
            "minimum": 0,
            "maximum": 2592000,
            "default": DEFAULT_LOOKBACK_SECONDS,
        },
    ),
    "max_connections": (
        "how",
        {
            "type": "integer",
            "title": "Simultaneous connections",
            "description": "Mailchimp allows a user ten at once, shared with every other integration of that user.",
            "minimum": 1,
            "maximum": MOST_CONNECTIONS,
            "default": DEFAULT_CONNECTIONS,
        },
    ),
    "apikey": ("account", secret("API key", "Of configurations made before 2021.", airbyte_hidden=True)),
    "data_center": (
        "account",
        {
            "type": "string",
            "title": "Data centre",
            "description": "Taken from configurations of older versions; found by itself now.",
            "airbyte_hidden": True,
        },
    ),
    "num_workers": (
        "how",
        {
            "type": "integer",
            "title": "Workers",
            "description": "Taken from configurations of older versions in place of Simultaneous connections.",
            "minimum": 1,
            "maximum": 10,
            "airbyte_hidden": True,
        },
    ),
}


def specification() -> Schema:
    """Return what `source-mailchimp spec` says."""
    properties = {
        key: {**box, "group": group, "order": order} for order, (key, (group, box)) in enumerate(_BOXES.items())
    }
    return {
        "documentationUrl": DOCUMENTATION_URL,
        "supportsIncremental": True,
        "connectionSpecification": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Mailchimp",
            "type": "object",
            "additionalProperties": True,
            "required": [],
            "groups": [{"id": name, "title": title} for name, title in _GROUPS.items()],
            "properties": properties,
        },
        "advanced_auth": OAUTH_FLOW,
    }

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
            ("The source reads whatever this Mailchimp user is allowed to see. It never changes anything."),
            always_show=True,  # not required only because old configurations hold the key beside it
        ),
    ),
    "audiences": (
        "what",
        {
            "type": "array",
            "title": "Audiences",
            "description": "Read only these audiences. Enter exact names or IDs (in Mailchimp: Audience, "
            "Settings, Audience ID). Leave it empty to read all audiences, including those created later.",
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
            "description": "Skip rows that were last changed, sent or recorded before this time (UTC). "
            "Members of older audiences and activity of older campaigns are still read. Leave it empty to read "
            "everything.",
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
            "title": "Include archived contacts",
            "description": "If switched on, archived contacts are returned with the status archived. If "
            "switched off, a contact who is archived is no longer updated.",
            "default": True,
        },
    ),
    "detect_deleted": (
        "what",
        {
            "type": "boolean",
            "title": "Detect permanently deleted contacts",
            "description": "Mailchimp does not report permanently deleted contacts. If switched on, "
            "list_members returns each deleted contact once more, with the status deleted and a time in "
            "_ab_cdc_deleted_at. The saved state holds up to 250,000 contacts of all audiences together; beyond "
            "that only the numbers are compared, and the log reports the difference.",
            "default": False,
        },
    ),
    "external_id": (
        "what",
        {
            "type": "string",
            "title": "Merge field with your external ID",
            "description": "The merge tag, such as CRMID. The stream consent then returns its value with "
            "the email address, so that you can find your record even after the address has changed.",
            "examples": ["CRMID"],
        },
    ),
    "filter_bots": (
        "what",
        {
            "type": "boolean",
            "title": "Exclude bots",
            "description": "Exclude opens and clicks that Mailchimp attributes to bots. Applies to "
            "email_activity, open_details and click_details.",
            "default": False,
        },
    ),
    "merge_fields": (
        "how",
        {
            "type": "string",
            "title": "Merge fields of members",
            "description": "<b>nested</b>: all merge fields in one column merge_fields, as Mailchimp "
            "returns them.<br/><b>flat</b>: one column per merge tag (FNAME, BIRTHDAY, …), typed as in Mailchimp "
            "and ready to be mapped back.",
            "enum": ["nested", "flat"],
            "default": "nested",
        },
    ),
    "lookback_seconds": (
        "how",
        {
            "type": "integer",
            "title": "Lookback (seconds)",
            "description": "Each incremental sync starts this long before the last position, because "
            "Mailchimp may return a change late. Records of that period are returned again; use a sync mode with "
            "deduplication to avoid duplicates.",
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
            "description": "Mailchimp allows ten per user, shared with all other integrations of that user.",
            "minimum": 1,
            "maximum": MOST_CONNECTIONS,
            "default": DEFAULT_CONNECTIONS,
        },
    ),
    "apikey": ("account", secret("API key", "From configurations created before 2021.", airbyte_hidden=True)),
    "data_center": (
        "account",
        {
            "type": "string",
            "title": "Data center",
            "description": "Accepted from configurations of older versions; now detected automatically.",
            "airbyte_hidden": True,
        },
    ),
    "num_workers": (
        "how",
        {
            "type": "integer",
            "title": "Workers",
            "description": ("Accepted from configurations of older versions in place of Simultaneous connections."),
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

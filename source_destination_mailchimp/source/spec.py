"""The form as the platform draws it; `spec.json` is made from it, and a test holds the two together."""

from typing import Any

from source_destination_mailchimp.source.config import DEFAULT_CONNECTIONS, MOST_CONNECTIONS

Schema = dict[str, Any]

DOCUMENTATION_URL = "https://docs.airbyte.com/integrations/sources/mailchimp"

_GROUPS = {"account": "Mailchimp account", "what": "What to read", "how": "How to read it"}
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"


def _secret(title: str, help_text: str, **more: Any) -> Schema:
    return {"type": "string", "title": title, "description": help_text, "airbyte_secret": True, **more}


_OAUTH: Schema = {
    "type": "object",
    "title": "Sign in with Mailchimp (OAuth)",
    "required": ["auth_type", "access_token"],
    "properties": {
        "auth_type": {"type": "string", "const": "oauth2.0", "order": 0},
        "client_id": _secret("Client ID", "Of the app that you registered with Mailchimp.", order=1),
        "client_secret": _secret("Client secret", "Of the app that you registered with Mailchimp.", order=2),
        "access_token": _secret("Access token", "Filled in when you sign in. It does not expire.", order=3),
    },
}
_API_KEY: Schema = {
    "type": "object",
    "title": "API key",
    "required": ["auth_type", "apikey"],
    "properties": {
        "auth_type": {"type": "string", "const": "apikey", "order": 0},
        "apikey": _secret(
            "API key",
            "In Mailchimp: Profile, Extras, API keys, Create a key. Copy it whole, with its ending such as -us6.",
            examples=["0123456789abcdef0123456789abcdef-us6"],
            order=1,
        ),
    },
}

_BOXES: dict[str, tuple[str, Schema]] = {
    "credentials": (
        "account",
        {
            "type": "object",
            "title": "How to sign in",
            "always_show": True,  # not required only because old configurations hold the key beside it
            "description": "Everything that this Mailchimp user may see can be read; nothing is ever changed.",
            "display_type": "radio",
            "oneOf": [_OAUTH, _API_KEY],
        },
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
            "pattern_descriptor": "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ",
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
            "list_members with the status deleted and a time in _ab_cdc_deleted_at. Up to 250,000 people per audience "
            "are remembered for it; in larger audiences only their number is compared, and told in the log.",
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
            "description": "Read this much before the last position again in each incremental sync. Zero is enough as "
            "long as Mailchimp shows a change within the second in which it happens.",
            "minimum": 0,
            "maximum": 2592000,
            "default": 0,
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
    "apikey": ("account", _secret("API key", "Of configurations made before 2021.", airbyte_hidden=True)),
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

OAUTH_FLOW: Schema = {
    "auth_flow_type": "oauth2.0",
    "predicate_key": ["credentials", "auth_type"],
    "predicate_value": "oauth2.0",
    "oauth_config_specification": {
        "oauth_connector_input_specification": {
            "consent_url": "https://login.mailchimp.com/oauth2/authorize?response_type=code"
            "&{{client_id_param}}&{{redirect_uri_param}}&{{state_param}}",
            "access_token_url": "https://login.mailchimp.com/oauth2/token",
            "access_token_headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "access_token_params": {
                "grant_type": "authorization_code",
                "client_id": "{{client_id_value}}",
                "client_secret": "{{client_secret_value}}",
                "redirect_uri": "{{redirect_uri_value}}",
                "code": "{{auth_code_value}}",
            },
            "extract_output": ["access_token"],
        },
        "complete_oauth_output_specification": {
            "type": "object",
            "properties": {
                "access_token": {
                    "type": "string",
                    "path_in_connector_config": ["credentials", "access_token"],
                    "path_in_oauth_response": ["access_token"],
                }
            },
        },
        "complete_oauth_server_input_specification": {
            "type": "object",
            "properties": {"client_id": {"type": "string"}, "client_secret": {"type": "string"}},
        },
        "complete_oauth_server_output_specification": {
            "type": "object",
            "properties": {
                "client_id": {"type": "string", "path_in_connector_config": ["credentials", "client_id"]},
                "client_secret": {"type": "string", "path_in_connector_config": ["credentials", "client_secret"]},
            },
        },
    },
}


def specification() -> Schema:
    """What `source-mailchimp spec` says."""
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

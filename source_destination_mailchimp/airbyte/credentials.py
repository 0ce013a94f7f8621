"""How a user signs in to Mailchimp: the boxes of both forms, and their values."""

from typing import Annotated, Any, Literal

from pydantic import Field

from source_destination_mailchimp.airbyte.settings import Form

Schema = dict[str, Any]


class OAuth(Form):
    """Signed in to Mailchimp through Airbyte."""

    auth_type: Literal["oauth2.0"] = "oauth2.0"
    access_token: str = Field(repr=False)
    client_id: str | None = Field(default=None, repr=False)
    client_secret: str | None = Field(default=None, repr=False)


class ApiKey(Form):
    """An API key of a Mailchimp user."""

    auth_type: Literal["apikey"] = "apikey"
    apikey: str = Field(repr=False)


Credentials = Annotated[OAuth | ApiKey, Field(discriminator="auth_type")]


def credentials_box(description: str, **keywords: Any) -> Schema:
    """Return the box that asks for credentials; `keywords` are the form builder's own, such as `always_show`."""
    return {
        "title": "Authentication",
        "description": description,
        "display_type": "radio",
        "type": "object",
        "default": "apikey",
        "oneOf": [_OAUTH_BOXES, _API_KEY_BOXES],
        **keywords,
    }


def secret(title: str, description: str, **keywords: Any) -> Schema:
    """Return a box whose value the platform keeps secret."""
    return {"title": title, "description": description, "airbyte_secret": True, "type": "string", **keywords}


# The names of the variants and of their boxes are the official source's, so that one set of credentials serves all.
_OAUTH_BOXES: Schema = {
    "title": "Sign in with Mailchimp (OAuth)",
    "description": ("Sign in with your Mailchimp user in a window that Mailchimp opens. You do not copy a key."),
    "type": "object",
    "required": ["auth_type", "access_token"],
    "properties": {
        "auth_type": {"type": "string", "const": "oauth2.0", "order": 0},
        "access_token": secret("Access token", "Filled in when you sign in. It does not expire.", order=1),
        "client_id": secret(
            "Client ID", "The client ID of the app that you registered with Mailchimp.", order=2, always_show=True
        ),
        "client_secret": secret(
            "Client secret", "The secret of the app that you registered with Mailchimp.", order=3, always_show=True
        ),
    },
}
_API_KEY_BOXES: Schema = {
    "title": "API key",
    "description": "Create a key in Mailchimp and paste it here.",
    "type": "object",
    "required": ["auth_type", "apikey"],
    "properties": {
        "auth_type": {"type": "string", "const": "apikey", "order": 0},
        "apikey": secret(
            "API key",
            (
                "In Mailchimp: Profile, Extras, API keys, Create a key. Copy the full key, "
                "including the suffix (e.g. -us6)."
            ),
            examples=["0123456789abcdef0123456789abcdef-us6"],
            order=1,
        ),
    },
}

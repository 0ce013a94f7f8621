"""The connector specification: the settings under the words of `texts.py`, in the platform's dialect."""

from collections.abc import Mapping
from typing import Any

from source_destination_mailchimp.airbyte.credentials import credentials_box
from source_destination_mailchimp.airbyte.oauth import OAUTH_FLOW
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.form.sync_modes import OFFERED
from source_destination_mailchimp.destination.form.texts import BOXES, CREDENTIALS_HELP, GROUPS, Box

Schema = dict[str, Any]

DOCUMENTATION_URL = "https://docs.airbyte.com/integrations/destinations/mailchimp"
ENTRIES = "streams."
"""How the paths of boxes begin that an entry of `streams` holds."""

_PLATFORM_KEYS = ("type", "const", "enum", "minimum", "maximum", "minLength", "default")


def specification() -> Schema:
    """What `destination-mailchimp spec` says; `spec.json` holds it, and a test holds the two together."""
    return {
        "documentationUrl": DOCUMENTATION_URL,
        "supportsIncremental": True,
        "supported_destination_sync_modes": list(OFFERED),
        "connectionSpecification": _form(),
        "advanced_auth": OAUTH_FLOW,
    }


def _form() -> Schema:
    whole = Settings.model_json_schema()
    del whole["properties"]["credentials"]  # the box that both connectors have
    schema = _FormBuilder(whole["$defs"]).object("", whole)
    properties = {"credentials": credentials_box(CREDENTIALS_HELP), **schema["properties"]}
    ordered: Schema = {}
    for group in GROUPS:
        for key in group.boxes:
            ordered[key] = {**properties.pop(key), "group": group.id, "order": len(ordered)}
    if properties:
        raise KeyError(f"boxes without a group in destination/form/texts.py: {', '.join(properties)}")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Mailchimp",
        "type": "object",
        "additionalProperties": True,
        "required": schema["required"],
        "groups": [{"id": group.id, "title": group.title} for group in GROUPS],
        "properties": ordered,
    }


class _FormBuilder:
    """Lays words over the schema that pydantic derives, and puts it the way the platform draws forms from.

    pydantic writes `$ref`, nulls and discriminators; the platform wants every box in place, and no null.
    """

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def object(self, path: str, schema: Schema) -> Schema:
        """Return an object with its keys in their order; what tells a variant from the others is required."""
        properties: Schema = {}
        required = list(schema.get("required", ()))
        for order, (key, value) in enumerate(schema["properties"].items()):
            if "const" in value:
                required.insert(0, key)
                properties[key] = {"type": "string", "const": value["const"], "order": order}
                continue
            box = self.box(f"{path}.{key}".removeprefix("."), value)
            properties[key] = {**box, "order": order}
        return {"type": "object", "required": required, "properties": properties}

    def box(self, path: str, schema: Schema) -> Schema:
        """Return one box of the form, whatever is in it."""
        schema = self._plain(schema)
        box = _box_of(path)
        found = _words(box)
        for key in _PLATFORM_KEYS:
            if key in schema:
                found[key] = schema[key]
        # Within an entry the platform would head every new one by its defaults, so its boxes say what they mean unset.
        if found.get("default") in (None, "", []) or path.startswith(ENTRIES):
            found.pop("default", None)
        if "oneOf" in schema:
            found.pop("default", None)
            found["type"] = "object"
            found["oneOf"] = [self._variant(path, variant) for variant in schema["oneOf"]]
        if found.get("type") == "array":
            found["items"] = self._items(path, schema["items"])
        return found

    def _plain(self, schema: Schema) -> Schema:
        """Return a schema without a reference, and without the null that an absent key stands for."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._definitions[name]
        for variant in schema.get("anyOf", ()):
            if variant.get("type") != "null":
                return {**schema, **variant}
        return schema

    def _variant(self, path: str, reference: Schema) -> Schema:
        schema = self._plain(reference)
        name = _const_of(schema)
        words = _words(_box_of(f"{path}:{name}"))
        return {**words, **self.object(f"{path}:{name}", schema)}

    def _items(self, path: str, reference: Schema) -> Schema:
        schema = self._plain(reference)
        if schema.get("type") == "object":
            return self.object(path, schema)
        return {"type": "string"}


def _box_of(path: str) -> Box:
    """Return the words of a box; raises `KeyError` with the place where they belong."""
    if path not in BOXES:
        raise KeyError(f"{path} has no words in destination/form/texts.py")
    return BOXES[path]


def _const_of(variant: Schema) -> str:
    """Return the value that tells a variant from the others."""
    for value in variant["properties"].values():
        if "const" in value:
            return str(value["const"])
    raise KeyError(f"a variant without a const, which the platform cannot draw: {variant}")


def _words(box: Box) -> Schema:
    """Return title, help and examples; choices are explained line by line, as the platform shows HTML."""
    lines = []
    if box.help:
        lines.append(box.help)
    for value, meaning in box.choices.items():
        lines.append(f"<b>{value}</b>: {meaning}.")
    found: Schema = {"title": box.title}
    if lines:
        found["description"] = "<br/>".join(lines)
    if box.examples:
        found["examples"] = list(box.examples)
    return {**found, **box.extra}

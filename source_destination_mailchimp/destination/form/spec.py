"""The connector specification: the settings of `config.py` under the words of `form.py`, in the platform's dialect."""

from collections.abc import Mapping
from typing import Any

from source_destination_mailchimp.airbyte.credentials import credentials_box
from source_destination_mailchimp.airbyte.oauth import OAUTH_FLOW
from source_destination_mailchimp.destination.form.settings import Settings
from source_destination_mailchimp.destination.form.texts import BOXES, CREDENTIALS_HELP, GROUPS, Box

Schema = dict[str, Any]

DOCUMENTATION_URL = "https://docs.airbyte.com/integrations/destinations/mailchimp"
SYNC_MODES = ("append", "append_dedup", "update", "soft_delete")
_PLATFORM_KEYS = ("type", "const", "enum", "minimum", "maximum", "minLength", "default")


def specification() -> Schema:
    """What `destination-mailchimp spec` says; `spec.json` holds it, and a test holds the two together."""
    return {
        "documentationUrl": DOCUMENTATION_URL,
        "supportsIncremental": True,
        "supported_destination_sync_modes": list(SYNC_MODES),
        "connectionSpecification": _form(),
        "advanced_auth": OAUTH_FLOW,
    }


def _form() -> Schema:
    whole = Settings.model_json_schema()
    del whole["properties"]["credentials"]  # the box that both connectors have
    schema = _Laying(whole["$defs"]).object("", whole)
    properties = {"credentials": credentials_box(CREDENTIALS_HELP), **schema["properties"]}
    ordered: Schema = {}
    for group in GROUPS:
        for key in group.boxes:
            ordered[key] = {**properties.pop(key), "group": group.id, "order": len(ordered)}
    if properties:
        raise KeyError(f"boxes without a group: {', '.join(properties)}")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Mailchimp",
        "type": "object",
        "additionalProperties": True,
        "required": schema["required"],
        "groups": [{"id": group.id, "title": group.title} for group in GROUPS],
        "properties": ordered,
    }


class _Laying:
    """Lays words over the schema that pydantic derives, which knows `$ref`, nulls and discriminators."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def object(self, path: str, schema: Schema) -> Schema:
        """An object: its own keys in their order; what tells a variant from its sisters is required."""
        properties, required = {}, list(schema.get("required", ()))
        for order, (key, value) in enumerate(schema["properties"].items()):
            if "const" in value:
                properties[key] = {"type": "string", "const": value["const"], "order": order}
                required.insert(0, key)
            else:
                properties[key] = {**self.box(f"{path}.{key}".lstrip("."), value), "order": order}
        return {"type": "object", "required": required, "properties": properties}

    def box(self, path: str, schema: Schema) -> Schema:
        """One box, whatever is in it."""
        schema, box = self._plain(schema), BOXES[path]
        found: Schema = _words(box)
        found |= {key: schema[key] for key in _PLATFORM_KEYS if key in schema}
        if found.get("default") in (None, "", []) or "oneOf" in schema:
            found.pop("default", None)
        if "oneOf" in schema:
            found |= {"type": "object", "oneOf": [self._variant(path, variant) for variant in schema["oneOf"]]}
        if found.get("type") == "array":
            found["items"] = self._items(path, schema["items"], box)
        return found

    def _plain(self, schema: Schema) -> Schema:
        """Without a reference, and without the null that an absent key stands for."""
        if "$ref" in schema:
            return self._definitions[schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            kept = next(variant for variant in schema["anyOf"] if variant.get("type") != "null")
            return {**schema, **kept}
        return schema

    def _variant(self, path: str, reference: Schema) -> Schema:
        schema = self._plain(reference)
        name = next(value["const"] for value in schema["properties"].values() if "const" in value)
        return {**_words(BOXES[f"{path}:{name}"]), **self.object(f"{path}:{name}", schema)}

    def _items(self, path: str, reference: Schema, box: Box) -> Schema:
        schema = self._plain(reference)
        if schema.get("type") == "object":
            return self.object(path, schema)
        pattern = box.extra.get("item_pattern")
        return {"type": "string", **({"pattern": pattern} if pattern else {})}


def _words(box: Box) -> Schema:
    """Title, help and examples; choices are explained line by line, as the platform shows HTML."""
    lines = [box.help] if box.help else []
    lines += [f"<b>{value}</b>: {meaning}." for value, meaning in box.choices.items()]
    found: Schema = {"title": box.title}
    if lines:
        found["description"] = "<br/>".join(lines)
    if box.examples:
        found["examples"] = list(box.examples)
    return found | {key: value for key, value in box.extra.items() if key != "item_pattern"}

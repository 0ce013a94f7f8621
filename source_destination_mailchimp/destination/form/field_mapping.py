"""One entry of `fields`: which column goes to which target of a member, and when it is written."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticKnownError

from source_destination_mailchimp.airbyte.problems import Problem
from source_destination_mailchimp.airbyte.settings import Form

ARROW: Final = "->"

Write = Literal["always", "if_empty", "only_new"]
"""When a mapped value is written: with every record, only into an empty field, or only for a contact that is added."""


class FieldMapping(Form):
    """A column, or several that are joined, and the target that it is written to."""

    column: str = Field(min_length=1)
    """A column, a path such as `address.city`, or several of both joined by ` + `, as the user wrote them."""

    target: str = Field(min_length=1)
    """A merge tag, a part of an address, a property, a group or a permission, as the user wrote it."""

    write: Write | None = None
    """None where the entry does not say: then `conflict` decides."""


def read_mapping(text: str) -> FieldMapping:
    """Return the mapping that `column -> target` stands for; raises `Problem` if a side is missing."""
    column, arrow, target = text.rpartition(ARROW)
    column, target = column.strip(), target.strip()
    if not arrow or not column or not target:
        raise Problem(
            "", "cannot be read", f"Write it as column {ARROW} MERGE TAG, for instance customer_id {ARROW} CRMID."
        )
    return FieldMapping(column=column, target=target)


def _from_optional_box(value: Any) -> FieldMapping | None:
    """Return the mapping of a box that may be empty: the platform sends a blank one as "" or null."""
    if isinstance(value, FieldMapping):
        return value
    if isinstance(value, str):
        value = value.strip()
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    return read_mapping(value)


OptionalMappingBox = Annotated[
    FieldMapping | None,
    PlainValidator(_from_optional_box),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
]
"""The text of the external id's box, as a mapping; None where it is empty."""

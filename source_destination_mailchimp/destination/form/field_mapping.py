"""One entry of `fields`: which column goes to which target of a member, and when it is written."""

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticKnownError

from source_destination_mailchimp.airbyte.problems import Problem

ARROW: Final = "->"

Write = Literal["always", "if_empty", "only_new"]
"""When a mapped value is written: with every record, only into an empty field, or only for a contact that is added."""


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A column, or several that are joined, and the target that it is written to."""

    column: str
    """A column, a path such as `address.city`, or several of both separated by spaces, as the user wrote them."""

    target: str
    """A merge tag, a part of an address, a property, a group or a permission, as the user wrote it."""

    write: Write = "always"

    def __str__(self) -> str:
        return f"{self.column} {ARROW} {self.target}"


def read_mapping(text: str) -> FieldMapping:
    """Return the mapping that `column -> target` stands for; raises `Problem` if a side is missing."""
    column, arrow, target = text.rpartition(ARROW)
    column, target = column.strip(), target.strip()
    if not arrow or not column or not target:
        raise Problem(
            "", "cannot be read", f"Write it as column {ARROW} TARGET, for instance first_name {ARROW} FNAME."
        )
    return FieldMapping(column, target)


def _from_form(value: Any) -> FieldMapping:
    if isinstance(value, FieldMapping):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    return read_mapping(value)


def _from_optional_box(value: Any) -> FieldMapping | None:
    """Return the mapping of a box that may be empty: the platform sends a blank one as "" or null."""
    if isinstance(value, str):
        value = value.strip()
    if value in (None, ""):
        return None
    return _from_form(value)


MappingBox = Annotated[FieldMapping, PlainValidator(_from_form), WithJsonSchema({"type": "string"})]
"""The text of the form, as a mapping."""

OptionalMappingBox = Annotated[
    FieldMapping | None,
    PlainValidator(_from_optional_box),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
]
"""The same where the box may be left empty."""

"""Body shapes and what Mailchimp says, field by field, of a body that does not have them. Knows no business rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from source_destination_mailchimp.sandbox.http.errors import FieldError, Problem, invalid_fields

ANY_OF = "Data did not match any of the schemas described in anyOf."


@dataclass(frozen=True, slots=True)
class Shape:
    """What a JSON value must be: `kind` is a JSON type, `any`, or `merge` for the value of a merge field."""

    kind: str
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    items: "Shape | None" = None
    values: "Shape | None" = None
    one_of: tuple[str, ...] = ()
    nullable: bool = False


STRING: Final = Shape("string")
INTEGER: Final = Shape("integer")
NUMBER: Final = Shape("number")
BOOLEAN: Final = Shape("boolean")
ANY: Final = Shape("any")
MERGE: Final = Shape("merge")

_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_NAMES: Final[dict[type, str]] = {
    type(None): "NULL",
    bool: "boolean",
    int: "integer",
    float: "double",
    str: "string",
    list: "array",
    dict: "object",
}


def choice(*values: str) -> Shape:
    """A string that must be one of `values`."""
    return Shape("string", one_of=values)


def nullable(shape: Shape) -> Shape:
    """The same shape, or null."""
    return replace(shape, nullable=True)


def record(required: tuple[str, ...] = (), /, **fields: Shape) -> Shape:
    """An object with these fields; others are let through."""
    return Shape("object", fields=fields, required=required)


def array(items: Shape) -> Shape:
    """An array whose elements all have one shape."""
    return Shape("array", items=items)


def dictionary(values: Shape) -> Shape:
    """An object with free keys whose values all have one shape."""
    return Shape("object", values=values)


def check(shape: Shape, value: Any) -> None:
    """Refuse a body that does not have the shape, naming every field at fault (messages observed)."""
    errors = list(mismatches(shape, value))
    if errors:
        raise invalid_fields(*errors)


def unknown_fields(shape: Shape, value: Mapping[str, Any]) -> Problem | None:
    """The refusal of top-level fields the shape does not name, if there are any (inferred wording)."""
    strangers = [FieldError(name, "This field is not recognized.") for name in value if name not in shape.fields]
    return invalid_fields(*strangers) if strangers else None


def mismatches(shape: Shape, value: Any, path: str = "") -> Iterator[FieldError]:
    """Every difference between a value and the shape it should have."""
    kind = shape.kind
    if kind == "any" or (value is None and shape.nullable):
        return
    if kind == "merge":
        yield from () if _is_merge_value(value) else (FieldError(path, ANY_OF),)
    elif not _has_type(kind, value):
        yield FieldError(path, f"Schema describes {kind}, {_NAMES.get(type(value), 'object')} found instead")
    elif kind == "object":
        yield from _object_mismatches(shape, value, path)
    elif kind == "array" and shape.items is not None:
        yield from _array_mismatches(shape.items, value, path)
    elif shape.one_of and value not in shape.one_of:
        yield FieldError(path, f"Data presented is not one of the accepted values: {', '.join(shape.one_of)}.")


def _array_mismatches(items: Shape, value: list[Any], path: str) -> Iterator[FieldError]:
    for position, element in enumerate(value):
        yield from mismatches(items, element, _joined(path, f"item:{position}"))


def _object_mismatches(shape: Shape, value: dict[str, Any], path: str) -> Iterator[FieldError]:
    missing = [name for name in shape.required if name not in value]
    if missing:
        yield FieldError(path, f"Required fields were not provided: {', '.join(missing)}")
    for name, element in value.items():
        expected = shape.fields.get(name, shape.values)
        if expected is not None:
            yield from mismatches(expected, element, _joined(path, name))


def _has_type(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _PYTHON[kind])


def _is_merge_value(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, dict):
        return all(isinstance(part, str) for part in value.values())
    return isinstance(value, str | int | float)


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

"""What a configuration breaks of its form, a JSON schema, in our sentences: the platform refuses the same things.

jsonschema's own sentences repeat the value that they refuse, which may be a key or an address.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft7Validator

from source_destination_mailchimp.airbyte.problems import Problem, listed, path_of

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@dataclass(frozen=True, slots=True)
class _Breach:
    """One keyword of a schema that a value breaks."""

    place: Path
    """Where the value stands in the whole form."""

    keyword: str
    allowed: Any
    """What the keyword asks for."""

    box: Schema
    """The schema that the keyword is in."""

    value: Any


def schema_problems(form: Schema, config: Any, path: Path = ()) -> Iterator[Problem]:
    """Yield what `config` breaks of the form; `path` is where in the whole form this part of it stands."""
    for error in Draft7Validator(form).iter_errors(config):
        place = (*path, *error.absolute_path)
        box: Any = error.schema
        breach = _Breach(place, str(error.validator), error.validator_value, box, error.instance)
        match breach.keyword:
            case "oneOf":
                yield from _variant_problems(breach)
            case "required":
                yield from _missing(breach)
            case "pattern":
                way_out = f"Write it as {_format(box, form, error.absolute_schema_path)}."
                yield Problem(path_of(place), "wrong format", way_out)
            case _:
                yield _problem(breach)


def discriminator(variants: list[Schema]) -> str:
    """Return the name of the property that tells the variants of a box apart: it has a `const` in each."""
    for name, schema in variants[0]["properties"].items():
        if "const" in schema:
            return str(name)
    raise KeyError("variants without a const")


def variant_of(variants: list[Schema], value: Any) -> Schema | None:
    """Return the variant that a value of the discriminator names."""
    name = discriminator(variants)
    for variant in variants:
        if variant["properties"][name]["const"] == value:
            return variant
    return None


def allowed_variants(variants: list[Schema]) -> list[str]:
    """Return the values that the discriminator may have."""
    name = discriminator(variants)
    return [str(variant["properties"][name]["const"]) for variant in variants]


def _variant_problems(breach: _Breach) -> Iterator[Problem]:
    variants: list[Schema] = breach.allowed
    if not isinstance(breach.value, dict):
        return  # the box's own type says so already
    name = discriminator(variants)
    setting = path_of((*breach.place, name))
    way_out = f"Use {listed(allowed_variants(variants))}."
    if name not in breach.value:
        yield Problem(setting, "required, but not set", way_out)
        return
    variant = variant_of(variants, breach.value[name])
    if variant is None:
        yield Problem(setting, "not one of the allowed values", way_out)
        return
    yield from schema_problems(variant, breach.value, breach.place)


def _missing(breach: _Breach) -> Iterator[Problem]:
    for name in breach.allowed:
        if name not in breach.value:
            setting = path_of((*breach.place, name))
            yield Problem(setting, "required, but not set", _fill_in(breach.box, name))


def _fill_in(schema: Schema, name: str) -> str:
    box = schema["properties"][name]
    if "enum" in box:
        return f"Use {listed(box['enum'])}."
    if "oneOf" in box:
        return f"Use {_object_with(box['oneOf'])}."
    return "Fill it in."


def _problem(breach: _Breach) -> Problem:
    """Return the problem for every keyword that needs nothing but its own value."""
    setting = path_of(breach.place)
    match breach.keyword:
        case "type" if "pattern_descriptor" in breach.box:
            return Problem(setting, "wrong type", f"Write it as {breach.box['pattern_descriptor']}, as text.")
        case "type":
            return Problem(setting, "wrong type", f"Use {_kind(breach.box)}.")
        case "enum":
            return Problem(setting, "not one of the allowed values", f"Use {listed(breach.allowed)}.")
        case "minimum" | "maximum":
            return Problem(setting, "out of range", f"Use {_range(breach.box)}.")
        case "minLength":
            return Problem(setting, "empty", "Fill it in.")
        case _:
            return Problem(setting, "not a value that the form allows", "See its description in the form.")


def _kind(box: Schema) -> str:
    if "oneOf" in box:
        return _object_with(box["oneOf"])
    return _KINDS[box["type"]]


def _object_with(variants: list[Schema]) -> str:
    return f"an object with {discriminator(variants)}: {listed(allowed_variants(variants))}"


def _range(box: Schema) -> str:
    least, most = box.get("minimum"), box.get("maximum")
    if most is None:
        return f"{least} or more"
    if least is None:
        return f"{most} or less"
    return f"a number from {least} to {most}"


def _format(box: Schema, form: Schema, steps: Sequence[str | int]) -> str:
    """Return how a text is to be written: the form's own words for it, or an example that stands beside it.

    `steps` lead from the form to the pattern; the items of a list have their examples at the list.
    """
    if "pattern_descriptor" in box:
        return str(box["pattern_descriptor"])
    example = "its description in the form says"
    around: Any = form
    for step in steps:
        around = around[step]
        if isinstance(around, Mapping) and around.get("examples"):
            example = f"in {around['examples'][0]}"
    return example

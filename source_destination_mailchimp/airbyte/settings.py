"""A configuration becomes a settings model, or one error that names every wrong setting."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from source_destination_mailchimp.airbyte.problems import BadSetting, Problem, path_of, unknown_key
from source_destination_mailchimp.airbyte.schema_problems import Schema, schema_problems, variant_of

_NOT_THE_USERS = ("__", "_limit", "_page_size")
"""Beginnings of keys that the platform and its acceptance tests add."""


class Form(BaseModel):
    """A part of the form; a key that it does not have is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


FormT = TypeVar("FormT", bound=Form)


def cleaned(config: Any) -> dict[str, Any]:
    """Return a configuration as it is meant: texts trimmed, no nulls, no keys of the platform's own.

    A null stands for a key that is not there, as the platform and Terraform send it. Raises `BadSetting` for anything
    but an object.
    """
    if not isinstance(config, Mapping):
        raise BadSetting(Problem("configuration", "not an object", 'Write it as JSON in braces, {"credentials": …}.'))
    own = {key: value for key, value in config.items() if not str(key).startswith(_NOT_THE_USERS)}
    found: dict[str, Any] = _trimmed(own)
    return found


def read_settings(model: type[FormT], form: Schema, config: Any) -> FormT:
    """Return a configuration as typed settings; raises `BadSetting` with one sentence per wrong setting.

    `form` is what the platform draws and checks: what it refuses is refused here too, and the model adds what a JSON
    schema cannot say.
    """
    given = cleaned(config)
    problems = {problem.setting: problem for problem in schema_problems(form, given)}
    try:
        settings = model.model_validate(given)
    except ValidationError as error:
        for problem in _model_problems(error, form, keeps_to_form=not problems):
            if not _is_told(problem.setting, problems):
                problems[problem.setting] = problem
    if problems:
        raise BadSetting(*problems.values())
    return settings


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple):
        return [_trimmed(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _trimmed(item) for key, item in value.items() if item is not None}
    return value


def _is_told(setting: str, told: Mapping[str, Problem]) -> bool:
    """Return whether a problem is told already, for the setting itself or for what it is a part of."""
    return any(setting == known or setting.startswith((f"{known}.", f"{known}[")) for known in told)


def _model_problems(error: ValidationError, form: Schema, *, keeps_to_form: bool) -> Iterator[Problem]:
    """Yield what only the model knows; what has no sentence of its own follows from a breach of the form, if any."""
    for found in error.errors(include_url=False, include_input=False):
        parts, box = _place(found["loc"], form)
        path = path_of(parts)
        reason = (found.get("ctx") or {}).get("error")
        match found["type"]:
            case "value_error" if isinstance(reason, Problem):
                yield reason.within(path)
            case "extra_forbidden":
                yield unknown_key(path, str(parts[-1]), box.get("properties", {}))
            case "string_too_short":
                yield Problem(path, "empty", "Fill it in.")
            case _ if keeps_to_form:
                yield Problem(path, "not a value that the form allows", "See its description in the form.")


def _place(loc: tuple[str | int, ...], form: Schema) -> tuple[list[str | int], Schema]:
    """Return where in the form a problem of the model is, and the innermost box on the way there.

    pydantic puts the name of the chosen variant into its path; a user does not write it.
    """
    parts: list[str | int] = []
    box: Schema = form
    for part in loc:
        if isinstance(part, int):
            box = box.get("items", {})
            parts.append(part)
        elif "oneOf" in box:
            box = variant_of(box["oneOf"], part) or {}
        else:
            parts.append(part)
            box = box.get("properties", {}).get(part, box)
    return parts, box

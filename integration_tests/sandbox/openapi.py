"""Holds an exchange against the published description of the Marketing API (Swagger 2.0).

The description is reference data beside the repository; it is read here and never copied. Objects are taken as closed:
a key the description does not know is as much a deviation as a wrong type.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError

DESCRIPTION = Path(__file__).resolve().parents[2].parent / "shared" / "mailchimp" / "marketing-openapi.json"


class Deviation(NamedTuple):
    """A place where the real API is known, or believed, not to follow its description.

    `place` is a glob over "operation:path in the answer" with list positions as `*`; `fits` looks at the value there.
    """

    place: str
    rule: str
    fits: Callable[[Any], bool]
    reason: str


UNTYPED = frozenset({"Member Exists", "Member In Compliance State", "Forgotten Email Not Subscribed"})

# Reads that were seen to answer and are in no description (LIVE-2026).
UNDESCRIBED = re.compile(r"/customer-journeys/journeys(/[^/]+(/steps)?)?$")

DEVIATIONS = (
    Deviation("*", "format", lambda value: value == "", "observed: an empty time is an empty string (FACTS 6.4, G)"),
    Deviation(
        "*:",
        "required",
        lambda value: value.get("title") in UNTYPED and "type" not in value,
        "observed: these refusals have no type (FACTS 4, G, MC4WP#771, #798)",
    ),
    Deviation(
        "*:errors",
        "unknown",
        lambda value: isinstance(value, list),
        "observed: field errors stand in errors[], which no problem document describes (FACTS 4)",
    ),
    Deviation(
        "*:*sms_subscription_status",
        "enum",
        lambda value: value == "",
        "observed: taps add the empty string to the enum (FACTS 10)",
    ),
    Deviation(
        "GET /campaigns*:*type",
        "enum",
        lambda value: value == "automation",
        "observed: the emails of customer journeys are campaigns of this type (LIVE-2026)",
    ),
    Deviation(
        "GET /lists/{list_id}/segments/{segment_id}/members:members.*.status",
        "enum",
        lambda value: value == "archived",
        "inferred: whoever lists archived carriers of a tag shows this status (LIVE-2026)",
    ),
    Deviation(
        "* /audiences/{audience_id}/contacts*:*merge_fields.*",
        "unknown",
        lambda value: isinstance(value, str | int | float | dict),
        "documented: where merge tags stand, this beta's description has key_0 and key_1 (S)",
    ),
    Deviation(
        "POST /lists/{list_id}:updated_members.*.status",
        "enum",
        lambda value: value == "archived",
        "inferred: a row that leaves an archived member archived cannot show any other status (FACTS 6.3)",
    ),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in an exchange that the description does not allow."""

    operation: str
    place: str
    rule: str
    message: str
    value: object

    def is_known(self) -> bool:
        """Whether the table of deviations names this fault."""
        spot = f"{self.operation}:{self.place}"
        return any(
            fnmatchcase(spot, known.place) and known.rule == self.rule and known.fits(self.value)
            for known in DEVIATIONS
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path of the description, with its compiled answer and body schemas."""

    name: str
    answers: dict[str, Draft4Validator]
    body: Draft4Validator | None


def is_time(value: object) -> bool:
    """A date-time of the description: ISO 8601 with an offset."""
    if not isinstance(value, str):
        return True
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value) is not None and bool(
        datetime.fromisoformat(value)
    )


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(is_time)


def closed(schema: Any) -> Any:
    """The schema with every described object closed, and its renamed alternatives given back their meaning."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-skip-validation"):
        return {}
    out = {key: closed(part) for key, part in schema.items() if key not in ("discriminator", "example", "default")}
    alternatives = out.pop("x-oneOf", None)
    if alternatives:
        out["anyOf"] = alternatives
    if isinstance(out.get("properties"), dict) and out.get("type") == "object" and "additionalProperties" not in out:
        out["additionalProperties"] = False
    return out


class Description:
    """The published description, ready to be asked about exchanges."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths: dict[str, Any] = document["paths"]
        self._patterns = [
            (re.compile(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(path)) + "/?$"), path)
            for path in sorted(self.paths, key=lambda path: path.count("{"))
        ]

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request line names, by its path below /3.0; None where the description has none."""
        bare = path.partition("?")[0]
        for pattern, described in self._patterns:
            if pattern.match(bare) and method.lower() in self.paths[described]:
                return self._compiled(method.lower(), described)
        return None

    @cache  # noqa: B019 - one description lives as long as the test run
    def _compiled(self, method: str, path: str) -> Operation:
        described = self.paths[path][method]
        answers = {
            status: Draft4Validator(closed(answer["schema"]), format_checker=FORMATS)
            for status, answer in described["responses"].items()
            if "schema" in answer
        }
        bodies = [parameter["schema"] for parameter in described.get("parameters", ()) if parameter["in"] == "body"]
        body = Draft4Validator(closed(bodies[0])) if bodies else None
        return Operation(f"{method.upper()} {path}", answers, body)

    def faults(self, method: str, path: str, status: int, body: bytes) -> list[Fault]:
        """What an answer has that the description does not allow, known deviations left out."""
        operation = self.operation(method, path)
        if operation is None and UNDESCRIBED.match(path):
            return []
        if operation is None:
            return [Fault(f"{method} {path}", "", "path", "the description has no such operation", None)]
        return [fault for fault in self._all_faults(operation, status, body) if not fault.is_known()]

    def _all_faults(self, operation: Operation, status: int, body: bytes) -> Iterator[Fault]:
        if status == 204 and not body:
            return  # a few operations describe the emptiness of this body
        validator = operation.answers.get(str(status)) or (operation.answers.get("default") if status >= 400 else None)
        if status >= 400 and validator is None:
            validator = operation.answers.get("500")
        if validator is None:
            if body:
                yield Fault(operation.name, "", "status", f"{status} has no described body", status)
            return
        for error in validator.iter_errors(orjson.loads(body)):
            yield from faults_of(operation.name, error)


def faults_of(operation: str, error: ValidationError) -> Iterator[Fault]:
    """One fault per offending value; an unexpected key is a fault of its own."""
    place = ".".join("*" if isinstance(part, int) else str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        instance: dict[str, object] = dict(cast(Any, error.instance))
        for key in sorted(instance.keys() - set(cast(Any, error.schema)["properties"])):
            spot = f"{place}.{key}" if place else key
            yield Fault(operation, spot, "unknown", "the description has no such key", instance[key])
        return
    yield Fault(operation, place, str(error.validator), error.message[:200], error.instance)


@cache
def published() -> Description | None:
    """The description, or None where the reference data is not beside the repository."""
    if not DESCRIPTION.is_file():
        return None
    return Description(orjson.loads(DESCRIPTION.read_bytes()))

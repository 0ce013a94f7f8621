"""What Mailchimp says of a body of the wrong shape."""

import pytest

from source_destination_mailchimp.sandbox.http.errors import FieldError
from source_destination_mailchimp.sandbox.http.schema import (
    ANY,
    ANY_OF,
    BOOLEAN,
    INTEGER,
    MERGE,
    NUMBER,
    STRING,
    Shape,
    array,
    choice,
    dictionary,
    mismatches,
    record,
)


@pytest.mark.parametrize(
    ("shape", "value", "errors"),
    [
        (STRING, "a", []),
        (STRING, None, [("", "Schema describes string, NULL found instead")]),
        (STRING, True, [("", "Schema describes string, boolean found instead")]),
        (INTEGER, 1.5, [("", "Schema describes integer, double found instead")]),
        (NUMBER, 1, []),
        (NUMBER, True, [("", "Schema describes number, boolean found instead")]),
        (BOOLEAN, 1, [("", "Schema describes boolean, integer found instead")]),
        (ANY, None, []),
        (MERGE, {"a": "b"}, []),
        (MERGE, {"a": 1}, [("", ANY_OF)]),
        (MERGE, [], [("", ANY_OF)]),
        (MERGE, True, [("", ANY_OF)]),
        (choice("a", "b"), "c", [("", "Data presented is not one of the accepted values: a, b.")]),
        (record(("a", "b")), {}, [("", "Required fields were not provided: a, b")]),
        (
            record(a=record(b=STRING)),
            {"a": {"b": 1, "c": 2}},
            [("a.b", "Schema describes string, integer found instead")],
        ),
        (dictionary(MERGE), {"X": None}, [("X", ANY_OF)]),
        (array(STRING), ["a", 1], [("item:1", "Schema describes string, integer found instead")]),
        (array(STRING), {}, [("", "Schema describes array, object found instead")]),
    ],
)
def test_mismatches(shape: Shape, value: object, errors: list[tuple[str, str]]) -> None:
    """Every value of a wrong type is named by its dotted path (observed, drewm#212)."""
    assert list(mismatches(shape, value)) == [FieldError(*error) for error in errors]

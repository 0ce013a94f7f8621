"""Records whose columns are spelled otherwise than their catalog says.

PyAirbyte's caches write every column in lower case and give the catalog as the source announced it [observed].
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from source_destination_mailchimp.destination.mapping.compiling import FirstRecordMapper
from source_destination_mailchimp.destination.mapping.mapper import Mapper
from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.model import Contact, Rejected


class AsAnnounced:
    """A mapper that is given every record under the names of its catalog; the first record decides."""

    __slots__ = ("_announced", "_mapper", "_respelled")

    def __init__(self, mapper: Mapper | FirstRecordMapper, announced: Iterable[str]) -> None:
        self._mapper = mapper
        self._announced = tuple(announced)
        self._respelled: Mapping[str, str] | None = None

    @property
    def tracked(self) -> tuple[str, ...]:
        """As `Mapper.tracked`."""
        return self._mapper.tracked

    @property
    def warnings(self) -> tuple[str, ...]:
        """As `Mapper.warnings`."""
        return self._mapper.warnings

    def map(self, record: Any) -> Contact | Rejected:
        """As `Mapper.map`."""
        if self._respelled is None and isinstance(record, Mapping):
            self._respelled = respelled(record, self._announced)
        if self._respelled and isinstance(record, Mapping):
            record = {self._respelled.get(column, column): value for column, value in record.items()}
        return self._mapper.map(record)


def respelled(columns: Iterable[str], announced: Iterable[str]) -> dict[str, str]:
    """Column of a record → announced name, for every column that is announced in another spelling and in no other way.

    Case, `_`, `-` and spaces are aside; where two columns or two names could be meant, none is.
    """
    given, wanted = set(columns), tuple(announced)
    missing = {normal_name(name): name for name in wanted if name not in given}
    spare = [column for column in given if column not in wanted]
    names = Counter(map(normal_name, wanted))
    found = Counter(map(normal_name, spare))
    return {
        column: missing[name]
        for column in spare
        if (name := normal_name(column)) in missing and names[name] == found[name] == 1
    }

"""Records whose columns are spelled otherwise than their catalog says.

PyAirbyte's caches write every column in lower case and give the catalog as the source announced it [observed].
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from source_destination_mailchimp.destination.form.field_mapping import Write
from source_destination_mailchimp.destination.mapping.compiling import FirstRecordMapper
from source_destination_mailchimp.destination.mapping.mapper import Mapper
from source_destination_mailchimp.destination.mapping.mapping_in_use import MappingInUse
from source_destination_mailchimp.destination.mapping.names import normal_name
from source_destination_mailchimp.destination.model import Contact, Rejected

OnDecided = Callable[[MappingInUse, tuple[str, ...]], None]
"""Hears once what of a stream goes where, and the warnings about it."""


class RespellingMapper:
    """Gives a mapper every record under the column names of the catalog; the first record decides."""

    __slots__ = ("_announced", "_mapper", "_new_names", "_on_decided")

    def __init__(self, mapper: Mapper | FirstRecordMapper, announced: Iterable[str]) -> None:
        self._mapper = mapper
        self._on_decided: OnDecided | None = None
        self._announced = tuple(announced)
        self._new_names: Mapping[str, str] | None = None
        """Column of a record → name in the catalog; None until the first record has shown its columns."""

    @property
    def tracked(self) -> tuple[str, ...]:
        """As `Mapper.tracked`."""
        return self._mapper.tracked

    @property
    def writes(self) -> Mapping[str, Write]:
        """As `Mapper.writes`."""
        return self._mapper.writes

    @property
    def warnings(self) -> tuple[str, ...]:
        """As `Mapper.warnings`."""
        return self._mapper.warnings

    def said_no(self) -> Iterator[str]:
        """As `Mapper.said_no`."""
        return self._mapper.said_no()

    @property
    def in_use(self) -> MappingInUse | None:
        """As `Mapper.in_use`; None where the first record has yet to decide it."""
        return self._mapper.in_use

    def when_decided(self, tell: OnDecided) -> None:
        """Call `tell` with what goes where and the warnings: now, or once the first record has decided it."""
        if self.in_use is not None:
            tell(self.in_use, self.warnings)
        else:
            self._on_decided = tell

    def map(self, record: Any) -> Contact | Rejected:
        """As `Mapper.map`."""
        if record.__class__ is not dict and not isinstance(record, Mapping):
            return self._mapper.map(record)
        if self._new_names is None:
            return self._map_first(record)
        if self._new_names:
            record = _renamed(record, self._new_names)
        return self._mapper.map(record)

    def _map_first(self, record: Mapping[str, Any]) -> Contact | Rejected:
        self._new_names = new_names(record, self._announced)
        mapped = self._mapper.map(_renamed(record, self._new_names))
        if self._on_decided is not None and self.in_use is not None:
            self._on_decided(self.in_use, self.warnings)
        return mapped


def _renamed(record: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    return {names.get(column, column): value for column, value in record.items()}


def new_names(columns: Iterable[str], announced: Iterable[str]) -> dict[str, str]:
    """Return column of a record → announced name, for every column that is announced in another spelling only.

    Case, `_`, `-` and spaces are aside; where two columns or two names could be meant, none is.
    """
    wanted = dict.fromkeys(announced)
    given = dict.fromkeys(columns)
    unannounced = _by_normal_name(given.keys() - wanted.keys())
    missing = _by_normal_name(wanted.keys() - given.keys())
    every_name = _by_normal_name(wanted)
    found = {}
    for normal, spellings in unannounced.items():
        is_only_one = len(spellings) == 1 and len(every_name.get(normal, ())) == 1
        if is_only_one and normal in missing:
            found[spellings[0]] = missing[normal][0]
    return found


def _by_normal_name(names: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the spellings there are of each name."""
    found = defaultdict(list)
    for name in names:
        found[normal_name(name)].append(name)
    return found

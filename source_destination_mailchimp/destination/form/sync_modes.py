"""The destination sync modes: which are offered, and which are taken."""

from typing import Final, Literal, get_args

OfferedMode = Literal["append", "append_dedup", "update"]
SyncMode = Literal[OfferedMode, "overwrite"]

OFFERED: Final[tuple[OfferedMode, ...]] = get_args(OfferedMode)
"""What the specification lists and `discover` offers."""

TAKEN: Final[tuple[SyncMode, ...]] = get_args(SyncMode)
"""*Overwrite* is not offered, because it sounds like "replace the audience"; PyAirbyte sends it all the same."""

"""The rules of a sync, as pure functions over values: no network, no clock, no disk."""

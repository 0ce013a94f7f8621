"""A stream that is a whole list, and the contacts that are no longer in it."""

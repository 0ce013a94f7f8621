"""When two names mean the same column, merge field or group."""

_ASIDE = str.maketrans("", "", "_- ")


def normal_name(text: str) -> str:
    """A name without case, `_`, `-` and spaces."""
    return text.translate(_ASIDE).casefold()

"""Languages as Mailchimp names them."""

import pytest

from source_destination_mailchimp.destination.mapping.languages import CODES, as_language
from source_destination_mailchimp.destination.mapping.values import Unfit


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en_US.UTF-8", "en"),
        ("de-AT", "de"),
        ("German", "de"),
        ("deutsch", "de"),
        ("deu", "de"),
        ("fr-CA", "fr_CA"),
        ("fr_FR", "fr"),
        ("es-ES", "es_ES"),
        ("es-MX", "es"),
        ("Español", "es"),
        ("Spanish (Mexico)", "es"),
        ("Spanish (Spain)", "es_ES"),
        ("pt-BR", "pt"),
        ("PT_pt", "pt_PT"),
        ("zh-Hant-TW", "zh"),
        ("Chinese (Simplified)", "zh"),
        ("nb-NO", "no"),
        ("Norwegian Bokmål", "no"),
        ("iw", "he"),
        ("日本語", "ja"),
        ("", ""),
        (None, ""),
    ],
)
def test_language(value: str | None, code: str) -> None:
    """Names, locales and codes become one of Mailchimp's codes."""
    assert as_language(value) == code


@pytest.mark.parametrize("value", ["Klingon", "xx", "tlh", "C", "the one from the form", "-", "cy"])
def test_not_a_language(value: str) -> None:
    """A language that Mailchimp does not offer is refused."""
    with pytest.raises(Unfit):
        as_language(value)


@pytest.mark.parametrize("code", CODES)
def test_mailchimps_codes_stay(code: str) -> None:
    """What Mailchimp gives back is what was sent."""
    assert as_language(code) == code

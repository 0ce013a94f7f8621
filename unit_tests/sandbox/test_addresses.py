"""Which addresses are taken."""

import pytest

from source_destination_mailchimp.sandbox.members import addresses


@pytest.mark.parametrize(
    "address", ["ann@grouparoo.com", "ann+tag@mail.grouparoo.co.uk", "o'neil@grouparoo.com", "ANN@GROUPAROO.COM"]
)
def test_ordinary_addresses(address: str) -> None:
    """Ordinary addresses are taken (observed, G)."""
    assert addresses.refusal_of(address) is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "Please provide a valid email address."),
        ("ann", "Please provide a valid email address."),
        ("ann@", "Please provide a valid email address."),
        ("@grouparoo.com", "Please provide a valid email address."),
        ("ann lee@grouparoo.com", "Please provide a valid email address."),
        ("ann@grouparoo", "The domain portion of the email address is invalid (the portion after the @: grouparoo)"),
        ("ann@-a.com", "The domain portion of the email address is invalid (the portion after the @: -a.com)"),
        ("änn@grouparoo.com", "The username portion of the email address is invalid"),
        (".ann@grouparoo.com", "The username portion of the email address is invalid"),
        ("ann@example.com", "looks fake or invalid"),
        ("ann@gmail.con", "looks fake or invalid"),
    ],
)
def test_refused_addresses(address: str, words: str) -> None:
    """Broken and made-up addresses are refused with what is wrong (observed, G)."""
    refusal = addresses.refusal_of(address)
    assert refusal is not None
    assert words in refusal.detail


def test_role_names() -> None:
    """Role addresses look fake unless they are let through (inferred, SANDBOX-30 22)."""
    assert addresses.refusal_of("noc@grouparoo.com") is not None
    assert addresses.refusal_of("noc@grouparoo.com", roles_refused=False) is None


def test_hash_ignores_case() -> None:
    """The hash is that of the lower-cased address (documented, S)."""
    assert addresses.hash_of("Test3039@Grouparoo.com") == "4e933e008c49baadf05a858fdf201db3"


def test_reserved_endings() -> None:
    """Addresses under reserved endings look fake, unless they are let through (inferred, FACTS 4)."""
    assert addresses.refusal_of("ann@shop.test") is not None
    assert addresses.refusal_of("ann@shop.test", reserved_refused=False) is None


@pytest.mark.parametrize(
    "address",
    ["asdf1@sneakemail.com", "foo@bar.com", "Foo@Bar.com", "ann@yopmail.com", "ann@shop.tst", "ann@shop.nosuchending"],
)
def test_addresses_that_look_fake(address: str) -> None:
    """Disposable and placeholder addresses look fake, and so does an ending that there is not (observed, G)."""
    refusal = addresses.refusal_of(address)
    assert refusal is not None
    assert refusal.detail == f"{address} looks fake or invalid, please enter a real email address."


@pytest.mark.parametrize("address", ["ann@müller.de", "ann@xn--mller-kva.de", "ann@bücher.example.co.uk", "a@b.museum"])
def test_international_domains(address: str) -> None:
    """Domains in other scripts are taken, as they are written or in ASCII (observed, production logs)."""
    assert addresses.refusal_of(address) is None

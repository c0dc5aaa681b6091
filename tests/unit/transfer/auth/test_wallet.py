"""Which of several credentials is used, by whose repository it is and what is left."""

import pytest

from seawall.testing.clock import FakeClock
from seawall.transfer.auth.credentials import Credential, CredentialOptions
from seawall.transfer.auth.wallet import Wallet

TEAM = CredentialOptions(username="ann", password_env="ANN", repositories=("team/*",))
BOB = CredentialOptions(username="bob", password_env="BOB")
EVE = CredentialOptions(username="eve", password_env="EVE")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has a password."""
    for name in ("ANN", "BOB", "EVE"):
        monkeypatch.setenv(name, f"{name}-secret")


@pytest.mark.parametrize(
    ("options", "repository", "expected"),
    [
        ((TEAM, BOB), "team/app", "ann"),
        ((TEAM, BOB), "library/busybox", "bob"),
        ((TEAM,), "library/busybox", None),
        ((), "team/app", None),
    ],
)
async def test_a_tenant_has_its_own(
    options: tuple[CredentialOptions, ...], repository: str, expected: str | None
) -> None:
    """Nobody's quota is spent on another tenant's repositories."""
    wallet = Wallet(options, clock=FakeClock())
    found = await wallet.find("docker.io", repository)

    assert expected == (found.username if found else None)


async def test_the_fuller_one_is_used_and_equals_in_turn() -> None:
    """What is left decides; where it is the same, they take turns."""
    left = {"bob": 0.2, "eve": 0.9}
    wallet = Wallet((BOB, EVE), clock=FakeClock(), left=left.__getitem__)
    first = await wallet.find("docker.io", "a/b")
    left["eve"] = 0.2
    turns = [await wallet.find("docker.io", "a/b") for _ in range(3)]

    assert "eve" == (first.username if first else "")
    assert ["bob", "bob", "eve"] == [one.username for one in turns if one]


async def test_what_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that works is used; the other's trouble is kept for an error."""
    monkeypatch.delenv("BOB")
    wallet = Wallet((BOB, EVE), clock=FakeClock())
    found = await wallet.find("docker.io", "a/b")

    assert "eve" == (found.username if found else "")
    assert "BOB" in wallet.problem


def test_an_account_has_a_name_that_is_no_secret() -> None:
    """A token is told from others by what cannot be turned back."""
    token = Credential(identity_token="very-secret")

    assert "ann" == Credential(username="ann", secret="x").account
    assert token.account.startswith("token ")
    assert "very-secret" not in token.account

"""Several credentials for one registry: whose they are, and which one is used now."""

import fnmatch
from collections.abc import Callable, Sequence
from typing import TypeAlias

from seawall.kit.clock import Clock
from seawall.transfer.auth.credentials import (
    Credential,
    CredentialOptions,
    Credentials,
)

Left: TypeAlias = Callable[[str], float]
"""Says what part of an account's quota is left, from 0 to 1."""


class Wallet:
    """Finds the credential for a repository.

    Those whose patterns name the repository belong to its tenant, and nobody else's
    is used for it. Those without patterns are for all that is nobody's. Of several
    that fit, the one with the larger part of its quota left is used.

    Args:
        options: Where they come from, in the settings' order.
        clock: The time.
        left: What is left of an account's quota.
    """

    def __init__(
        self,
        options: Sequence[CredentialOptions],
        *,
        clock: Clock,
        left: Left = lambda _: 1.0,
    ) -> None:
        self._purses = [(one, Credentials(one, clock=clock)) for one in options]
        self._left = left
        self._used: dict[str, int] = {}

    @property
    def problem(self) -> str:
        """Why the settings' credential could not be used, if so."""
        return next((p.problem for _, p in self._purses if p.problem), "")

    async def find(
        self, server: str, repository: str, *, direct: bool = True
    ) -> Credential | None:
        """Find what to send to this server for a repository; None to be anonymous.

        Args:
            server: A registry's name, or `host[:port]` of a mirror.
            repository: Its path.
            direct: Whether the settings' own credentials are for this server.
        """
        options = [one for one, _ in self._purses]
        fitting = choose_fitting(options, repository)
        found = []
        for place in fitting:
            credential = await self._purses[place][1].find(server, direct=direct)
            if credential is not None:
                found.append(credential)
        if not found:
            return None
        best = min(found, key=self._rank)
        if len(found) > 1:
            self._used[best.account] = self._used.get(best.account, 0) + 1
        return best

    def _rank(self, credential: Credential) -> tuple[float, int]:
        """Most left first; of equals the one that was used less."""
        account = credential.account
        return -round(self._left(account), 2), self._used.get(account, 0)


def choose_fitting(
    options: Sequence[CredentialOptions], repository: str
) -> Sequence[int]:
    """Choose the credentials that are for a repository, by their places.

    >>> team = CredentialOptions(repositories=("team/*",))
    >>> choose_fitting([team, CredentialOptions()], "team/app")
    [0]
    >>> choose_fitting([team, CredentialOptions()], "library/busybox")
    [1]
    """
    named = [
        place
        for place, one in enumerate(options)
        if any(fnmatch.fnmatchcase(repository, p) for p in one.repositories)
    ]
    return named or [p for p, one in enumerate(options) if not one.repositories]

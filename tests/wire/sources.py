"""Sources of scripted upstreams, for the tests on the wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.mediatypes import ACCEPT, Kind
from seawall.oci.reference import RepositoryName
from seawall.testing.clock import FakeClock
from seawall.transfer.auth.credentials import CredentialOptions
from seawall.transfer.auth.tokens import Tokens
from seawall.transfer.budget.desk import Budget
from seawall.transfer.budget.spending import Spent
from seawall.transfer.network.connecting import TransportOptions
from seawall.transfer.patience import Patience
from seawall.transfer.sources.place import Wire
from seawall.transfer.sources.registry import (
    RegistryAccess,
    RegistrySource,
    SourceOptions,
)
from seawall.transfer.sources.website import Site, SiteAccess, SiteOptions
from seawall.transfer.transport import Transport

BUSYBOX = RepositoryName("docker.io", "library/busybox")
PATH = "library/busybox"
ANY = ACCEPT[Kind.INDEX]
MAX_BYTES = 1 << 20
HASTY = Patience(connect_s=1, answer_s=1, gap_s=1)  # a busy machine takes 0.3 s


@dataclass
class Bench:
    """A transport with what goes with it; everything it spent is kept."""

    transport: Transport
    clock: FakeClock
    tokens: Tokens
    budget: Budget
    spent: list[Spent] = field(default_factory=list)

    def source(
        self,
        upstream: ScriptedUpstream,
        *,
        registry: str = "docker.io",
        realms: tuple[str, ...] = (),
        redirects: tuple[str, ...] = (),
        credentials: CredentialOptions | None = None,
    ) -> RegistrySource:
        """Make a source of this upstream."""
        access = RegistryAccess(
            registry,
            realms=realms,
            redirects=redirects,
            credentials=(credentials,) if credentials else (),
            patience=HASTY,
        )
        return RegistrySource(SourceOptions(upstream.url), access, self.wire)

    def site(self, url: str, *, redirects: tuple[str, ...] = ()) -> Site:
        """Make a site of this address."""
        access = SiteAccess("files", redirects=redirects, patience=HASTY)
        return Site(SiteOptions(url), access, self.wire)

    @property
    def wire(self) -> Wire:
        """What sources share."""
        return Wire(
            self.transport, self.tokens, self.budget, self.clock, self.spent.append
        )


@asynccontextmanager
async def open_bench(options: TransportOptions | None = None) -> AsyncIterator[Bench]:
    """Open a transport, and close it at the end."""
    clock = FakeClock()
    transport = Transport(options or TransportOptions(proxies=False), clock)
    bench = Bench(transport, clock, Tokens(transport, clock), Budget(clock))
    bench.tokens = Tokens(transport, clock, on_spent=bench.spent.append)
    try:
        yield bench
    finally:
        await transport.close()

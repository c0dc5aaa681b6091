"""How connections are made: the options of the one module that makes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How to connect.

    Attributes:
        ca_file: Extra certificate authorities (PEM); empty: the system's suffice.
        per_host: Connections to one host at once; 64 is what browsers' proxies dare.
        keep_alive_s: How long an idle connection is kept; servers close at 60 or later.
        proxies: Use the proxies of the environment, as every other client does.
    """

    ca_file: str = ""
    per_host: int = 64
    keep_alive_s: float = 30
    proxies: bool = True

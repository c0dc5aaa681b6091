"""A machine as its programs see it: an /etc of its own, with names and certificates."""

import ssl
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.e2e.processes import run

_ENV = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
_TRUSTED = Path("ssl/certs/ca-certificates.crt")
_BIND = 'mount --bind "$0" /etc && exec "$@"'


def make_certificate(place: Path, *names: str) -> tuple[Path, Path]:
    """Make a certificate for some names that signs itself, and its key.

    Args:
        place: Where to write them, without the ends `.pem` and `.key`.
        names: Whom it is for, the first of them its common name.
    """
    certificate, key = place.with_suffix(".pem"), place.with_suffix(".key")
    said = ",".join(f"DNS:{name}" for name in names)
    run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={said}"]
        + ["-keyout", key, "-out", certificate],
        env=_ENV,
    )
    return certificate, key


def serve_by(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make what a server with this certificate needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Machine:
    """A copy of this machine's /etc, which programs that run inside take for theirs.

    Attributes:
        root: Its root: what is rendered with `--output` belongs below it.
        etc: What programs inside see as /etc.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True)
        self.root = root
        self.etc = root / "etc"
        run(["cp", "--archive", "/etc", self.etc], env=_ENV)

    def name(self, address: str, names: Iterable[str]) -> None:
        """Let names lead to an address."""
        with (self.etc / "hosts").open("a") as hosts:
            hosts.write(f"\n{address} {' '.join(names)}\n")

    def trust(self, certificate: Path) -> None:
        """Take a certificate for one of a known authority's."""
        with (self.etc / _TRUSTED).open("a") as known:
            known.write(certificate.read_text())

    def inside(self, *command: object) -> Sequence[object]:
        """Write the command that runs another one inside."""
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _BIND]
        return [*enter, self.etc, *command]

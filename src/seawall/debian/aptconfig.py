"""What apt is told so that it asks Seawall: sources, a proxy, lines of a Dockerfile."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from seawall.debian.aptsources import AptSource
from seawall.errors import ArchiveSyntaxError, InputError

DETECTOR_PATH = "/etc/apt/seawall-proxy"
"""Where the program lies that tells apt whether Seawall answers."""

_CONF_PATH = "/etc/apt/apt.conf.d/30seawall"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
_PROBE_S = 2


class Form(StrEnum):
    """How a client says which archive it means."""

    MIRROR = "mirror"  # in the path: http://seawall/debian/NAME
    PROXY = "proxy"  # in the request, as to any proxy; sources stay as they are
    HTTPS = "https"  # in the path, by its own address: http://seawall/HTTPS///host/path


@dataclass(frozen=True, slots=True)
class Wall:
    """Where clients reach Seawall.

    Attributes:
        host: A name or an address, without brackets.
        is_local: Whether it is reached from its own machine only.
        has_tls: Whether it speaks HTTPS.

    Raises:
        InputError: The host is none that may stand in a shell script.
    """

    host: str
    port: int
    is_local: bool = False
    has_tls: bool = False

    def __post_init__(self) -> None:
        """Let nothing into scripts and settings that means something there."""
        if not _HOST.fullmatch(self.host):
            raise InputError(f"{self.host!r} is no host name or address")

    @property
    def url(self) -> str:
        """Its address as a URL, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.has_tls else 'http'}://{host}:{self.port}"


def redirect(source: AptSource, archive: str, wall: Wall, form: Form) -> AptSource:
    """Make the entry that has the same suites, through Seawall.

    >>> source = AptSource(("deb",), ("https://deb.example/debian",), ("stable",))
    >>> redirect(source, "debian", Wall("wall.example", 80), Form.HTTPS).uris
    ('http://wall.example:80/HTTPS///deb.example/debian',)
    """
    if form is Form.MIRROR:
        return replace(source, uris=(f"{wall.url}/debian/{archive}",))
    places = [urlsplit(uri) for uri in source.uris]
    bare = [f"{place.netloc}{place.path}".rstrip("/") for place in places]
    # apt sends what is https:// past an HTTP proxy, so there it is written http://
    lead = f"{wall.url}/HTTPS///" if form is Form.HTTPS else "http://"
    return replace(source, uris=tuple(dict.fromkeys(lead + it for it in bare)))


def write_sources(sources: Iterable[AptSource]) -> str:
    """Write a deb822-style file; `aptsources.parse_sources` reads the same again."""
    return "\n".join(map(_write_paragraph, sources))


def _write_paragraph(source: AptSource) -> str:
    fields = {
        "Enabled": "" if source.enabled else "no",
        "Types": " ".join(source.types),
        "URIs": " ".join(source.uris),
        "Suites": " ".join(source.suites),
        "Components": " ".join(source.components),
        "Architectures": " ".join(source.architectures),
        "Trusted": "yes" if source.trusted else "",
        "Signed-By": " ".join((*source.signed_by, *source.signers)),
    }
    if source.signed_by_keys:
        lines = source.signed_by_keys.strip().splitlines()
        fields["Signed-By"] = "".join(f"\n {line.strip() or '.'}" for line in lines)
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def write_list(sources: Iterable[AptSource]) -> str:
    """Write a one-line-style list; entries that are switched off are left out.

    Raises:
        ArchiveSyntaxError: An entry carries its key within, which a line cannot.
    """
    return "".join(line for it in sources if it.enabled for line in _write_lines(it))


def _write_lines(source: AptSource) -> Iterator[str]:
    if source.signed_by_keys:
        raise ArchiveSyntaxError(
            f"the entry for {source.uris[0]} carries its key within, which only the"
            " deb822 format can"
        )
    options = {
        "arch": ",".join(source.architectures),
        "trusted": "yes" if source.trusted else "",
        "signed-by": ",".join((*source.signed_by, *source.signers)),
    }
    shown = " ".join(f"{name}={value}" for name, value in options.items() if value)
    for kind in source.types:
        for uri in source.uris:
            for suite in source.suites:
                lead = [kind, f"[{shown}]"] if shown else [kind]
                yield " ".join([*lead, uri, suite, *source.components]) + "\n"


def write_proxy() -> str:
    """Write the apt.conf that asks the detector about every host."""
    return (
        "// Seawall is apt's proxy while it answers. The program that finds that out\n"
        "// comes from `seawall render apt --format script`; it must be executable.\n"
        f'Acquire::http::Proxy-Auto-Detect "{DETECTOR_PATH}";\n'
    )


def write_detector(wall: Wall) -> str:
    """Write the program that apt asks for the proxy of a host.

    It names Seawall if Seawall answers within two seconds, and says nothing if not:
    then apt goes on as it would without it (apt.conf(5), Proxy-Auto-Detect).
    """
    probe = f"exec 3<>/dev/tcp/{wall.host}/{wall.port}"
    if not wall.has_tls:  # a shell speaks no TLS: there, to connect has to do
        probe += (
            " &&\n"
            '  printf "GET /readyz HTTP/1.0\\r\\n\\r\\n" >&3 &&\n'
            '  read -r _ status _ <&3 && [ "$status" = 200 ]'
        )
    return (
        "#!/bin/bash\n"
        "# apt asks this for a proxy: it is Seawall while that answers, and else what\n"
        "# apt would use without it.\n"
        f"if timeout {_PROBE_S} bash -c '\n"
        f"  {probe}\n"
        "' 2>/dev/null; then\n"
        f"  echo {wall.url}\n"
        "fi\n"
    )


def write_dockerfile(wall: Wall) -> str:
    """Write lines that install packages through Seawall, and leave no trace of it.

    The proxy is a secret of one build step, so it is in no layer and no history, and
    a build that is not given it goes to the mirrors.
    """
    network = "--network=host " if wall.is_local else ""
    return (
        "# Through Seawall, if the build is given the proxy as a secret; with an\n"
        "# empty one, as while Seawall is down, or with none, apt asks the mirrors:\n"
        "#   : > apt-proxy.conf\n"
        f"#   curl -fsm {_PROBE_S} -o /dev/null {wall.url}/readyz &&\n"
        f"#     echo 'Acquire::http::Proxy \"{wall.url}\";' > apt-proxy.conf\n"
        f"#   docker build {network}--secret id=apt-proxy,src=apt-proxy.conf .\n"
        "# `buildah build` takes the same; docker before 23.0: DOCKER_BUILDKIT=1.\n"
        f"RUN --mount=type=secret,id=apt-proxy,target={_CONF_PATH} \\\n"
        "    apt-get update \\\n"
        " && apt-get install -y --no-install-recommends PACKAGE... \\\n"
        " && rm -rf /var/lib/apt/lists/*\n"
    )

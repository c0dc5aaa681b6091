"""Distributions that images are based on, and what their package managers can do."""

import re

import msgspec

from seawall.oci.reference import Reference

_DEBIAN = {
    "jessie": 8,
    "stretch": 9,
    "buster": 10,
    "bullseye": 11,
    "bookworm": 12,
    "trixie": 13,
    "forky": 14,
}
_UBUNTU = {
    "trusty": 1404,
    "xenial": 1604,
    "bionic": 1804,
    "focal": 2004,
    "groovy": 2010,
    "hirsute": 2104,
    "impish": 2110,
    "jammy": 2204,
    "kinetic": 2210,
    "lunar": 2304,
    "mantic": 2310,
    "noble": 2404,
    "oracular": 2410,
    "plucky": 2504,
    "questing": 2510,
    "resolute": 2604,
}
_RELEASES = (("debian", _DEBIAN), ("ubuntu", _UBUNTU))
_WORD = re.compile(r"[a-z]+")
_LAST_WITHOUT_RETRIES = {"debian": 11, "ubuntu": 2104}
"""Up to these, apt is older than 2.3.2, which tries three times by itself.

Debian's changelog of apt 2.3.2; bullseye has 2.2.4, focal has 2.0.11.
"""
_LAST_WITHOUT_ERROR_MODE = {"debian": 10, "ubuntu": 2010}
"""Up to these, apt is older than 2.1.16, which can take a missing index for an error.

Debian's changelog of apt 2.1.16 (`--error-on=any`); buster has 1.8, focal has 2.0.
"""
_LAST_WITHOUT_CONNREFUSED = {"debian": 8, "ubuntu": 1610}
"""Up to these, curl is older than 7.52, which came to know `--retry-connrefused`.

An older one stops at an option that it does not know. jessie has 7.38, yakkety 7.50;
stretch and zesty have 7.52.1.
"""


class Distribution(msgspec.Struct, frozen=True):
    """A release of a distribution.

    Attributes:
        name: `debian` or `ubuntu`.
        version: 12 for bookworm, 2204 for jammy.
    """

    name: str
    version: int

    @property
    def apt_error_mode(self) -> bool:
        """Whether its apt knows `APT::Update::Error-Mode`."""
        return self.version > _LAST_WITHOUT_ERROR_MODE[self.name]

    @property
    def apt_retries(self) -> bool:
        """Whether its apt tries again by itself."""
        return self.version > _LAST_WITHOUT_RETRIES[self.name]

    @property
    def curl_connrefused(self) -> bool:
        """Whether its curl knows `--retry-connrefused`."""
        return self.version > _LAST_WITHOUT_CONNREFUSED[self.name]


def find_distribution(image: Reference) -> Distribution | None:
    """Say what an image is based on, as far as its name tells.

    >>> from seawall.oci.reference import parse_reference
    >>> find_distribution(parse_reference("python:3.9-slim-buster"))
    Distribution(name='debian', version=10)
    >>> find_distribution(parse_reference("gcr.io/shop/ubuntu1604"))
    Distribution(name='ubuntu', version=1604)
    """
    tag = image.tag or ""
    words = re.split(r"[-_.]", tag)
    for name, table in _RELEASES:
        for word in words:
            if word in table:
                return Distribution(name, table[word])
    path = image.repository.path.rpartition("/")[2]
    said = re.fullmatch(r"(debian|ubuntu)-?(\d\d?)[._-]?(\d\d)?", path)
    if said is None:
        said = re.match(r"(debian|ubuntu):(\d+)(?:\.(\d+))?", f"{path}:{tag}")
    if said is None:
        return None
    if said[1] == "debian":
        return Distribution("debian", int(said[2]))
    return Distribution("ubuntu", int(said[2]) * 100 + int(said[3] or 4))


def find_named(text: str) -> Distribution | None:
    """Say what release a text names, as where it adds a source for it; the first one.

    >>> find_named("deb https://deb.example/tool stretch/tool main")
    Distribution(name='debian', version=9)
    """
    for word in _WORD.findall(text):
        for name, table in _RELEASES:
            if word in table:
                return Distribution(name, table[word])
    return None

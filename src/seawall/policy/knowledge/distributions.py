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
    """
    tag = image.tag or ""
    words = re.split(r"[-_.]", tag)
    for name, table in (("debian", _DEBIAN), ("ubuntu", _UBUNTU)):
        for word in words:
            if word in table:
                return Distribution(name, table[word])
    path = image.repository.path.rpartition("/")[2]
    figures = re.match(r"(\d+)(?:\.(\d+))?", tag)
    if path not in _LAST_WITHOUT_RETRIES or figures is None:
        return None
    if path == "debian":
        return Distribution("debian", int(figures[1]))
    return Distribution("ubuntu", int(figures[1]) * 100 + int(figures[2] or 4))

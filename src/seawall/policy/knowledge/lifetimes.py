"""Until when distributions and runtimes are looked after, as images are tagged."""

import re
from datetime import date

import msgspec

from seawall.oci.reference import Reference
from seawall.policy.knowledge.distributions import find_distribution


class Ended(msgspec.Struct, frozen=True):
    """A release that nobody mends any more.

    Attributes:
        name: What it is, for people.
        on: Its last day.
    """

    name: str
    on: date


# The end of free support for everybody: Debian's LTS, Ubuntu's standard support.
# https://wiki.debian.org/LTS, https://ubuntu.com/about/release-cycle
_DISTRIBUTIONS = {
    ("debian", 8): date(2020, 6, 30),
    ("debian", 9): date(2022, 6, 30),
    ("debian", 10): date(2024, 6, 30),
    ("debian", 11): date(2026, 8, 31),
    ("ubuntu", 1404): date(2019, 4, 25),
    ("ubuntu", 1604): date(2021, 4, 30),
    ("ubuntu", 1804): date(2023, 5, 31),
    ("ubuntu", 2004): date(2025, 5, 31),
    ("ubuntu", 2210): date(2023, 7, 20),
    ("ubuntu", 2304): date(2024, 1, 25),
    ("ubuntu", 2310): date(2024, 7, 11),
    ("ubuntu", 2410): date(2025, 7, 10),
    ("ubuntu", 2504): date(2026, 1, 15),
}
# By major version, or major and minor: the first that fits counts.
# https://alpinelinux.org/releases, https://nodejs.org/en/about/previous-releases,
# https://devguide.python.org/versions, https://www.centos.org/centos-linux-eol
_IMAGES: dict[str, dict[str, date]] = {
    "alpine": {
        "3.21": date(2026, 11, 1),
        "3.20": date(2026, 4, 1),
        "3.19": date(2025, 11, 1),
        "3.18": date(2025, 5, 9),
        "3.17": date(2024, 11, 22),
        "3.16": date(2024, 5, 23),
        "3.15": date(2023, 11, 1),
        "3.14": date(2023, 5, 1),
        "3.13": date(2022, 11, 1),
        "3.12": date(2022, 5, 1),
        "3.11": date(2021, 11, 1),
        "3.10": date(2021, 5, 1),
        "3.9": date(2020, 11, 1),
        "3.8": date(2020, 5, 1),
        "3.7": date(2019, 11, 1),
        "3.6": date(2019, 5, 1),
        "2": date(2017, 5, 1),
    },
    "centos": {
        "5": date(2017, 3, 31),
        "6": date(2020, 11, 30),
        "7": date(2024, 6, 30),
        "8": date(2021, 12, 31),
    },
    "node": {
        **{str(n): date(2024, 6, 10) for n in (21, 19, 17, 15, 13, 11, 9, 7, 5)},
        "4": date(2018, 4, 30),
        "6": date(2019, 4, 30),
        "8": date(2019, 12, 31),
        "10": date(2021, 4, 30),
        "12": date(2022, 4, 30),
        "14": date(2023, 4, 30),
        "16": date(2023, 9, 11),
        "18": date(2025, 4, 30),
        "20": date(2026, 4, 30),
        "23": date(2025, 6, 1),
    },
    "python": {
        "2": date(2020, 1, 1),
        "3.5": date(2020, 9, 30),
        "3.6": date(2021, 12, 23),
        "3.7": date(2023, 6, 27),
        "3.8": date(2024, 10, 7),
        "3.9": date(2025, 10, 31),
        "3.10": date(2026, 10, 31),
    },
}
_FEDORA = {
    **{str(n): date(2023, 12, 5) for n in range(20, 38)},
    "38": date(2024, 5, 21),
    "39": date(2024, 11, 26),
    "40": date(2025, 5, 13),
}
"""https://fedoraproject.org/wiki/End_of_life; its images are at two registries."""

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?")


def find_ended(image: Reference) -> Ended | None:
    """Say whether what an image is, or is based on, has come to its end.

    >>> from seawall.oci.reference import parse_reference
    >>> find_ended(parse_reference("rust:1.56-buster")).name
    'debian 10'
    """
    base = find_distribution(image)
    if base is not None and (base.name, base.version) in _DISTRIBUTIONS:
        figure = str(base.version)
        if base.name == "ubuntu":
            figure = f"{figure[:2]}.{figure[2:]}"
        on = _DISTRIBUTIONS[base.name, base.version]
        return Ended(f"{base.name} {figure}", on)
    namespace, _, name = image.repository.path.rpartition("/")
    table = _IMAGES.get(name, {}) if namespace == "library" else {}
    if namespace in ("library", "fedora", "") and name in ("fedora", "fedora-minimal"):
        table = _FEDORA
    found = _VERSION.match(image.tag or "")
    if not table or found is None:
        return None
    for version in (f"{found[1]}.{found[2]}", found[1]):
        if version in table:
            return Ended(f"{name} {version}", table[version])
    return None

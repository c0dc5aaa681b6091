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
    ("ubuntu", 1910): date(2020, 7, 17),
    ("ubuntu", 2010): date(2021, 7, 22),
    ("ubuntu", 2104): date(2022, 1, 20),
    ("ubuntu", 2110): date(2022, 7, 14),
    ("ubuntu", 2210): date(2023, 7, 20),
    ("ubuntu", 2304): date(2024, 1, 25),
    ("ubuntu", 2310): date(2024, 7, 11),
    ("ubuntu", 2410): date(2025, 7, 10),
    ("ubuntu", 2504): date(2026, 1, 15),
    ("ubuntu", 2510): date(2026, 7, 9),
}
# By major version, or major and minor: the first that fits counts.
# https://alpinelinux.org/releases, https://nodejs.org/en/about/previous-releases,
# https://devguide.python.org/versions, https://www.php.net/eol.php,
# https://www.centos.org/centos-linux-eol, https://aws.amazon.com/amazon-linux-2/faqs
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
        "3.5": date(2018, 11, 1),
        "3.4": date(2018, 5, 1),
        "3.3": date(2017, 11, 1),
        "3.2": date(2017, 5, 1),
        "3.1": date(2016, 11, 1),
        "2": date(2017, 5, 1),
    },
    "amazonlinux": {
        "1": date(2023, 12, 31),
        "2017": date(2023, 12, 31),
        "2018": date(2023, 12, 31),
        "2": date(2026, 6, 30),
    },
    "centos": {
        "5": date(2017, 3, 31),
        "6": date(2020, 11, 30),
        "7": date(2024, 6, 30),
        "8": date(2021, 12, 31),
    },
    "node": {
        "4": date(2018, 4, 30),
        "5": date(2016, 6, 30),
        "6": date(2019, 4, 30),
        "7": date(2017, 6, 30),
        "8": date(2019, 12, 31),
        "9": date(2018, 6, 30),
        "10": date(2021, 4, 30),
        "11": date(2019, 6, 1),
        "12": date(2022, 4, 30),
        "13": date(2020, 6, 1),
        "14": date(2023, 4, 30),
        "15": date(2021, 6, 1),
        "16": date(2023, 9, 11),
        "17": date(2022, 6, 1),
        "18": date(2025, 4, 30),
        "19": date(2023, 6, 1),
        "20": date(2026, 4, 30),
        "21": date(2024, 6, 1),
        "23": date(2025, 6, 1),
        "25": date(2026, 6, 1),
    },
    "php": {
        "5": date(2018, 12, 31),
        "7": date(2022, 11, 28),
        "8.0": date(2023, 11, 26),
        "8.1": date(2025, 12, 31),
    },
    "python": {
        "2": date(2020, 1, 1),
        "3.4": date(2019, 3, 18),
        "3.5": date(2020, 9, 30),
        "3.6": date(2021, 12, 23),
        "3.7": date(2023, 6, 27),
        "3.8": date(2024, 10, 7),
        "3.9": date(2025, 10, 31),
        "3.10": date(2026, 10, 31),
    },
}
_DOTNET = {
    "1": date(2019, 6, 27),
    "2": date(2021, 8, 21),
    "3": date(2022, 12, 13),
    "5": date(2022, 5, 10),
    "6": date(2024, 11, 12),
    "7": date(2024, 5, 14),
    "8": date(2026, 11, 10),
    "9": date(2026, 11, 10),
}
"""https://dotnet.microsoft.com/platform/support/policy; the last of each version."""
_FEDORA = {
    "20": date(2015, 6, 23),
    "21": date(2015, 12, 1),
    "22": date(2016, 7, 19),
    "23": date(2016, 12, 20),
    "24": date(2017, 8, 8),
    "25": date(2017, 12, 12),
    "26": date(2018, 5, 29),
    "27": date(2018, 11, 30),
    "28": date(2019, 5, 28),
    "29": date(2019, 11, 26),
    "30": date(2020, 5, 26),
    "31": date(2020, 11, 24),
    "32": date(2021, 5, 25),
    "33": date(2021, 11, 30),
    "34": date(2022, 6, 7),
    "35": date(2022, 12, 13),
    "36": date(2023, 5, 16),
    "37": date(2023, 12, 5),
    "38": date(2024, 5, 21),
    "39": date(2024, 11, 26),
    "40": date(2025, 5, 13),
    "41": date(2025, 12, 15),
    "42": date(2026, 5, 27),
}
"""https://fedoraproject.org/wiki/End_of_life; its images are at two registries."""

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?")
_ON_ALPINE = re.compile(r"(?:^|-)alpine-?(\d+\.\d+)")
"""What many images' tags say of their base: `3.12-alpine3.15`."""
_STREAM_8 = Ended("centos stream 8", date(2024, 5, 31))


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
    alpine = _ON_ALPINE.search(image.tag or "")
    if alpine is not None and alpine[1] in _IMAGES["alpine"]:
        return Ended(f"alpine {alpine[1]}", _IMAGES["alpine"][alpine[1]])
    namespace, _, name = image.repository.path.rpartition("/")
    if name == "centos" and (image.tag or "").startswith("stream8"):
        return _STREAM_8
    table = _IMAGES.get(name, {}) if namespace == "library" else {}
    if namespace in ("library", "fedora", "") and name in ("fedora", "fedora-minimal"):
        table = _FEDORA
    if image.repository.registry == "mcr.microsoft.com" and namespace == "dotnet":
        table, name = _DOTNET, ".NET"
    found = _VERSION.match(image.tag or "")
    if not table or found is None:
        return None
    for version in (f"{found[1]}.{found[2]}", found[1]):
        if version in table:
            return Ended(f"{name} {version}", table[version])
    return None

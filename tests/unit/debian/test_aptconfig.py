"""What apt is told: entries that read back, addresses that are safe, no trace left."""

import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian import aptconfig
from seawall.debian.aptconfig import Form, Wall
from seawall.debian.aptsources import AptSource, parse_list, parse_sources
from seawall.errors import ArchiveSyntaxError, InputError

WALL = Wall("127.0.0.1", 5000, is_local=True)
SOURCE = AptSource(
    ("deb",),
    ("http://deb.example/debian",),
    ("bookworm", "bookworm-updates"),
    ("main", "contrib"),
    signed_by=("/usr/share/keyrings/a.gpg",),
)
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----"

_words = st.text(string.ascii_lowercase + string.digits + "-/", min_size=1)
_some = st.lists(_words, max_size=3).map(tuple)
_sources = st.builds(
    AptSource,
    types=st.sampled_from([("deb",), ("deb-src",), ("deb", "deb-src")]),
    uris=st.lists(_words.map("http://deb.example/".__add__), min_size=1).map(tuple),
    suites=st.lists(_words, min_size=1, max_size=3).map(tuple),
    components=_some,
    architectures=_some,
    signed_by=st.lists(_words.map("/".__add__), max_size=2).map(tuple),
    signers=st.lists(st.text("0123456789ABCDEF", min_size=40, max_size=40)).map(tuple),
    trusted=st.booleans(),
    enabled=st.booleans(),
)


@given(st.lists(_sources, min_size=1, max_size=3))
def test_what_is_written_reads_back(sources: list[AptSource]) -> None:
    """A deb822 file says the same as the entries that it was written from."""
    assert sources == parse_sources(aptconfig.write_sources(sources))


@given(_sources)
def test_a_line_is_one_suite(source: AptSource) -> None:
    """A one-line list has one line for each type, URI and suite, and nothing else."""
    read = parse_list(aptconfig.write_list([source]))
    lines = [(it.types, it.uris, it.suites) for it in read]

    assert lines == [
        ((kind,), (uri,), (suite,))
        for kind in source.types
        for uri in source.uris
        for suite in source.suites
        if source.enabled
    ]
    assert all(source.components == it.components for it in read)
    assert all(source.signed_by == it.signed_by for it in read)
    assert all(source.trusted is it.trusted for it in read)


def test_a_key_within_reads_back() -> None:
    """A key that stands in its entry stands in the new one, with its empty line."""
    source = replace(SOURCE, signed_by=(), signed_by_keys=KEY)

    assert [source] == parse_sources(aptconfig.write_sources([source]))


def test_a_key_within_fits_no_line() -> None:
    """A one-line entry cannot carry a key, and is not written without it."""
    source = replace(SOURCE, signed_by=(), signed_by_keys=KEY)
    with pytest.raises(ArchiveSyntaxError, match="only the deb822 format can"):
        aptconfig.write_list([source])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Form.MIRROR, "http://127.0.0.1:5000/debian/inside"),
        (Form.PROXY, "http://deb.example/debian"),
        (Form.HTTPS, "http://127.0.0.1:5000/HTTPS///deb.example/debian"),
    ],
)
def test_each_form_has_its_address(form: Form, expected: str) -> None:
    """Where apt is sent says which archive is meant; the rest of the entry stays."""
    source = replace(SOURCE, uris=("https://deb.example/debian/",))
    moved = aptconfig.redirect(source, "inside", WALL, form)

    assert replace(source, uris=(expected,)) == moved


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (Wall("wall.example", 80), "http://wall.example:80"),
        (Wall("::1", 5000), "http://[::1]:5000"),
        (Wall("wall.example", 443, has_tls=True), "https://wall.example:443"),
    ],
    ids=["name", "IPv6", "TLS"],
)
def test_the_detector_names_the_wall(wall: Wall, expected: str) -> None:
    """The program says the proxy as apt wants it: a URL."""
    assert f"  echo {expected}\n" in aptconfig.write_detector(wall)


@pytest.mark.parametrize("host", ["a b", "$(id)", "a'b", "", 'a";', "-a", "a\nb"])
def test_no_host_means_something_to_a_shell(host: str) -> None:
    """A host that could run something is refused before it stands in a script."""
    with pytest.raises(InputError, match="is no host name or address"):
        Wall(host, 80)


def test_the_dockerfile_names_the_wall_in_comments_only() -> None:
    """What becomes part of an image does not say where Seawall is."""
    text = aptconfig.write_dockerfile(WALL)
    built = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)

    assert WALL.url in text
    assert WALL.url not in built
    assert built.startswith("RUN --mount=type=secret,id=apt-proxy,target=/etc/apt/")


@pytest.mark.parametrize(("is_local", "expected"), [(True, True), (False, False)])
def test_only_a_local_wall_wants_the_hosts_network(
    is_local: bool,  # noqa: FBT001
    expected: bool,  # noqa: FBT001
) -> None:
    """A build reaches loopback of its host only in the host's network."""
    text = aptconfig.write_dockerfile(replace(WALL, is_local=is_local))

    assert expected is ("--network=host" in text)

"""Names of images, as people, files and clients write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError, ReferenceSyntaxError
from seawall.oci.digest import Digest
from seawall.oci.reference import (
    COMPONENT,
    TAG,
    Reference,
    RepositoryName,
    canonical_registry,
    familiar,
    name_repository,
    parse_reference,
    parse_registry,
    parse_repository,
    parse_tag,
)

DIGEST = Digest.of(b"")

registries = st.sampled_from(
    ["docker.io", "quay.io", "localhost", "localhost:5000", "a.example:65535", "a-b.c"]
)
components = st.from_regex(COMPONENT, fullmatch=True).filter(lambda c: len(c) < 60)
paths = st.lists(components, min_size=1, max_size=4).map("/".join)
tags = st.from_regex(TAG, fullmatch=True)
references = st.builds(
    Reference,
    st.builds(name_repository, registries, paths),
    st.none() | tags,
    st.none() | st.just(DIGEST),
)


@given(references)
def test_a_reference_survives_writing(reference: Reference) -> None:
    """What is written in full reads as the same."""
    assert reference == parse_reference(str(reference))


@given(references)
def test_the_familiar_form_means_the_same(reference: Reference) -> None:
    """However short a reference is written, it reads as the same."""
    assert reference == parse_reference(familiar(reference))


@given(st.text() | st.from_regex(r"[a-z.:/@-]*", fullmatch=True))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Hostile text is refused as such, or means something that can be written."""
    try:
        reference = parse_reference(text)
    except InputError:
        return
    assert reference == parse_reference(str(reference))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("busybox", "docker.io/library/busybox"),
        ("busybox:1.37", "docker.io/library/busybox:1.37"),
        ("bitnami/redis", "docker.io/bitnami/redis"),
        ("docker.io/busybox", "docker.io/library/busybox"),
        ("index.docker.io/library/busybox:1", "docker.io/library/busybox:1"),
        ("registry-1.docker.io/a/b", "docker.io/a/b"),
        ("docker.io", "docker.io/library/docker.io"),
        ("quay.io/prometheus/node-exporter", "quay.io/prometheus/node-exporter"),
        ("localhost/x", "localhost/x"),
        ("localhost:5000/x:1", "localhost:5000/x:1"),
        (f"x:1@{DIGEST}", f"docker.io/library/x:1@{DIGEST}"),
        (f"quay.io/a/b@{DIGEST}", f"quay.io/a/b@{DIGEST}"),
    ],
)
def test_names_are_read_as_docker_reads_them(text: str, expected: str) -> None:
    """Short names belong to Docker Hub, whose hosts are all one registry."""
    assert expected == str(parse_reference(text))


def test_short_names_may_belong_elsewhere() -> None:
    """A default registry other than Hub has no library namespace."""
    reference = parse_reference("x:1", default_registry="quay.io")

    assert RepositoryName("quay.io", "x") == reference.repository


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker.io/library/busybox:1", "busybox:1"),
        ("docker.io/bitnami/redis", "bitnami/redis"),
        ("docker.io/library/a/b", "library/a/b"),
        ("docker.io/a.b/c", "docker.io/a.b/c"),
        ("quay.io/library/x", "quay.io/library/x"),
    ],
)
def test_names_are_shown_as_people_know_them(text: str, expected: str) -> None:
    """Only what goes without saying is left out."""
    assert expected == familiar(parse_reference(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "x:",
        "x@",
        "x:1:2",
        "/x",
        "x/",
        "quay.io/",
        "quay.io//x",
        "quay.io/../x",
        "quay.io/X",
        "Quay.io/x",
        "https://quay.io/x",
        "docker://quay.io/x",
        "me:pw@quay.io/x",
        "quay.io:0/x",
        "quay.io:99999/x",
        "[::1]:5000/x",
        "x:" + "t" * 129,
        "a" * 256,
        "x" * 2000,
        "x\n",
        "x:1\n",
        "x y",
        "café",
        "docker.io/-x",
        "a..b/c",
        "a___b",
    ],
)
def test_names_that_are_none_are_refused(text: str) -> None:
    """Whatever is no plain name of an image is refused."""
    with pytest.raises(InputError):
        parse_reference(text)


def test_a_refusal_shows_no_password() -> None:
    """A URL pasted with its credentials is quoted without them."""
    with pytest.raises(ReferenceSyntaxError) as caught:
        parse_registry("https://me:hunter2@quay.io")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["a", "a:1", "10.0.0.1:5000", "xn--caf-dma.example", "a" * 63 + ".b"],
)
def test_registries_are_hosts(name: str) -> None:
    """A registry is a host, with a port if need be."""
    assert name == parse_registry(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        "a-",
        "a..b",
        "a_b",
        "a/",
        "a:",
        "a:01",
        "A",
        "a" * 64,
        "a." * 127 + "b",
    ],
)
def test_registries_are_nothing_else(name: str) -> None:
    """A registry that could mean two places, or none, is refused."""
    with pytest.raises(ReferenceSyntaxError):
        parse_registry(name)


def test_lengths_have_limits() -> None:
    """The longest repository and tag pass, one character more does not."""
    assert len(parse_repository("a" * 255)) == 255
    assert len(parse_tag("a" * 128)) == 128
    with pytest.raises(ReferenceSyntaxError):
        parse_repository("a" * 256)
    with pytest.raises(ReferenceSyntaxError):
        parse_tag("a" * 129)


def test_no_name_is_made_without_being_one() -> None:
    """The constructor checks too, so holding a name is enough."""
    with pytest.raises(ReferenceSyntaxError):
        RepositoryName("docker.io", "../etc")
    with pytest.raises(ReferenceSyntaxError):
        RepositoryName("docker.io/x", "y")


def test_names_are_values() -> None:
    """Equal names are one key."""
    one, other = RepositoryName("quay.io", "a"), RepositoryName("quay.io", "a")

    assert {one: 1} == {other: 1}
    assert "quay.io" == canonical_registry("quay.io")

"""Platforms, and descriptors of what registries need not hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError, ReferenceSyntaxError
from seawall.oci import mediatypes
from seawall.oci.descriptor import Descriptor, Platform
from seawall.oci.digest import Digest

parts = st.sampled_from(["linux", "windows", "amd64", "arm64", "v8", "s390x", "386"])
platforms = st.builds(Platform, parts, parts, parts | st.just(""))


@given(platforms)
def test_a_platform_survives_writing(platform: Platform) -> None:
    """What is written as a platform reads as the same, and matches itself."""
    again = Platform.parse(str(platform))

    assert platform == again
    assert platform.matches(again)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/amd64/v1", "linux/amd64", True),
        ("linux/x86_64", "linux/amd64", True),
        ("linux/armhf", "linux/arm", True),
        ("linux/armel", "linux/arm", False),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/amd64", "linux/386", False),
    ],
)
def test_platforms_match_by_meaning(one: str, other: str, *, expected: bool) -> None:
    """The usual variant goes without saying; any other does not."""
    assert expected == Platform.parse(one).matches(Platform.parse(other))


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "a/b/c/d", "a/b/", "a b/c", "linux/é", "a/b\n"]
)
def test_platforms_that_are_none_are_refused(text: str) -> None:
    """A platform has two or three plain parts."""
    with pytest.raises(ReferenceSyntaxError):
        Platform.parse(text)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    """Hostile text is refused in one way only."""
    try:
        Platform.parse(text)
    except InputError:
        return


@pytest.mark.parametrize(
    ("media_type", "urls", "expected"),
    [
        (mediatypes.OCI_LAYER_GZIP, (), False),
        (mediatypes.OCI_LAYER_GZIP, ("https://a.example/x",), True),
        (mediatypes.DOCKER_LAYER_FOREIGN, (), True),
        (mediatypes.OCI_LAYER_NONDISTRIBUTABLE + "+gzip", (), True),
    ],
)
def test_foreign_layers_are_recognised(
    media_type: str, urls: tuple[str, ...], *, expected: bool
) -> None:
    """A layer with places of its own, or of such a type, is foreign."""
    layer = Descriptor(media_type, Digest.of(b""), 0, urls=urls)

    assert expected == layer.is_foreign
    assert 1 == len({layer, layer})

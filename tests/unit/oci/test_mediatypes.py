"""What a client accepts, and which type is which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.oci import mediatypes
from seawall.oci.mediatypes import (
    ACCEPT,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    DOCKER_SCHEMA1,
    OCI_INDEX,
    OCI_MANIFEST,
    Kind,
    is_index,
    is_manifest,
    kind_of_accept,
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Kind.INDEX),
        ([""], Kind.INDEX),
        (["*/*"], Kind.INDEX),
        ([f"{DOCKER_MANIFEST}, */*"], Kind.INDEX),
        ([DOCKER_MANIFEST, OCI_INDEX], Kind.INDEX),
        ([f"{DOCKER_MANIFEST},{DOCKER_INDEX}"], Kind.INDEX),
        ([DOCKER_MANIFEST], Kind.MANIFEST),
        ([f" {OCI_MANIFEST.upper()} ; q=0.5 ,{DOCKER_SCHEMA1}"], Kind.MANIFEST),
        ([DOCKER_SCHEMA1], Kind.INDEX),
        (["application/json"], Kind.INDEX),
    ],
)
def test_clients_say_what_they_can_use(values: list[str], expected: Kind) -> None:
    """Only who names single manifests and nothing wider gets a single one."""
    assert expected == kind_of_accept(values)


@given(st.lists(st.text()))
def test_no_accept_breaks_the_parser(values: list[str]) -> None:
    """Hostile headers mean the same as none."""
    assert Kind.INDEX == kind_of_accept(values)


@pytest.mark.parametrize("kind", [Kind.INDEX, Kind.MANIFEST])
def test_what_we_send_means_what_it_says(kind: Kind) -> None:
    """The header sent upstream for a kind is read as that kind."""
    assert kind == kind_of_accept([ACCEPT[kind]])


def test_a_name_of_no_image_is_asked_with_no_header() -> None:
    """Every kind of image has its header, and what is no image's has none."""
    assert {Kind.ANY} == set(Kind) - set(ACCEPT)


def test_a_type_is_one_thing() -> None:
    """No type is both an index and a manifest, and schema 1 is neither."""
    for media_type in mediatypes.INDEXES:
        assert (True, False) == (is_index(media_type), is_manifest(media_type))
    for media_type in mediatypes.MANIFESTS:
        assert (False, True) == (is_index(media_type), is_manifest(media_type))
    for media_type in mediatypes.SCHEMA1:
        assert (False, False) == (is_index(media_type), is_manifest(media_type))

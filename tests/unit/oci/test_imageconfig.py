"""Image configurations."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError, ManifestSyntaxError
from seawall.oci.imageconfig import MAX_CONFIG_BYTES, ImageConfig, parse_image_config
from seawall.oci.manifest import parse_manifest
from seawall.testing import samples


def test_the_configuration_of_an_image_is_read() -> None:
    """A sample's configuration says where it runs, and with which layers."""
    sample = samples.random_image(platform=samples.ARM64, layers=2)
    entry = parse_manifest(sample.body).references[0]
    config = parse_image_config(sample.contents[entry.digest])

    assert samples.ARM64 == config.platform
    assert samples.CREATED == config.created
    assert 2 == len(config.diff_ids)


def test_values_of_variables_are_not_kept() -> None:
    """Of the environment only the names are kept, since values may be secrets."""
    run = {
        "Env": ["PATH=/bin", "TOKEN=a=b", "BARE"],
        "Entrypoint": ["/e"],
        "Cmd": ["c"],
        "User": "1000",
        "WorkingDir": "/w",
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
        "Labels": {"b": "2", "a": "1"},
    }
    body = {"os": "linux", "architecture": "arm", "variant": "v6", "config": run}

    assert parse_image_config(json.dumps(body).encode()) == ImageConfig(
        os="linux",
        architecture="arm",
        variant="v6",
        entrypoint=("/e",),
        cmd=("c",),
        env_names=("PATH", "TOKEN", "BARE"),
        user="1000",
        ports=("53/udp", "80/tcp"),
        working_dir="/w",
        labels=(("a", "1"), ("b", "2")),
    )


@pytest.mark.parametrize(
    "body", [b"{}", b'{"config":null,"rootfs":null}', b'{"config":{"Cmd":null}}']
)
def test_a_silent_configuration_is_empty(body: bytes) -> None:
    """What is not said is empty."""
    assert ImageConfig("", "") == parse_image_config(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"os":1}',
        b'{"os":"\xff"}',
        b'{"x":' + b"[" * 100_000,
        b" " * MAX_CONFIG_BYTES + b"{}",
    ],
    ids=["nothing", "list", "figure", "no text", "deep", "large"],
)
def test_what_is_no_configuration_is_refused(body: bytes) -> None:
    """Hostile bodies raise the one error."""
    with pytest.raises(ManifestSyntaxError):
        parse_image_config(body)


@given(st.binary())
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Random bytes are refused in one way only."""
    try:
        parse_image_config(body)
    except InputError:
        return

"""Image configurations: what runs, as whom, where, and how old it is."""

from dataclasses import dataclass
from typing import Annotated

import msgspec

from seawall.errors import ManifestSyntaxError
from seawall.kit import redact
from seawall.oci.descriptor import Platform
from seawall.oci.manifest import MAX_MANIFEST_BYTES

MAX_CONFIG_BYTES = MAX_MANIFEST_BYTES
"""No honest configuration is larger; nothing larger is read."""

_Words = Annotated[list[str], msgspec.Meta(max_length=10_000)]


class _RunJson(msgspec.Struct, rename="pascal"):
    entrypoint: _Words | None = None
    cmd: _Words | None = None
    env: _Words | None = None
    user: str | None = None
    working_dir: str | None = None
    exposed_ports: dict[str, msgspec.Raw] | None = None
    labels: dict[str, str] | None = None


class _RootJson(msgspec.Struct):
    diff_ids: _Words | None = None


class _ConfigJson(msgspec.Struct):
    os: str = ""
    architecture: str = ""
    variant: str | None = None
    created: str | None = None
    config: _RunJson | None = None
    rootfs: _RootJson | None = None


_DECODER = msgspec.json.Decoder(_ConfigJson)


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image says about running it.

    Attributes:
        env_names: Names of variables; their values may be secrets and are not kept.
        ports: What it says it listens on, such as "8080/tcp".
        created: As written, which should be RFC 3339; empty if the image is silent.
        diff_ids: Digests of the unpacked layers, as written.
    """

    os: str
    architecture: str
    variant: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env_names: tuple[str, ...] = ()
    user: str = ""
    working_dir: str = ""
    created: str = ""
    ports: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    diff_ids: tuple[str, ...] = ()

    @property
    def platform(self) -> Platform:
        """Where it runs."""
        return Platform(self.os, self.architecture, self.variant)


def parse_image_config(body: bytes) -> ImageConfig:
    """Read an image's configuration; an artifact's need not be one.

    Raises:
        ManifestSyntaxError: It is none, or larger or deeper than any honest one.
    """
    if len(body) > MAX_CONFIG_BYTES:
        raise ManifestSyntaxError(
            f"a configuration of {len(body)} bytes; {MAX_CONFIG_BYTES} are the limit"
        )
    try:
        document = _DECODER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
        raise ManifestSyntaxError(
            f"not an image configuration: {redact.show_input(str(exc))}"
        ) from exc
    run = document.config or _RunJson()
    root = document.rootfs or _RootJson()
    return ImageConfig(
        os=document.os,
        architecture=document.architecture,
        variant=document.variant or "",
        entrypoint=tuple(run.entrypoint or ()),
        cmd=tuple(run.cmd or ()),
        env_names=tuple(pair.partition("=")[0] for pair in run.env or ()),
        user=run.user or "",
        working_dir=run.working_dir or "",
        created=document.created or "",
        ports=tuple(sorted(run.exposed_ports or ())),
        labels=tuple(sorted((run.labels or {}).items())),
        diff_ids=tuple(root.diff_ids or ()),
    )

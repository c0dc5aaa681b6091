"""What differs between two images of which one shall take the other's place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seawall.app.asking.tagdigests import Inquirer, open_inquirer, verify
from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    ManifestSyntaxError,
    SeawallError,
    TooLargeError,
)
from seawall.oci.descriptor import Platform
from seawall.oci.digest import Digest
from seawall.oci.imageconfig import MAX_CONFIG_BYTES, ImageConfig, parse_image_config
from seawall.oci.manifest import MAX_MANIFEST_BYTES, Manifest, parse_manifest
from seawall.oci.mediatypes import ACCEPT, Kind
from seawall.oci.reference import Reference
from seawall.settings.effective import Settings
from seawall.transfer.sources.registry import NameReference, RegistrySource

Swap = tuple[Reference, Reference]
"""The image that goes, and the one that comes."""

MOST_SWAPS = 20
"""So many are compared: each takes up to six requests, which limits count."""

UNKNOWN = "not compared: files, so groups, users by name, shell and libraries"
"""What no configuration tells of an image."""

_USUAL = Platform("linux", "amd64")


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is known of an image without its layers.

    Attributes:
        platforms: Those of its index; of a single image, its own.
        config: How it is run, on linux/amd64 if it is there, else on the first.
    """

    platforms: frozenset[Platform]
    config: ImageConfig


async def tell_differences(
    settings: Settings, swaps: Iterable[Swap]
) -> dict[Swap, list[str] | SeawallError]:
    """Tell what differs in each, or why that is not known.

    Only registries of these settings are asked; all that comes is verified.

    Args:
        settings: The user's own.
        swaps: The first `MOST_SWAPS` are looked at; of others nothing is told.
    """
    told: dict[Swap, list[str] | SeawallError] = {}
    async with open_inquirer(settings) as inquirer:
        for swap in list(dict.fromkeys(swaps))[:MOST_SWAPS]:
            try:
                old, new = [await _look(inquirer, image) for image in swap]
                told[swap] = list(compare(old, new))
            except SeawallError as exc:
                told[swap] = exc
    return told


def compare(old: Portrait, new: Portrait) -> Iterator[str]:
    """List what is not the same by what is known of both, in words."""
    was, comes = old.config, new.config
    for name, before, after in (
        ("user", was.user, comes.user),
        ("entrypoint", was.entrypoint, comes.entrypoint),
        ("command", was.cmd, comes.cmd),
        ("folder", was.working_dir, comes.working_dir),
        ("ports", was.ports, comes.ports),
    ):
        if before != after:
            yield f"{name} {_show(before)}, then {_show(after)}"
    gone = set(was.env_names) - set(comes.env_names)
    if gone:
        yield f"without the variables {', '.join(sorted(gone))}"
    lost = [p for p in old.platforms if not any(p.matches(o) for o in new.platforms)]
    if lost:
        yield f"no longer for {', '.join(sorted(map(str, lost)))}"


def _show(value: str | tuple[str, ...]) -> str:
    text = value if isinstance(value, str) else " ".join(value)
    return text or "none"


async def _look(inquirer: Inquirer, image: Reference) -> Portrait:
    return await inquirer.put(
        image.repository.registry, lambda source: _draw(source, image)
    )


async def _draw(source: RegistrySource, image: Reference) -> Portrait:
    name = image.digest or image.tag or "latest"
    manifest = await _fetch(source, image, name)
    platforms = {c.digest: c.platform for c in manifest.children if c.platform}
    if manifest.kind == "index":
        usual = [d for d, p in platforms.items() if p.matches(_USUAL)]
        chosen = next(iter([*usual, *platforms]), None)
        if chosen is None:
            raise _refuse(source, image, "an index of no platform")
        manifest = await _fetch(source, image, chosen)
    if manifest.config is None or manifest.config.size > MAX_CONFIG_BYTES:
        raise _refuse(source, image, "no configuration")
    body = await _read(source, image, manifest.config.digest)
    try:
        config = parse_image_config(body)
    except ManifestSyntaxError as exc:
        raise _refuse(source, image, str(exc)) from exc
    known = frozenset(one for one in platforms.values() if one.os != "unknown")
    return Portrait(known or frozenset({config.platform}), config)


async def _fetch(
    source: RegistrySource, image: Reference, name: NameReference
) -> Manifest:
    body = await source.get_manifest(
        image.repository,
        name,
        accept=ACCEPT[Kind.INDEX],
        max_bytes=MAX_MANIFEST_BYTES,
    )
    verify(body, image, source.label)
    if isinstance(name, Digest) and Digest.of(body.body, name.algorithm) != name:
        raise _contradict(source, image, name)
    return parse_manifest(body.body, media_type=body.media_type or None)


async def _read(source: RegistrySource, image: Reference, digest: Digest) -> bytes:
    body = bytearray()
    async with source.open_blob(image.repository, digest) as reply:
        async for chunk in reply.chunks():
            body += chunk
            if len(body) > MAX_CONFIG_BYTES:
                raise TooLargeError(f"the configuration of {image} does not end")
    if Digest.of(bytes(body), digest.algorithm) != digest:
        raise _contradict(source, image, digest)
    return bytes(body)


def _contradict(
    source: RegistrySource, image: Reference, digest: Digest
) -> DigestMismatchError:
    return DigestMismatchError(
        f"{source.label} answered {image} with bytes that are not {digest}",
        cause="content.digest_mismatch",
    )


def _refuse(source: RegistrySource, image: Reference, why: str) -> BrokenReplyError:
    return BrokenReplyError(
        f"{source.label} answered {image} with {why}",
        cause="registry.protocol_bug",
        host=source.label,
    )

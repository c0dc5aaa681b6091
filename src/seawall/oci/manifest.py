"""Manifests and indexes: parsed strictly enough to trust, and never rewritten."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from seawall.errors import InputError, ManifestSyntaxError
from seawall.kit import redact
from seawall.oci import mediatypes
from seawall.oci.descriptor import Descriptor, Platform
from seawall.oci.digest import Digest

MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""What registries must accept (distribution-spec); nothing larger is read."""

MAX_ENTRIES = 10_000
"""More layers or children than any honest manifest lists."""

_SCHEMA_VERSION = 2

_Text = Annotated[str, msgspec.Meta(max_length=4096)]
_Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
# Types are shown and sent in headers: printable, without a line break.
_MEDIA_TYPE = re.compile(r"[!-~](?:[ -~]{0,253}[!-~])?")


class _PlatformJson(msgspec.Struct):
    os: _Text = ""
    architecture: _Text = ""
    variant: _Text | None = None


# Go writes null for what is empty, so null is taken wherever a field may be absent.
class _DescriptorJson(msgspec.Struct, rename="camel"):
    digest: _Text
    size: _Size
    media_type: _Text | None = None
    platform: _PlatformJson | None = None
    artifact_type: _Text | None = None
    annotations: dict[str, str] | None = None
    urls: list[_Text] | None = None


_Entries = Annotated[list[_DescriptorJson], msgspec.Meta(max_length=MAX_ENTRIES)]


class _ManifestJson(msgspec.Struct, rename="camel"):
    schema_version: int
    media_type: _Text | None = None
    artifact_type: _Text | None = None
    config: _DescriptorJson | None = None
    layers: _Entries | None = None
    manifests: _Entries | None = None
    subject: _DescriptorJson | None = None
    annotations: dict[str, str] | None = None


_DECODER = msgspec.json.Decoder(_ManifestJson)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest or an index says.

    Attributes:
        kind: An index lists manifests; anything else is an image, be it an artifact.
        subject: The manifest this one is about; named, not needed.
    """

    kind: Literal["image", "index"]
    media_type: str
    artifact_type: str | None = None
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def references(self) -> tuple[Descriptor, ...]:
        """All contents it needs, in its order; see `Descriptor.is_foreign`."""
        config = () if self.config is None else (self.config,)
        return config + self.layers + self.children


def parse_manifest(body: bytes, *, media_type: str | None = None) -> Manifest:
    """Read a manifest or an index, of OCI or of Docker's schema 2.

    A document that could be taken for two things is refused, since two clients would
    then see two images behind one digest (CVE-2021-41190).

    Args:
        body: The bytes; whether they match their digest is the caller's affair.
        media_type: The `Content-Type` they came with; a vague one is ignored.

    Raises:
        ManifestSyntaxError: It is neither, or larger or deeper than any honest one.
    """
    if len(body) > MAX_MANIFEST_BYTES:
        raise ManifestSyntaxError(
            f"a manifest of {len(body)} bytes; {MAX_MANIFEST_BYTES} are the limit"
        )
    try:
        document = _DECODER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
        raise ManifestSyntaxError(
            f"not a manifest: {redact.show_input(str(exc))}"
        ) from exc
    found = _choose_media_type(document, mediatypes.essence(media_type or ""))
    if mediatypes.is_index(found):
        return _build_index(document, found)
    return _build_image(document, found)


def _choose_media_type(document: _ManifestJson, given: str) -> str:
    if document.schema_version == 1 or given in mediatypes.SCHEMA1:
        raise ManifestSyntaxError(
            "Docker's schema 1 is not supported; push the image anew, or copy it "
            "with a tool that converts it"
        )
    if document.schema_version != _SCHEMA_VERSION:
        raise ManifestSyntaxError(f"schema {document.schema_version} is not known")
    known = mediatypes.INDEXES + mediatypes.MANIFESTS
    own = document.media_type or ""
    if own and own not in known:
        raise ManifestSyntaxError(
            f"neither manifest nor index, but {redact.show_input(own)}"
        )
    if own and given in known and own != given:
        raise ManifestSyntaxError(f"sent as {given}, but says of itself {own}")
    if own or given in known:
        return own or given
    has_children = document.manifests is not None
    return mediatypes.OCI_INDEX if has_children else mediatypes.OCI_MANIFEST


def _build_index(document: _ManifestJson, media_type: str) -> Manifest:
    if document.config or document.layers:
        raise ManifestSyntaxError("an index that is a manifest as well")
    return Manifest(
        kind="index",
        media_type=media_type,
        artifact_type=_check_type(document.artifact_type),
        children=_build_all(document.manifests),
        subject=_build_optional(document.subject),
        annotations=document.annotations or {},
    )


def _build_image(document: _ManifestJson, media_type: str) -> Manifest:
    if document.manifests:
        raise ManifestSyntaxError("a manifest that is an index as well")
    if document.config is None:
        raise ManifestSyntaxError("a manifest without a config")
    return Manifest(
        kind="image",
        media_type=media_type,
        artifact_type=_check_type(document.artifact_type),
        config=_build(document.config),
        layers=_build_all(document.layers),
        subject=_build_optional(document.subject),
        annotations=document.annotations or {},
    )


def _build_all(entries: Sequence[_DescriptorJson] | None) -> tuple[Descriptor, ...]:
    return tuple(map(_build, entries or ()))


def _build_optional(entry: _DescriptorJson | None) -> Descriptor | None:
    return None if entry is None else _build(entry)


def _build(entry: _DescriptorJson) -> Descriptor:
    try:
        digest = Digest.parse(entry.digest)
    except InputError as exc:
        raise ManifestSyntaxError(f"a manifest with {exc}") from exc
    return Descriptor(
        media_type=_check_type(entry.media_type) or "",
        digest=digest,
        size=entry.size,
        platform=_build_platform(entry.platform),
        artifact_type=_check_type(entry.artifact_type),
        annotations=entry.annotations or {},
        urls=tuple(entry.urls or ()),
    )


def _build_platform(entry: _PlatformJson | None) -> Platform | None:
    if entry is None:
        return None
    return Platform(entry.os, entry.architecture, entry.variant or "")


def _check_type(text: str | None) -> str | None:
    if text and not _MEDIA_TYPE.fullmatch(text):
        raise ManifestSyntaxError(
            f"a manifest with a media type that is none: {redact.show_input(text)}"
        )
    return text or None

"""What a scripted upstream has: repositories with contents, tags and referrers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from seawall.errors import DigestSyntaxError, ManifestSyntaxError
from seawall.oci import mediatypes
from seawall.oci.digest import Digest
from seawall.oci.manifest import Manifest, parse_manifest


class Contents(Protocol):
    """What can be put into a repository."""

    @property
    def contents(self) -> Mapping[Digest, bytes]:
        """Every content by digest."""

    @property
    def media_types(self) -> Mapping[Digest, str]:
        """The type of each."""

    @property
    def tags(self) -> Mapping[str, Digest]:
        """What the tags mean."""


@dataclass
class Repository:
    """One repository: any content may be fetched by digest, manifests by tag too."""

    contents: dict[Digest, bytes] = field(default_factory=dict)
    media_types: dict[Digest, str] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)

    def put(self, contents: Contents) -> None:
        """Add contents; their tags move."""
        self.contents.update(contents.contents)
        self.media_types.update(contents.media_types)
        self.tags.update(contents.tags)

    def find_content(self, reference: str) -> Digest | None:
        """Find what a tag or the text of a digest means here."""
        digest = self.tags.get(reference)
        if digest is None:
            try:
                digest = Digest.parse(reference)
            except DigestSyntaxError:
                return None
        return digest if digest in self.contents else None

    def is_manifest(self, digest: Digest) -> bool:
        """Whether this content is a manifest or an index."""
        known = mediatypes.INDEXES + mediatypes.MANIFESTS
        return self.media_types.get(digest, "") in known

    def choose_manifest(self, digest: Digest, accept: str) -> Digest | None:
        """Choose what a client of this `Accept` gets, as the distribution does.

        A client that knows no indexes gets Docker's amd64 child, or nothing.
        """
        kind = mediatypes.kind_of_accept([accept] if accept else [])
        media_type = self.media_types.get(digest, "")
        if kind is mediatypes.Kind.INDEX or not mediatypes.is_index(media_type):
            return digest
        if media_type != mediatypes.DOCKER_INDEX:
            return None
        for child in parse_manifest(self.contents[digest]).children:
            if child.platform and child.platform.architecture == "amd64":
                return child.digest
        return None

    def list_referrers(self, subject: str, artifact_type: str | None) -> bytes:
        """Write the index of all manifests about this one."""
        entries = []
        for digest, body in self.contents.items():
            manifest = self._parse(digest, body)
            about = manifest.subject if manifest else None
            if manifest is None or about is None or str(about.digest) != subject:
                continue
            kind = manifest.artifact_type
            if kind is None and manifest.config is not None:
                kind = manifest.config.media_type
            if artifact_type in (None, kind):
                entry = {"digest": str(digest), "size": len(body)}
                entry |= {"mediaType": manifest.media_type, "artifactType": kind}
                entries.append(entry | {"annotations": dict(manifest.annotations)})
        index = {"schemaVersion": 2, "mediaType": mediatypes.OCI_INDEX}
        return msgspec.json.encode(index | {"manifests": entries})

    def _parse(self, digest: Digest, body: bytes) -> Manifest | None:
        if not self.is_manifest(digest):
            return None
        try:
            return parse_manifest(body)
        except ManifestSyntaxError:
            return None  # a drill may hold broken manifests

"""Whether an image is held whole, so that whoever gets its manifest gets the rest."""

from seawall.errors import InputError
from seawall.oci.digest import Digest
from seawall.oci.manifest import parse_manifest
from seawall.supply.images.manifests import KeptManifest, Manifests
from seawall.supply.pullthrough import PullThrough


async def is_whole(
    kept: KeptManifest, manifests: Manifests, contents: PullThrough
) -> bool:
    """Look whether an image's contents are stored; of an index, those of any image.

    Which image of an index its reader is after is not known: the one that is held, most
    likely, since others pulled it before.
    """
    try:
        parsed = parse_manifest(kept.body, media_type=kept.media_type)
    except InputError:
        return False
    if parsed.kind == "image":
        needed = [one.digest for one in parsed.references]
        return all([await _is_stored(digest, contents) for digest in needed])
    for child in parsed.children:
        image = await manifests.find(child.digest)
        if image is not None and await is_whole(image, manifests, contents):
            return True
    return False


async def _is_stored(digest: Digest, contents: PullThrough) -> bool:
    return await contents.find_stored(digest) is not None

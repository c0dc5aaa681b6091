"""The honest answers of a scripted upstream: manifests, blobs, tags, referrers."""

import re
from collections.abc import Mapping

from seawall.drill.exchange import (
    Answer,
    Request,
    answer_error,
    answer_json,
    cut_range,
)
from seawall.drill.stock import Repository
from seawall.oci import mediatypes
from seawall.oci.digest import Digest

_ROUTE = re.compile(
    r"/v2/(?P<name>.+?)/(?P<kind>manifests|blobs|tags|referrers)/(?P<tail>[^/]+)"
)
_API = {"Docker-Distribution-Api-Version": "registry/2.0"}


def match_route(path: str) -> tuple[str, str, str] | None:
    """Split a path into repository, kind and tail; None for the ping and others."""
    found = _ROUTE.fullmatch(path)
    return (found["name"], found["kind"], found["tail"]) if found else None


def answer_ping() -> Answer:
    """Say that this is a registry."""
    return answer_json({}, headers=_API)


def answer_route(
    request: Request, stock: Mapping[str, Repository], *, referrers_api: bool
) -> Answer:
    """Answer one request of the distribution spec's reading part."""
    if request.method not in ("GET", "HEAD"):
        return answer_error(405, "UNSUPPORTED", "this upstream is read only", _API)
    name, kind, tail = match_route(request.path) or ("", "", "")
    repository = stock.get(name)
    if repository is None:
        return _unknown("NAME_UNKNOWN", f"repository {name} not known")
    if kind == "manifests":
        return _answer_manifest(request, repository, tail, fallback=not referrers_api)
    if kind == "tags":
        return _answer_tags(request, repository, name)
    if kind == "referrers":
        return _answer_referrers(request, repository, tail, api=referrers_api)
    return answer_blob(request, repository, tail)


def answer_blob(request: Request, repository: Repository, tail: str) -> Answer:
    """Answer with a blob or the range asked for."""
    digest = repository.find_content(tail)
    if digest is None:
        return _unknown("BLOB_UNKNOWN", "blob unknown to registry")
    body = repository.contents[digest]
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": str(digest),
        "Accept-Ranges": "bytes",
        "ETag": f'"{digest}"',
        **_API,
    }
    return cut_range(request, Answer(200, headers, body))


def _answer_manifest(
    request: Request, repository: Repository, reference: str, *, fallback: bool
) -> Answer:
    digest = repository.find_content(reference)
    if (
        digest is None
        and fallback
        and re.fullmatch("sha(256|512)-[0-9a-f]+", reference)
    ):
        index = repository.list_referrers(reference.replace("-", ":", 1), None)
        return _manifest(index, mediatypes.OCI_INDEX, Digest.of(index))
    if digest is not None and repository.is_manifest(digest):
        digest = repository.choose_manifest(digest, request.headers.get("accept", ""))
    if digest is None:
        return _unknown("MANIFEST_UNKNOWN", f"manifest {reference} unknown")
    body = repository.contents[digest]
    return _manifest(body, repository.media_types[digest], digest)


def _manifest(body: bytes, media_type: str, digest: Digest) -> Answer:
    headers = {"Content-Type": media_type, "Docker-Content-Digest": str(digest)}
    return Answer(200, headers | {"ETag": f'"{digest}"'} | _API, body)


def _answer_tags(request: Request, repository: Repository, name: str) -> Answer:
    tags = sorted(repository.tags)
    last = request.query.get("last", "")
    tags = [tag for tag in tags if tag > last] if last else tags
    limit = int(request.query.get("n", "1000"))
    page, headers = tags[:limit], dict(_API)
    if len(page) < len(tags) and page:
        target = f"/v2/{name}/tags/list?n={limit}&last={page[-1]}"
        headers["Link"] = f'<{target}>; rel="next"'
    return answer_json({"name": name, "tags": page}, headers=headers)


def _answer_referrers(
    request: Request, repository: Repository, tail: str, *, api: bool
) -> Answer:
    if not api:
        return Answer(404, {"Content-Type": "text/plain"}, b"404 page not found\n")
    wanted = request.query.get("artifactType")
    headers = {"Content-Type": mediatypes.OCI_INDEX, **_API}
    if wanted is not None:
        headers["OCI-Filters-Applied"] = "artifactType"
    return Answer(200, headers, repository.list_referrers(tail, wanted))


def _unknown(code: str, message: str) -> Answer:
    return answer_error(404, code, message, _API)

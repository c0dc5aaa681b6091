"""Requests of the distribution API, read without being believed."""

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import (
    DigestSyntaxError,
    InputError,
    ReferenceSyntaxError,
    UnknownRegistryError,
)
from seawall.oci.digest import Digest
from seawall.oci.reference import COMPONENT, TAG
from seawall.oci.routes import (
    BlobRoute,
    CatalogRoute,
    ManifestRoute,
    NamePath,
    Ping,
    ReferrersRoute,
    Route,
    TagsRoute,
    UploadRoute,
    parse_route,
    place_name,
)

DIGEST = Digest.of(b"")
LONG = Digest.of(b"", "sha512")
HUB = NamePath("docker.io/library/busybox")
KNOWN = {"docker.io", "quay.io", "localhost", "a.example:5000"}

components = st.from_regex(COMPONENT, fullmatch=True).filter(lambda c: len(c) < 60)
words = st.sampled_from(["manifests", "blobs", "tags", "list", "uploads", "referrers"])
paths = st.lists(components | words, min_size=1, max_size=4).map("/".join)
tags = st.from_regex(TAG, fullmatch=True)


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/v2/", "", Ping()),
        ("/v2", "", Ping()),
        ("/v2/_catalog", "n=5", CatalogRoute()),
        (f"/v2/{HUB.path}/manifests/1.37", "", ManifestRoute(HUB, "1.37")),
        (f"/v2/{HUB.path}/manifests/{DIGEST}", "", ManifestRoute(HUB, DIGEST)),
        (f"/v2/{HUB.path}/manifests/%31%2e37", "", ManifestRoute(HUB, "1.37")),
        (f"/v2/{HUB.path}/blobs/{LONG}", "", BlobRoute(HUB, LONG)),
        (f"/v2/{HUB.path}/tags/list", "", TagsRoute(HUB)),
        (f"/v2/{HUB.path}/tags/list", "n=9&last=1%2B", TagsRoute(HUB, 9, "1+")),
        (f"/v2/{HUB.path}/tags/list", "n=&last=", TagsRoute(HUB)),
        (f"/v2/{HUB.path}/referrers/{DIGEST}", "", ReferrersRoute(HUB, DIGEST)),
        (
            f"/v2/{HUB.path}/referrers/{DIGEST}",
            "artifactType=a%2Fb",
            ReferrersRoute(HUB, DIGEST, "a/b"),
        ),
        (f"/v2/{HUB.path}/blobs/uploads/", "", UploadRoute(HUB)),
        (f"/v2/{HUB.path}/blobs/uploads", "mount=x&from=y", UploadRoute(HUB)),
        (f"/v2/{HUB.path}/blobs/uploads/3f-_=~A", "", UploadRoute(HUB)),
        ("/v2/a:5000/b/manifests/1", "", ManifestRoute(NamePath("a:5000/b"), "1")),
        (
            "/v2/x/manifests/1",
            "ns=docker.io",
            ManifestRoute(NamePath("x", "docker.io"), "1"),
        ),
        ("/v2/x/manifests/1", "ns=", ManifestRoute(NamePath("x"), "1")),
        ("/v2/x/tags/list", "ns=a.b%3A80", TagsRoute(NamePath("x", "a.b:80"))),
    ],
)
def test_requests_are_read(path: str, query: str, expected: Route) -> None:
    """Each request of the API has one meaning."""
    assert expected == parse_route("GET", path, query)


def test_needless_encoding_changes_nothing() -> None:
    """An encoded letter is that letter, in a digest too."""
    encoded = f"/v2/%62usybox/blobs/{DIGEST}"

    assert BlobRoute(NamePath("busybox"), DIGEST) == parse_route("GET", encoded)


@given(paths, tags)
def test_names_may_look_like_endpoints(path: str, tag: str) -> None:
    """A repository may be called after an endpoint; the last endpoint counts."""
    name = NamePath(path)

    assert ManifestRoute(name, tag) == parse_route("GET", f"/v2/{path}/manifests/{tag}")
    assert BlobRoute(name, DIGEST) == parse_route("GET", f"/v2/{path}/blobs/{DIGEST}")
    assert TagsRoute(name) == parse_route("GET", f"/v2/{path}/tags/list")
    assert UploadRoute(name) == parse_route("POST", f"/v2/{path}/blobs/uploads/")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1/x",
        "/v2/x",
        "/v2//manifests/1",
        "/v2/x/manifests/",
        "/v2/x/manifests",
        "/v2/x//manifests/1",
        "/v2/../x/manifests/1",
        "/v2/./x/manifests/1",
        "/v2/x/manifests/..",
        "/v2/x/blobs/uploads/..",
        "/v2/x/%2e%2e/manifests/1",
        "/v2/x%2fy/manifests/1",
        "/v2/x%2Fmanifests/1",
        "/v2/x/manifests/1%00",
        "/v2/x/manifests/1\0",
        "/v2/x/manifests/1\n",
        "/v2/x/manifests/%",
        "/v2/x/manifests/%3",
        "/v2/x/manifests/a b",
        "/v2/x/manifests/é",
        "/v2/x/manifests/%c3%a9",
        "/v2/X/manifests/1",
        "/v2/x:80/manifests/1/2",
        "/v2/x/y:80/z/manifests/1",
        "/v2/x/manifests/-1",
        "/v2/x/manifests/" + "1" * 129,
        "/v2/x/tags/other",
        "/v2/x/blobs/uploads/a/b",
        "/v2/x\\y/manifests/1",
        "/v2/" + "x" * 900 + "/manifests/1",
        f"/v2/x/manifests/{DIGEST}/",
        "http://x/v2/",
    ],
)
def test_paths_that_are_none_are_refused(path: str) -> None:
    """What could be read in two ways, or in none, is refused."""
    with pytest.raises(ReferenceSyntaxError):
        parse_route("GET", path)


@pytest.mark.parametrize("kind", ["manifests", "blobs", "referrers"])
@pytest.mark.parametrize("text", ["sha256:00", "md5:" + "0" * 32, "sha256:" + "g" * 64])
def test_digests_that_are_none_are_told_apart(kind: str, text: str) -> None:
    """A broken digest is refused as a digest, not as a path."""
    with pytest.raises(DigestSyntaxError):
        parse_route("GET", f"/v2/x/{kind}/{text}")


@pytest.mark.parametrize(
    "query",
    [
        "ns=a&ns=b",
        "ns=%ff",
        "ns=%00",
        "ns=é",
        "ns=" + "a" * 3000,
        "last=" + "a" * 1025,
        "n=-1",
        "n=x",
        "n=1.5",
        "n=%D9%A3",
        "n=9999999999",
        "&".join(f"a{i}=1" for i in range(40)),
    ],
)
def test_queries_that_are_none_are_refused(query: str) -> None:
    """A query that is unclear, unprintable or endless is refused."""
    with pytest.raises(ReferenceSyntaxError):
        parse_route("GET", "/v2/x/tags/list", query)


@pytest.mark.parametrize("method", ["", "get", "TRACE", "CONNECT", "G\nET"])
def test_other_methods_are_refused(method: str) -> None:
    """The API knows six methods."""
    with pytest.raises(ReferenceSyntaxError):
        parse_route(method, "/v2/")


def test_routes_know_their_methods() -> None:
    """Each route says which methods the API has for it."""
    assert "PUT" in ManifestRoute.methods
    assert "PUT" not in BlobRoute.methods
    assert "POST" in UploadRoute.methods
    assert {"GET", "HEAD"} == Ping.methods == TagsRoute.methods == CatalogRoute.methods


pieces = st.sampled_from(
    ["/", "v2", "/v2/", "x", ".", "..", "%2f", "%", ":", "\0", "é", str(DIGEST)]
)


@given(
    st.text() | st.lists(pieces | words).map("".join),
    st.text() | st.from_regex(r"(n|ns|last)=[0-9a-z%&]*", fullmatch=True),
)
def test_no_request_breaks_the_parser(path: str, query: str) -> None:
    """Hostile requests are refused in one way, and harmless ones stay in the API."""
    for candidate in (path, "/v2/" + path):
        try:
            route = parse_route("GET", candidate, query)
        except InputError:
            continue
        name = getattr(route, "name", NamePath(""))
        assert ".." not in name.path
        assert "%" not in name.path


@pytest.mark.parametrize(
    "filler", ["a", "a-", "a/", "a__", "a/blobs/", "a.", "-", "%41"]
)
def test_no_path_takes_long_to_refuse(filler: str) -> None:
    """Refusing takes time in proportion to the path, whatever it is made of."""
    path = "/v2/" + (filler * 700)[:690] + "!"

    def refuse() -> None:
        with pytest.raises(InputError):
            parse_route("GET", path)

    assert min(timeit.repeat(refuse, number=1, repeat=5)) < 0.02


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (NamePath("docker.io/library/busybox"), "docker.io/library/busybox"),
        (NamePath("docker.io/busybox"), "docker.io/library/busybox"),
        (NamePath("registry-1.docker.io/a/b"), "docker.io/a/b"),
        (NamePath("quay.io/a"), "quay.io/a"),
        (NamePath("localhost/a"), "localhost/a"),
        (NamePath("a.example:5000/b"), "a.example:5000/b"),
        (NamePath("busybox"), "docker.io/library/busybox"),
        (NamePath("bitnami/redis"), "docker.io/bitnami/redis"),
        (NamePath("busybox", "docker.io"), "docker.io/library/busybox"),
        (NamePath("library/x", "registry-1.docker.io"), "docker.io/library/x"),
        (NamePath("library/x", "index.docker.io"), "docker.io/library/x"),
        (NamePath("quay.io/a/b", "quay.io"), "quay.io/a/b"),
        (NamePath("index.docker.io/a/b", "docker.io"), "docker.io/a/b"),
        (NamePath("a.b/c", "quay.io"), "quay.io/a.b/c"),
        (NamePath("a", "a.example:5000"), "a.example:5000/a"),
    ],
)
def test_names_find_their_registry(name: NamePath, expected: str) -> None:
    """The registry is the one in `ns`, else in the path, else the default."""
    assert expected == str(place_name(name, known=KNOWN, default="docker.io"))


@pytest.mark.parametrize(
    "name",
    [
        NamePath("evil.example/a"),
        NamePath("a", "evil.example"),
        NamePath("quay.io/a", "evil.example"),
        NamePath("a", "169.254.169.254"),
        NamePath("a", "docker.io/x"),
        NamePath("a:5000/b"),
    ],
)
def test_unknown_registries_are_refused(name: NamePath) -> None:
    """A registry that the settings do not know is never a place."""
    with pytest.raises(UnknownRegistryError):
        place_name(name, known=KNOWN, default="docker.io")


def test_without_a_default_a_registry_is_needed() -> None:
    """A bare name means nothing where no registry is the default."""
    with pytest.raises(UnknownRegistryError):
        place_name(NamePath("busybox"), known=KNOWN, default=None)


@pytest.mark.parametrize("name", [NamePath("quay.io"), NamePath("quay.io", "quay.io")])
def test_a_registry_alone_is_no_repository(name: NamePath) -> None:
    """What is left after the registry must name something."""
    with pytest.raises(ReferenceSyntaxError):
        place_name(name, known=KNOWN, default="docker.io")

"""Rendered configurations say what the map says, and no rule finds fault with them."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.policy.casebook import gather

from seawall.errors import InputError
from seawall.oci.reference import parse_reference
from seawall.policy.checking import judging
from seawall.policy.facts.troubles import Trouble
from seawall.policy.mirrors import find_mirror, make_routes
from seawall.policy.options import Mirror, PolicyOptions, Profile
from seawall.policy.rendering.advising import Heard, Learnt
from seawall.policy.rendering.joining import compare
from seawall.policy.rendering.rendered import Ask, Rendered
from seawall.policy.rendering.roll import CLIENTS, find_file
from seawall.policy.rulebook import list_rules

RULES = [entry for entry in list_rules() if entry.rule.family == "CFG"]
VERSIONS = (
    "",
    "28.5.2",
    "1.6.0",
    "1.7.28",
    "2.0.4",
    "2.1.0",
    "2.2.1",
    "1.29.0",
    "1.33.0",
)
SOURCES = (
    "docker.io",
    "docker.io/alpine",
    "docker.io/team",
    "quay.io",
    "registry.example:5000",
)
HOSTS = (
    "mirror.example",
    "b.example:5000",
    "mirror.gcr.io",
    "quay.io",
    "x.example/hub",
)
MIRRORS = st.lists(
    st.builds(
        Mirror,
        source=st.sampled_from(SOURCES),
        target=st.builds(
            lambda host, path: f"{host}{path}",
            st.sampled_from(HOSTS),
            st.sampled_from(("", "/p", "/a/b")),
        ),
        secret=st.sampled_from(("", "pull")),
        plain=st.booleans(),
        ca=st.sampled_from(("", "/etc/ssl/ca.crt")),
        digests=st.booleans(),
    ).filter(lambda mirror: not f"{mirror.target}/".startswith(f"{mirror.source}/")),
    min_size=1,
    max_size=5,
)
TWO = (
    Mirror("docker.io", "mirror.example/hub", ca="/ca.crt"),
    Mirror("docker.io", "mirror.gcr.io"),
)


def _ask(*mirrors: Mirror, **more: Any) -> Ask:
    return Ask(make_routes(mirrors), **more)


def _tree(rendered: Rendered, name: str) -> dict[str, Any]:
    (text,) = [file.text for file in rendered.files if file.path.endswith(name)]
    return json.loads(text) if name.endswith("json") else tomllib.loads(text)


@pytest.mark.parametrize("client", CLIENTS)
@settings(deadline=None)
@given(
    mirrors=MIRRORS,
    version=st.sampled_from(VERSIONS),
    closed=st.booleans(),
    silence_s=st.floats(min_value=0, max_value=1e6),
)
def test_rules_find_no_fault(
    client: str,
    mirrors: list[Mirror],
    version: str,
    closed: bool,  # noqa: FBT001
    silence_s: float,
) -> None:
    """What is rendered of any map can be read, and the rules are silent on it."""
    learnt = Learnt(60.0, (Heard("docker.io", "learnt", silence_s, waits=99),))
    ask = _ask(*mirrors, version=version, closed=closed, learnt=learnt)
    rendered = CLIENTS[client](ask)
    files = {file.path: file.text.encode() for file in rendered.files}
    profile = Profile.AIRGAP if closed else Profile.AVAILABILITY
    repository = gather(files, PolicyOptions(profile=profile))
    findings, troubles = judging.judge(repository, RULES)

    assert [] == troubles
    assert [] == list(repository.all(Trouble))
    # Whoever names one mirror, and closes the rest, wants it so.
    assert [] == [one.message for one in findings]
    assert all(compare(file, file.text) == [] for file in rendered.files)


def test_containerd_tries_them_in_order_and_upstream_last() -> None:
    """Hosts as in the map, tags where they are trusted, upstream as the server."""
    tree = _tree(CLIENTS["containerd"](_ask(*TWO)), "docker.io/hosts.toml")

    assert "https://registry-1.docker.io" == tree["server"]
    first, second = tree["host"].items()
    assert (
        "https://mirror.example/v2/hub",
        {
            "capabilities": ["pull", "resolve"],
            "override_path": True,
            "ca": "/ca.crt",
            "dial_timeout": "1s",
        },
    ) == first
    assert ["pull"] == second[1]["capabilities"]


@pytest.mark.parametrize(
    ("version", "dials", "refers", "form"),
    [("1.7.28", False, False, 2), ("2.1.0", True, False, 3), ("2.2.0", True, True, 3)],
)
def test_containerd_is_told_what_it_knows(
    version: str,
    dials: bool,  # noqa: FBT001
    refers: bool,  # noqa: FBT001
    form: int,
) -> None:
    """Keys that a version does not know are left out, and that is said."""
    rendered = CLIENTS["containerd"](_ask(*TWO, version=version))
    (host, _) = _tree(rendered, "docker.io/hosts.toml")["host"].values()

    assert dials == ("dial_timeout" in host)
    assert refers == ("referrers" in host["capabilities"])
    assert dials != any("dial_timeout" in said for said in rendered.warnings)
    plugin = _tree(rendered, "10-containerd-mirrors.toml")
    assert form == plugin["version"]
    assert "5m0s" in json.dumps(plugin)
    assert () == CLIENTS["containerd"](_ask(*TWO, version="1.4.0")).files


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("digests", [True, False])
def test_it_is_said_where_nobody_may_say_what_a_tag_means(
    *, closed: bool, digests: bool
) -> None:
    """Without upstream, and with mirrors for digests alone, tags cannot be pulled."""
    mirror = Mirror("quay.io", "mirror.example", digests=digests)
    warnings = " ".join(CLIENTS["containerd"](_ask(mirror, closed=closed)).warnings)

    assert (closed and digests) == ("only digests can be pulled" in warnings)


def test_containerd_leaves_nothing_open_in_a_closed_network() -> None:
    """The last mirror that may say what tags mean takes the place of upstream."""
    tree = _tree(CLIENTS["containerd"](_ask(*TWO, closed=True)), "hosts.toml")

    assert "https://mirror.example/v2/hub" == tree["server"]
    assert ["https://mirror.gcr.io"] == list(tree["host"])


@pytest.mark.parametrize(
    ("version", "hosts"),
    [("", 1), ("1.6.20", 1), ("1.7.29", 1), ("2.0.0", 0), ("2.3.4", 0)],
)
def test_containerd_1_reads_no_file_without_hosts(version: str, hosts: int) -> None:
    """A single mirror is a host as well, or the file is passed over for upstream."""
    ask = _ask(TWO[0], version=version, closed=True)
    tree = _tree(CLIENTS["containerd"](ask), "docker.io/hosts.toml")

    assert "https://mirror.example/v2/hub" == tree["server"]
    assert [tree["server"]] * hosts == list(tree.get("host", ()))


def test_registries_conf_has_places_and_bounds() -> None:
    """Parts of registries, digests alone where nobody is trusted, and CRI-O's wait."""
    mirrors = (*TWO, Mirror("quay.io/team", "b.example:5000", plain=True))
    rendered = CLIENTS["crio"](_ask(*mirrors, closed=True))
    hub, team = _tree(rendered, "010-mirrors.conf")["registry"]

    assert (True, "quay.io/team") == (hub["blocked"], team["prefix"])
    assert "digest-only" == hub["mirror"][1]["pull-from-mirror"]
    assert [{"location": "b.example:5000", "insecure": True}] == team["mirror"]
    wait = _tree(rendered, "10-crio-mirrors.conf")["crio"]["image"]
    assert {"pull_progress_timeout": "3m0s"} == wait
    old = CLIENTS["crio"](_ask(*TWO, version="1.29.1"))
    assert 1 == len(old.files)
    assert any("pull_progress_timeout" in said for said in old.warnings)


def test_docker_is_told_what_it_can_have() -> None:
    """Mirrors of Docker Hub at the root of a host; the rest is said, not written."""
    mirrors = (*TWO, Mirror("quay.io", "b.example"), Mirror("docker.io", "b.example"))
    rendered = CLIENTS["docker"](_ask(*mirrors, closed=True))

    tree = _tree(rendered, "daemon.json")
    assert {"registry-mirrors": ["https://mirror.gcr.io", "https://b.example"]} == tree
    said = "\n".join(rendered.warnings)
    for word in ("have no path", "quay.io is left out", "always goes on"):
        assert word in said


@pytest.mark.parametrize(
    ("version", "hosts"), [("", 0), ("20.10.24", 0), ("27.5.1", 0), ("28.0.0", 2)]
)
def test_docker_28_has_hosts_for_any_registry(version: str, hosts: int) -> None:
    """With paths, and closed where it should be; before, nothing reads such a file."""
    mirrors = (TWO[0], Mirror("quay.io:5000", "b.example/q", "pull"))
    auths = {"b.example": {"auth": "eDp5"}}
    ask = _ask(*mirrors, version=version, auths=auths, closed=True)
    rendered = CLIENTS["docker"](ask)

    assert hosts == len(rendered.files)
    assert (version == "") == any("--for 28" in said for said in rendered.warnings)
    if hosts:
        hub, quay = rendered.files
        assert "etc/docker/certs.d/docker.io/hosts.toml" == hub.path
        assert "etc/docker/certs.d/quay.io_5000_/hosts.toml" == quay.path
        assert (0o644, 0o600) == (hub.mode, quay.mode)
        tree = tomllib.loads(hub.text)
        assert ["https://mirror.example/v2/hub"] == list(tree["host"])
        assert "https://mirror.example/v2/hub" == tree["server"]


def test_buildkit_has_mirrors_and_a_policy() -> None:
    """The policy's parts of registries come before the whole: the first rule counts."""
    mirrors = (*TWO, Mirror("docker.io/team", "b.example/t", plain=True))
    rendered = CLIENTS["buildkit"](_ask(*mirrors))

    tree = _tree(rendered, "buildkitd.toml")["registry"]
    assert ["mirror.example/hub", "mirror.gcr.io"] == tree["docker.io"]["mirrors"]
    rules = _tree(rendered, "source-policy.json")["rules"]
    assert [
        ("docker-image://docker.io/team/*", "docker-image://b.example/t/${1}"),
        ("docker-image://docker.io/*", "docker-image://mirror.example/hub/${1}"),
    ] == [(r["selector"]["identifier"], r["updates"]["identifier"]) for r in rules]


def test_a_secret_is_written_for_its_owner_alone() -> None:
    """Credentials of the mirrors and no others, with mode 0600; none without any."""
    auths = {"mirror.example": {"auth": "eA=="}, "other.example": {"auth": "eQ=="}}
    mirror = Mirror("docker.io", "mirror.example/hub", "pull")
    secret, account = CLIENTS["kubernetes"](_ask(mirror, auths=auths)).files

    assert (0o600, 0o644) == (secret.mode, account.mode)
    assert "eA==" in secret.text
    assert "eQ==" not in secret.text
    assert '- name: "pull"' in account.text
    (alone,) = CLIENTS["kubernetes"](_ask(mirror)).files
    assert account == alone
    assert () == CLIENTS["kubernetes"](_ask(*TWO)).files


@pytest.mark.parametrize(
    ("auths", "said"),
    [
        ({"mirror.example": {"auth": "eDp5"}}, "Basic eDp5"),
        ({"mirror.example": {"username": "x", "password": "y"}}, "Basic eDp5"),
        (
            {"mirror.example/hub": {"auth": "a"}, "mirror.example": {"auth": "b"}},
            "Basic a",
        ),
        ({"mirror.example": {"identitytoken": "t"}}, None),
        ({"other.example": {"auth": "eDp5"}}, None),
    ],
)
def test_containerd_has_a_header_for_a_mirrors_credential(
    auths: dict[str, Any], said: str | None
) -> None:
    """It is that mirror's, nobody else reads the file, and what is missing is told."""
    mirrors = (Mirror("docker.io", "mirror.example/hub", "pull"), TWO[1])
    ask = _ask(*mirrors, auths=auths, version="2.1.0")
    rendered = CLIENTS["containerd"](ask)
    hosts = _tree(rendered, "hosts.toml")["host"].values()

    assert [said, None] == [one.get("header", {}).get("Authorization") for one in hosts]
    assert (0o600 if said else 0o644) == rendered.files[0].mode
    assert 0o644 == rendered.files[1].mode
    assert (said is None) == any("--auths" in one for one in rendered.warnings)
    old = CLIENTS["containerd"](_ask(*mirrors, auths=auths, version="1.7.28"))
    assert (said is not None) == any("server of tokens" in one for one in old.warnings)


def test_docker_is_told_twice_of_a_mirror_without_tls() -> None:
    """`docker build` of 20.10 knows it only as an insecure registry with its scheme."""
    plain = Mirror("docker.io", "b.example:5000", plain=True)
    tree = _tree(CLIENTS["docker"](_ask(plain, TWO[1])), "daemon.json")

    assert ["http://b.example:5000"] == tree["insecure-registries"]
    assert ["http://b.example:5000", "https://mirror.gcr.io"] == tree[
        "registry-mirrors"
    ]


def test_a_comparison_tells_meaning_from_spelling() -> None:
    """Comments and order of keys are nothing, the order of hosts is something."""
    rendered = CLIENTS["containerd"](_ask(*TWO))
    wanted = find_file(rendered, "/etc/containerd/certs.d/docker.io/hosts.toml")
    assert wanted is not None
    tree = tomllib.loads(wanted.text)
    lines = wanted.text.replace('server = "https://registry-1.docker.io"\n', "")

    assert [] == compare(wanted, 'server="https://registry-1.docker.io"\n' + lines)
    assert [] != compare(wanted, lines)
    assert [] != compare(wanted, "no toml [")
    docker = CLIENTS["docker"](_ask(*TWO)).files[0]
    more = {**json.loads(docker.text), "debug": True}
    assert [] == compare(docker, json.dumps(more))
    assert [] != compare(docker, "{}")
    assert {"server", "host"} == set(tree)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("docker.io", "https://mirror.example"),
        ("docker.io", "mirror.example/v2/hub"),
        ("docker.io", "Mirror/Hub"),
        ("docker.io", "docker.io"),
        ("quay.io", "quay.io/mirrors"),
        ("http://docker.io", "mirror.example"),
    ],
)
def test_a_map_names_places(source: str, target: str) -> None:
    """What is no place that images can be named by is refused before it is rendered."""
    with pytest.raises(InputError, match="mirrors"):
        make_routes([Mirror(source, target)])


def test_the_first_of_several_takes_a_place() -> None:
    """A fix can write one name: that of the mirror that is tried first."""
    found = find_mirror(TWO, parse_reference("busybox").repository)

    assert TWO[0] == found

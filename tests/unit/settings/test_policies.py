"""What settings say of checks, and how little a repository can take back."""

from datetime import date
from pathlib import Path

import pytest

from seawall.errors import SettingsError
from seawall.oci.reference import parse_reference
from seawall.policy.finding import Context
from seawall.policy.mirrors import find_mirror, make_routes
from seawall.policy.options import (
    ContextPattern,
    Mirror,
    PolicyException,
    PolicyOptions,
    Profile,
    Switch,
)
from seawall.settings.loading import read_settings
from seawall.settings.policies import read_policy
from seawall.settings.printing import print_settings

FULL = """
version = 1
[policy]
profile = "strict"
severities = { IMG003 = "error", CFG = "off" }
contexts = { "deploy/dev" = "test" }
exclude = ["**/vendor"]
allowed = ["quay.io"]
private = ["quay.io/team/*"]
secrets = ["ns/pull"]
providers = ["*.dkr.ecr.*"]
replacements = { "docker.io/library/x" = "quay.io/y/x" }
[policy.mirrors]
"docker.io" = "mirror.example/hub"
"quay.io" = { target = "mirror.example/quay", secret = "mirror-pull" }
[[policy.exceptions]]
rules = ["IMG002"]
paths = ["old/**"]
reason = "goes next month"
expires = 2027-01-31
"""


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_all_that_can_be_said(tmp_path: Path) -> None:
    """Every key of the file becomes an option, and a plain mirror is its target."""
    options = read_policy(_write(tmp_path / "settings.toml", FULL))

    assert (
        PolicyOptions(
            profile=Profile.STRICT,
            severities={"IMG003": Switch.ERROR, "CFG": Switch.OFF},
            contexts=(ContextPattern("deploy/dev", Context.TEST),),
            exclude=("**/vendor",),
            allowed=("quay.io",),
            mirrors=(
                Mirror("docker.io", "mirror.example/hub"),
                Mirror("quay.io", "mirror.example/quay", "mirror-pull"),
            ),
            private=("quay.io/team/*",),
            secrets=("ns/pull",),
            providers=("*.dkr.ecr.*",),
            replacements={"docker.io/library/x": "quay.io/y/x"},
            exceptions=(
                PolicyException(
                    ("IMG002",),
                    "goes next month",
                    ("old/**",),
                    expires=date(2027, 1, 31),
                ),
            ),
        )
        == options
    )


def test_the_service_lets_it_be(tmp_path: Path) -> None:
    """The same file runs the service, and is printed whole."""
    file = read_settings(_write(tmp_path / "settings.toml", FULL), environment={})
    again = read_policy(_write(tmp_path / "printed.toml", print_settings(file)))

    assert read_policy(tmp_path / "settings.toml") == again


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    """Neither settings nor a repository has to say anything."""
    assert PolicyOptions() == read_policy(None, tmp_path)


def test_a_repository_chooses_for_itself(tmp_path: Path) -> None:
    """What stands at its root counts, where the settings say nothing."""
    _write(tmp_path / "seawall.toml", '[policy]\nprofile = "airgap"\nexclude = ["x"]\n')

    assert Profile.AIRGAP is read_policy(None, tmp_path).profile
    config = _write(tmp_path / "ours.toml", '[policy]\nprofile = "strict"\n')
    options = read_policy(config, tmp_path)
    assert (Profile.STRICT, ("x",)) == (options.profile, options.exclude)


def test_a_repository_takes_nothing_back(tmp_path: Path) -> None:
    """What the settings say of a key, a rule or its family stands."""
    _write(
        tmp_path / "seawall.toml",
        """
        [policy]
        severities = { PUL002 = "off", IMG = "off", BLD003 = "note", REG001 = "off" }
        contexts = { "**" = "example" }
        allowed = ["evil.example"]
        [[policy.exceptions]]
        rules = ["IMG"]
        reason = "no"
        [[policy.exceptions]]
        rules = ["*"]
        reason = "no"
        [[policy.exceptions]]
        rules = ["BLD003"]
        reason = "fine"
        """,
    )
    config = _write(
        tmp_path / "ours.toml",
        """
        [policy]
        severities = { PUL002 = "error", IMG003 = "warning", REG = "warning" }
        contexts = { "deploy" = "prod" }
        allowed = ["quay.io"]
        """,
    )
    options = read_policy(config, tmp_path)

    assert {
        "PUL002": Switch.ERROR,
        "IMG003": Switch.WARNING,
        "REG": Switch.WARNING,
        "BLD003": Switch.NOTE,
    } == options.severities
    assert ["deploy", "**"] == [one.pattern for one in options.contexts]
    assert ("quay.io",) == options.allowed
    assert [("BLD003",)] == [one.rules for one in options.exceptions]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("policy = 1", "policy is not a table"),
        (
            "[policy]\nprofil = 'strict'",
            "unknown key 'profil'; did you mean 'profile'?",
        ),
        ("[polcy]\nprofile = 'strict'", "unknown key 'polcy'; did you mean 'policy'?"),
        ("profile = 'strict'", "'profile'"),
        (
            "[policy.mirrors]\n'a.b' = {target = 'b', plian = true}",
            "did you mean 'plain'?",
        ),
        ("[policy.mirrors]\n'a.b' = 'https://b'", "'https://b' has a scheme"),
        (
            "[policy.mirrors]\ndocker.io = 'mirror.example'",
            """a name with dots is quoted, such as "docker.io\"""",
        ),
        (
            "[policy.mirrors]\n'docker.io' = 7",
            "mirrors.'docker.io': expected a target, a table, or a list of them, got 7",
        ),
        (
            "[policy.mirrors]\ndockerio = 'mirror.example'",
            "'dockerio' is no registry: its name has a dot or a port",
        ),
        (
            "[policy]\nprofile = 'lax'",
            "profile = 'lax': expected one of",
        ),
        ("[policy]\nseverities = {IMG002 = 'bad'}", "severities.IMG002 = 'bad'"),
        ("[policy]\nseverities = {img = 'off'}", "'img' is no rule or family"),
        ("[policy]\ncontexts = {x = 'home'}", "expected one of 'prod'"),
        (
            "[[policy.exceptions]]\nrules = ['IMG002']",
            "required field `reason`",
        ),
        ("[policy", "is not TOML"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, says: str) -> None:
    """In the settings and in a repository alike, with the file and the key."""
    path = _write(tmp_path / "seawall.toml", text)
    for files in ((path, None), (None, tmp_path)):
        with pytest.raises(SettingsError) as caught:
            read_policy(*files)

        assert says in str(caught.value)
        assert "seawall.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "image"),
    [
        ("docker.io/", "busybox"),
        ("index.docker.io", "busybox"),
        ("docker.io/alpine", "alpine:3"),
        ("docker.io/library/alpine", "alpine"),
        ("quay.io/team/", "quay.io/team/app"),
    ],
)
def test_a_mirror_is_found_however_its_source_is_written(
    tmp_path: Path, source: str, image: str
) -> None:
    """Rules and fixes know it, and it is the same place that clients are told."""
    text = f'[policy.mirrors]\n"{source}" = "mirror.example/x/"\n'
    mirrors = read_policy(_write(tmp_path / "settings.toml", text)).mirrors
    found = find_mirror(mirrors, parse_reference(image).repository)

    assert found is not None
    assert "mirror.example/x" == found.target
    assert [found.source] == [route.source for route in make_routes(mirrors)]

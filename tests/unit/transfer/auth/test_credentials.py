"""Credentials are found where the settings say, and never shown."""

import base64
import json
from pathlib import Path

import pytest

from seawall.errors import SettingsError
from seawall.testing.clock import FakeClock
from seawall.transfer.auth.credentials import (
    Credential,
    CredentialOptions,
    Credentials,
    config_path,
    from_settings,
    read_docker_config,
    run_helper,
)

SECRET = "correct-horse-battery"
DOCKER = CredentialOptions(from_="docker-config")
LOGIN = {"auth": base64.b64encode(f"ann:{SECRET}".encode()).decode()}


def write_config(folder: Path, **content: object) -> Path:
    """Write a Docker config."""
    path = folder / "config.json"
    path.write_text(json.dumps(content))
    return path


def write_helper(folder: Path, name: str, script: str) -> None:
    """Write a credential helper."""
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_credential_hides_its_secrets() -> None:
    """Neither text nor repr of a credential has a secret in it."""
    credential = Credential("ann", SECRET, "identity-" + SECRET)

    assert SECRET not in f"{credential} {credential!r}"
    assert SECRET not in credential.key


def test_different_credentials_have_different_keys() -> None:
    """Keys tell any two credentials apart, also where a border moved."""
    keys = {Credential(*parts).key for parts in [("a", "bc"), ("ab", "c"), ("", "abc")]}

    assert 3 == len(keys)


def test_settings_name_a_password() -> None:
    """User name and variable make a credential."""
    options = CredentialOptions(username="ann", password_env="PW")

    assert Credential("ann", "x") == from_settings(options, {"PW": "x"})


def test_settings_name_a_token() -> None:
    """A token's variable makes an identity token."""
    options = CredentialOptions(token_env="TOKEN")

    assert Credential(identity_token="x") == from_settings(options, {"TOKEN": "x"})


def test_a_missing_variable_is_an_error() -> None:
    """A variable that is not set is said by name."""
    with pytest.raises(SettingsError, match="PW"):
        from_settings(CredentialOptions(password_env="PW"), {})


@pytest.mark.parametrize(
    "key",
    [
        "https://index.docker.io/v1/",
        "index.docker.io",
        "docker.io",
        "registry-1.docker.io",
    ],
)
def test_docker_hub_has_many_names(tmp_path: Path, key: str) -> None:
    """Docker Hub's login is found under whatever key a tool wrote."""
    path = write_config(tmp_path, auths={key: LOGIN})

    assert Credential("ann", SECRET) == read_docker_config(path, "docker.io")


@pytest.mark.parametrize("key", ["quay.io", "https://quay.io", "https://quay.io/v2/"])
def test_a_login_is_for_its_host(tmp_path: Path, key: str) -> None:
    """A login is found by host, and given to no other host."""
    path = write_config(tmp_path, auths={key: LOGIN})

    assert Credential("ann", SECRET) == read_docker_config(path, "quay.io")
    assert read_docker_config(path, "evil-quay.io") is None
    assert read_docker_config(path, "quay.io.evil.example") is None


def test_an_identity_token_is_preferred(tmp_path: Path) -> None:
    """Where a login has an identity token, that is what is used."""
    path = write_config(tmp_path, auths={"a.io": LOGIN | {"identitytoken": "t"}})

    assert Credential(identity_token="t") == read_docker_config(path, "a.io")


def test_no_config_is_no_credential(tmp_path: Path) -> None:
    """Without a file everything is anonymous."""
    assert read_docker_config(tmp_path / "none.json", "docker.io") is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"auths": 3}', "[" * 100_000, '{"auths":{"a.io":{"auth":1}}}'],
)
def test_a_broken_config_is_said(tmp_path: Path, text: str) -> None:
    """A file that docker did not write is an error that quotes nothing of it."""
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(SettingsError):
        read_docker_config(path, "a.io")


def test_an_unreadable_login_is_said(tmp_path: Path) -> None:
    """A login that is not base64 is an error without the login in it."""
    path = write_config(tmp_path, auths={"a.io": {"auth": SECRET + "%"}})
    with pytest.raises(SettingsError) as caught:
        read_docker_config(path, "a.io")

    assert SECRET not in str(caught.value)


@pytest.fixture
def helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder where helpers are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_helper_is_asked_for_its_host(helpers: Path, tmp_path: Path) -> None:
    """The helper of a host gets its key on standard input and gives the login."""
    answer = json.dumps({"Username": "ann", "Secret": SECRET})
    write_helper(helpers, "box", f"test \"$(cat)\" = a.io && echo '{answer}'")
    path = write_config(tmp_path, credHelpers={"a.io": "box"})

    assert Credential("ann", SECRET) == read_docker_config(path, "a.io")
    assert read_docker_config(path, "b.io") is None


def test_a_store_is_asked_before_the_file(helpers: Path, tmp_path: Path) -> None:
    """The store gives identity tokens; what it does not have is read from the file."""
    answer = json.dumps({"Username": "<token>", "Secret": "t"})
    write_helper(
        helpers,
        "store",
        f"if test \"$(cat)\" = https://index.docker.io/v1/; then echo '{answer}';"
        " else echo credentials not found in native keychain; exit 1; fi",
    )
    path = write_config(tmp_path, credsStore="store", auths={"a.io": LOGIN})

    assert Credential(identity_token="t") == read_docker_config(path, "docker.io")
    assert Credential("ann", SECRET) == read_docker_config(path, "a.io")


@pytest.mark.parametrize(
    "script",
    ["exit 3", f"echo password={SECRET}; exit 1", f"echo {SECRET}", "kill $$"],
    ids=["fails", "fails aloud", "says nonsense", "dies"],
)
def test_a_failing_helper_is_said(helpers: Path, script: str) -> None:
    """A helper that fails is named, and what it printed is not trusted to be shown."""
    write_helper(helpers, "bad", script)
    with pytest.raises(SettingsError, match="docker-credential-bad") as caught:
        run_helper("bad", "a.io")

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", ["../evil", "a b", "", "-x", "x;y"])
def test_a_helper_is_a_plain_name(name: str) -> None:
    """Paths and shell words are no helpers."""
    with pytest.raises(SettingsError):
        run_helper(name, "a.io")


def test_a_missing_helper_is_said(helpers: Path) -> None:
    """A helper that is not installed is named."""
    assert helpers.exists()
    with pytest.raises(SettingsError, match="docker-credential-none"):
        run_helper("none", "a.io")


def test_the_config_is_where_docker_has_it() -> None:
    """DOCKER_CONFIG goes before the home folder."""
    assert Path("/c/config.json") == config_path({"DOCKER_CONFIG": "/c", "HOME": "/h"})
    assert Path("/h/.docker/config.json") == config_path({"HOME": "/h"})


async def test_trouble_makes_anonymous_and_is_kept(tmp_path: Path) -> None:
    """A broken config does not stop public images; the reason is kept for a refusal."""
    (tmp_path / "config.json").write_text("{")
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    credentials = Credentials(DOCKER, clock=FakeClock(), environment=environment)

    assert await credentials.find("a.io") is None
    assert "Docker config" in credentials.problem


async def test_a_login_is_looked_up_once_a_minute(tmp_path: Path) -> None:
    """A renewed login is seen within a minute, without asking each time."""
    clock = FakeClock()
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    credentials = Credentials(DOCKER, clock=clock, environment=environment)
    assert await credentials.find("a.io") is None
    write_config(tmp_path, auths={"a.io": LOGIN})
    assert await credentials.find("a.io") is None
    clock.advance(61)

    assert Credential("ann", SECRET) == await credentials.find("a.io")


async def test_a_mirror_does_not_get_the_settings_password() -> None:
    """The settings' own password is for the origin; a mirror is somebody else."""
    options = CredentialOptions(username="ann", password_env="PW")
    credentials = Credentials(options, clock=FakeClock(), environment={"PW": "x"})

    assert await credentials.find("mirror.example", direct=False) is None
    assert Credential("ann", "x") == await credentials.find("docker.io")


async def test_nothing_is_looked_up_unasked(tmp_path: Path) -> None:
    """Without settings, a login that happens to be there is not used."""
    write_config(tmp_path, auths={"a.io": LOGIN})
    environment = {"DOCKER_CONFIG": str(tmp_path)}
    credentials = Credentials(
        CredentialOptions(), clock=FakeClock(), environment=environment
    )

    assert await credentials.find("a.io") is None

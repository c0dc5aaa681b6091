"""Reading settings: defaults, files, variables, and mistakes that are explained."""

from pathlib import Path

import pytest

from seawall.errors import SettingsError
from seawall.settings.keys import SourceTable
from seawall.settings.known import KNOWN
from seawall.settings.loading import read_settings


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "seawall.toml"
    path.write_text(text)
    return path


def test_without_a_file_the_public_registries_are_known() -> None:
    """No settings at all still know docker.io and its fellows, and one default."""
    file = read_settings(None, environment={})

    assert set(KNOWN) == set(file.registries)
    assert [n for n, t in file.registries.items() if t.default] == ["docker.io"]


def test_a_file_changes_single_keys_of_a_known_registry(tmp_path: Path) -> None:
    """What the file does not say of a known registry stays as built in."""
    path = _write(tmp_path, '[registries."docker.io"]\nfresh_s = 60\n')

    table = read_settings(path, environment={}).registries["docker.io"]

    assert table.fresh_s == 60
    assert table.realms == ("auth.docker.io",)
    assert table.sources == (SourceTable(url="https://registry-1.docker.io"),)


def test_another_default_takes_the_place_of_docker_hub(tmp_path: Path) -> None:
    """Naming a default registry unmarks the built-in one."""
    path = _write(tmp_path, '[registries."quay.io"]\ndefault = true\n')

    file = read_settings(path, environment={})

    assert [n for n, t in file.registries.items() if t.default] == ["quay.io"]


def test_known_registries_can_be_left_out(tmp_path: Path) -> None:
    """An operator can allow nothing but what the file names."""
    text = 'known_registries = false\n[registries."in.example"]\n'

    file = read_settings(_write(tmp_path, text), environment={})

    assert list(file.registries) == ["in.example"]
    assert file.registries["in.example"].sources == (
        SourceTable(url="https://in.example"),
    )


def test_a_plain_string_is_a_source(tmp_path: Path) -> None:
    """Sources may be written as strings beside tables."""
    text = '[registries."a.b"]\nsources = ["https://m", { url = "https://o" }]\n'

    table = read_settings(_write(tmp_path, text), environment={}).registries["a.b"]

    assert [s.url for s in table.sources] == ["https://m", "https://o"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SEAWALL__LISTEN", "127.0.0.1:7", ("listen", "127.0.0.1:7")),
        ("SEAWALL__OFFLINE", "true", ("offline", True)),
        ("SEAWALL__MAX_SIZE", "2GiB", ("max_size", "2GiB")),
        ("SEAWALL__WATCHDOG_S", "3.5", ("watchdog_s", 3.5)),
    ],
)
def test_a_variable_overrides_a_key(
    name: str, value: str, expected: tuple[str, object]
) -> None:
    """Values are read as TOML where they are TOML, else as text."""
    file = read_settings(None, environment={name: value})

    assert expected[1] == getattr(file, expected[0])


def test_a_variable_reaches_into_a_registry() -> None:
    """Dots of a registry's name are underscores in a variable's."""
    name = "SEAWALL__REGISTRIES__DOCKER_IO__PATIENCE__FIXED_S"

    file = read_settings(None, environment={name: "7"})

    assert file.registries["docker.io"].patience.fixed_s == 7


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('lissen = "x"', "unknown key 'lissen'; did you mean 'listen'?"),
        ('[registries."docker.io"]\nfresh = 3', "did you mean 'fresh_s'?"),
        ('[registries."q.io"]\npatience = { floor = 1 }', "did you mean 'floor_s'?"),
        ('[registries."q.io"]\nsources = [{ urll = "x" }]', "did you mean 'url'?"),
        ("[tls]\ncert = 'x'", "unknown key 'cert' in [tls]"),
        ("listen = 3", "Expected `str`, got `int`"),
        ("registries = 3", "Expected `object`"),
        ("[registries]\n'docker.io' = 3", "Expected `object`"),
        ("a = ", "is not TOML"),
        ("a = 1\na = 2", "is not TOML"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, text: str, says: str) -> None:
    """A wrong key gets its likely right one; nothing is ignored in silence."""
    path = _write(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        read_settings(path, environment={})

    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(SettingsError, match=r"cannot read .*nowhere\.toml"):
        read_settings(tmp_path / "nowhere.toml", environment={})


def test_a_file_that_is_no_settings_file_is_not_read_whole(tmp_path: Path) -> None:
    """A megabyte is where settings end."""
    path = _write(tmp_path, "#" * (1 << 20) + "\n")

    with pytest.raises(SettingsError, match="larger than 1 MiB"):
        read_settings(path, environment={})


def test_a_variable_of_an_unknown_key_is_an_error() -> None:
    """A misspelt variable does not go unnoticed."""
    with pytest.raises(SettingsError, match="did you mean 'offline'"):
        read_settings(None, environment={"SEAWALL__OFLINE": "true"})


def test_a_variable_below_a_plain_key_is_an_error() -> None:
    """A key is not a table only because a variable says so."""
    with pytest.raises(SettingsError, match="listen is not a table"):
        read_settings(
            None, environment={"SEAWALL__LISTEN": "a:1", "SEAWALL__LISTEN__HOST": "b"}
        )


@pytest.mark.parametrize("name", ["docker.io", "registry.k8s.io"])
def test_a_name_that_toml_cuts_at_its_dots_is_told(tmp_path: Path, name: str) -> None:
    """It reads well, and is another table: say what to type."""
    path = _write(tmp_path, f"[registries.{name}]\nfresh_s = 60\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(path, environment={})

    assert 'a name with dots is quoted, such as "docker.io"' in str(caught.value)

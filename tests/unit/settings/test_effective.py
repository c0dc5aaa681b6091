"""Options for each package, and settings that make no sense."""

from pathlib import Path

import msgspec
import pytest

from seawall.errors import SettingsError
from seawall.settings.effective import make_settings, parse_address
from seawall.settings.keys import (
    CredentialTable,
    File,
    LimitsTable,
    PatienceTable,
    RegistryTable,
    SourceTable,
    TlsTable,
)
from seawall.settings.loading import read_settings
from seawall.settings.printing import explain_keys, print_settings


def _one(**keys: object) -> File:
    return File(registries={"a.b": RegistryTable(**keys)})  # type: ignore[arg-type]


def test_the_defaults_make_sense() -> None:
    """Without a file Seawall listens on loopback and knows whom bare names mean."""
    settings = make_settings(read_settings(None, environment={}))

    assert str(settings.listen) == "127.0.0.1:5000"
    assert settings.default_registry == "docker.io"
    assert settings.data == Path("seawall-data")
    assert settings.max_bytes is None


def test_sizes_and_times_are_read() -> None:
    """Sizes and durations may be written as people do."""
    file = File(
        max_size="2GiB", registries={"a.b": RegistryTable(stale_max="2d", fresh_s=9)}
    )

    settings = make_settings(file)

    assert settings.max_bytes == 2 * 1024**3
    assert settings.registries["a.b"].freshness.stale_max_s == 2 * 86400
    assert settings.registries["a.b"].freshness.fresh_s == 9


def test_the_last_source_is_named_and_mirrors_keep_their_order() -> None:
    """Sources stay as listed; without any, the registry's own host is one."""
    table = RegistryTable(
        sources=(SourceTable(url="https://m/"), SourceTable(url="http://o"))
    )

    settings = make_settings(File(registries={"a.b": table, "c.d": RegistryTable()}))

    assert [s.url for s in settings.registries["a.b"].sources] == [
        "https://m",
        "http://o",
    ]
    assert [s.url for s in settings.registries["c.d"].sources] == ["https://c.d"]
    assert settings.registries["a.b"].access.realms == ("m", "o")


def test_a_credential_is_noticed() -> None:
    """A registry with a credential is one whose repositories may be private."""
    table = RegistryTable(credentials=(CredentialTable(from_="docker-config"),))

    settings = make_settings(File(registries={"a.b": table, "c.d": RegistryTable()}))

    assert settings.registries["a.b"].has_credentials
    assert not settings.registries["c.d"].has_credentials


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (File(version=2), "reads settings of version 1"),
        (File(listen="0.0.0.0:5000"), 'write trust = "network"'),
        (File(listen="[::]:5000"), 'write trust = "network"'),
        (File(mirror_listen="10.0.0.1:80"), 'write trust = "network"'),
        (File(listen="5000"), "expected HOST:PORT"),
        (File(listen="localhost"), "expected HOST:PORT"),
        (File(listen="localhost:99999"), "expected HOST:PORT"),
        (File(listen="a:1/b"), "expected HOST:PORT"),
        (File(trust="everybody"), "expected 'loopback' or 'network'"),
        (File(log="xml"), "expected 'text' or 'json'"),
        (File(max_size="many"), "max_size"),
        (File(tls=TlsTable(certificate="x")), "certificate and key go together"),
        (File(limits=LimitsTable(connections=0)), "at least 1"),
        (_one(hosted=True), "pulls through only"),
        (_one(stale_max="soon"), "stale_max"),
        (_one(fresh_s=-1.0), "must not be negative"),
        (_one(immutable_tags=("(",)), "is no pattern"),
        (_one(sources=(SourceTable(url="ftp://x"),)), "expected https://host"),
        (_one(sources=(SourceTable(url="x.y"),)), "expected https://host"),
        (_one(sources=(SourceTable(url="https://u:p@x"),)), "credential in its URL"),
        (_one(patience=PatienceTable(floor_s=0)), "seconds between"),
        (_one(patience=PatienceTable(floor_s=9, ceiling_s=3)), "above ceiling_s"),
        (_one(credentials=(CredentialTable(from_="vault"),)), "'docker-config'"),
        (File(registries={"Docker.io": RegistryTable()}), "Docker.io"),
        (File(registries={"plain": RegistryTable()}), "with a dot"),
        (
            File(
                registries={
                    "a.b": RegistryTable(default=True),
                    "c.d": RegistryTable(default=True),
                }
            ),
            "more than one default registry: a.b, c.d",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_no_sense_is_refused(file: File, says: str) -> None:
    """The message says which key, and what was expected."""
    with pytest.raises(SettingsError) as caught:
        make_settings(file)

    assert says in str(caught.value)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [("127.0.0.1:1", True), ("localhost:1", True), ("[::1]:1", True), ("h:1", False)],
)
def test_loopback_is_recognised(text: str, *, loopback: bool) -> None:
    """Only this machine's own addresses count as loopback."""
    address = parse_address(text, key="listen")

    assert loopback == address.is_loopback
    assert text == str(address)


def test_printed_settings_read_back_the_same(tmp_path: Path) -> None:
    """What --print-settings prints is a settings file with the same meaning."""
    environment = {"SEAWALL__REGISTRIES__QUAY_IO__KEEP_DELETED": "true"}
    file = read_settings(None, environment=environment)
    path = tmp_path / "printed.toml"
    path.write_text(print_settings(file))

    again = read_settings(path, environment={})

    assert msgspec.to_builtins(file) == msgspec.to_builtins(again)


@pytest.mark.parametrize("table", [File, RegistryTable, LimitsTable, TlsTable])
def test_every_key_is_explained(table: type[msgspec.Struct]) -> None:
    """No key goes without a line that says why its default is what it is."""
    explained = explain_keys(table)

    assert set(table.__struct_fields__) == set(explained)

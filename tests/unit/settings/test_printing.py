"""What --print-settings writes can be read again."""

import tomllib

import msgspec

from seawall.settings.keys import CredentialTable, File, RegistryTable, SourceTable
from seawall.settings.printing import print_settings


def test_the_printed_settings_are_a_settings_file() -> None:
    """Reading what was printed gives the same settings, nested tables too."""
    vault = RegistryTable(
        sources=(SourceTable(url="https://vault.example"),),
        credentials=(CredentialTable(username="carol", password_env="VAULT_PASSWORD"),),
        fresh_by_tag={"^nightly$": 60.0},
    )
    file = File(registries={"vault.example": vault}, offline=True)

    printed = tomllib.loads(print_settings(file))

    assert file == msgspec.convert(printed, File)

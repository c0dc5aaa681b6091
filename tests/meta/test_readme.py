"""What README.md tells people to write is what the end-to-end tests write."""

import pytest
from tests.e2e.clients import registries_conf
from tests.e2e.engines import daemon_json, hosts_toml
from tests.meta.generated import ROOT

HOST = "127.0.0.1:5000"


@pytest.mark.parametrize(
    "text",
    [registries_conf(HOST), hosts_toml(HOST), daemon_json(HOST)],
    ids=["registries.conf", "hosts.toml", "daemon.json"],
)
def test_the_settings_of_clients_are_those_that_are_tested(text: str) -> None:
    """A block that can be copied from the README was run against every client."""
    assert text in (ROOT / "README.md").read_text()

"""What is printed at start can be copied, and agrees with the README."""

from pathlib import Path

from seawall.app.greeting import write_greeting
from seawall.settings.effective import make_settings
from seawall.settings.loading import read_settings

README = Path(__file__).parents[3] / "README.md"


def test_containerd_is_told_of_a_host_and_keeps_its_registry(tmp_path: Path) -> None:
    """A `server` would replace the registry: nobody to ask while Seawall is stopped."""
    file = read_settings(None, environment={})
    settings = make_settings(file, apt=tmp_path)
    lines = [line.strip() for line in write_greeting(settings).splitlines()]
    at = lines.index("containerd  /etc/containerd/certs.d/_default/hosts.toml:")
    told = "\n".join(lines[at + 1 : at + 3])

    assert told.startswith('[host."http://127.0.0.1:5000"]\n')
    assert told in README.read_text()

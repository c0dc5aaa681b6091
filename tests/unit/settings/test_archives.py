"""Options of archives: what the settings say, and what makes no sense."""

import socket
from pathlib import Path

import pytest

from seawall.errors import SettingsError
from seawall.settings.effective import Settings, make_settings
from seawall.settings.loading import read_settings
from seawall.settings.printing import print_settings
from seawall.transfer.patience import Patience
from seawall.transfer.sources.caps import CapOptions
from seawall.transfer.waits.thresholds import WaitOptions

APT_SOURCE = "deb http://deb.example/machine stable main\n"


def load(place: Path, text: str) -> Settings:
    """Read settings beside a machine with one source."""
    apt = place / "apt"
    apt.mkdir()
    (apt / "sources.list").write_text(APT_SOURCE)
    path = place / "seawall.toml"
    path.write_text(text)
    return make_settings(read_settings(path, environment={}), path, apt=apt)


def test_the_machines_archives_are_served(tmp_path: Path) -> None:
    """Without a word in the settings, the machine's own archives are known."""
    settings = load(tmp_path, "")

    assert ["machine"] == list(settings.archives)
    assert ("http://deb.example/machine",) == settings.archives["machine"].mirrors
    assert "[archives.machine]" in print_settings(settings.file)


def test_the_machine_can_be_left_alone(tmp_path: Path) -> None:
    """An operator can allow nothing but what the settings name."""
    settings = load(tmp_path, "machine_archives = false\n")

    assert {} == dict(settings.archives)


def test_an_archive_of_the_settings(tmp_path: Path) -> None:
    """What is said of an archive reaches those who act on it."""
    settings = load(
        tmp_path,
        '[archives.debian]\nmirrors = ["http://a.example/debian/", "https://b.example"]'
        '\naliases = "http://c.example/debian"\nkeyring = "/k.gpg"\nfresh_s = 10\n'
        'snapshot = "https://s.example/debian/{timestamp}"\nstale_max = "2d"\n'
        "check_suite = false\ngenerations = 3\n",
    )
    options = settings.archives["debian"]

    assert ("http://a.example/debian", "https://b.example") == options.mirrors
    assert ("http://c.example/debian",) == options.aliases
    assert ("/k.gpg",) == options.keyring.files
    assert (10.0, 172800.0) == (
        options.freshness.fresh_s,
        options.freshness.stale_max_s,
    )
    assert (3, False) == (options.generations, options.acceptance.check_suite)
    assert Patience(learnt=WaitOptions(2.0, 20.0)) == options.access.patience


def test_patience_and_bounds_of_an_archive(tmp_path: Path) -> None:
    """What one mirror is granted, and how long any of them may be silent."""
    settings = load(
        tmp_path,
        '[archives.d]\nmirrors = ["http://a.example/d/", "http://b.example"]\n'
        "patience = { floor_s = 3, ceiling_s = 60, manifest_s = 30 }\n"
        '[archives.d.bounds."http://a.example/d/"]\n'
        'connections = 4\nbandwidth = "1MiB"\n'
        '[archives.d.bounds."http://b.example"]\noff = true\n',
    )
    access = settings.archives["d"].access

    assert WaitOptions(3, 60, manifest_s=30) == access.patience.learnt
    assert {
        "http://a.example/d": CapOptions(connections=4, bytes_per_s=1 << 20),
        "http://b.example": CapOptions(off=True),
    } == dict(access.caps)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[archives.debian]\n", "mirrors"),
        ('[archives."deb.example"]\nmirrors = "http://a.example"\n', "name"),
        ('[archives.localhost]\nmirrors = "http://a.example"\n', "name"),
        ('[archives.debian]\nmirrors = "deb.example"\n', "http://host/path"),
        ('[archives.d]\nmirrors = "http://a"\naliases = "b"\n', "aliases"),
        ('[archives.d]\nmirrors = "http://a"\nsnapshot = "http://s"\n', "timestamp"),
        ('[archives.d]\nmirrors = "http://a"\nfresh_s = -1\n', "negative"),
        ('[archives.d]\nmirrors = "http://a"\nstale_max = "soon"\n', "stale_max"),
        ('[archives.d]\nmirrors = "http://a"\nmirror = "x"\n', "did you mean"),
        ('[archives.d]\nmirrors = "http://a"\ngenerations = 0\n', "generations"),
        (
            '[archives.d]\nmirrors = "http://a"\n[archives.d.bounds."http://b"]\n',
            "none of its mirrors",
        ),
        (
            '[archives.d]\nmirrors="http://a"\nbounds."http://a".bandwidth = "much"\n',
            "bandwidth",
        ),
        (
            '[archives.d]\nmirrors = "http://a"\npatience = { fixed_s = 0 }\n',
            "patience",
        ),
        (
            '[archives.d]\nmirrors = "http://a"\npatience = { floor_s = 999 }\n',
            "ceiling_s",
        ),
    ],
)
def test_nonsense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A mistake is told with its key."""
    with pytest.raises(SettingsError, match=said):
        load(tmp_path, text)


@pytest.mark.parametrize(
    "url",
    ["http://bob:s3cret@h.example/x", "bob:s3cret@h.example/x", "http:b:s3cret@h"],
)
def test_a_password_in_an_address_is_not_told(tmp_path: Path, url: str) -> None:
    """An address with a password is refused without telling it (invariant 7)."""
    with pytest.raises(SettingsError, match="not an archive's address") as caught:
        load(tmp_path, f'[archives.debian]\nmirrors = "{url}"\n')

    assert "s3cret" not in str(caught.value)


def find_own_address() -> str:
    """Give an address of this machine: from where it would reach others, if it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"  # it has no other than those of loopback
        own: str = probe.getsockname()[0]
        return own


def test_addresses_of_this_machine_lead_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sources may point to Seawall by any of the machine's addresses and names."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Own")
    monkeypatch.setattr(socket, "getfqdn", lambda: "own.site.example")
    apt = tmp_path / "apt"
    apt.mkdir()
    hosts = [find_own_address(), "127.0.0.9", "localhost", "own", "own.site.example"]
    others = ["192.0.2.1", "own.else.example"]
    places = [f"{host}:5000" for host in (*hosts, *others)]
    places += [f"{find_own_address()}:5001"]
    lines = [f"deb http://{place}/a{n} s m\n" for n, place in enumerate(places)]
    (apt / "sources.list").write_text("".join(lines))
    path = tmp_path / "seawall.toml"
    path.write_text('listen = "0.0.0.0:5000"\ntrust = "network"\n')
    settings = make_settings(read_settings(path, environment={}), path, apt=apt)

    assert ["a5", "a6", "a7"] == list(settings.archives)
    assert len(hosts) == len(settings.machine.notes)

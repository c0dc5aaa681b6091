"""Real clients as the drill drives them, each played by a script of its name."""

import asyncio
import os
from pathlib import Path

import pytest

from seawall.drill.playing.foreign import CLIENTS, Containerd, run
from seawall.drill.playing.puller import Attempt, Door
from seawall.drill.scenarios.playbill import SCENARIOS
from seawall.errors import UnreachableError

DIGEST = "sha256:" + "0" * 64
DOOR = Door("http://127.0.0.1:5001", "drill/x", "1", ("http://127.0.0.1:5002",))
NOTE = 'echo "$0 $*" >> "$DRILL_NOTES"\n'
SCRIPTS = {
    "skopeo": f'test "$5" = --digestfile || shift\necho {DIGEST} > "$6"\n',
    "podman": f"""case "$*" in *inspect*) echo '[{{"Digest": "{DIGEST}"}}]';; esac""",
    "docker": f"""case "$*" in *inspect*) echo 'x@{DIGEST}';; esac""",
    "ctr": f"""case "$*" in *" ls "*) echo REF; echo "x type {DIGEST} 1";; esac""",
    "containerd": 'touch "$(dirname "$2")/containerd.sock"; exec sleep 60',
}


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put scripts that play the clients first on the path."""
    for name, text in SCRIPTS.items():
        _write(tmp_path / "bin" / name, NOTE + text)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return tmp_path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    notes = path.parent.parent / "notes"
    path.write_text(f"#!/bin/sh\nDRILL_NOTES={notes}\n{text}\n")
    path.chmod(0o755)


def _notes(place: Path) -> str:
    return (place / "notes").read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("skopeo", "docker://127.0.0.1:5001/drill/x:1 oci:"),
        ("podman", "pull --quiet --tls-verify=false 127.0.0.1:5001/drill/x:1"),
        ("docker", "pull --quiet 127.0.0.1:5001/drill/x:1"),
        ("ctr", "images pull --hosts-dir"),
    ],
)
async def test_a_client_is_told_what_to_pull(
    name: str, said: str, scripts: Path
) -> None:
    """And what it pulled is known by its digest."""
    got = await CLIENTS[name]().begin(scripts / "room").attempt(DOOR)

    assert Attempt(DIGEST) == got
    assert said in _notes(scripts)


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_client_that_fails_says_why(name: str, scripts: Path) -> None:
    """The last line of its complaints."""
    _write(scripts / "bin" / name, "echo one >&2; echo manifest unknown >&2; exit 1")
    got = await CLIENTS[name]().begin(scripts / "room").attempt(DOOR)

    assert Attempt(error="manifest unknown") == got


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_client_that_is_not_there_plays_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are not run, and say what is needed."""
    monkeypatch.setenv("PATH", "/nowhere")

    assert f"needs the program {name}" in CLIENTS[name]().find_lack(SCENARIOS[0])


async def test_mirrors_are_written_as_each_client_has_them(scripts: Path) -> None:
    """In registries.conf, and in a hosts directory."""
    room = scripts / "room"
    await CLIENTS["skopeo"]().begin(room).attempt(DOOR)
    await CLIENTS["ctr"]().begin(room).attempt(DOOR)
    conf = (room / "registries.conf").read_text()
    hosts = (room / "hosts" / "127.0.0.1:5001" / "hosts.toml").read_text()

    assert conf.index("127.0.0.1:5001") < conf.index("127.0.0.1:5002")
    assert hosts.index('[host."http://127.0.0.1:5002"]') < hosts.index(
        '[host."http://127.0.0.1:5001"]'
    )


async def test_docker_is_the_machines_own(
    scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its daemon is, this machine's environment says."""
    _write(scripts / "bin" / "docker", 'echo "$DOCKER_HOST" >&2; exit 1')
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    got = await CLIENTS["docker"]().begin(scripts / "room").attempt(DOOR)

    assert "unix:///nowhere" == got.error


async def test_a_containerd_runs_beside_its_ctr(scripts: Path) -> None:
    """From its start until it is stopped."""
    client = Containerd()
    await client.start(scripts)
    got = await client.begin(scripts / "room").attempt(DOOR)
    await client.stop()

    assert DIGEST == got.digest
    assert f"--address {client.socket} images pull" in _notes(scripts)


async def test_a_containerd_that_dies_is_told_of(scripts: Path) -> None:
    """With the last that it said."""
    _write(scripts / "bin" / "containerd", "echo no cgroups; exit 1")

    with pytest.raises(UnreachableError, match="no cgroups"):
        await Containerd().start(scripts)


async def test_a_pull_that_is_given_up_is_killed(scripts: Path) -> None:
    """With all that it started."""
    _write(
        scripts / "bin" / "skopeo", f"{NOTE}sleep 60 & echo $! > {scripts}/pid; wait"
    )
    pull = CLIENTS["skopeo"]().begin(scripts / "room")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await pull.attempt(DOOR)
    sleeper = int((scripts / "pid").read_text())
    left = await run(["ps", "-o", "stat=", "-p", str(sleeper)], dict(os.environ))

    # Gone, or dead and not yet collected; what follows the first letter is no matter.
    assert left.out.strip()[:1] in ("", "Z")


async def test_a_program_is_heard_on_both_sides() -> None:
    """What it prints, what it complains of, and how it ends."""
    done = await run(["sh", "-c", "echo a; echo b >&2; exit 3"], dict(os.environ))

    assert (3, "a\n", "b") == (done.code, done.out, done.reason)
    assert "it ended with 3" == (await run(["sh", "-c", "exit 3"], {})).reason

"""`warm apt`: dependencies by the real apt-get, files from a stand-in for the front."""

import asyncio
import json
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner, Result
from tests.wire.fronts import ScriptedFront

from seawall.cli.exits import Exit
from seawall.cli.main import main
from seawall.drill import faults
from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage

pytestmark = pytest.mark.skipif(
    shutil.which("apt-get") is None, reason="there is no apt-get here"
)

SUITE = SampleSuite.named("bookworm", codename="bookworm")
PACKAGES = [
    SamplePackage("hello", depends="libhello (>= 1)"),
    SamplePackage("libhello"),
    SamplePackage("lonely", depends="not-there"),
    SamplePackage("g++", version="4:12.2.0-3", payload_bytes=300_000),
]
POOL = "/debian/inside/pool/main"
HELLO = f"{POOL}/h/hello/hello_1.0-1_amd64.deb"

Warm = Callable[..., Awaitable[Result]]


@pytest.fixture
def archive() -> SampleArchive:
    """Give an archive with one suite."""
    made = SampleArchive(suite=SUITE)
    made.publish(PACKAGES)
    return made


@pytest.fixture
async def front(archive: SampleArchive) -> AsyncIterator[ScriptedFront]:
    """Give a server with this archive."""
    async with ScriptedFront({"inside": archive.files}) as scripted:
        yield scripted


@pytest.fixture
def warm(front: ScriptedFront, tmp_path: Path) -> Warm:
    """Give the command, with settings that lead to the server."""
    return _warmer(tmp_path / "seawall.toml", front.host)


def _warmer(config: Path, host: str, tls: str = "") -> Warm:
    config.write_text(
        f'version = 1\nlisten = "{host}"\nmachine_archives = false\n{tls}'
        '[archives.inside]\nmirrors = ["http://apt.example/inside"]\n'
    )

    async def run(*words: str) -> Result:
        arguments = ["warm", "apt", "--config", str(config), "--arch", "amd64", *words]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments)

    return run


def _steps(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


async def test_packages_come_with_what_they_need(
    warm: Warm, front: ScriptedFront
) -> None:
    """Dependencies are fetched once, and known to be there the second time."""
    first = await warm("--suite", "bookworm", "hello")
    second = await warm("--suite", "bookworm", "hello")
    fetched = [one.path for one in front.requests if one.path.endswith(".deb")]

    assert (Exit.DONE, Exit.DONE) == (first.exit_code, second.exit_code)
    assert "1 of 1 packages can be had: 2 files" in first.stderr
    assert "2 of 2 files are held, 0 were before" in first.stderr
    assert "2 of 2 files are held, 2 were before; 0 B fetched" in second.stderr
    assert 4 == len(fetched)


async def test_programs_read_what_happens(warm: Warm) -> None:
    """With --json, standard output is one object a line: the plan, files, the end."""
    result = await warm("--suite", "bookworm", "g++=4:12.2.0-3", "--json")
    steps = _steps(result)

    assert ["planned", "file", "done"] == [step["step"] for step in steps]
    assert "fetched" == steps[1]["result"]
    assert (1, 0, 0) == (steps[2]["fetched"], steps[2]["held"], steps[2]["failed"])


async def test_a_package_that_is_not_there_stops_no_other(warm: Warm) -> None:
    """What apt-get says of a package is told, and the others are brought."""
    words = ("hello", "nothere", "lonely", "g++=9", "hel.o")
    result = await warm("--suite", "bookworm", *words)

    assert Exit.NO == result.exit_code
    assert "apt-get: Unable to locate package nothere" in result.stderr
    assert "lonely : Depends: not-there but it is not installable" in result.stderr
    assert "Version '9' for 'g++' was not found" in result.stderr
    assert "Unable to locate package hel.o" in result.stderr
    assert "2 of 2 files are held" in result.stderr


async def test_packages_that_exclude_each_other_both_come(
    warm: Warm, archive: SampleArchive
) -> None:
    """What could not be installed together is brought all the same."""
    other = SamplePackage("other", depends="libhello\nConflicts: hello")
    archive.publish([*PACKAGES, other])
    result = await warm("--suite", "bookworm", "hello", "other")

    assert Exit.DONE == result.exit_code
    assert "2 of 2 packages can be had: 3 files" in result.stderr


async def test_a_suite_with_its_signature_apart(
    warm: Warm, archive: SampleArchive
) -> None:
    """A suite that has no InRelease is read from its Release."""
    del archive.files["dists/bookworm/InRelease"]
    result = await warm("--suite", "bookworm", "hello")

    assert "2 of 2 files are held" in result.stderr


async def test_a_component_with_a_folder_before_it(
    warm: Warm, archive: SampleArchive
) -> None:
    """What a suite calls updates/main is main for apt, and here."""
    text = archive.release().replace(b"Components: main", b"Components: updates/main")
    archive.sign_release(text)
    result = await warm("--suite", "bookworm", "hello")

    assert "2 of 2 files are held" in result.stderr


async def test_a_flat_suite(warm: Warm, front: ScriptedFront) -> None:
    """A suite without components lies where its name says, such as ./ alone."""
    flat = SampleArchive(suite=SampleSuite(directory="", flat=True))
    flat.publish(PACKAGES)
    front.archives = {"inside": flat.files}
    result = await warm("--suite", "./", "hello")

    assert "2 of 2 files are held" in result.stderr


async def test_packages_are_read_from_files(warm: Warm, tmp_path: Path) -> None:
    """A list may have comments and empty lines."""
    listed = tmp_path / "packages.txt"
    listed.write_text("# what we use\nhello # and its library\n\n")
    result = await warm("--suite", "bookworm", "-f", str(listed))

    assert "2 of 2 files are held" in result.stderr


async def test_wrong_bytes_are_told(warm: Warm, archive: SampleArchive) -> None:
    """A file that is not what the suite promises fails, and exits as wrong bytes do."""
    path = HELLO.removeprefix("/debian/inside/")
    archive.files[path] = archive.files[path][:-1] + b"?"
    result = await warm("--suite", "bookworm", "hello")

    assert Exit.TRUST == result.exit_code
    assert "hello_1.0-1_amd64.deb: other bytes came than promised" in result.stderr
    assert "1 of 2 files are held" in result.stderr


async def test_a_file_that_breaks_off_is_told(warm: Warm, front: ScriptedFront) -> None:
    """A broken connection fails one file, and says that trying again may help."""
    front.fail("*/hello_*", faults.cut(100))
    result = await warm("--suite", "bookworm", "hello")

    assert Exit.UPSTREAM == result.exit_code
    assert "hello_1.0-1_amd64.deb broke off" in result.stderr
    assert "1 of 2 files are held" in result.stderr


async def test_a_server_may_speak_https(archive: SampleArchive, tmp_path: Path) -> None:
    """With a certificate in the settings, the server is asked by HTTPS."""
    authority = trustme.CA()
    issued = authority.issue_cert("wall.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    files = {"certificate": tmp_path / "c.pem", "key": tmp_path / "k.pem"}
    issued.private_key_pem.write_to_path(files["key"])
    issued.cert_chain_pems[0].write_to_path(files["certificate"])
    tls = "[tls]\n" + "".join(f'{key} = "{path}"\n' for key, path in files.items())
    async with ScriptedFront({"inside": archive.files}, tls=context) as front:
        warm = _warmer(tmp_path / "seawall.toml", front.host, tls)
        result = await warm("--suite", "bookworm", "hello")

    assert Exit.DONE == result.exit_code
    assert "2 of 2 files are held" in result.stderr


async def test_what_the_server_does_not_keep_is_told(
    warm: Warm, front: ScriptedFront
) -> None:
    """An answer that nothing vouches for is not called held."""
    front.unknown.add(HELLO)
    result = await warm("--suite", "bookworm", "hello", "--json")
    [failed] = [step for step in _steps(result) if step.get("result") == "failed"]

    assert Exit.NO == result.exit_code
    assert "did not keep it" in str(failed["error"])


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, Exit.NO), (403, Exit.USAGE), (502, Exit.TRUST), (503, Exit.UPSTREAM)],
)
async def test_what_the_server_says_of_a_suite_is_told(
    warm: Warm, front: ScriptedFront, status: int, code: Exit
) -> None:
    """The server's own line is shown, and the exit code is that of its kind."""
    for name in ("InRelease", "Release"):
        path = f"/debian/inside/dists/bookworm/{name}"
        front.refusals[path] = (status, "inside bookworm: expired in May")
    result = await warm("--suite", "bookworm", "hello")

    assert code == result.exit_code
    assert "seawall: inside bookworm: expired in May" in result.stderr


async def test_indexes_that_cannot_be_had_are_told_in_apts_words(
    warm: Warm, archive: SampleArchive
) -> None:
    """If a list of packages is missing, apt-get's own line says which."""
    for path in [path for path in archive.files if "/binary-amd64/" in path]:
        del archive.files[path]
    result = await warm("--suite", "bookworm", "hello")

    assert Exit.UPSTREAM == result.exit_code
    assert "seawall: apt-get update: " in result.stderr
    assert "404" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--component", "contrib"], "has no component 'contrib'; it has main"),
        (["--arch", "riscv64"], "has no architecture 'riscv64'; it has amd64"),
    ],
    ids=["component", "architecture"],
)
async def test_what_a_suite_has_not_is_told(
    warm: Warm, words: list[str], said: str
) -> None:
    """A typing mistake is told with what there is instead."""
    result = await warm("--suite", "bookworm", "hello", *words)

    assert Exit.NO == result.exit_code
    assert said in result.stderr


async def test_no_server(warm: Warm, front: ScriptedFront) -> None:
    """Without a server, the command says how to start one, and that it may help."""
    await front.stop()
    result = await warm("--suite", "bookworm", "hello")

    assert Exit.UPSTREAM == result.exit_code
    said = f"no server listens on {front.host}: start `seawall serve`, or say with"
    assert f"seawall: {said} --address" in result.stderr


@pytest.mark.parametrize(
    ("status", "line", "said"),
    [
        (200, "hello", "is not Seawall: say with --address"),
        (503, '{"status":"stopping"}', "is stopping"),
    ],
    ids=["other", "stopping"],
)
async def test_another_server(
    warm: Warm, front: ScriptedFront, status: int, line: str, said: str
) -> None:
    """What listens there is told from Seawall, and from one that is about to end."""
    front.refusals["/readyz"] = (status, line)
    result = await warm("--suite", "bookworm", "hello")

    assert Exit.UPSTREAM == result.exit_code
    assert said in result.stderr


async def test_no_apt_get(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without apt-get, the command says what it wants it for."""
    monkeypatch.setenv("PATH", "/nowhere")
    result = await warm("--suite", "bookworm", "hello")

    assert Exit.USAGE == result.exit_code
    assert "there is no apt-get on this machine" in result.stderr


@pytest.mark.parametrize(
    "words",
    [[], ["jq-"], ["*"], ["--suite", "bookworm", "-f", "/nowhere"], ["x;y"]],
    ids=["nothing", "removal", "pattern", "no file", "no package"],
)
async def test_wrong_use(warm: Warm, words: list[str]) -> None:
    """What makes no sense is told before anybody is asked."""
    assert Exit.USAGE == (await warm(*words)).exit_code

"""`render apt`: what it prints is what the real apt-get takes, in every form."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.e2e.apt import AptRoot, Done
from tests.wire.fronts import ScriptedFront

from seawall.cli.exits import Exit
from seawall.cli.main import main
from seawall.debian.aptconfig import DETECTOR_PATH
from seawall.drill.faults import hang
from seawall.drill.mirror import ScriptedMirror
from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage

pytestmark = pytest.mark.skipif(
    shutil.which("apt-get") is None, reason="there is no apt-get here"
)

PACKAGES = [SamplePackage("hello", depends="libhello"), SamplePackage("libhello")]
BOTH = ["hello_1.0-1_amd64.deb", "libhello_1.0-1_amd64.deb"]

Render = Callable[..., Result]


@pytest.fixture
def archive() -> SampleArchive:
    """Give an archive with one suite."""
    made = SampleArchive(suite=SampleSuite.named("bookworm", codename="bookworm"))
    made.publish(PACKAGES)
    return made


@pytest.fixture
async def mirror(archive: SampleArchive) -> AsyncIterator[ScriptedMirror]:
    """Give the archive's own mirror, which the form of a proxy names."""
    files = {f"debian/inside/{path}": body for path, body in archive.files.items()}
    async with ScriptedMirror(files) as scripted:
        yield scripted


@pytest.fixture
async def front(archive: SampleArchive) -> AsyncIterator[ScriptedFront]:
    """Give a server with this archive."""
    async with ScriptedFront({"inside": archive.files}) as scripted:
        yield scripted


@pytest.fixture
def render(
    front: ScriptedFront, mirror: ScriptedMirror, archive: SampleArchive, tmp_path: Path
) -> Render:
    """Give the command, with settings that know server, mirror and keys."""
    keyring = tmp_path / "inside.gpg"
    keyring.write_bytes(archive.keyring)
    config = tmp_path / "seawall.toml"
    config.write_text(
        f'version = 1\nlisten = "{front.host}"\nmachine_archives = false\n'
        f'[archives.inside]\nmirrors = ["{mirror.url}/debian/inside"]\n'
        f'keyring = ["{keyring}"]\n'
    )

    def run(*words: str) -> Result:
        arguments = ["render", "apt", "--config", str(config), *words]
        return CliRunner().invoke(main, arguments)

    return run


async def _install(root: AptRoot) -> Done:
    root.clear()
    return await asyncio.to_thread(root.install, "hello", wait_s=30)


def _names(root: AptRoot) -> list[str]:
    return [path.name for path in root.deb_files]


@pytest.mark.parametrize("form", ["mirror", "https"])
@pytest.mark.parametrize("shape", ["sources", "list"])
async def test_apt_takes_the_sources(
    render: Render, mirror: ScriptedMirror, tmp_path: Path, form: str, shape: str
) -> None:
    """The suite is verified by the key that is named, and Seawall alone is asked."""
    rendered = render("--suite", "bookworm", "--form", form, "--format", shape)
    root = AptRoot(tmp_path / "root", "")
    folder = root.root / "etc/apt/sources.list.d"
    (folder / f"seawall.{shape}").write_text(rendered.stdout)
    done = await _install(root)

    assert Exit.DONE == rendered.exit_code
    assert (True, BOTH) == (done.worked, _names(root)), done.text
    assert [] == mirror.requests


@pytest.fixture
def proxied(render: Render, tmp_path: Path) -> AptRoot:
    """Give a root whose apt has the rendered settings of a proxy."""
    sources = render("--suite", "bookworm", "--form", "proxy", "--format", "list")
    root = AptRoot(tmp_path / "root", sources.stdout)
    script = root.root / "seawall-proxy"
    script.write_text(render("--format", "script").stdout)
    script.chmod(0o755)
    conf = render("--form", "proxy").stdout.replace(DETECTOR_PATH, str(script))
    (root.root / "etc/apt/apt.conf.d/30seawall").write_text(conf)
    return root


async def test_apt_asks_the_proxy_while_it_answers(
    proxied: AptRoot, front: ScriptedFront, mirror: ScriptedMirror
) -> None:
    """While Seawall answers, apt asks it for everything, and the mirror for nothing."""
    done = await _install(proxied)

    assert (True, BOTH) == (done.worked, _names(proxied)), done.text
    assert [] == mirror.requests
    assert 2 == sum(one.path.endswith(".deb") for one in front.requests)


@pytest.mark.long
@pytest.mark.parametrize("trouble", ["stopped", "deaf", "stopping", "silent"])
async def test_apt_goes_on_without_the_proxy(
    proxied: AptRoot, front: ScriptedFront, mirror: ScriptedMirror, trouble: str
) -> None:
    """While Seawall does not answer, for whatever reason, apt asks the mirror."""
    if trouble == "stopped":
        await front.stop()
    elif trouble == "deaf":
        await front.deafen()
    elif trouble == "stopping":
        front.refusals["/readyz"] = (503, '{"status":"stopping"}')
    else:
        front.fail("*", hang())
    done = await _install(proxied)

    assert (True, BOTH) == (done.worked, _names(proxied)), done.text
    assert 2 == sum(one.path.endswith(".deb") for one in mirror.requests)


async def test_programs_read_the_text(render: Render) -> None:
    """With --json, the text is in the answer, with what it is about."""
    answer = json.loads(render("--suite", "bookworm", "--json").stdout)
    plain = render("--suite", "bookworm").stdout

    assert ("mirror", "sources", ["inside"]) == (
        answer["form"],
        answer["format"],
        answer["archives"],
    )
    assert plain == answer["text"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--address", "0.0.0.0:5000", "--format", "script"], "say with --address"),
        (["--address", "nowhere", "--suite", "x"], "expected HOST:PORT"),
        (["--archive", "insid", "--suite", "x"], "did you mean 'inside'"),
        ([], "name one with --suite"),
        (["--form", "https", "--format", "conf"], "leave out --form https"),
    ],
    ids=["everywhere", "no address", "no archive", "no suite", "no such pair"],
)
async def test_wrong_use(render: Render, words: list[str], said: str) -> None:
    """An error says what to add, and exits as wrong use."""
    result = render(*words)

    assert Exit.USAGE == result.exit_code
    assert said in result.stderr

"""`check --fix=online`: what registries answer goes into files, and who is asked."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.e2e.scripted import Scripted

from seawall.app.asking.tagdigests import ask_digests
from seawall.cli.main import main
from seawall.drill import faults
from seawall.drill.faults import Fault
from seawall.drill.gatekeeper import TokenAuth
from seawall.oci.digest import Digest
from seawall.oci.reference import parse_reference
from seawall.settings.effective import make_settings
from seawall.settings.loading import read_settings
from seawall.testing.samples import random_image, random_index

REGISTRY = "up.example"
INDEX = random_index(1).tagged("1.0", "latest")
IMAGE = random_image(2).tagged("1.0")
OTHER = random_image(3)
CHOSEN = """
[policy]
severities = { "*" = "off", IMG002 = "warning", IMG003 = "warning" }
"""
PINNED = f"FROM {REGISTRY}/team/app:1.0@{INDEX.digest}\n"
SECRET = "wh1sper"


@dataclass(frozen=True)
class Bench:
    """A repository, the user's settings beside it, and the registry they know."""

    root: Path
    config: Path
    up: Scripted

    def write(self, *names: str, file: str = "Dockerfile") -> None:
        """Let a Dockerfile have these images."""
        (self.root / file).write_text("".join(f"FROM {name}\n" for name in names))

    def read(self, file: str = "Dockerfile") -> str:
        """Say what it has now."""
        return (self.root / file).read_text()

    def check(self, *words: str) -> Result:
        """Run a check of it with the user's settings."""
        line = ["check", "--config", str(self.config), *words, str(self.root)]
        return CliRunner().invoke(main, line, prog_name="seawall")

    def asked(self) -> list[str]:
        """List the requests for manifests, by method and tag."""
        found = self.up.requests("/manifests/")
        return sorted(f"{one.method} {one.path.rpartition('/')[2]}" for one in found)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Give a repository that names nothing yet, and a registry with two images."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / ".git").mkdir()
    config = tmp_path / "settings.toml"
    up = Scripted({"team/app": INDEX.joined(OTHER), "team/tool": IMAGE})
    config.write_text(
        "machine_archives = false\nknown_registries = false\n"
        f'[registries."{REGISTRY}"]\nsources = ["{up.url}"]\n{CHOSEN}'
    )
    try:
        yield Bench(root, config, up)
    finally:
        up.close()


def test_a_tag_gets_the_digest_of_its_index(bench: Bench) -> None:
    """That of all platforms; HEAD alone is sent, and once more changes nothing."""
    bench.write(f"{REGISTRY}/team/app:1.0")
    first = bench.check("--fix=online")
    asked = bench.asked()
    again = bench.check("--fix=online")

    assert (0, PINNED) == (first.exit_code, bench.read()), first.output
    assert "mended 1 finding in 1 file\n" == first.stderr
    assert (["HEAD 1.0"], ["HEAD 1.0"]) == (asked, bench.asked())
    assert "mended 0 findings in 0 files\n" == again.stderr


def test_each_tag_is_asked_for_once(bench: Bench) -> None:
    """However many files name it, and whether `latest` is written or meant."""
    for number in range(5):
        bench.write(
            f"{REGISTRY}/team/app:1.0",
            f"{REGISTRY}/team/app",
            f"{REGISTRY}/team/app:latest",
            f"{REGISTRY}/team/tool:1.0",
            file=f"{number}.Dockerfile",
        )
    result = bench.check("--fix=online")

    assert ["HEAD 1.0", "HEAD 1.0", "HEAD latest"] == bench.asked()
    bare = f"FROM {REGISTRY}/team/app@{INDEX.digest}\n"
    tool = f"FROM {REGISTRY}/team/tool:1.0@{IMAGE.digest}\n"
    assert PINNED + bare + bare + tool == bench.read("4.Dockerfile")
    assert "mended 20 findings in 5 files\n" == result.stderr


@pytest.mark.parametrize(("word", "mends"), [("safe", False), ("all", True)])
def test_who_is_asked_is_said_by_the_word(
    bench: Bench, word: str, *, mends: bool
) -> None:
    """`safe` asks nobody, and `all` asks, too."""
    bench.write(f"{REGISTRY}/team/app:1.0")
    bench.check(f"--fix={word}")

    assert mends == (bench.read() == PINNED)
    assert mends == bool(bench.asked())


def test_a_diff_asks_and_writes_nothing(bench: Bench) -> None:
    """It shows the digest that a fix would write."""
    bench.write(f"{REGISTRY}/team/app:1.0")
    before = bench.read()
    result = bench.check("--fix=online", "--diff")

    assert f"+{PINNED}" in result.stdout
    assert (before, ["HEAD 1.0"]) == (bench.read(), bench.asked())


def test_a_tag_that_is_gone_is_left_and_told(bench: Bench) -> None:
    """The others are mended; the finding stays and makes the exit code."""
    bench.write(f"{REGISTRY}/team/app:0.9", f"{REGISTRY}/team/tool:1.0")
    result = bench.check("--fix=online")

    tool = f"FROM {REGISTRY}/team/tool:1.0@{IMAGE.digest}\n"
    assert f"FROM {REGISTRY}/team/app:0.9\n{tool}" == bench.read()
    assert "Dockerfile:1: IMG003 left: " in result.stderr
    assert "team/app:0.9" in result.stderr
    assert 1 == result.exit_code


def test_a_registry_that_the_user_does_not_know_is_not_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where a repository names it, and not where its own settings do."""
    monkeypatch.chdir(bench.root)
    host = bench.up.url.rpartition("/")[2]
    (bench.root / "seawall.toml").write_text(
        f'[registries."{host}"]\nsources = ["{bench.up.url}"]\n'
        f'[registries."theirs.example"]\nsources = ["{bench.up.url}"]\n'
        f'[policy.mirrors]\n"theirs.example" = "{host}"\n'
        f'[policy.replacements]\n"theirs.example/team/app" = "{host}/team/app"\n'
    )
    bench.write(f"{host}/team/app:1.0", "theirs.example/team/app:1.0", "debian:12")
    before = bench.read()
    result = bench.check("--fix=online")

    assert (before, []) == (bench.read(), bench.up.requests())
    lines = result.stderr.splitlines()
    for name in ("theirs.example", "docker.io"):
        said = f"{name}: 1 image left: the settings know no registry '{name}'"
        assert 1 == sum(line.startswith(said) for line in lines)
    assert 1 == result.exit_code


def test_nobody_is_asked_where_the_settings_say_so(bench: Bench) -> None:
    """`offline = true` holds for checks, too."""
    bench.config.write_text("offline = true\n" + bench.config.read_text())
    bench.write(f"{REGISTRY}/team/app:1.0")
    result = bench.check("--fix=online")

    assert [] == bench.up.requests()
    assert "up.example: 1 image left: Seawall is offline" in result.stderr


def test_a_limit_ends_the_questions_but_not_the_fixes(bench: Bench) -> None:
    """What was answered is written; the rest is told once, with what to do."""
    bench.write(f"{REGISTRY}/team/app:1.0")
    names = [f"{REGISTRY}/team/tool:{number}.0" for number in range(30)]
    bench.write(f"{REGISTRY}/team/app:1.0", *names)
    bench.up.fail("*/team/tool/*", faults.status(429, retry_after=3600))
    bench.up.fail("*/team/app/*", faults.late(0))
    result = bench.check("--fix=online")

    assert bench.read().startswith(PINNED)
    assert 3 == result.exit_code
    (told,) = [line for line in result.stderr.splitlines() if "left" in line]
    assert told.startswith(f"{REGISTRY}: 30 images left: ")
    assert "to do: try again in 36" in result.stderr
    assert len(bench.asked()) <= 1 + 6  # those that were under way


def test_a_registry_that_does_not_answer_is_left_alone(bench: Bench) -> None:
    """Those questions that are under way are tried; no others are begun."""
    bench.write(*(f"{REGISTRY}/team/app:{number}.0" for number in range(2, 42)))
    bench.up.fail("*", faults.reset())
    result = bench.check("--fix=online")

    assert 3 == result.exit_code
    assert f"{REGISTRY}: 40 images left: " in result.stderr
    assert {f"HEAD {number}.0" for number in range(2, 42)} > set(bench.asked())


def test_a_run_ends_whatever_registries_do(bench: Bench) -> None:
    """When its time is up, what is left is not asked for, and told."""
    settings = make_settings(read_settings(bench.config), bench.config)
    names = [parse_reference(f"{REGISTRY}/team/app:{n}") for n in ("1.0", "latest")]
    answers = asyncio.run(ask_digests(settings, names, run_s=0))

    assert ({}, 2) == (answers.digests, len(answers.errors))
    assert all("not asked" in str(error) for error in answers.errors.values())
    assert [] == bench.asked()


@pytest.mark.parametrize(
    "fault", [faults.header("Docker-Content-Digest", None), faults.status(405)]
)
def test_bytes_are_fetched_where_head_does_not_tell(bench: Bench, fault: Fault) -> None:
    """The digest is that of the bytes which come."""
    bench.up.fail("HEAD *", fault)
    bench.write(f"{REGISTRY}/team/app:1.0")
    result = bench.check("--fix=online")

    assert (0, PINNED) == (result.exit_code, bench.read())
    assert ["GET 1.0", "HEAD 1.0"] == bench.asked()


def test_a_digest_that_the_bytes_contradict_is_not_written(bench: Bench) -> None:
    """Neither the one nor the other; the exit code says that trust is the matter."""
    other = str(Digest.of(b"something else"))
    bench.up.fail("HEAD *", faults.status(405))
    bench.up.fail("GET */manifests/*", faults.header("Docker-Content-Digest", other))
    bench.write(f"{REGISTRY}/team/app:1.0")
    before = bench.read()
    result = bench.check("--fix=online")

    assert (4, before) == (result.exit_code, bench.read())
    assert f"that are not {other}" in result.stderr


@pytest.mark.parametrize(
    "fault",
    [
        faults.body(b"{}", content_type="application/octet-stream"),
        faults.body(b"{}", content_type=INDEX.media_type),
        faults.html(),
    ],
)
def test_a_page_is_no_manifest(bench: Bench, fault: Fault) -> None:
    """What a portal in the way answers with is not pinned."""
    bench.up.fail("*/manifests/*", fault)
    bench.write(f"{REGISTRY}/team/app:1.0")
    before = bench.read()
    result = bench.check("--fix=online")

    assert before == bench.read()
    assert "Dockerfile:1: IMG003 left: " in result.stderr
    assert 0 != result.exit_code


def test_a_redirect_to_a_private_host_is_not_followed(bench: Bench) -> None:
    """A registry cannot send a check into the user's own network."""
    inner = Scripted({"team/app": INDEX})
    try:
        bench.up.fail("*/manifests/*", faults.redirect(f"{inner.url}/v2/"))
        bench.write(f"{REGISTRY}/team/app:1.0")
        result = bench.check("--fix=online")
        assert [] == inner.requests()
    finally:
        inner.close()

    assert "Dockerfile:1: IMG003 left: " in result.stderr


def test_a_refusal_is_told_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A credential that does not fit is named by its place only."""
    up = Scripted({"team/app": INDEX}, auth=TokenAuth(private=("*",)))
    config = tmp_path / "settings.toml"
    config.write_text(
        f'machine_archives = false\n[registries."{REGISTRY}"]\nsources = ["{up.url}"]\n'
        f'credentials = {{ username = "ann", password_env = "THE_PASSWORD" }}\n{CHOSEN}'
    )
    monkeypatch.setenv("THE_PASSWORD", SECRET)
    root = tmp_path / "repository"
    root.mkdir()
    bench = Bench(root, config, up)
    bench.write(f"{REGISTRY}/team/app:1.0")
    try:
        result = bench.check("--fix=online")
    finally:
        up.close()

    assert f"FROM {REGISTRY}/team/app:1.0\n" == bench.read()
    assert "Dockerfile:1: IMG003 left: " in result.stderr
    assert SECRET not in result.output
    assert 1 == result.exit_code


def test_a_credential_of_the_settings_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private image is pinned for those who may read it."""
    up = Scripted({"team/app": INDEX}, auth=TokenAuth(password=SECRET, private=("*",)))
    config = tmp_path / "settings.toml"
    config.write_text(
        f'machine_archives = false\n[registries."{REGISTRY}"]\nsources = ["{up.url}"]\n'
        f'credentials = {{ username = "ann", password_env = "THE_PASSWORD" }}\n{CHOSEN}'
    )
    monkeypatch.setenv("THE_PASSWORD", SECRET)
    root = tmp_path / "repository"
    root.mkdir()
    bench = Bench(root, config, up)
    bench.write(f"{REGISTRY}/team/app:1.0")
    try:
        result = bench.check("--fix=online")
    finally:
        up.close()

    assert (0, PINNED) == (result.exit_code, bench.read())
    assert SECRET not in result.output


@pytest.fixture
def swap(bench: Bench) -> Bench:
    """Let the settings name another image for one that is built on demand."""
    tables = (
        f'[registries."nixery.dev"]\nsources = ["{bench.up.url}"]\n{CHOSEN}'
        f'replacements = {{ "nixery.dev/team/app" = "{REGISTRY}/team/tool:1.0" }}\n'
    )
    text = bench.config.read_text().replace(CHOSEN, tables)
    bench.config.write_text(text.replace("IMG003", "REG002"))
    bench.write("nixery.dev/team/app:1.0")
    return bench


def test_what_differs_is_told_where_another_image_comes(swap: Bench) -> None:
    """It is put in, and what is known to be another thing is said."""
    result = swap.check("--fix=all")

    assert f"FROM {REGISTRY}/team/tool:1.0\n" == swap.read(), result.output
    told = "up.example/team/tool:1.0 instead of nixery.dev/team/app:1.0: "
    assert f"{told}no longer for linux/arm64/v8; not compared: files, " in result.stderr


def test_more_than_a_few_images_are_not_compared(swap: Bench) -> None:
    """They are put in all the same, and it is said of each that nobody looked."""
    swap.write(*(f"nixery.dev/team/app:{number}" for number in range(22)))
    result = swap.check("--fix=all")

    lines = [line for line in result.stderr.splitlines() if " instead of " in line]
    assert 22 == len(lines)
    assert [20, 21] == [
        at for at, line in enumerate(lines) if "more than 20 are not" in line
    ]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("*/team/app/blobs/*", faults.body(b'{"os": "linux"}')),
        ("*/manifests/sha256*", faults.body(OTHER.body, content_type=OTHER.media_type)),
        ("*/team/tool/*", faults.status(404)),
    ],
)
def test_what_cannot_be_compared_is_said(
    swap: Bench, pattern: str, fault: Fault
) -> None:
    """Bytes that are not what they should be tell nothing of an image."""
    swap.up.fail(pattern, fault)
    result = swap.check("--fix=all", "--diff")

    assert "instead of nixery.dev/team/app:1.0: not compared: " in result.stderr

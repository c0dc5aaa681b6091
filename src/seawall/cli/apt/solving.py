"""Dependencies, found out by this machine's apt-get in a root that is thrown away."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from seawall.errors import AbsentError, BrokenReplyError, InputError, SeawallError

_CONFIG = """\
Dir "{root}";
Dir::State::status "{root}/status";
APT::Sandbox::User "root";
APT::Cmd::Pattern-Only "true";
APT::Install-Recommends "{recommends}";
APT::Update::Error-Mode "any";
Acquire::ForceHash "SHA256";
Acquire::Languages "en";
Acquire::PDiffs "false";
Acquire::Retries "1";
Acquire::http::Proxy "DIRECT";
Acquire::http::Timeout "300";
Acquire::https::Proxy "DIRECT";
Acquire::https::Timeout "300";
Acquire::https::Verify-Peer "false";
"""
# Descriptions are what clients ask for unless they are told not to: they come, too.
# Nothing that is secret is sent, and what comes is verified by the server: so neither
# its certificate nor, once more, the suites' signatures are looked at.

_FOLDERS = (
    "etc/apt/apt.conf.d",
    "etc/apt/preferences.d",
    "etc/apt/sources.list.d",
    "var/cache/apt/archives/partial",
    "var/lib/apt/lists/partial",
)
_ARCHITECTURES = 'APT::Architecture "{0}";\nAPT::Architectures {{ "{0}"; }};\n'
_PACKAGE = re.compile(
    r"[a-z0-9][a-z0-9.+-]*[a-z0-9+.](?::[a-z0-9-]+)?"
    r"(?:=[A-Za-z0-9.+~:-]+|/[A-Za-z0-9./_-]+)?"
)
_ARCHITECTURE = re.compile(r"[a-z0-9-]+")
_FILE = re.compile(r"'([^']+)' (\S+) ([0-9]+) SHA256:([0-9a-f]{64})")
_UNMET = re.compile(r"^ (\S+ : .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file of an archive that must be there for a package to install.

    Attributes:
        url: Where it is, as apt quotes it.
        name: As apt would call the file: package, version and architecture.
        size: In bytes.
        sha256: Its digest's hex.
    """

    url: str
    name: str
    size: int
    sha256: str


@dataclass
class Closure:
    """Packages with all that they need.

    Attributes:
        files: In the order of their names.
        failures: Packages that cannot be installed, each with the reason.
    """

    files: list[PackageFile] = field(default_factory=list)
    failures: list[tuple[str, SeawallError]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SolverOptions:
    """How dependencies are found out.

    Attributes:
        sources: A deb822-style file, the only one that apt-get reads.
        architecture: Of the packages; this machine's if empty.
        recommends: Whether recommended packages are dependencies.
    """

    sources: str
    architecture: str = ""
    recommends: bool = False


def parse_package(text: str) -> str:
    """Read ``NAME``, ``NAME=VERSION`` or ``NAME/SUITE``, each with ``:ARCH`` or not.

    apt-get would take more for a package: patterns, and a name with a minus behind it
    for a removal.

    Raises:
        InputError: It is something else.

    >>> parse_package("g++=4:12.2.0-3")
    'g++=4:12.2.0-3'
    """
    if not _PACKAGE.fullmatch(text):
        raise InputError(
            f"{text!r} is no package: expected NAME, NAME=VERSION or NAME/SUITE"
        )
    return text


@asynccontextmanager
async def open_solver(options: SolverOptions) -> AsyncIterator["Solver"]:
    """Make a root for apt-get, empty but for the sources; it goes with the block.

    Raises:
        InputError: There is no apt-get here, or the architecture is none.
    """
    program = shutil.which("apt-get")
    if program is None:
        raise InputError(
            "there is no apt-get on this machine, and it is what finds out"
            " dependencies: run this where apt is installed"
        )
    if options.architecture and not _ARCHITECTURE.fullmatch(options.architecture):
        raise InputError(f"{options.architecture!r} is no architecture")
    with tempfile.TemporaryDirectory(prefix="seawall-apt-") as folder:
        root = Path(folder)
        await asyncio.to_thread(_furnish, root, options)
        yield Solver(program, root)


def _furnish(root: Path, options: SolverOptions) -> None:
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    (root / "etc/apt/sources.list.d/seawall.sources").write_text(options.sources)
    recommends = "true" if options.recommends else "false"
    config = _CONFIG.format(root=root, recommends=recommends)
    if options.architecture:
        config += _ARCHITECTURES.format(options.architecture)
    (root / "apt.conf").write_text(config)


class Solver:
    """Asks apt-get, which knows nothing but what the sources say."""

    def __init__(self, program: str, root: Path) -> None:
        self._program = program
        self._root = root

    async def update(self) -> None:
        """Fetch the indexes.

        Raises:
            BrokenReplyError: Some could not be had; the message has apt's own lines.
        """
        code, _, told = await self._run("update")
        # apt before 2.1 counts an index that it could not have as no error
        lines = [line for line in told.splitlines() if "Failed to fetch" in line]
        if code or lines:
            said = "; ".join(lines) or _first_errors(told)
            raise BrokenReplyError(f"apt-get update: {said}")

    async def solve(self, packages: Sequence[str]) -> Closure:
        """Find out what packages need, each of them as if it were alone if need be.

        Packages that exclude each other are all brought; one that cannot be installed
        stops no other.
        """
        closure = Closure()
        files: dict[str, PackageFile] = {}
        waiting = [list(dict.fromkeys(packages))]
        while waiting:
            some = waiting.pop()
            try:
                files |= {file.url: file for file in await self._ask(some)}
            except AbsentError as exc:
                if len(some) == 1:
                    closure.failures.append((some[0], exc))
                    continue
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
        closure.files = sorted(files.values(), key=lambda file: file.name)
        return closure

    async def _ask(self, packages: Sequence[str]) -> list[PackageFile]:
        words = ["install", "--print-uris", "-y", "--", *packages]
        code, answer, told = await self._run(*words)
        if code:
            said = "; ".join([_first_errors(told), *_UNMET.findall(answer)])
            raise AbsentError(f"apt-get: {said}")
        return list(_read_files(answer))

    async def _run(self, *words: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            self._program,
            "-q",
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(self._root),
        )
        try:
            answer, told = await process.communicate()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        code = process.returncode or 0
        return code, answer.decode(errors="replace"), told.decode(errors="replace")


def _environment(root: Path) -> dict[str, str]:
    """Give apt-get an environment in which this machine's settings do not count."""
    kept = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    return kept | {"APT_CONFIG": str(root / "apt.conf"), "TMPDIR": str(root)}


def _first_errors(told: str) -> str:
    """Take apt's own errors, or all that it said if it calls nothing an error."""
    lines = told.splitlines()
    errors = [line.removeprefix("E: ") for line in lines if line.startswith("E: ")]
    return "; ".join(errors or lines) or "it failed without a word"


def _read_files(answer: str) -> Iterator[PackageFile]:
    for match in _FILE.finditer(answer):
        url, name, size, sha256 = match.groups()
        yield PackageFile(url, name, int(size), sha256)

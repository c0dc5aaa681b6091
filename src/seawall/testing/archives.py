"""Signed Debian archives in memory: suites, pools, by-hash files, published again."""

import bz2
import gzip
import hashlib
import lzma
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pysequoia
import zstandard

from seawall.testing.debs import SamplePackage, SampleSource

_ALGORITHMS = {
    "MD5Sum": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    "SHA256": lambda data: hashlib.sha256(data).hexdigest(),
    "SHA512": lambda data: hashlib.sha512(data).hexdigest(),
}
COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "gz": lambda data: gzip.compress(data, compresslevel=1, mtime=0),
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "zst": lambda data: zstandard.ZstdCompressor(level=1).compress(data),
}
"""What an index may be compressed by, under the suffix that says so."""


class SampleKey:
    """A key that signs suites; made anew each time, as keys are."""

    def __init__(self, user: str = "Archive <archive@archive.example>") -> None:
        self._secret = pysequoia.Tsk.generate(user)
        self.certificate = self._secret.extract_certificate()

    @property
    def fingerprint(self) -> str:
        """Its name, in upper case as people write it."""
        return self.certificate.fingerprint.upper()

    @property
    def keyring(self) -> bytes:
        """What a client needs to know it by, as a file that apt takes, too."""
        return bytes(self.certificate)

    @property
    def armored_keyring(self) -> str:
        """The same as text, for a `Signed-By` that has the key itself."""
        return str(self.certificate)

    def sign_inline(self, text: bytes) -> bytes:
        """Sign a text as `InRelease` has it."""
        signer = self._secret.signer()
        return pysequoia.sign(signer, text, mode=pysequoia.SignatureMode.CLEAR)

    def sign_detached(self, text: bytes) -> bytes:
        """Sign a text as `Release.gpg` has it."""
        signer = self._secret.signer()
        return pysequoia.sign(signer, text, mode=pysequoia.SignatureMode.DETACHED)


@dataclass(frozen=True)
class SampleSuite:
    """How one suite is published.

    Attributes:
        directory: Where it is; "" or a folder's name if it is flat.
        suite: Its name, as `Release` says it.
        codename: Its other name; empty for none.
        components: Parts of it; a flat one has none.
        architectures: Each has indexes of its own, and "all" packages in them.
        compressions: Suffixes of the indexes that are there ("" is the plain one).
            The plain one is always listed, as archives do that do not have it.
        sections: Kinds of sums in `Release`.
        inline: Whether there is an `InRelease`.
        detached: Whether there are `Release` and `Release.gpg`.
        by_hash: Whether indexes can be had by their sums, the old ones, too.
        flat: Packages lie in the suite's own directory.
    """

    directory: str = "dists/stable"
    suite: str = "stable"
    codename: str = "sample"
    components: tuple[str, ...] = ("main",)
    architectures: tuple[str, ...] = ("amd64",)
    compressions: tuple[str, ...] = ("xz", "gz")
    sections: tuple[str, ...] = ("MD5Sum", "SHA256")
    inline: bool = True
    detached: bool = True
    by_hash: bool = True
    flat: bool = False

    @classmethod
    def named(cls, name: str, **more: object) -> "SampleSuite":
        """Make a suite that lies where its name says."""
        options = {"directory": f"dists/{name}", "suite": name} | more
        return cls(**options)  # type: ignore[arg-type]


@dataclass
class SampleArchive:
    """The files of an archive, by path; tests may change them as they like.

    >>> archive = SampleArchive()
    >>> archive.publish([SamplePackage("hello")])
    >>> "dists/stable/InRelease" in archive.files
    True
    """

    suite: SampleSuite = field(default_factory=SampleSuite)
    key: SampleKey = field(default_factory=SampleKey)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def keyring(self) -> bytes:
        """The keys that its suites are signed by."""
        return self.key.keyring

    def publish(  # noqa: PLR0913  a publication varies in these ways
        self,
        packages: Iterable[SamplePackage],
        *,
        suite: SampleSuite | None = None,
        date: float | None = None,
        valid_until: float | None = None,
        sources: Sequence[SampleSource] = (),
        extra: Mapping[str, bytes] | None = None,
    ) -> None:
        """Publish a suite, or publish it again: what is in the pool stays there.

        Args:
            packages: All that it has from now on.
            suite: Which suite; the archive's own by default.
            date: Epoch seconds; now by default.
            valid_until: Epoch seconds; none by default.
            sources: Source packages.
            extra: More files that it lists, by path below its directory.
        """
        suite = suite or self.suite
        indexes = dict(extra or {})
        listed = dict(indexes)
        texts = self._write_pool(suite, list(packages), sources)
        for name, text in texts.items():
            listed[name] = text
            for suffix in suite.compressions:
                path = f"{name}.{suffix}" if suffix else name
                indexes[path] = listed[path] = COMPRESSORS[suffix](text)
        for path, data in indexes.items():
            self.files[_join(suite.directory, path)] = data
            if suite.by_hash:
                self._write_by_hash(suite, path, data)
        date = time.time() if date is None else date
        self.sign_release(_write_release(suite, listed, date, valid_until), suite=suite)

    def sign_release(
        self,
        text: bytes,
        *,
        suite: SampleSuite | None = None,
        key: SampleKey | None = None,
    ) -> None:
        """Put a release file into place, signed; whatever it says."""
        suite, key = suite or self.suite, key or self.key
        folder = suite.directory
        if suite.inline:
            self.files[_join(folder, "InRelease")] = key.sign_inline(text)
        if suite.detached:
            self.files[_join(folder, "Release")] = text
            self.files[_join(folder, "Release.gpg")] = key.sign_detached(text)

    def release(self, suite: SampleSuite | None = None) -> bytes:
        """Give the text that is signed now, to be changed and signed again."""
        suite = suite or self.suite
        if suite.detached:
            return self.files[_join(suite.directory, "Release")]
        signed = self.files[_join(suite.directory, "InRelease")]
        body = signed.partition(b"\n\n")[2].partition(b"\n-----BEGIN PGP SIG")[0]
        return body + b"\n"

    def _write_pool(
        self,
        suite: SampleSuite,
        packages: Sequence[SamplePackage],
        sources: Sequence[SampleSource],
    ) -> dict[str, bytes]:
        """Put packages into place; give the plain indexes that list them."""
        paths = {
            # relative to the archive, not to the suite: so apt reads flat ones, too
            one: f"./{_join(suite.directory, one.file_name)}"
            if suite.flat
            else one.pool_path
            for one in packages
        }
        for package, path in paths.items():
            self.files[path.removeprefix("./")] = package.deb
        for source in sources:
            for name, data in source.files.items():
                self.files[f"{source.directory}/{name}"] = data
        if suite.flat:
            return {"Packages": _join_stanzas(p.stanza(paths[p]) for p in packages)}
        texts = {
            f"{component}/binary-{architecture}/Packages": _join_stanzas(
                p.stanza(paths[p])
                for p in packages
                if p.component == component and p.architecture in (architecture, "all")
            )
            for component in suite.components
            for architecture in suite.architectures
        }
        for component in {source.component for source in sources}:
            texts[f"{component}/source/Sources"] = _join_stanzas(
                source.stanza() for source in sources if source.component == component
            )
        return texts

    def _write_by_hash(self, suite: SampleSuite, path: str, data: bytes) -> None:
        folder = path.rpartition("/")[0]
        for section in suite.sections:
            name = f"by-hash/{section}/{_ALGORITHMS[section](data)}"
            self.files[_join(suite.directory, _join(folder, name))] = data


def _write_release(
    suite: SampleSuite,
    listed: Mapping[str, bytes],
    date: float,
    valid_until: float | None,
) -> bytes:
    fields = {
        "Origin": "Seawall",
        "Label": "Sample",
        "Suite": suite.suite,
        "Codename": suite.codename,
        "Date": _write_date(date),
        "Valid-Until": "" if valid_until is None else _write_date(valid_until),
        "Acquire-By-Hash": "yes" if suite.by_hash else "",
        "Architectures": " ".join(suite.architectures),
        "Components": "" if suite.flat else " ".join(suite.components),
        "Description": "A sample",
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    for section in suite.sections:
        lines += [f"{section}:", *_list_sums(section, listed)]
    return ("\n".join(lines) + "\n").encode()


def _list_sums(section: str, listed: Mapping[str, bytes]) -> Iterator[str]:
    for path, data in sorted(listed.items()):
        yield f" {_ALGORITHMS[section](data)} {len(data):>8} {path}"


def _write_date(epoch_s: float) -> str:
    return datetime.fromtimestamp(int(epoch_s), UTC).strftime(
        "%a, %d %b %Y %H:%M:%S UTC"
    )


def _join_stanzas(stanzas: Iterable[str]) -> bytes:
    return "\n".join(stanzas).encode()


def _join(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder else path

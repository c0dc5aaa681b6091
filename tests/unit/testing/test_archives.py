"""Sample archives are what real clients take."""

import hashlib
import lzma
import shutil
import subprocess
from pathlib import Path

import pysequoia
import pytest

from seawall.testing.archives import SampleArchive, SampleKey, SampleSuite
from seawall.testing.debs import SamplePackage, SampleSource

HELLO = SamplePackage("hello", depends="libhello (>= 1)")
LIBHELLO = SamplePackage("libhello", "1:1.2-3", architecture="all")
DATE = 1_767_225_600.0  # 2026-01-01


def test_equal_packages_have_equal_bytes() -> None:
    """A package's file depends on what was asked for alone."""
    assert SamplePackage("hello").deb == SamplePackage("hello").deb
    assert SamplePackage("hello", seed=1).deb != SamplePackage("hello").deb


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="no dpkg-deb here")
def test_packages_unpack(tmp_path: Path) -> None:
    """The packager's own tool reads a sample package."""
    file = tmp_path / "hello.deb"
    file.write_bytes(LIBHELLO.deb)

    fields = subprocess.check_output(
        ["dpkg-deb", "--field", str(file), "Package", "Version"], text=True
    )
    listed = subprocess.check_output(["dpkg-deb", "--contents", str(file)], text=True)

    assert "Package: libhello\nVersion: 1:1.2-3\n" == fields
    assert "./usr/share/libhello/data" in listed
    assert "pool/main/l/libhello/libhello_1.2-3_all.deb" == LIBHELLO.pool_path


def test_a_suite_is_signed_and_complete() -> None:
    """A release file is signed, and what it lists is there with its sums."""
    archive = SampleArchive()
    archive.publish([HELLO, LIBHELLO], date=DATE, valid_until=DATE + 86400)

    certificate = archive.key.certificate
    opened = pysequoia.verify(
        archive.files["dists/stable/InRelease"], store=lambda _: [certificate]
    )
    text = opened.bytes
    index = archive.files["dists/stable/main/binary-amd64/Packages.xz"]
    packed = hashlib.sha256(index).hexdigest()

    assert text is not None
    assert b"Date: Thu, 01 Jan 2026 00:00:00 UTC" in text
    assert b"Valid-Until: Fri, 02 Jan 2026 00:00:00 UTC" in text
    assert packed in text.decode()
    assert HELLO.pool_path in lzma.decompress(index).decode()
    assert LIBHELLO.deb == archive.files[LIBHELLO.pool_path]
    by_hash = f"dists/stable/main/binary-amd64/by-hash/SHA256/{packed}"
    assert index == archive.files[by_hash]


def test_publishing_again_keeps_what_clients_may_still_ask_for() -> None:
    """Old packages and old indexes by their sums stay; the plain paths move on."""
    archive = SampleArchive()
    archive.publish([HELLO], date=DATE)
    before = dict(archive.files)
    archive.publish([SamplePackage("hello", "2.0-1")], date=DATE + 3600)

    gone = {path for path in before if archive.files.get(path) != before[path]}

    folder = "dists/stable"
    assert gone == {
        f"{folder}/InRelease",
        f"{folder}/Release",
        f"{folder}/Release.gpg",
        f"{folder}/main/binary-amd64/Packages.gz",
        f"{folder}/main/binary-amd64/Packages.xz",
    }


def test_suites_differ_as_archives_do() -> None:
    """Several architectures, sources, only one kind of signature, no plain names."""
    suite = SampleSuite.named(
        "testing", architectures=("amd64", "arm64"), detached=False, by_hash=False
    )
    archive = SampleArchive(suite)
    archive.publish([LIBHELLO], sources=[SampleSource("hello")])

    folder = "dists/testing/"
    assert {path.removeprefix(folder) for path in archive.files if folder in path} == {
        "InRelease",
        *(f"main/binary-{a}/Packages.{c}" for a in suite.architectures for c in _XZ_GZ),
        *(f"main/source/Sources.{c}" for c in _XZ_GZ),
    }
    assert b"Suite: testing\n" in archive.release()


def test_a_release_can_be_signed_by_a_stranger() -> None:
    """What a test wants to be refused can be made: another key, another text."""
    archive = SampleArchive()
    archive.publish([HELLO])
    archive.sign_release(archive.release() + b"Label: twice\n", key=SampleKey())

    text = archive.files["dists/stable/InRelease"]
    certificate = archive.key.certificate

    with pytest.raises(Exception, match=r"(?i)sign"):
        pysequoia.verify(text, store=lambda _: [certificate])


@pytest.mark.parametrize("flat", [False, True], ids=["pool", "flat"])
@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz", "zst"])
@pytest.mark.skipif(shutil.which("apt-get") is None, reason="no apt-get here")
def test_apt_takes_it(tmp_path: Path, *, flat: bool, compression: str) -> None:
    """The real client updates from it and finds what to download."""
    folder = "flat" if flat else "dists/stable"
    suite = SampleSuite(folder, flat=flat, compressions=(compression,))
    archive = SampleArchive(suite)
    archive.publish([HELLO, LIBHELLO])
    for path, data in archive.files.items():
        file = tmp_path / "archive" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    printed = _ask_apt(tmp_path, "flat/" if flat else "stable main", archive.keyring)

    folder = "flat" if flat else "pool/main/h/hello"
    assert f"{folder}/hello_1.0-1_amd64.deb" in printed
    assert "libhello_1.2-3_all.deb" in printed


_XZ_GZ = ("xz", "gz")


def _ask_apt(root: Path, suite: str, keyring: bytes) -> str:
    """Update an empty root of apt's own, and ask what an installation would fetch."""
    for folder in ("lists/partial", "archives/partial", "etc"):
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    (root / "key.gpg").write_bytes(keyring)
    source = f"deb [signed-by={root}/key.gpg] file:{root}/archive {suite}\n"
    (root / "sources.list").write_text(source)
    options = {
        "Dir::Etc": root / "etc",
        "Dir::Etc::SourceList": root / "sources.list",
        "Dir::State": root,
        "Dir::State::Status": root / "status",
        "Dir::Cache": root,
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items())]
    environment = {"PATH": "/usr/bin:/bin", "APT_CONFIG": "/dev/null"}
    subprocess.run([*apt, "update"], check=True, env=environment, capture_output=True)
    asked = [*apt, "install", "--print-uris", "-y", "hello"]
    return subprocess.check_output(asked, text=True, env=environment)

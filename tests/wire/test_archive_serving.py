"""What clients of an archive are given: suites, indexes, packages, and the rest."""

import hashlib
from pathlib import Path

import pytest
from tests.wire.halls import (
    HELLO,
    IN_RELEASE,
    INDEX,
    LARGE,
    NAME,
    Plan,
    by_hash,
    open_hall,
)

from seawall.doors.archive.indexes.wanted import Wanted
from seawall.drill.mirror import ScriptedMirror
from seawall.testing.archives import SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage, SampleSource

FRESH = Plan(options={"fresh_s": 3600})


def sample(suite: SampleSuite | None = None) -> SampleArchive:
    """Make an archive with two packages and a source."""
    archive = SampleArchive(suite or SampleSuite())
    archive.publish([HELLO, LARGE], sources=[SampleSource("hello")])
    return archive


async def test_an_update_and_an_install(tmp_path: Path) -> None:
    """A client's whole way: suite, index by its sum, packages; each is then a hit."""
    archive = sample()
    async with open_hall(tmp_path, archive, FRESH) as hall:
        first = [*await hall.update(), await hall.ask(HELLO.pool_path)]
        again = [*await hall.update(), await hall.ask(HELLO.pool_path)]
        asked = len(hall.mirror.requests)

    expected = [archive.files[path] for path in (IN_RELEASE, INDEX, HELLO.pool_path)]
    assert [200] * 6 == [got.status for got in (*first, *again)]
    assert expected == [got.body for got in first] == [got.body for got in again]
    assert all("fwd=uri-miss; stored" in got.told for got in first)
    assert all(got.told.startswith("Seawall; hit") for got in again)
    assert 3 == asked


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz", "zst"])
async def test_packages_are_verified_whatever_packs_the_index(
    tmp_path: Path, compression: str
) -> None:
    """A package is a content as soon as a client has taken its index."""
    archive = sample(SampleSuite(compressions=(compression,)))
    path = INDEX.removesuffix(".xz") + (f".{compression}" if compression else "")
    async with open_hall(tmp_path, archive) as hall:
        await hall.ask(IN_RELEASE)
        index = await hall.ask(path)
        got = await hall.ask(HELLO.pool_path)

    assert archive.files[path] == index.body
    assert HELLO.deb == got.body
    assert "unverified" not in got.told


async def test_sources_are_verified_too(tmp_path: Path) -> None:
    """What a Sources index lists is a content as well."""
    archive = sample()
    source = SampleSource("hello")
    async with open_hall(tmp_path, archive) as hall:
        await hall.ask("dists/stable/main/source/Sources.xz")
        got = [await hall.ask(f"{source.directory}/{name}") for name in source.files]

    assert list(source.files.values()) == [one.body for one in got]
    assert ["Seawall; fwd=uri-miss; stored"] * 2 == [one.told for one in got]


async def test_several_architectures(tmp_path: Path) -> None:
    """Each architecture's packages are looked up in its own index."""
    arm = SamplePackage("hello", architecture="arm64")
    archive = SampleArchive(SampleSuite(architectures=("amd64", "arm64")))
    archive.publish([HELLO, arm])
    async with open_hall(tmp_path, archive) as hall:
        await hall.ask(INDEX)
        await hall.ask(INDEX.replace("amd64", "arm64"))
        got = [await hall.ask(one.pool_path) for one in (HELLO, arm)]

    assert [HELLO.deb, arm.deb] == [one.body for one in got]
    assert not any("unverified" in one.told for one in got)


@pytest.mark.parametrize("folder", ["", "flat", "deep/flat"])
async def test_flat_archives(tmp_path: Path, folder: str) -> None:
    """A flat suite is found wherever it lies, asked for as apt does: with a dot."""
    archive = sample(SampleSuite(folder, flat=True))
    base = f"{folder}/" if folder else "./"
    async with open_hall(tmp_path, archive) as hall:
        release = await hall.ask(f"{base}InRelease")
        index = await hall.ask(f"{base}Packages.xz")
        got = await hall.ask(f"./{base}{HELLO.file_name}")

    assert [200, 200, 200] == [one.status for one in (release, index, got)]
    assert HELLO.deb == got.body
    assert "Seawall; fwd=uri-miss; stored" == got.told


async def test_suites_as_ubuntu_names_them(tmp_path: Path) -> None:
    """Several suites of one archive, one codename for all of them."""
    archive = SampleArchive()
    newer = SamplePackage("hello", "2.0-1")
    for name, package in (("jammy", HELLO), ("jammy-updates", newer)):
        suite = SampleSuite.named(name, codename="jammy", detached=False)
        archive.publish([package], suite=suite)
    async with open_hall(tmp_path, archive) as hall:
        for name in ("jammy", "jammy-updates"):
            assert 200 == (await hall.ask(f"dists/{name}/InRelease")).status
            await hall.ask(f"dists/{name}/main/binary-amd64/Packages.gz")
        got = [await hall.ask(one.pool_path) for one in (HELLO, newer)]

    assert [HELLO.deb, newer.deb] == [one.body for one in got]


async def test_an_archive_with_signatures_apart(tmp_path: Path) -> None:
    """Where there is no InRelease, the older form is verified and served."""
    archive = sample(SampleSuite(inline=False))
    async with open_hall(tmp_path, archive) as hall:
        names = ("InRelease", "Release", "Release.gpg")
        got = [await hall.ask(f"dists/stable/{name}") for name in names]
        package = await hall.ask(INDEX) and await hall.ask(HELLO.pool_path)

    assert [404, 200, 200] == [one.status for one in got]
    assert archive.files["dists/stable/Release"] == got[1].body
    assert "Release and Release.gpg only" in got[0].body.decode()
    assert "Seawall; fwd=uri-miss; stored" == package.told


async def test_old_clients_get_the_same_generation(tmp_path: Path) -> None:
    """Who asks for Release is given that of the very generation of InRelease."""
    archive = sample()
    async with open_hall(tmp_path, archive, FRESH) as hall:
        await hall.ask(IN_RELEASE)
        same = await hall.ask("dists/stable/Release")
        before = archive.files["dists/stable/Release.gpg"]
        hall.publish(HELLO, SamplePackage("more"))
        kept = await hall.ask("dists/stable/Release.gpg")

    assert archive.files["dists/stable/Release"] != same.body
    assert before == kept.body


async def test_old_clients_get_nothing_of_another_generation(tmp_path: Path) -> None:
    """A mirror that has moved on has no Release of the generation that is served."""
    archive = sample()
    async with open_hall(tmp_path, archive, FRESH) as hall:
        await hall.ask(IN_RELEASE)
        hall.publish(HELLO, SamplePackage("more"))
        got = await hall.ask("dists/stable/Release")

    assert 404 == got.status


async def test_an_unknown_suite_is_told_in_apts_words(tmp_path: Path) -> None:
    """Who asks again for a suite that is not there reads of suites, not of tags."""
    async with open_hall(tmp_path, sample()) as hall:
        got = [await hall.ask("dists/stabel/InRelease") for _ in range(2)]

    assert [404, 404] == [one.status for one in got]
    said = f"{NAME}/dists/stabel/InRelease: {NAME} has no suite dists/stabel: its"
    assert got[1].phrase.startswith(said)


async def test_a_suite_that_is_gone_is_told_in_apts_words(tmp_path: Path) -> None:
    """A suite that mirrors took away is served on, and the warning says why."""
    async with open_hall(tmp_path, sample()) as hall:
        await hall.update()
        hall.mirror.hide("*/dists/*")
        got = await hall.ask(IN_RELEASE)

    assert 200 == got.status
    assert f"{NAME} has no suite dists/stable any more" in got.headers["warning"]


async def test_unknown_files_are_passed_on_and_marked(tmp_path: Path) -> None:
    """What no suite names comes through unverified, is said so, and briefly kept."""
    archive = sample()
    archive.files["project/README"] = b"read me"
    async with open_hall(tmp_path, archive) as hall:
        first = await hall.ask("project/README")
        again = await hall.ask("project/README")
        part = await hall.ask("project/README", headers={"range": "bytes=5-"})
        totals = await hall.house.catalog.totals()

    assert [b"read me"] * 2 == [first.body, again.body]
    assert 'Seawall; fwd=uri-miss; stored; detail="unverified"' == first.told
    assert again.told.startswith("Seawall; hit")
    assert "unverified" in again.headers["warning"]
    assert (206, b"me") == (part.status, part.body)
    assert 1 == hall.mirror.count("*/README")
    assert 0 == totals.blobs


async def test_large_unknown_files_go_straight_through(tmp_path: Path) -> None:
    """Large ones are kept nowhere; a range is passed on."""
    archive = sample()
    archive.files["iso/large.iso"] = LARGE.deb
    async with open_hall(tmp_path, archive) as hall:
        got = await hall.ask("iso/large.iso")
        part = await hall.ask("iso/large.iso", headers={"range": "bytes=100-"})

    assert LARGE.deb == got.body
    assert (206, LARGE.deb[100:]) == (part.status, part.body)
    size = len(LARGE.deb)
    assert f"bytes 100-{size - 1}/{size}" == part.headers["content-range"]
    assert 'Seawall; fwd=uri-miss; detail="unverified"' == part.told
    assert 2 == hall.mirror.count("*.iso")


async def test_differences_are_refused_at_once(tmp_path: Path) -> None:
    """No mirror is asked for lists of differences: clients take the whole index."""
    archive = sample()
    async with open_hall(tmp_path, archive) as hall:
        folder = "dists/stable/main/binary-amd64/Packages.diff"
        got = [await hall.ask(f"{folder}/{name}") for name in ("Index", "x.gz")]

    assert [404, 404] == [one.status for one in got]
    assert 0 == len(hall.mirror.requests)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("dists/../../etc/passwd", 400),
        ("dists/%2e%2e/x", 400),
        ("pool/%00", 400),
        ("pool/a%2Fb", 400),
        ("", 400),
        ("nothing/here", 404),
        ("dists/nowhere/InRelease", 404),
        ("dists/nowhere/main/binary-amd64/Packages.xz", 404),
        (f"{INDEX.rpartition('/')[0]}/by-hash/SHA256/{'0' * 64}", 404),
        (f"{INDEX.rpartition('/')[0]}/by-hash/MD5Sum/{'0' * 32}", 404),
    ],
)
async def test_errors_are_one_line(tmp_path: Path, path: str, status: int) -> None:
    """What cannot be given is told in a line, in the answer's first line, too."""
    async with open_hall(tmp_path, sample()) as hall:
        got = await hall.ask(path)

    assert status == got.status
    assert 1 == got.body.decode().count("\n")
    assert got.phrase == got.body.decode().strip()
    assert got.phrase.startswith(f"{NAME}/") or NAME in got.phrase


async def test_only_known_archives_are_asked(tmp_path: Path) -> None:
    """Other archives and hosts are refused, in every form; nobody is dialled."""
    async with ScriptedMirror({"x": b"x"}) as foreign:
        async with open_hall(tmp_path, sample()) as hall:
            got = [
                await hall.ask_raw("/debian/other/x"),
                await hall.ask_raw("/x", authority=foreign.host),
                await hall.ask_raw(f"/HTTPS///{foreign.host}/x"),
            ]

        assert [403] * 3 == [one.status for one in got]
        assert 0 == len(foreign.requests)


async def test_all_forms_lead_to_one_content(tmp_path: Path) -> None:
    """Mirror path, proxy and HTTPS/// share what is kept."""
    plan = Plan(options={"fresh_s": 3600, "aliases": ["https://deb.example/debian"]})
    async with open_hall(tmp_path, sample(), plan) as hall:
        got = [
            await hall.ask(IN_RELEASE),
            await hall.ask_raw(f"/{IN_RELEASE}", authority=hall.mirror.host),
            await hall.ask_raw(f"/debian/{IN_RELEASE}", authority="deb.example"),
            await hall.ask_raw(f"/HTTPS///deb.example/debian/{IN_RELEASE}"),
            await hall.ask_raw(
                f"///deb.example/debian/{IN_RELEASE}", authority="https"
            ),
        ]

    assert [200] * 5 == [one.status for one in got]
    assert 1 == len({one.body for one in got})
    assert 1 == len(hall.mirror.requests)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_archives_are_read_only(tmp_path: Path, method: str) -> None:
    """Nothing can be changed through an archive's door."""
    async with open_hall(tmp_path, sample()) as hall:
        got = await hall.ask_raw(f"/debian/{NAME}/{IN_RELEASE}", method=method)

    assert 405 == got.status


async def test_by_hash_of_weaker_sums(tmp_path: Path) -> None:
    """A client that asks by another sum is given the file that the suite says."""
    archive = sample()
    md5 = hashlib.md5(archive.files[INDEX], usedforsecurity=False).hexdigest()
    async with open_hall(tmp_path, archive) as hall:
        folder = INDEX.rpartition("/")[0]
        got = await hall.ask(f"{folder}/by-hash/MD5Sum/{md5}")

    assert archive.files[INDEX] == got.body
    assert "Seawall; fwd=uri-miss; stored" == got.told


async def test_equal_indexes_of_two_folders(tmp_path: Path) -> None:
    """Files with the same sum are each kept for their own architecture."""
    archive = SampleArchive(SampleSuite(architectures=("amd64", "arm64")))
    archive.publish([SamplePackage("all", architecture="all")])
    arm = INDEX.replace("amd64", "arm64")
    async with open_hall(tmp_path, archive) as hall:
        release = await hall.ask(IN_RELEASE)
        got = await hall.ask(by_hash(release.body, arm))
        annex = hall.house.annex
        wanted = Wanted(hall.house.catalog, clock=hall.house.clock)
        paths = await wanted.paths(annex.archives.find(NAME), "dists/stable")

    assert archive.files[arm] == got.body
    assert arm.removeprefix("dists/stable/") in paths

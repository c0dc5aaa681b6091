"""What no suite names, in parts: resumed, beyond its end, by slow readers."""

from pathlib import Path

from tests.wire.halls import HELLO, NAME, Hall, Plan, open_hall

from seawall.doors.web import Reply, Request
from seawall.drill.exchange import Answer
from seawall.drill.faults import Fault
from seawall.testing.archives import SampleArchive

BIG = "tools/boot.img"
SMALL = "README"
OLD, NEW = b"a" * 3_000_000, b"b" * 3_000_000


def sample() -> SampleArchive:
    """Make an archive with files that its suite does not name."""
    archive = SampleArchive()
    archive.publish([HELLO])
    archive.files.update({BIG: OLD, SMALL: b"read me"})
    return archive


async def resume(hall: Hall, path: str, modified: str) -> tuple[int, bytes]:
    """Ask for what comes after the first bytes, if the file is still that one."""
    headers = {"range": "bytes=3-", "if-range": modified}
    got = await hall.ask(path, headers=headers)
    return got.status, got.body


async def test_a_changed_file_is_not_resumed(tmp_path: Path) -> None:
    """A resumed file that is another one by now begins again: nothing is patched up."""
    async with open_hall(tmp_path, sample()) as hall:
        big, small = await hall.ask(BIG), await hall.ask(SMALL)
        dates = big.headers["last-modified"], small.headers["last-modified"]
        same = [
            await resume(hall, BIG, dates[0]),
            await resume(hall, SMALL, dates[1]),
        ]
        hall.mirror.put({BIG: NEW})
        other = [
            await resume(hall, BIG, dates[0]),
            await resume(hall, BIG, '"a tag"'),
            await resume(hall, SMALL, dates[0].replace("2023", "2022")),
        ]

    assert [(206, OLD[3:]), (206, b"d me")] == same
    assert [(200, NEW), (200, NEW), (200, b"read me")] == other


async def test_a_mirror_that_minds_no_condition_is_not_believed(tmp_path: Path) -> None:
    """A mirror that ignores If-Range and sends a part of another file is asked anew."""
    async with open_hall(tmp_path, sample()) as hall:
        modified = (await hall.ask(BIG)).headers["last-modified"]
        hall.mirror._may_cut = lambda *_: True  # type: ignore[method-assign]
        hall.mirror.put({BIG: NEW})
        got = await resume(hall, BIG, modified)

    assert (200, NEW) == got


async def test_a_range_beyond_the_end_is_the_client_s(tmp_path: Path) -> None:
    """Who asks beyond the end is told the size, and no mirror is blamed for it."""
    async with open_hall(tmp_path, sample(), Plan(mirrors=2)) as hall:
        got = await hall.ask(BIG, headers={"range": "bytes=99999999-"})
        archive = hall.house.annex.archives.find(NAME)
        health = [archive.is_healthy(mirror) for mirror in archive.mirrors]
        asked = [mirror.count(f"*/{BIG}") for mirror in hall.mirrors]

    assert (416, "bytes */3000000") == (got.status, got.headers["content-range"])
    assert [True, None] == health
    assert [2, 0] == asked


async def test_a_part_of_unknown_length_is_not_told(tmp_path: Path) -> None:
    """A mirror that sends a part and not of how much is asked for all of it."""
    async with open_hall(tmp_path, sample()) as hall:
        headers = {"Content-Range": f"bytes 3-{len(OLD) - 1}/*"}
        part = Fault("no total", lambda *_: Answer(206, headers, OLD[3:]))
        hall.mirror.fail(f"*/{BIG}", part, times=1)
        got = await hall.ask(BIG, headers={"range": "bytes=3-"})

    assert (200, OLD) == (got.status, got.body)


async def open_streams(hall: Hall, client: str, count: int) -> list[Reply]:
    """Ask for a large file, and take none of it."""
    request = Request("GET", f"/debian/{NAME}/{BIG}", "", [], client, 5000)
    answers = [await hall.house.annex.door.answer(request) for _ in range(count)]
    return [reply for reply in answers if reply is not None]


async def leave(replies: list[Reply]) -> None:
    """Go away without having read."""
    for reply in replies:
        if reply.stack is not None:
            await reply.stack.aclose()


async def test_slow_readers_hold_up_nobody_else(tmp_path: Path) -> None:
    """A client that takes large files slowly gets a few; other files go on coming."""
    async with open_hall(tmp_path, sample()) as hall:
        replies = await open_streams(hall, "192.0.2.1", 9)
        replies += await open_streams(hall, "192.0.2.2", 1)
        small = await hall.ask(SMALL, client="192.0.2.1")
        await leave(replies[:1])
        replies += await open_streams(hall, "192.0.2.1", 1)
        await leave(replies)

    assert [200] * 8 + [503, 200, 200] == [reply.status for reply in replies]
    assert (200, b"read me") == (small.status, small.body)


async def test_slow_readers_leave_connections_for_packages(tmp_path: Path) -> None:
    """Large unverified files together take half of what one mirror is asked at once."""
    async with open_hall(tmp_path, sample()) as hall:
        await hall.update()
        await hall.settle()
        replies = []
        for number in range(5):
            replies += await open_streams(hall, f"192.0.2.{number}", 8)
        package = await hall.ask(HELLO.pool_path, client="192.0.2.1")
        await leave(replies)

    assert [200] * 32 + [503] * 8 == [reply.status for reply in replies]
    assert HELLO.deb == package.body

"""The leak checks of conftest.py see what they are there for."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).parents[1] / "conftest.py").read_text()

SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""

LEAKS = {
    "task": """
import asyncio
left = []
async def test_it():
    left.append(asyncio.create_task(asyncio.sleep(3600)))
""",
    "socket": """
import socket
left = []
def test_it():
    left.append(socket.socket())
""",
    "socket of a loop": """
import asyncio
left = []
async def test_it():
    left.append(await asyncio.start_server(print, "127.0.0.1", 0))
""",
    "warning": """
import warnings
def test_it():
    warnings.warn("careless")
""",
}

CLEAN = """
import asyncio
async def test_it():
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert b"" == await reader.read()
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
"""


def _run(pytester: pytest.Pytester, body: str) -> pytest.RunResult:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(body)
    pytester.makeini(SETTINGS)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider")


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_fails_its_test(pytester: pytest.Pytester, leak: str) -> None:
    """A test that leaves something behind, or warns, is no success."""
    result = _run(pytester, LEAKS[leak])

    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == 1


def test_a_tidy_test_passes(pytester: pytest.Pytester) -> None:
    """A test that closes what it opened is not accused."""
    result = _run(pytester, CLEAN)

    assert result.parseoutcomes() == {"passed": 1}

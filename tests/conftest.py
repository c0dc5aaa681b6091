"""What holds for every test: fixed randomness in CI, and nothing left behind."""

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "home",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # of a busy machine, not of a test
)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "home")

# Otherwise the plugin's first look for a loop makes one, whose sockets are no leak.
asyncio.set_event_loop(None)


def _open_sockets() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:  # the handle of this very listing
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


@pytest.fixture
async def tasks_end() -> AsyncIterator[None]:
    """Fail the test if a task that it started outlives it."""
    before = asyncio.all_tasks()
    yield
    for _ in range(3):  # transports close on the turn after they are told to
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before if not task.done()]
    left = [task for task in left if task is not asyncio.current_task()]
    if left:
        pytest.fail("tasks outlived the test: " + ", ".join(map(repr, left)))


@pytest.fixture(autouse=True)
def nothing_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a task or a socket behind."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("tasks_end")
    before = _open_sockets()
    yield
    left = _open_sockets() - before
    if left:
        pytest.fail(f"{len(left)} sockets outlived the test")

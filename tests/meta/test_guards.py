"""The list of guards says where they stand; `make guards` takes them out."""

import pytest
from tests.guards import GUARDS, ROOT, Guard


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.invariant)
def test_a_guard_stands_where_the_list_says(guard: Guard) -> None:
    """A line that moved or changed would be tried out in vain."""
    text = (ROOT / "src" / "seawall" / guard.file).read_text()

    assert 1 == text.count(guard.line)

"""Who may have which content."""

import itertools

import pytest

from seawall.oci.reference import RepositoryName
from seawall.store.records import RepositoryRecord
from seawall.supply.rights import Access, decide_content, decide_name


def known(*, private: bool | None) -> RepositoryRecord:
    """Make what is known of a repository."""
    return RepositoryRecord(RepositoryName("docker.io", "library/x"), private, 0.0)


PUBLIC, PRIVATE, OPEN = known(private=False), known(private=True), known(private=None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (PUBLIC, Access.SERVE),
        (PRIVATE, Access.REFUSE),
        (OPEN, Access.ASK),
        (None, Access.ASK),
    ],
)
def test_names(asked: RepositoryRecord | None, expected: Access) -> None:
    """A public name is for all; of what is not decided, the origin is asked."""
    assert expected is decide_name(asked, trusted=False)
    assert Access.SERVE is decide_name(asked, trusted=True)


@pytest.mark.parametrize(
    ("asked", "holders", "expected"),
    [
        (PUBLIC, [PUBLIC], Access.SERVE),
        (PRIVATE, [PRIVATE, PUBLIC], Access.SERVE),
        (PUBLIC, [PRIVATE], Access.ASK),
        (PUBLIC, [], Access.ASK),
        (OPEN, [OPEN], Access.ASK),
        (None, [PRIVATE], Access.ASK),
        (PRIVATE, [PRIVATE], Access.REFUSE),
        (PRIVATE, [], Access.REFUSE),
    ],
)
def test_contents(
    asked: RepositoryRecord | None, holders: list[RepositoryRecord], expected: Access
) -> None:
    """A content of any public repository is public; others must be proven."""
    assert expected is decide_content(asked, holders, trusted=False)


def test_loopback_is_trusted() -> None:
    """On loopback, Seawall's credentials are the caller's own."""
    for asked, holder in itertools.product([PUBLIC, PRIVATE, OPEN, None], repeat=2):
        holders = [holder] if holder else []
        assert Access.SERVE is decide_content(asked, holders, trusted=True)

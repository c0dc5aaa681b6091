"""Who may have which content: decided from what the catalog knows."""

from collections.abc import Sequence
from enum import Enum

from seawall.store.records import RepositoryRecord


class Access(Enum):
    """What to do about a caller who asks for a content or a name."""

    SERVE = "serve"
    ASK = "ask"  # the origin, without credentials: is this public?
    REFUSE = "refuse"


def decide_name(asked: RepositoryRecord | None, *, trusted: bool) -> Access:
    """Decide about names, listings and manifests by tag of one repository.

    Args:
        asked: What is known of the repository that the caller named.
        trusted: The caller is on loopback, where Seawall's credentials are theirs.
    """
    if trusted:
        return Access.SERVE
    if asked is None or asked.private is None:
        return Access.ASK
    return Access.REFUSE if asked.private else Access.SERVE


def decide_content(
    asked: RepositoryRecord | None,
    holders: Sequence[RepositoryRecord],
    *,
    trusted: bool,
) -> Access:
    """Decide about a content that is stored or arriving (invariants 3 and 11).

    Whoever may read one repository that is known to contain it may have it, so a
    content of any public repository is public.

    Args:
        asked: What is known of the repository that the caller named.
        holders: The repositories that are known to contain the content.
        trusted: The caller is on loopback.
    """
    if trusted or any(holder.private is False for holder in holders):
        return Access.SERVE
    if asked is not None and asked.private:
        return Access.REFUSE
    return Access.ASK

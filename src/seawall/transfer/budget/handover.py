"""What of an account outlives a restart, as bytes."""

import msgspec

from seawall.transfer.budget.accounts import Account, Scope
from seawall.transfer.budget.pauses import LONGEST_S, Pause
from seawall.transfer.budget.quotas import Quota


class _Note(msgspec.Struct):
    left: int
    age_s: float
    limit: int | None = None
    window_s: int | None = None
    reset_s: float | None = None
    source: str = ""
    neighbours_per_s: float = 0.0
    drain_per_s: float = 0.0
    known: bool = True
    pauses: dict[str, float] = {}


def write_account(account: Account, now: float) -> bytes:
    """Write down what is known, related to now; what is under way counts as spent."""
    quota = account.quota
    pauses = {scope.value: p.wait_s(now) for scope, p in account.pauses.items()}
    return msgspec.json.encode(
        _Note(
            left=max(account.available, 0),
            age_s=max(now - account.reported_at, 0.0),
            limit=quota.limit if quota else None,
            window_s=quota.window_s if quota else None,
            reset_s=quota.reset_s if quota else None,
            source=quota.source if quota else "",
            neighbours_per_s=account.neighbours_per_s,
            drain_per_s=account.drain_per_s,
            known=quota is not None,
            pauses={scope: wait_s for scope, wait_s in pauses.items() if wait_s > 0},
        )
    )


def read_account(body: bytes, now: float, *, passed_s: float) -> Account | None:
    """Read it again, `passed_s` later; None if it is not readable."""
    try:
        note = msgspec.json.decode(body, type=_Note)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    passed_s = max(passed_s, 0.0)
    account = Account()
    if note.known:
        account.quota = Quota(
            note.limit, note.left, note.window_s, note.source, note.reset_s
        )
        account.left = note.left
        account.reported_at = now - note.age_s - passed_s
        account.neighbours_per_s = note.neighbours_per_s
        account.drain_per_s = note.drain_per_s
    for name, wait_s in note.pauses.items():
        scopes = [scope for scope in Scope if scope.value == name]
        left_s = min(wait_s, LONGEST_S) - passed_s
        if scopes and left_s > 0:
            account.pauses[scopes[0]] = Pause(now + left_s, count=1)
    return account

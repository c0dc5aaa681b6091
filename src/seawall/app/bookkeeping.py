"""What is left of quotas: as gauges, as a word on readiness, and over a restart."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from seawall.app.meters import Figure
from seawall.kit.clock import Clock
from seawall.store.ledger.diary import Diary
from seawall.transfer.budget.desk import Budget, State

_EVERY_S = 2.0
_REMEMBERED_S = 30 * 86400.0
_LEFT = "As the upstream last said, less what is under way."
_LIMIT = "As the upstream last said."
_OUT = "Metered requests whose reply is not here yet."
_PAUSED = "Seconds for which a limiter that refused is still left alone."
_SPENT_IN = "Seconds until a quota is spent, if it goes on like this."


def quota_figures(budget: Budget) -> Iterator[Figure]:
    """Give the gauges of every account that has a quota or is left alone."""
    for state in budget.states():
        labels = _labels(state)
        if state.remaining is not None:
            yield Figure("quota_remaining", _LEFT, state.remaining, labels)
            yield Figure("quota_outstanding", _OUT, state.outstanding, labels)
        if state.limit is not None:
            yield Figure("quota_limit", _LIMIT, state.limit, labels)
        if state.exhausted_s is not None:
            yield Figure(
                "quota_exhausted_seconds", _SPENT_IN, state.exhausted_s, labels
            )
        yield Figure("quota_paused_seconds", _PAUSED, state.paused_s, labels)


async def recall_budgets(budget: Budget, diary: Diary, now: float) -> None:
    """Take over what was known before the restart; old notes are forgotten.

    Args:
        budget: The accounts.
        diary: Where they were kept.
        now: Wall time.
    """
    budget.recall(await asyncio.to_thread(diary.read))
    diary.forget(now - _REMEMBERED_S)


async def keep_budgets(budget: Budget, diary: Diary, clock: Clock) -> None:
    """Write down every few seconds what changed, until cancelled."""
    while True:
        await clock.sleep(_EVERY_S)
        write_budgets(budget, diary, clock.now())


def write_budgets(budget: Budget, diary: Diary, now: float) -> None:
    """Write down what changed since the last time."""
    notes = budget.take_notes()
    if notes:
        diary.write(notes, now)


def tell_budgets(budget: Budget, now: float) -> list[dict[str, object]]:
    """Say for people what is left and when it will be spent; no secret is in it.

    Args:
        budget: The accounts.
        now: Wall time.
    """
    return [
        {
            **_labels(state),
            "remaining": state.remaining,
            "limit": state.limit,
            "counted_for": state.source,
            "paused_s": round(state.paused_s, 1),
            "exhausted_at": _moment(now, state.exhausted_s),
        }
        for state in budget.states()
    ]


def _labels(state: State) -> dict[str, str]:
    key = state.key
    account = key.account or "anonymous"
    return {"registry": key.registry, "source": key.host, "account": account}


def _moment(now: float, wait_s: float | None) -> str | None:
    if wait_s is None:
        return None
    return datetime.fromtimestamp(now + wait_s, UTC).isoformat(timespec="seconds")

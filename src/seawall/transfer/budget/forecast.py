"""When a quota will be spent at this pace, and how names age meanwhile."""

from seawall.transfer.budget.accounts import Account

RELAXED = 0.5
LONGEST_STRETCH = 12.0


def find_exhaustion_s(account: Account, now: float) -> float | None:
    """Give the seconds until nothing will be left; None if that is not to be seen.

    What a window brings back at its end counts as soon as its end is known: who will
    not run dry before then is not going to.
    """
    quota = account.quota
    if quota is None or account.is_outdated(now):
        return None
    age_s = max(now - account.reported_at, 0.0)
    left = max(account.available - account.drain_per_s * age_s, 0.0)
    if not left:
        return 0.0
    if account.drain_per_s <= 0:
        return None
    ends_s = left / account.drain_per_s
    window_s = quota.window_s if quota.reset_s is None else quota.reset_s - age_s
    return None if window_s is not None and ends_s > window_s else ends_s


def choose_stretch(share: float, *, longest: float = LONGEST_STRETCH) -> float:
    """Choose how much longer a name's answer holds, the less of a quota is left.

    Nothing changes while half of it is there; the less is left beyond that, the rarer
    are questions whose answers may have to be paid for.

    Args:
        share: The part of the quota that is left.
        longest: The factor when nothing is left; 1 changes nothing.

    >>> choose_stretch(0.8), choose_stretch(0.25), choose_stretch(0.0)
    (1.0, 2.0, 12.0)
    """
    if share >= RELAXED:
        return 1.0
    return min(RELAXED / share, longest) if share > 0 else longest

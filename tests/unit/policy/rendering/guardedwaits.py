"""Guards of how long clients are told to wait, as rows of `tests.guards`."""

_WAITS = "unit/policy/rendering/test_advising.py"

GUARDS = (
    (
        "policy: a client is told to outlast what was learnt",
        "policy/rendering/advising.py",
        "max(known_s, bound_s)",
        "bound_s",
        f"{_WAITS} -k no_silence_outlasts",
    ),
    (
        "policy: a time is wrong once a learnt silence outlasts it",
        "policy/rendering/advising.py",
        "max(least_s, known_s)",
        "least_s",
        f"{_WAITS} -k stays_right",
    ),
    (
        "policy: a time that is long enough is no difference",
        "policy/rendering/joining.py",
        "_allow(wanted, mine, theirs)",
        "pass",
        f"{_WAITS} -k stays_right",
    ),
    (
        "supply: a registry is as unknown as one of its sources",
        "supply/explaining/silences.py",
        'all(one.state != "unknown" for one in told)',
        'any(one.state != "unknown" for one in told)',
        "unit/supply/explaining/test_silences.py -k not_known",
    ),
)

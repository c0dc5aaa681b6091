"""Guards of which fixes are safe, as rows of `tests.guards`."""

_HERE = "unit/policy/checking"

GUARDS = (
    (
        "policy: what tests compare with is not mended by the way",
        "policy/checking/heldback.py",
        "any(map(is_test_data, paths))",
        "False",
        f"{_HERE}/test_fixing.py -k compare_with",
    ),
    (
        "policy: what a test asserts is not mended by the way",
        "policy/checking/heldback.py",
        "(use and any(map(is_test_program, paths)))",
        "False",
        f"{_HERE}/test_heldback.py -k asserts",
    ),
    (
        "policy: a name that others say, too, is not mended by the way",
        "policy/checking/heldback.py",
        "return self._known[key]",
        "return False",
        f"{_HERE}/test_heldback.py -k alone",
    ),
    (
        "policy: what a fix writes is not filled in by a shell",
        "policy/checking/heldback.py",
        "if fix is not None and alone.is_filled_in(fix):",
        "if fix is None:",
        "unit/policy/test_cases.py -k bld001",
    ),
    (
        "policy: a fix contradicts itself for nobody",
        "policy/fix.py",
        "if not alone or not all(",
        "if not all(",
        "unit/policy/test_fix.py -k always_be_applied",
    ),
)

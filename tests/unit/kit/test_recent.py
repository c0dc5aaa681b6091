"""Memory that keeps what was used last, and no more than it may."""

from hypothesis import given
from hypothesis import strategies as st

from seawall.kit.recent import Recent


def test_what_was_used_longest_ago_goes_first() -> None:
    """Reading a value counts as a use of it."""
    recent = Recent[str, int](3)
    for number, key in enumerate("abc"):
        recent.put(key, number)
    recent.get("a")
    recent.put("d", 3)

    assert [0, None, 2, 3] == [recent.get(key) for key in "abcd"]


def test_what_is_too_heavy_is_not_kept() -> None:
    """A value that fits nowhere costs the others their place, and stays out."""
    recent = Recent[str, int](10)
    recent.put("a", 1, 4)
    recent.put("b", 2, 11)

    assert 0 == len(recent)

    recent.put("c", 3, 10)

    assert 3 == recent.get("c")


def test_forgotten_values_give_their_weight_back() -> None:
    """Dropping and clearing make room again."""
    recent = Recent[str, int](2)
    recent.put("a", 1, 2)
    recent.drop("a")
    recent.drop("a")
    recent.put("b", 2, 2)
    recent.clear()
    recent.put("c", 3, 1)
    recent.put("d", 4, 1)

    assert [None, None, 3, 4] == [recent.get(key) for key in "abcd"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 12), st.booleans()),
        max_size=60,
    )
)
def test_the_weight_stays_within_the_limit(
    steps: list[tuple[str, int, bool]],
) -> None:
    """Whatever is put and dropped, what is held never weighs more than allowed."""
    recent = Recent[str, int](10)
    for key, weight, drops in steps:
        if drops:
            recent.drop(key)
        else:
            recent.put(key, weight, weight)

    assert sum(recent.get(key) or 0 for key in "abcdef") <= 10

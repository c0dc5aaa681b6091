"""What goes when room is needed, for images of every shape."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from seawall.oci.digest import Digest
from seawall.store.eviction import Candidate, Mark, plan_eviction

Family = dict[Digest, Candidate]


def digest_of(number: int) -> Digest:
    """Name the content of this number."""
    return Digest.of(str(number).encode())


def family_of(needs: Mapping[int, tuple[int, ...]], *, pinned: int = -1) -> Family:
    """Make contents of 10 bytes each, used in the order of their numbers."""
    counts = [child for children in needs.values() for child in children]
    return {
        digest_of(number): Candidate(
            digest_of(number),
            size=10,
            used_at=float(number),
            pinned=number == pinned,
            parents=counts.count(number),
            children=tuple(map(digest_of, children)),
        )
        for number, children in needs.items()
    }


def chosen(plan: list[Candidate]) -> list[int]:
    """Give the numbers of what was chosen, in order."""
    return [int(item.used_at) for item in plan]


@st.composite
def families(draw: st.DrawFn) -> Family:
    """Make contents of which earlier ones may need later ones."""
    count = draw(st.integers(0, 12))
    numbers = list(range(count))
    needs = {
        number: tuple(draw(st.sets(st.sampled_from(numbers[number + 1 :]), max_size=4)))
        if number + 1 < count
        else ()
        for number in numbers
    }
    uses = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    sizes = draw(st.lists(st.integers(0, 100), min_size=count, max_size=count))
    pins = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    plain = family_of(needs)
    return {
        item.digest: Candidate(
            item.digest,
            size=sizes[number],
            used_at=float(uses[number]),
            pinned=pins[number] and uses[number] == 0,
            parents=item.parents,
            children=item.children,
        )
        for number, item in enumerate(plain.values())
    }


@given(family=families(), need=st.integers(0, 600), data=st.data())
def test_no_manifest_is_left_without_its_blobs(
    family: Family, need: int, data: st.DataObject
) -> None:
    """Whatever stays still has everything that it had before."""
    known: st.SearchStrategy[Digest] = st.nothing()
    if family:
        known = st.sampled_from(sorted(family))
    spared = data.draw(st.sets(known))
    plan = plan_eviction(family, need_bytes=need, spared=spared)
    gone = {item.digest for item in plan}

    broken = [
        item
        for item in family.values()
        if item.digest not in gone and gone & set(item.children)
    ]
    assert broken == []
    assert [] == [item for item in plan if item.pinned or item.digest in spared]
    assert len(plan) == len(gone)


@given(family=families(), need=st.integers(0, 600))
def test_enough_goes_and_no_more(family: Family, need: int) -> None:
    """It stops at what was needed, and gives up early only if nothing may go."""
    plan = plan_eviction(family, need_bytes=need)
    gone = {item.digest for item in plan}
    freed = sum(item.size for item in plan)
    held = {
        child
        for item in family.values()
        if item.digest not in gone
        for child in item.children
    }
    could_go = [
        item
        for digest, item in family.items()
        if digest not in gone | held and not item.pinned
    ]

    assert freed >= need or could_go == []
    assert not plan or freed - plan[-1].size < need


@given(family=families(), need=st.integers(1, 600))
def test_needed_ones_follow_those_that_need_them(family: Family, need: int) -> None:
    """In the order of removal, a manifest comes before its blobs."""
    places = {
        item.digest: place
        for place, item in enumerate(plan_eviction(family, need_bytes=need))
    }

    wrong = [
        (item.digest, child)
        for item in family.values()
        for child in item.children
        if child in places and places.get(item.digest, len(places)) > places[child]
    ]
    assert wrong == []


def test_the_least_recently_used_goes_first() -> None:
    """Among images, age decides."""
    family = family_of({3: (), 1: (), 2: ()})

    assert [1, 2] == chosen(plan_eviction(family, need_bytes=20))


def test_an_old_blob_of_a_fresh_image_stays() -> None:
    """A blob that a used manifest needs is as fresh as that one."""
    family = family_of({1: (), 5: (1,), 3: ()})

    assert [3] == chosen(plan_eviction(family, need_bytes=10))


def test_a_shared_blob_goes_with_the_last_that_needs_it() -> None:
    """One of two images going does not take what the other needs."""
    family = family_of({2: (1,), 3: (1,), 1: ()})

    assert [2, 3, 1] == chosen(plan_eviction(family, need_bytes=30))


def test_a_pinned_image_keeps_what_it_needs() -> None:
    """A pin on an index holds its manifests and their blobs."""
    family = family_of({3: (2,), 2: (1,), 1: (), 4: ()}, pinned=3)

    assert [4] == chosen(plan_eviction(family, need_bytes=100))


def test_what_is_beyond_the_horizon_waits() -> None:
    """A child used later than roots that were not looked at is not taken yet."""
    family = family_of({1: (9,), 9: (), 2: ()})
    until = Mark(2.0, digest_of(2))

    assert [1, 2] == chosen(plan_eviction(family, need_bytes=30, until=until))

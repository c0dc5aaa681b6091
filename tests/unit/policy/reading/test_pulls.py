"""What commands pull: an image whose name nobody can know is counted all the same."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse
from seawall.policy.inventory.costs import Load
from seawall.policy.inventory.entries import How
from seawall.policy.inventory.taking import take_inventory
from seawall.policy.repository import Repository


def _read(text: str, name: str = "up.sh") -> Repository:
    return gather(encode({name: text}))


def _open(found: Repository) -> list[str]:
    return [use.label for use in found.all(ImageUse) if found.is_open(use)]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("docker pull $K", "$K"),
        ('docker run -d --rm "$IMG" serve', "$IMG"),
        ("kind create cluster --image $K", "$K"),
        ("kubectl run it --image=${K}", "${K}"),
        ('f() { docker pull "$1"; }', "$1"),
        ('docker pull "$@"', "$@"),
        ('docker pull "${ALL[@]}"', "${ALL[@]}"),
        ("docker pull ${K:?say it}", "${K:?say it}"),
    ],
)
def test_a_variable_that_says_all_of_a_name_is_counted(command: str, name: str) -> None:
    """Else a script that pulls looks like one that does not; both counts say it."""
    found = _read(f"#!/bin/sh\n{command}\n")
    assert _open(found) == [name]
    inventory = take_inventory(found, Load(), {})
    (entry,) = [one for one in inventory.entries if one.pull.how is How.OPEN]
    assert (entry.pull.name, inventory.unresolved) == (name, 1)


def test_a_default_is_what_is_pulled_where_the_file_assigns_nothing() -> None:
    """`${K:-image}` says it by itself."""
    found = _read("docker run ${K:-busybox:1.1} true\n")
    assert [str(use.reference) for use in found.all(ImageUse)] == [
        "docker.io/library/busybox:1.1"
    ]


def test_a_variable_that_is_built_in_the_same_file_is_no_pull() -> None:
    """However it is written; another file may mean another image."""
    built = 'docker build -t "${IMG}" .\ndocker run $IMG\n'
    assert not _open(_read(built))
    files = {"a.sh": built, "b.sh": "docker run $IMG\n"}
    found = gather(encode(files))
    assert [use.path for use in found.all(ImageUse) if found.is_open(use)] == ["b.sh"]


def test_what_holds_options_is_no_image() -> None:
    """It is passed over, as it was."""
    assert _open(_read("docker run $OPTS $IMG\n")) == ["$IMG"]


def test_checks_and_inventories_count_the_same() -> None:
    """An empty name is none, and what is never pulled leaves nothing open."""
    found = gather(
        encode(
            {
                "pods.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
                '  containers:\n    - {name: a, image: "${A}"}\n'
                '    - {name: b, image: ""}\n'
                '    - {name: c, image: "${C}", imagePullPolicy: Never}\n'
                '    - {name: d, image: "UPPER/case"}\n',
                "up.sh": "docker pull $A\n",
            }
        )
    )
    assert _open(found) == ["${A}", "UPPER/case", "$A"]
    assert take_inventory(found, Load(), {}).unresolved == 3

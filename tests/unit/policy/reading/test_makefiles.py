"""Recipes of makefiles are read as a shell gets them, where they stand."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse
from seawall.policy.reading.scripts.makelines import Recipe, Setting, read_lines
from seawall.policy.repository import Repository


def _read(text: str, name: str = "Makefile") -> Repository:
    return gather(encode({name: text}))


def _words(text: str) -> list[list[str]]:
    return [[word.value for word in one.words] for one in _read(text).all(Command)]


@pytest.mark.parametrize(
    "name", ["Makefile", "GNUmakefile", "build/docker.mk", "Makefile.common"]
)
def test_an_image_stands_where_the_recipe_has_it(name: str) -> None:
    """So that a fix lands there."""
    text = "pull: # für alle\n\t@- docker pull quay.io/team/a:1\n"
    (use,) = _read(text, name).all(ImageUse)
    assert text.encode()[use.start : use.stop] == b"quay.io/team/a:1"
    assert use.text.exact


def test_each_line_is_a_shell_of_its_own() -> None:
    """One that goes on is one, and what is broken costs itself alone."""
    assert _words(
        "a:\n\tdocker pull 'b\n\t@docker pull \\\n\t  c && curl d\n\n\t-curl e\n"
    )[-3:] == [["docker", "pull", "c"], ["curl", "d"], ["curl", "e"]]


def test_no_line_may_be_put_before_a_recipe() -> None:
    """It would need a tab, and be a shell of its own."""
    (command,) = _read("a:\n\tcurl b\n").all(Command)
    assert command.line is None
    assert command.owner == "target a"


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("I = quay.io/a:1\nb:\n\tdocker pull $(I)\n", "quay.io/a:1"),
        ("I ?= quay.io/a:$(T) # x\nT := 2\nb:\n\tdocker pull ${I}\n", "quay.io/a:2"),
        ("export I ::= quay.io/a:1\nb:\n\tdocker pull $(I)\n", "quay.io/a:1"),
        ("E ?= docker\nb:\n\t$(E) pull quay.io/a:1\n", "quay.io/a:1"),
        ("D = $(shell which docker)\nb:\n\t$(D) pull quay.io/a\n", ""),
        ("DOCKER = $(X)/d\nb:\n\t$(DOCKER) pull quay.io/a:1\n", "quay.io/a:1"),
        ("T = 1\nT = 2\nb:\n\tdocker pull quay.io/a:$(T)\n", "quay.io/a:${T}"),
        ("T = 1\nT += 2\nb:\n\tdocker pull quay.io/a:$(T)\n", "quay.io/a:${T}"),
        ("T = 1\nb: T = 2\nb:\n\tdocker pull quay.io/a:$(T)\n", "quay.io/a:${T}"),
        ("T != date\nb:\n\tdocker pull quay.io/a:$(T)\n", "quay.io/a:${T}"),
        ("define T\n1\nendef\nb:\n\tdocker pull quay.io/a:$(T)\n", "quay.io/a:${T}"),
        ("b:\n\tdocker pull quay.io/a:$(call f,$(T))\n", "quay.io/a:${...}"),
        ("b:\n\tdocker pull quay.io/a:$@\n", "quay.io/a:b"),
        ("b-%:\n\tdocker pull quay.io/a:$@\n", "quay.io/a:${...}"),
        ("b: c\n\tdocker pull quay.io/a:$<\n", "quay.io/a:${...}"),
        ("I = quay.io/a:1\n$(I):\n\t$(Q)docker pull $@\n", "quay.io/a:1"),
        ("Q = @\nb:\n\t-$(Q) docker pull quay.io/a:1\n", "quay.io/a:1"),
        ("T = 1\nb:\n\tT=2; docker pull quay.io/a:$$T\n", "quay.io/a:$T"),
    ],
)
def test_variables_with_one_value_are_filled_in(text: str, image: str) -> None:
    """What is computed, or has several, is not resolved."""
    assert [use.label for use in _read(text).all(ImageUse)] == [image] * bool(image)


@pytest.mark.parametrize(
    "text",
    [
        "A = b \\\n\tdocker pull quay.io/c:1\n",
        "\tdocker pull quay.io/c:1\n",
        "a:\n\t# docker pull quay.io/c:1\n",
        "define A\nb:\n\tdocker pull quay.io/c:1\nendef\n",
        "a:\n\techo docker pull quay.io/c:1\n",
    ],
)
def test_what_is_no_recipe_is_not_read(text: str) -> None:
    """Values that go on, and what other recipes are made of."""
    assert not _read(text).all(ImageUse)


def test_what_make_doubles_the_shell_gets_once() -> None:
    """And nothing that is behind it moves."""
    text = "a:\n\tfor i in $$(seq 3); do curl \"$$i\" b; done; curl 'c'\n"
    found = _read(text).all(Command)
    assert [[w.value for w in one.words] for one in found] == [
        ["seq", "3"],
        ["curl", "$i", "b"],
        ["curl", "c"],
    ]
    last = found[-1].words[-1]
    assert text[last.start : last.stop] == "c"


def test_settings_and_recipes_are_told_apart() -> None:
    """A rule may look like a value, and a value like a rule."""
    data = b"A:=b:c\nd e: f; g\n\th\nifeq ($(A),b)\ni::\n\tj\nendif\n"
    lines = list(read_lines(data))
    assert [line.name for line in lines if isinstance(line, Setting)] == ["A"]
    assert [line.target for line in lines if isinstance(line, Recipe)] == ["d e", "i"]


def test_what_it_builds_under_a_registry_it_has_for_what_it_runs() -> None:
    """But others pull that name, and so does the file if it says so."""
    make = (
        "I ?= quay.io/team/app:dev\n$(I):\n\tdocker build -t $@ .\n"
        "lint: $(I)\n\tdocker run --rm $(I) lint\n"
    )
    pull = "pull:\n\tdocker pull $(I)\n"
    assert [use.homemade for use in _read(make).all(ImageUse)] == [True]
    assert [use.homemade for use in _read(make + pull).all(ImageUse)] == [False] * 2


def test_what_it_builds_is_pulled_by_nobody() -> None:
    """Neither there, nor in the pods of the tree."""
    files = encode(
        {
            "Makefile": "IMG ?= app:dev\nbuild:\n\tdocker build -t $(IMG) .\n"
            "load: build\n\tkind load docker-image $(SIDE)\nSIDE = team/side:1\n",
            "deploy/pod.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
            "    - {name: a, image: app:dev}\n    - {name: b, image: 'team/side:1'}\n"
            "    - {name: c, image: 'team/other:1'}\n",
        }
    )
    found = {use.label: use.homemade for use in gather(files).all(ImageUse)}
    assert found == {"app:dev": True, "team/side:1": True, "team/other:1": False}

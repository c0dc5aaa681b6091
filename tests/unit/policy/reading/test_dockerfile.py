"""Dockerfiles are read as BuildKit reads them."""

import textwrap

import pytest

from seawall.errors import InputError
from seawall.policy.facts.builds import Dockerfile, Instruction
from seawall.policy.facts.images import ImageUse, Role, Unresolved
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats
from seawall.policy.reading.builds import dockerfile
from seawall.policy.reading.source import Source

COPIED = Role.COPY_FROM


def _read(text: str | bytes) -> Dockerfile:
    data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
    facts = dockerfile.read(Source("Dockerfile", data))
    (found,) = (fact for fact in facts if isinstance(fact, Dockerfile))
    return found


def _images(found: Dockerfile) -> list[tuple[str, Role]]:
    images: list[ImageUse] = []

    def gather(fact: object) -> None:
        if isinstance(fact, ImageUse):
            images.append(fact)
        else:
            for part in fact.parts():  # type: ignore[attr-defined]
                gather(part)

    gather(found)
    return [(str(use.reference or use.text.value), use.role) for use in images]


def _all(found: Dockerfile, keyword: str) -> list[Instruction]:
    return [i for s in found.stages for i in s.instructions if i.keyword == keyword]


def test_all_that_it_pulls_is_found() -> None:
    """Bases, copies, mounts and its syntax; stages and scratch are no images."""
    found = _read(
        """\
        # syntax=docker/dockerfile:1.7
        ARG GO=1.25
        FROM --platform=$BUILDPLATFORM golang:${GO} AS Build
        RUN --mount=type=cache,target=/x --mount=type=bind,from=quay.io/a/b:1 true
        COPY --from=nginx:1.29 --chown=1 /a /b
        FROM build AS next
        COPY --from=build /a /b
        COPY --from=0 /a /b
        FROM scratch
        COPY --from=NEXT /a /b
        ONBUILD COPY --from=busybox:1.37 /a /b
        """
    )

    assert [
        ("docker.io/docker/dockerfile:1.7", Role.SYNTAX),
        ("docker.io/library/golang:1.25", Role.FROM),
        ("quay.io/a/b:1", Role.MOUNT_FROM),
        ("docker.io/library/nginx:1.29", Role.COPY_FROM),
        ("docker.io/library/busybox:1.37", Role.COPY_FROM),
    ] == _images(found)
    assert [("build", None), ("next", 0), ("", None)] == [
        (stage.name, stage.parent) for stage in found.stages
    ]
    assert "$BUILDPLATFORM" == found.stages[0].platform


@pytest.mark.parametrize(
    ("lines", "value", "origin", "written"),
    [
        ("ARG A=x:1\nFROM $A", "docker.io/library/x:1", "default of ARG A", "x:1"),
        ('ARG A="x:1"\nFROM ${A}', "docker.io/library/x:1", "default of ARG A", "x:1"),
        ("ARG T=1\nFROM x:${T}", "docker.io/library/x:1", "default of ARG T", None),
        ("FROM ${R:-quay.io}/x:1", "quay.io/x:1", "a default within it", None),
        (
            "ARG T=1\nARG A=x:$T\nFROM $A",
            "docker.io/library/x:1",
            "default of ARG A",
            None,
        ),
    ],
)
def test_defaults_of_args_are_filled_in(
    lines: str, value: str, origin: str, written: str | None
) -> None:
    """What is pulled is known, and where it is written, if that is one place."""
    found = _read(f"{lines}\n")
    use = found.stages[0].base

    assert use is not None
    assert value == str(use.reference)
    assert origin == use.origin
    assert written == (use.written.value if use.written else None)
    assert use.written == use.editable


def test_what_nobody_says_is_not_known() -> None:
    """An ARG without a default is filled in later; its repository may be known."""
    first, second = _read("ARG T\nFROM quay.io/a/b:$T\nFROM $X\n").stages

    assert first.base is not None
    assert second.base is not None
    assert ("quay.io/a/b", Unresolved.PLACEHOLDER) == (
        str(first.base.repository),
        first.base.unresolved,
    )
    assert second.base.repository is None


@pytest.mark.parametrize(
    ("chosen", "parent"),
    [
        ("tools-$TARGETOS", 1),
        ("tools-${TARGETOS}", 1),
        ("$TARGETOS-tools", None),
        ("$TOOLS", None),
        ("team/tools-$TARGETOS", None),
        ("tools-$TARGETOS:1", None),
    ],
)
def test_the_platform_chooses_among_stages(chosen: str, parent: int | None) -> None:
    """What is filled in may be the end of a stage's name: then nothing is pulled."""
    found = _read(f"FROM a AS tools-linux\nFROM b AS tools-darwin\nFROM {chosen}\n")

    assert parent == found.stages[2].parent
    assert (parent is None) == (found.stages[2].base is not None)


def test_a_default_in_quotes_is_what_is_in_them() -> None:
    """As where a later ARG has a default for what an earlier one left empty."""
    found = _read('ARG A=\nARG A=${A:-"on"}\nFROM scratch AS x-on\nFROM x-$A\n')

    assert found.stages[1].parent == 0


def test_args_count_where_docker_lets_them() -> None:
    """A stage sees a global ARG once it says so itself; ENV wins over ARG."""
    found = _read(
        """\
        ARG TAG=1
        FROM a:1
        COPY --from=b:$TAG /x /y
        ARG TAG
        COPY --from=b:$TAG /x /y
        ENV TAG=2 OTHER="c d"
        COPY --from=b:${TAG} /x /y
        """
    )
    uses = [use for i in _all(found, "COPY") for use in i.images]

    assert [None, "1", "2"] == [use.reference and use.reference.tag for use in uses]


def test_continued_lines_and_comments_in_them() -> None:
    """Comments and blank lines within an instruction are none of its words."""
    text = (
        "FROM a:1\n"
        "RUN apt-get update \\\n"
        "  # a comment \\\n"
        "\n"
        "  && apt-get install -y \\\n"
        "     curl\n"
        "USER app\n"
    )
    found = _read(text)
    (run,) = _all(found, "RUN")

    assert [("update",), ("install", "-y", "curl")] == [
        c.arguments for c in run.commands
    ]
    assert text[run.start : run.stop].endswith("curl")
    assert [("app", True)] == [
        (i.value.value, i.value.exact) for i in _all(found, "USER")
    ]


def test_another_escape_character() -> None:
    """A directive makes the backtick continue lines, and the backslash a letter."""
    found = _read(b"# escape=`\r\nFROM a:1 `\r\n  AS b\r\nRUN c `\r\n d\r\n")

    assert "b" == found.stages[0].name
    assert [("d",)] == [c.arguments for i in _all(found, "RUN") for c in i.commands]
    assert "\r\n" == found.newline


def test_heredocs_are_texts_and_scripts() -> None:
    """What stands in one is no instruction; a RUN's is run."""
    found = _read(
        """\
        FROM a:1
        COPY <<conf <<"second" /etc/
        FROM not-a-stage
        conf
        RUN neither
        second
        RUN <<EOF
        apt-get update
        EOF
        RUN cat <<-END > /x && wget y
        \tEND
        RUN <<PY
        #!/usr/bin/env python3
        import apt
        PY
        """
    )

    assert 1 == len(found.stages)
    (copy,) = _all(found, "COPY")
    assert [("conf", False), ("second", True)] == [
        (heredoc.name, heredoc.quoted) for heredoc in copy.heredocs
    ]
    assert "FROM not-a-stage\n" == copy.heredocs[0].text.value
    commands = [c.program for i in _all(found, "RUN") for c in i.commands]
    assert ["apt-get", "cat", "wget"] == commands


def test_the_exec_form_and_other_shells() -> None:
    """Words in brackets are run as they are; what is no sh is not read as one."""
    found = _read(
        """\
        FROM a:1
        RUN ["apt-get", "update"]
        SHELL ["powershell", "-Command"]
        RUN apt-get update
        SHELL ["/bin/bash", "-o", "pipefail", "-c"]
        RUN curl x
        """
    )

    runs = [[c.program for c in i.commands] for i in _all(found, "RUN")]
    assert [["apt-get"], [], ["curl"]] == runs


def test_places_are_those_of_the_file() -> None:
    """Each image stands where it says it does."""
    data = "# é\nFROM quay.io/é/x AS a\nFROM  b:1\n".encode()
    found = _read(data)
    uses = [stage.base for stage in found.stages]

    assert ["quay.io/é/x", "b:1"] == [
        data[use.start : use.stop].decode() for use in uses if use
    ]
    assert [Unresolved.INVALID, None] == [use.unresolved for use in uses if use]


def test_what_is_no_dockerfile_is_told() -> None:
    """A file that begins otherwise is a trouble; one without a FROM is let be."""
    with pytest.raises(InputError, match="HELLO"):
        _read("hello world\nFROM x\n")

    assert () == _read("RUN <<EOF\nFROM x\nEOF\n").stages
    limits = LimitOptions()
    (trouble,) = formats.read_file("Dockerfile", b"hello\nFROM x\n", limits)
    assert isinstance(trouble, Trouble)
    assert Obstacle.BROKEN is trouble.obstacle
    assert [] == list(formats.read_file("Dockerfile.md", b"about it\n", limits))


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("dockerfile_run_test.go", False),
        ("docs/dockerfile-llb.md", False),
        ("Dockerfile.md", False),
        ("Dockerfile.dockerignore", False),
        ("reading/dockerfile.py", False),
        ("Dockerfile.go", True),
        ("my-app/Dockerfile.js", True),
        ("Dockerfile-web.amd64", True),
    ],
)
def test_what_is_about_dockerfiles_is_none(name: str, is_read: bool) -> None:  # noqa: FBT001
    """A program may have the word in its name, and a text of it that has a FROM."""
    read = formats.read_file(name, b"FROM x AS y\n", LimitOptions())
    assert [Dockerfile] * is_read == [type(fact) for fact in read]


@pytest.mark.parametrize(
    "run",
    [
        'RUN echo "x <<EOF y"',
        "RUN echo 'it is <<EOF'",
        "RUN echo $((1<<N))",
        "RUN cat <<<word",
        "RUN cat <<EOF && true",
        r"RUN echo \"<<A",
        r"WORKDIR C:\\",
    ],
)
def test_what_is_no_heredoc_hides_nothing_below_it(run: str) -> None:
    """Within quotes or words, or without an end; an escaped escape ends a line, too."""
    found = _read(f"FROM a:1\n{run}\nCOPY --from=b:2 /x /y\n")

    assert [
        ("docker.io/library/a:1", Role.FROM),
        ("docker.io/library/b:2", COPIED),
    ] == (_images(found))


def test_a_heredoc_may_have_a_descriptor_and_stand_behind_quotes() -> None:
    """What a shell takes for a word that begins with it is one."""
    found = _read("FROM a:1\nRUN cat \"a b\" '<' 3<<-EOF\nCOPY --from=b:2 / /\n\tEOF\n")

    assert ["EOF"] == [h.name for i in _all(found, "RUN") for h in i.heredocs]
    assert [] == _all(found, "COPY")


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        ("ARG B=x:1\nFROM a:1\nARG B=y:2\nFROM $B", 6),
        ("ARG B=x:1\nFROM a:1\nARG B\nCOPY --from=$B / /", 6),
        ("FROM a:1\nARG B=x:1\nCOPY --from=$B / /", 15),
        ("FROM a:1\nARG B=y:2\nENV B=x:1\nCOPY --from=$B / /", None),
    ],
    ids=["of another stage", "taken over", "of the stage", "overruled"],
)
def test_a_default_is_edited_where_it_comes_from(
    lines: str, written: int | None
) -> None:
    """Defaults of the same name elsewhere are somebody else's."""
    found = _read(lines)
    use = next(
        use
        for stage in found.stages
        for instruction in stage.instructions
        for use in instruction.images
        if use.text.value == "$B"
    )

    assert "docker.io/library/x:1" == str(use.reference)
    assert written == (use.editable and use.editable.start)


def test_a_bound_is_told() -> None:
    """What is not read is no secret."""
    data = b"FROM a:1\n" + b"USER x\n" * 20_000
    found = list(formats.read_file("Dockerfile", data, LimitOptions()))

    assert [Dockerfile, Trouble] == [type(fact) for fact in found]
    assert [
        (Obstacle.BOUNDED, data.rindex(b"USER")),
    ] == [(one.obstacle, one.start) for one in found if isinstance(one, Trouble)]


@pytest.mark.parametrize(
    ("run", "programs"),
    [
        ('["apt-get", "update"]', ["apt-get"]),
        ('[ "curl" , "-f" ]', ["curl"]),
        ('[ -f "/x" ] && curl -f "$Y[0]"', ["curl"]),
        ('[ "$(curl -f x)" = "y" ]', ["curl"]),
        ('curl -f "x" "y" [z]', ["curl"]),
    ],
)
def test_only_a_list_in_json_is_no_shells(run: str, programs: list[str]) -> None:
    """What merely begins or ends with brackets is read as a shell would."""
    found = _read(f"FROM a:1\nRUN {run}\n")
    commands = [c.program for i in _all(found, "RUN") for c in i.commands]

    assert programs == [name for name in commands if name != "["]

"""Commands are found in shell text, with their words, places and surroundings."""

import textwrap

import pytest

from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.text import Insertion
from seawall.policy.reading.embedded import embed_range, embed_scalar
from seawall.policy.reading.scripts import shelltext
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Scalar


def _read(text: str, setting: Setting = Setting.SCRIPT) -> list[Command]:
    data = textwrap.dedent(text).encode()
    source = Source("x.sh", data)
    found = shelltext.read_commands(embed_range(source, 0, len(data)), setting)
    for command in found:
        for word in command.words:
            assert not word.exact or data[word.start : word.stop].decode() == word.value
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("apt-get install -y curl", ["apt-get", "install", "-y", "curl"]),
        ("curl \"a b\" 'c d' e\\ f", ["curl", "a b", "c d", "e f"]),
        ("docker pull $IMAGE:${TAG}", ["docker", "pull", "$IMAGE:${TAG}"]),
        ('docker pull "$R"/app', ["docker", "pull", "$R/app"]),
        ("docker pull x:${{ matrix.tag }}", ["docker", "pull", "x:${{ matrix.tag }}"]),
        ("X=1 Y=2 make all", ["make", "all"]),
        ("wget -q \\\n  https://a/b", ["wget", "-q", "https://a/b"]),
    ],
    ids=["plain", "quotes", "variables", "joined", "GitHub", "assignments", "lines"],
)
def test_words_are_what_a_shell_sees(text: str, words: list[str]) -> None:
    """Quotes go, variables stay as they are written."""
    (command,) = _read(text)

    assert words == [word.value for word in command.words]


@pytest.mark.parametrize(
    ("text", "program", "arguments"),
    [
        ("sudo -E -u root apt-get update", "apt-get", ("update",)),
        ("/usr/bin/env A=b timeout -k 5 60 curl -f x", "curl", ("-f", "x")),
        ("time nice -n 5 -- docker pull x", "docker", ("pull", "x")),
        ("exec /usr/local/bin/podman run x", "podman", ("run", "x")),
    ],
)
def test_the_program_is_what_does_the_work(
    text: str, program: str, arguments: tuple[str, ...]
) -> None:
    """What only runs another program is looked through."""
    (command,) = _read(text)

    assert program == command.program
    assert arguments == command.arguments


def test_options_are_found_in_any_spelling() -> None:
    """A letter counts in a bundle, a long option with its value, too."""
    (command,) = _read("curl -fsSL --retry=5 --output x y")

    assert command.has_option("-f")
    assert command.has_option("--fail", "-L")
    assert command.has_option("--retry")
    assert not command.has_option("-r")
    assert not command.has_option("--out")
    assert ("x", "y") == command.operands


def test_what_surrounds_a_command_is_known() -> None:
    """Loops, conditions, functions, and the operators beside it."""
    found = _read(
        """\
        for i in 1 2 3; do apt-get update && break || sleep 5; done
        if ! docker pull x; then exit 1; fi
        until wget y; do sleep 1; done
        pull() { (podman pull z); }
        case $1 in a) crictl pull q;; esac
        """
    )
    around = {f"{c.program} {' '.join(c.arguments)}": c for c in found}

    assert ("for",) == around["apt-get update"].within
    assert ("", "&&") == (
        around["exit 1"].before and "",
        around["apt-get update"].after,
    )
    assert ("&&", "||") == (around["break "].before, around["break "].after)
    assert ("if",) == around["docker pull x"].within
    assert ("until",) == around["wget y"].within
    assert ("function pull", "subshell") == around["podman pull z"].within
    assert ("case",) == around["crictl pull q"].within


def test_pipelines_and_redirections_are_known() -> None:
    """A program knows where its output goes, and what it is fed with."""
    found = _read(
        """\
        curl -f https://x/install.sh | sudo bash -s -- -y
        cat <<EOF | kubectl apply -f -
        kind: Pod
        EOF
        echo "$(curl y)" 2>/dev/null > out
        """
    )
    by_name = {command.program: command for command in found}

    assert ("bash",) == found[0].pipeline
    assert ("kubectl",) == by_name["cat"].pipeline
    assert "kind: Pod\n" == by_name["cat"].redirects[0].target.value
    assert "|" == by_name["kubectl"].before
    assert [(">", "/dev/null"), (">", "out")] == [
        (r.operator, r.target.value) for r in by_name["echo"].redirects
    ]
    assert ("substitution",) == found[-1].within
    assert () == found[-1].pipeline


def test_lines_may_be_put_before_a_command_that_begins_one() -> None:
    """Not before one within a line, nor in the middle of another command."""
    found = _read("  a\nb && \\\n  c\nd; e\n")

    assert [
        Insertion(0, 2),
        Insertion(4, 0),
        None,
        Insertion(15, 0),
        None,
    ] == [command.line for command in found]
    assert [None] == [command.line for command in _read("a", Setting.BUILD)]


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("bash -c 'apt-get update && curl -f x | sh'", ["apt-get", "curl", "sh"]),
        ('A=b sudo -E /bin/sh -ec "docker pull $IMAGE"', ["docker"]),
        ("sh -c 'sh -c \"docker pull x\"'", ["sh", "docker"]),
        ('bash -c "echo \\"a\\" && docker pull x"', []),
        ('bash -c "docker pull $(name)"', ["name"]),
        ("bash build.sh -c 'docker pull x'", []),
        ("bash -l build.sh -c 'docker pull x'", []),
    ],
    ids=["plain", "sudo", "twice", "escaped", "run before", "a file", "options"],
)
def test_a_script_that_a_shell_is_given_is_read(text: str, programs: list[str]) -> None:
    """Where a word says all of it; what must not be parted has no room for lines."""
    _, *found = _read(text)

    assert programs == [command.program for command in found]
    inside = [one for one in found if one.program not in ("name", "sh")]
    assert all(command.line is None for command in inside)


def test_a_script_in_yaml_knows_its_place() -> None:
    """Lines of a block stand where the file has them, without their indentation."""
    data = (
        b"run: |\n"
        b"    # \xc3\xbc\n"
        b"    cat <<EOF\n"
        b"    text\n"
        b"    EOF\n"
        b"\n"
        b"    docker pull x:1\n"
    )
    source = Source("x.yaml", data)
    root = source.documents[0]
    assert isinstance(root, Mapping)
    run = root.get("run")
    assert isinstance(run, Scalar)
    text = embed_scalar(source, run)
    first, second = shelltext.read_commands(text, Setting.PIPELINE, "job a")

    assert "text\n" == first.redirects[0].target.value
    assert b"docker pull x:1" == data[second.start : second.stop]
    image = second.words[2]
    assert b"x:1" == data[image.start : image.stop]
    assert image.exact
    assert second.line is not None
    assert (4, data.index(b"    docker")) == (second.line.indent, second.line.at)


@pytest.mark.parametrize(
    "run", ['"a\\nb x"', ">\n  a\n  b x\n"], ids=["double", "folded"]
)
def test_a_script_that_is_written_otherwise_has_a_place_as_a_whole(run: str) -> None:
    """Its commands are found; nobody may edit a part of them."""
    data = f"run: {run}".encode()
    source = Source("x.yaml", data)
    root = source.documents[0]
    assert isinstance(root, Mapping)
    scalar = root.get("run")
    assert isinstance(scalar, Scalar)
    found = shelltext.read_commands(embed_scalar(source, scalar), Setting.PIPELINE)

    for command in found:
        assert (5, scalar.stop) == (command.start, command.stop)
        assert [False] * len(command.words) == [word.exact for word in command.words]
        assert command.line is None


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "$(" * 5000, "if " * 3000, "a | " * 3000, 'echo "' + "`" * 3000],
    ids=["brackets", "substitutions", "ifs", "pipes", "backticks"],
)
def test_what_nests_without_end_is_left_out(text: str) -> None:
    """Nobody writes that, and nobody waits for it."""
    assert isinstance(_read(text), list)

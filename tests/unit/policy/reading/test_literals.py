"""Images in programs are found where they are named so, and not where they are not."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats
from seawall.policy.reading.code import literals
from seawall.policy.reading.source import Source

GO = """\
package x

import "quay.io/not/an-image"

const toolImage = "quay.io/team/tool:1.2"

var pod = v1.PodSpec{Containers: []v1.Container{{
	Name:  "web",
	Image: "nginx:1.29",
	Args:  []string{"busybox:1.37"},
}}}

func f() string {
	other := "docker.io/team/other@sha256:%s"
	use("ghcr.io/team/called:3")
	manifest := `
apiVersion: v1
kind: Pod
spec:
  containers:
    - name: a
      image: nixery.dev/shell/jq
    - image: "busybox"
    - image: {{ .Image }}
`
	return manifest + other + "https://quay.io/team/page:1"
}
"""
TS = """\
export const defaultImage: Image = { name: "x" }
const utilImage = "gardendev/k8s-util:0.6.5"
const spec = { containers: [{ name: "a", image: 'busybox:1.37' }], imageName: "web" }
const made = `quay.io/team/made:${version}`
const yaml = `
  image: registry.example/team/app:1
`
"""
PY = '''\
IMAGE = "python:3.14"
run(image="quay.io/team/called")
pod = {"image": "redis:8", "name": "redis:9"}
TEXT = """
services:
  db:
    image: postgres:17
"""
'''


def _read(path: str, text: str) -> list[str]:
    source = Source(path, textwrap.dedent(text).encode())
    found: list[str] = []
    for fact in literals.read(source):
        assert isinstance(fact, ImageUse)
        assert Role.CODE is fact.role
        assert fact.text.value.encode() == source.data[fact.text.start : fact.text.stop]
        found.append(fact.text.value)
    return found


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        (
            "a/x.go",
            GO,
            [
                "quay.io/team/tool:1.2",
                "nginx:1.29",
                "ghcr.io/team/called:3",
                "nixery.dev/shell/jq",
                "busybox",
            ],
        ),
        (
            "a/x.ts",
            TS,
            ["gardendev/k8s-util:0.6.5", "busybox:1.37", "registry.example/team/app:1"],
        ),
        (
            "a/x.py",
            PY,
            ["python:3.14", "quay.io/team/called", "redis:8", "postgres:17"],
        ),
    ],
    ids=["Go", "TypeScript", "Python"],
)
def test_images_are_found(path: str, text: str, wanted: list[str]) -> None:
    """A literal counts by its name or by its registry; longer texts line by line."""
    assert wanted == _read(path, text)


def test_names_say_what_stands_elsewhere() -> None:
    """A registry is no image, and a repository has no tag that could be missing."""
    text = 'package x\nconst imageRegistry = "quay.io/team"\n'
    text += 'var m = map[string]string{"image.repository": "quay.io/team/app"}\n'

    assert ["quay.io/team/app"] == _read("a/x.go", text)
    base = 'package x\nconst DefaultBaseImage = "quay.io/team/app"\n'
    for said in (text, base):
        (use,) = literals.read(Source("a/x.go", said.encode()))
        assert isinstance(use, ImageUse)
        assert use.reference is None
        assert str(use.repository) == "quay.io/team/app"


def test_names_that_nobody_can_pull_stand_for_any() -> None:
    """Docker Hub has no other image of one word, and no digest is of one figure."""
    zeros = "0" * 64
    text = 'package x\nvar Image = "docker.io/app:1"\nvar aImage = "web:2"\n'
    text += f'var bImage = "quay.io/team/a@sha256:{zeros}"\nvar cImage = "redis:8"\n'
    text += "var Y = `\nimage: some-image\nimage: nginx:1.29\n`\n"

    assert ["redis:8", "nginx:1.29"] == _read("tests/e2e/x.go", text)


def test_unit_tests_make_names_up() -> None:
    """Nothing is pulled there; tests of the whole do pull."""
    text = 'package x\nvar Image = "docker.io/team/a:1"\n'

    assert [] == _read("pkg/x_test.go", text)
    assert [] == _read("core/test/unit/x.ts", 'const image = "a/b:1"')
    assert ["docker.io/team/a:1"] == _read("tests/integration/x_test.go", text)


def test_a_whole_literal_can_be_edited() -> None:
    """Its text is the bytes between the quotes."""
    facts = list(
        formats.read_file("x.go", b'package x\nvar image = "a/b:1"\n', LimitOptions())
    )
    uses = [fact for fact in facts if isinstance(fact, ImageUse)]

    assert 1 == len(uses)
    assert uses[0].editable is not None
    assert uses[0].text.exact


@given(st.binary(max_size=300), st.sampled_from([".go", ".py", ".ts", ".tsx"]))
def test_anything_can_be_read(data: bytes, suffix: str) -> None:
    """No bytes of any kind end in an error."""
    for fact in literals.read(Source(f"x{suffix}", b'image = "' + data)):
        assert 0 <= fact.start <= fact.stop <= len(data) + 9


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("x.go", 'package x\n\nvar image = "`" + "team/app:1" + "`"\n'),
        ("x.ts", 'const image = "quay.io/team/app:1" + suffix\n'),
        ("x.py", 'image = "quay.io/team/app:1" "-" + suffix\n'),
    ],
)
def test_a_part_of_a_longer_text_is_no_image(path: str, text: str) -> None:
    """What it comes to stands nowhere, and a fix of the part would break it."""
    facts = formats.read_file(path, text.encode(), LimitOptions())

    assert [] == [fact for fact in facts if isinstance(fact, ImageUse)]

"""Templates are read as what they become, with their blanks."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse, Unresolved
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.facts.workloads import Workload
from seawall.policy.reading import formats
from seawall.policy.repository import Repository

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec:
  containers:
    - name: web
      image: {}
"""
GO = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {{ .Name }}
  labels: {{ toYaml .Labels | nindent 4 }}
spec:
  template:
    spec:
      {{- if .Secret }}
      imagePullSecrets:
        - name: {{ .Secret }}
      {{- end }}
      containers:
        - name: client
          image: {{ .Image }}
        - name: proxy
          image: "quay.io/team/proxy:{{ .Version }}"
        {{/* one that
             stays */}}
        - image: quay.io/team/tool:1
          name: tool
"""
JINJA = """\
services:
{% for one in databases %}
  db-{{ one.name }}:
    image: quay.io/team/db:{{ one.version | default("3") }}
{% endfor %}
  web:
    image: quay.io/team/web:2
"""
BROKEN = """\
apiVersion: v1
kind: Pod
{{ if .x }}metadata:{{ else }} }{{ end }}
spec:
  containers:
    - image: quay.io/team/tool:1
    - image: '{{ .Other }}'
    - image: ""
"""


def _read(name: str, text: str) -> Repository:
    return gather(encode({name: text}))


def _images(repository: Repository) -> list[str]:
    return [use.text.value for use in repository.all(ImageUse)]


@pytest.mark.parametrize(
    "blank",
    [
        "@IMAGE@",
        "%IMAGE%",
        "${IMAGE}",
        "$IMAGE",
        "$(IMAGE)",
        "{{ image }}",
        "<%= image %>",
        "<IMAGE>",
        "((image))",
        "__IMAGE__",
        "'{image}'",
        "quay.io/team/web:@TAG@",
        "quay.io/team/web:{{ tag }}",
    ],
)
@pytest.mark.parametrize("ending", [".in", ".tmpl", ".j2", ".template", ".tftpl"])
def test_what_is_filled_in_later_is_counted(blank: str, ending: str) -> None:
    """Whatever engine fills in an image, it is told as one that is not known."""
    found = _read(f"pod.yaml{ending}", POD.format(blank))

    (use,) = found.all(ImageUse)
    assert blank.strip("'") == use.text.value
    assert Unresolved.PLACEHOLDER is use.unresolved
    assert () == found.all(Trouble)


@pytest.mark.parametrize("name", ["pod.yaml.in", "pod.yaml.tmpl", "pod.tpl", "pod.j2"])
def test_what_is_written_out_is_read(name: str) -> None:
    """An image of a template knows its bytes, as in any file."""
    text = POD.format("quay.io/team/web:1").replace("name: web}", "name: '@N@'}")
    found = _read(name, text)

    (use,) = found.all(ImageUse)
    at = text.encode().index(b"quay.io")
    assert (at, True) == (use.text.start, use.text.exact)
    assert 1 == len(found.all(Workload))


def test_an_archive_of_templates_is_no_broken_template() -> None:
    """What is behind `.yaml` may be anything, an archive among it."""
    data = POD.format("quay.io/team/web:1").encode() + bytes(512)
    found = gather({"install.yaml.tar": data})

    assert () == found.all(Trouble)
    assert () == found.all(ImageUse)


@pytest.mark.parametrize("blank", ["@NODE@", "{NODE}.example", "@NODE@-@N@"])
def test_blanks_of_a_plain_name_are_no_broken_yaml(blank: str) -> None:
    """A value that YAML must not begin so makes a template of a `.yaml` file."""
    text = POD.format("quay.io/team/web:1") + f"  nodeName: {blank}\n"
    found = _read("pod.yaml", text)

    assert ["quay.io/team/web:1"] == _images(found)
    assert ["web"] == [workload.name for workload in found.all(Workload)]
    assert () == found.all(Trouble)


@pytest.mark.parametrize("blank", ["{{ A }}/32", "{{ A }}{{ B }}", "{% A %}/1"])
def test_a_template_that_pulls_nothing_is_no_broken_yaml(blank: str) -> None:
    """It is read as one to see that: nobody has to mend it."""
    account = "kind: ServiceAccount\nmetadata:\n  name: a\n  b: {}\n"

    assert () == _read("a.yaml", account.format(blank)).all(Trouble)
    (trouble,) = _read("a.yaml", account.format(blank) + "  b: [\n").all(Trouble)
    assert Obstacle.BROKEN is trouble.obstacle


def test_a_pipeline_with_expressions_may_be_broken() -> None:
    """GitHub's `${{ }}` are values of YAML: there they make no template."""
    text = "on: push\njobs:\n  a: ${{ b }}\n  c: {{ d }}/1\n".replace("{{ d", "[ d")
    (trouble,) = _read(".github/workflows/a.yml", text).all(Trouble)
    assert Obstacle.BROKEN is trouble.obstacle


@pytest.mark.parametrize("name", ["daemon.yaml", "daemon.yaml.gotmpl", "daemon.tpl"])
def test_what_computes_lines_tells_images_alone(name: str) -> None:
    """What a pod lacks may be among lines that come and go, so no pod is told."""
    found = _read(name, GO)

    assert [
        "{{ .Image }}",
        "quay.io/team/proxy:{{ .Version }}",
        "quay.io/team/tool:1",
    ] == _images(found)
    assert () == found.all(Workload)
    assert "quay.io/team/proxy" == str(found.all(ImageUse)[1].repository)


def test_what_a_file_becomes_says_who_reads_it() -> None:
    """A template of a Compose file is one of services."""
    found = _read("deploy/docker-compose.yml.j2", JINJA)

    assert [
        'quay.io/team/db:{{ one.version | default("3") }}',
        "quay.io/team/web:2",
    ] == (_images(found))
    assert "service web" == found.all(ImageUse)[1].owner


def test_a_template_that_is_no_yaml_is_read_by_lines() -> None:
    """Nobody has to make a template so that it is YAML before it is filled in."""
    found = _read("pod.yaml.tmpl", BROKEN)

    assert ["quay.io/team/tool:1", "{{ .Other }}"] == _images(found)
    assert () == found.all(Trouble)


@pytest.mark.parametrize(
    ("name", "count"),
    [("pod.yaml", 1), ("pod.yaml.bak", 0), ("chart/templates/pod.yaml", 1)],
)
def test_others_are_left_to_who_reads_them(name: str, count: int) -> None:
    """Nothing is read twice, and a chart's templates are its reader's."""
    assert count == len(_read(name, POD.format("quay.io/team/web:1")).all(ImageUse))


def test_shell_with_blanks_is_read() -> None:
    """A script is made of a template as often as a manifest."""
    found = _read("run.sh.in", "docker run --rm quay.io/team/tool:@VERSION@\n")

    assert ["quay.io/team/tool:@VERSION@"] == _images(found)


@pytest.mark.parametrize("name", ["a.yaml.tar", "a.yml.gz", "b.sh.sig", "c.yml.7z"])
def test_what_is_no_template_is_not_asked_for(name: str) -> None:
    """An archive is not told as broken only since its name has another ending in it."""
    assert not formats.wants(name)
    assert formats.wants("a.yaml.in")

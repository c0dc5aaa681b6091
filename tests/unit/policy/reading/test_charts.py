"""Charts are read as text: pods, helpers, accounts, values, and what is no chart."""

from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.facts.charts import Chart, ChartValues, Template
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats
from seawall.policy.reading.charts.gotemplates import find_actions, read_lines

_TEMPLATE = """\
{{- define "shop.pod" }}
containers:
  - name: web
    image: quay.io/shop/web:{{ .Values.tag }}
{{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "shop.name" . }}
imagePullSecrets: {{ toYaml .Values.pull.secrets }}
---
kind: Deployment
metadata:
  name: web-{{ .Release.Name }}
  annotations:
    helm.sh/hook: pre-install, test
spec:
  template:
    spec:
      serviceAccountName: "web"  # its own
      {{- range .Values.more }}
      restartPolicy: {{ .policy }}
      {{- end }}
      {{- include "shop.more" . | nindent 6 }}
      tolerations:
      {{- toYaml .Values.tolerations | nindent 6 }}
      initContainers:
        - image: {{ .Values.image }}
        - image: "busybox:1.37"
"""


def _read(path: str, text: str) -> list[Fact]:
    return list(formats.read_file(path, text.encode(), LimitOptions()))


def _template(text: str) -> Template:
    found = _read("shop/templates/all.yaml", text)
    assert [] == [one for one in found if isinstance(one, Trouble)]
    return next(one for one in found if isinstance(one, Template))


def test_pods_say_where_they_are_and_what_is_theirs() -> None:
    """A helper's pod and an object's are told apart, with their images."""
    found = _template(_TEMPLATE)
    helper, pod = found.pods

    assert ("shop.pod", 0, "pod spec/shop.pod") == (
        helper.helper,
        helper.column,
        helper.owner,
    )
    assert ["quay.io/shop/web"] == [str(use.repository) for use in helper.images]
    assert "Deployment/web-*" == pod.owner
    assert {"pre-install", "test"} == pod.hooks
    assert pod.account is not None
    assert "web" == pod.account.value
    assert {"shop.more"} == pod.printed
    assert not pod.is_open
    assert ["busybox:1.37"] == [use.text.value for use in pod.images]


def test_texts_are_where_they_say() -> None:
    """An image's bytes are those of the file, behind letters of two bytes, too."""
    data = _TEMPLATE.replace("its own", "für alle").encode()
    found = list(formats.read_file("templates/a.yaml", data, LimitOptions()))
    template = next(one for one in found if isinstance(one, Template))
    text = template.pods[1].images[0].text

    assert b"busybox:1.37" == data[text.start : text.stop]


def test_accounts_helpers_and_values_are_known() -> None:
    """What emits a list is told of accounts, and of what includes what."""
    found = _template(_TEMPLATE)
    (account,) = found.accounts

    assert 'include "shop.name" .' == account.name
    assert account.emits
    assert {"shop.pod"} == set(found.defines)
    assert {"tag", "pull.secrets", "more", "tolerations", "image"} == found.values
    assert {"shop.name", "shop.more"} == {call.name for call in found.calls}


def test_an_open_pod_is_told() -> None:
    """Whatever is put between the keys may be a list of secrets."""
    text = _TEMPLATE.replace('include "shop.more" .', "toYaml .Values.pod")

    assert _template(text).pods[1].is_open


def test_a_chart_names_what_it_needs() -> None:
    """Dependencies have the name that values call them by."""
    text = (
        "name: shop\nversion: 1.2.3\ndependencies:\n  - {name: redis, alias: cache}\n"
    )
    (chart,) = _read("shop/Chart.yaml", text)

    assert isinstance(chart, Chart)
    assert ("shop", "1.2.3", "shop") == (chart.name, chart.version, chart.folder)
    assert ["cache"] == [one.alias for one in chart.dependencies]


def test_values_name_images_in_pieces() -> None:
    """Registry, path, tag and digest are put together as charts do it."""
    text = """\
image: {registry: quay.io, repository: shop/web, tag: "1.2"}
sidecar:
  image:
    repository: quay.io/shop/side
    tag: ""
proxyImage: envoy:v1
source: {repository: "https://git.example/x"}
"""
    (values,) = _read("shop/values.yaml", text)

    assert isinstance(values, ChartValues)
    named = {use.owner: str(use.reference or use.repository) for use in values.images}
    assert {
        "image": "quay.io/shop/web:1.2",
        "sidecar.image": "quay.io/shop/side",
        "proxyImage": "docker.io/library/envoy:v1",
    } == named
    assert "sidecar.image.tag" in values.keys


def test_objects_are_no_values() -> None:
    """A manifest that is called like values stays a manifest."""
    found = _read("app-values.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: {}\n")

    assert [] == [one for one in found if isinstance(one, ChartValues)]


def test_endless_nesting_is_a_trouble() -> None:
    """A text of a thousand conditions costs one trouble, and no memory."""
    found = _read("templates/a.yaml", "{{ if .x }}\n" * 1000)

    assert ["more than 100 blocks within one another"] == [
        one.message for one in found if isinstance(one, Trouble)
    ]


def test_lists_without_end_are_left() -> None:
    """What no pod stands around is looked at a bounded number of times."""
    found = _template("kind: {{ .Kind }}\n" + "  containers:\n" * 2000)

    assert () == found.pods


@given(st.text(alphabet='{}-/* "`\n:aincludefrgstow#\r', max_size=300))
def test_any_text_is_cut_into_its_lines(text: str) -> None:
    """Lines make up the text, whatever its actions are."""
    lines = read_lines(text)

    assert text == "".join(text[line.start : line.stop] for line in lines)
    assert len(list(find_actions(text))) == sum(len(line.actions) for line in lines)
    for line in lines:
        assert len(line.text) <= line.stop - line.start

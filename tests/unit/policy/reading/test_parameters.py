"""Names of images that Tekton's and Argo's parameters fill in."""

from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse, Role, Unresolved
from seawall.policy.facts.text import Text
from seawall.policy.facts.workloads import Workload
from seawall.policy.reading.manifests.parameters import Known, Value

TASK = """\
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: build
spec:
  params:
    - name: builder-image
      description: what it is built with
      default: quay.io/team/build:3
    - name: version
      default: "22"
    - name: BASE_IMAGE
      default: quay.io/team/base:1
    - name: target
  stepTemplate:
    image: $(params["builder-image"])
  sidecars:
    - name: db
      image: node:$(params.version)
  steps:
    - name: one
      image: $(params.builder-image)
    - name: two
      image: $(params.target)
    - name: three
      image: $(inputs.params.version)/$(params.version)
      args: [--from, $(params.BASE_IMAGE)]
"""
_SENSOR = """\
apiVersion: argoproj.io/v1alpha1
kind: Sensor
metadata: {name: hook}
spec:
  triggers:
    - template:
        k8s:
          source:
            resource:
              apiVersion: argoproj.io/v1alpha1
              kind: Workflow
              spec:
                arguments:
                  parameters:
                    - {name: tag, value: "3.22"}
                templates:
                  - name: a
                    inputs:
                      parameters:
                        - name: image
                          default: "alpine:{{workflow.parameters.tag}}"
                    container:
                      image: "{{inputs.parameters.image}}"
                  - name: b
                    inputs: {parameters: [{name: image}]}
                    container:
                      image: "{{ inputs.parameters.image }}"
"""


def _read(text: str) -> list[ImageUse]:
    return list(gather(encode({"a.yaml": text})).all(ImageUse))


def test_defaults_of_a_task_are_filled_in() -> None:
    """Where the default is all of the name, a fix can change it there."""
    found = _read(TASK)
    known = {str(use.reference) for use in found if use.reference}
    whole = [use for use in found if use.text.value == "$(params.builder-image)"]

    assert {
        "quay.io/team/build:3",
        "docker.io/library/node:22",
        "docker.io/22/22",
        "quay.io/team/base:1",
    } == known
    assert ["quay.io/team/build:3"] == [
        use.editable.value for use in whole if use.editable
    ]
    assert [None] == [use.editable for use in found if "node:" in use.text.value]
    assert ["$(params.target)"] == [
        use.text.value for use in found if use.unresolved is Unresolved.PLACEHOLDER
    ]


def test_a_default_that_no_step_runs_in_is_an_image_too() -> None:
    """A builder's base reaches a command line; it is told once, where it is said."""
    found = [use for use in _read(TASK) if use.role is Role.PARAMETER]

    assert ["quay.io/team/base:1"] == [use.text.value for use in found]


def test_who_starts_it_has_the_last_word() -> None:
    """A value that a run binds counts more than the default of its task."""
    (use,) = _read(
        """\
        apiVersion: tekton.dev/v1beta1
        kind: TaskRun
        metadata: {generateName: a-}
        spec:
          params:
            - {name: tool, value: "quay.io/a/b:2"}
          taskSpec:
            params: [{name: tool, default: "quay.io/a/b:1"}]
            steps: [{name: x, image: $(params.tool)}]
        """
    )

    assert "quay.io/a/b:2" == str(use.reference)


def test_templates_have_parameters_of_their_own() -> None:
    """An Argo workflow within a Sensor's trigger; each template has its own inputs."""
    first, second = _read(_SENSOR)

    assert "docker.io/library/alpine:3.22" == str(first.reference)
    assert first.editable is None
    assert Unresolved.PLACEHOLDER is second.unresolved


def test_others_placeholders_are_let_be() -> None:
    """`params` of any other object are no parameters of its images."""
    found = gather(
        encode(
            {
                "a.yaml": """\
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec:
                  params: [{name: x, default: "a:1"}]
                  containers: [{name: a, image: $(params.x)}]
                """
            }
        )
    )

    assert [None] == [use.reference for use in found.all(Workload)[0].images]


def test_what_is_filled_in_is_bounded() -> None:
    """Levels that say the one above them twice would grow without an end."""
    long = Value("x" * 3000, Text("x", 0, 1), bound=True)
    filled, used = Known({"a": long}, active=True).fill("$(params.a)$(params.a)")

    assert (4096, ["a", "a"]) == (len(filled), used)

"""Images whose names are said by callers are told where the callers say them."""

from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse, Unresolved
from seawall.policy.repository import Repository

_TASK = """\
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: build}
spec:
  params:
    - name: image
    - {name: tag, default: "3"}
  steps:
    - {name: one, image: $(params.image)}
    - {name: two, image: "quay.io/team/tool:$(params.tag)"}
"""
_PIPELINE = """\
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: all}
spec:
  params:
    - {name: base, default: "quay.io/team/base:1"}
  tasks:
    - name: build
      taskRef: {name: build}
      params:
        - {name: image, value: $(params.base)}
        - {name: tag, value: "4"}
"""
_RUN = """\
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {generateName: all-}
spec:
  pipelineRef: {name: all}
  params:
    - {name: base, value: "quay.io/team/base:2"}
"""
_ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: lib}
spec:
  arguments: {parameters: [{name: tool, value: "quay.io/team/tool:1"}]}
  entrypoint: main
  templates:
    - name: main
      steps:
        - - name: a
            template: run
            arguments:
              parameters: [{name: image, value: "{{workflow.parameters.tool}}"}]
        - - name: b
            template: run
            withItems: ["quay.io/team/one:1", "quay.io/team/two:1"]
            arguments: {parameters: [{name: image, value: "{{item}}"}]}
        - - name: c
            template: run
            withItems: [{which: "three", tag: "1"}]
            arguments:
              parameters: [{name: image, value: "quay.io/team/{{item.which}}:1"}]
    - name: run
      inputs: {parameters: [{name: image}]}
      container: {image: "{{inputs.parameters.image}}"}
"""
_CRON = """\
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: nightly}
spec:
  workflowSpec:
    workflowTemplateRef: {name: lib}
    arguments: {parameters: [{name: tool, value: "quay.io/team/tool:2"}]}
"""
_SENSOR = """\
apiVersion: argoproj.io/v1alpha1
kind: Sensor
metadata: {name: hook}
spec:
  triggers:
    - template:
        name: go
        k8s:
          source:
            resource:
              apiVersion: argoproj.io/v1alpha1
              kind: Workflow
              metadata: {generateName: go-}
              spec:
                entrypoint: main
                arguments: {parameters: [{name: image, value: "quay.io/team/own:5"}]}
                templates:
                  - name: main
                    inputs: {parameters: [{name: image}]}
                    dag:
                      tasks:
                        - name: x
                          templateRef: {name: lib, template: run}
                          arguments:
                            parameters:
                              - {name: image, value: "{{inputs.parameters.image}}"}
"""


def _read(**files: str) -> Repository:
    return gather(encode({f"{name}.yaml": text for name, text in files.items()}))


def _told(found: Repository) -> list[str]:
    """Say what callers pass: which file says it, and what."""
    return sorted(
        f"{use.path.removesuffix('.yaml')} {use.label}" for use in found.callings.images
    )


def _left(found: Repository) -> list[str]:
    return [
        use.text.value
        for use in found.all(ImageUse)
        if use.unresolved is Unresolved.PLACEHOLDER and not found.callings.is_given(use)
    ]


def test_a_task_gets_what_its_pipeline_says() -> None:
    """A pipeline's own default counts where nobody runs it with another value."""
    found = _read(task=_TASK, pipeline=_PIPELINE)

    assert ["pipeline quay.io/team/base:1", "pipeline quay.io/team/tool:4"] == (
        _told(found)
    )
    assert [] == _left(found)


def test_a_run_has_the_last_word() -> None:
    """What a run passes to a pipeline goes on to the tasks; the default does not."""
    found = _read(task=_TASK, pipeline=_PIPELINE, run=_RUN)

    assert ["pipeline quay.io/team/tool:4", "run quay.io/team/base:2"] == _told(found)


def test_a_run_that_says_nothing_takes_the_default() -> None:
    """Callers that pass nothing get what the pipeline has."""
    run = _RUN.partition("  params:")[0]
    found = _read(task=_TASK, pipeline=_PIPELINE, run=_RUN, other=run)

    assert {"pipeline quay.io/team/base:1", "run quay.io/team/base:2"} < {*_told(found)}


def test_what_a_run_computes_stays_open() -> None:
    """One caller that nobody can follow is enough for a name not to be known."""
    other = _PIPELINE.replace("$(params.base)", "$(tasks.x.results.image)").replace(
        "name: all", "name: other"
    )
    found = _read(task=_TASK, pipeline=_PIPELINE, other=other)

    assert "pipeline quay.io/team/base:1" in _told(found)
    assert ["$(params.image)"] == _left(found)


def test_values_of_a_matrix_count_each() -> None:
    """A task that is run for each of a list has each as its image."""
    many = _PIPELINE.replace("        - {name: image, value: $(params.base)}\n", "") + (
        "      matrix:\n"
        "        params: [{name: image, value: [a.example/b:1, a.example/b:2]}]\n"
        "        include:\n"
        "          - params: [{name: image, value: a.example/b:3}]\n"
    )
    found = _read(task=_TASK, pipeline=many)

    assert [f"pipeline a.example/b:{n}" for n in (1, 2, 3)] == [
        one for one in _told(found) if "example" in one
    ]


def test_of_tasks_with_one_name_the_nearest_is_meant() -> None:
    """A catalogue holds a task's versions side by side, each with its own tests."""
    run = """\
    apiVersion: tekton.dev/v1
    kind: TaskRun
    metadata: {{name: a}}
    spec:
      taskRef: {{name: build}}
      params: [{{name: image, value: "quay.io/a/b:{0}"}}]
    """
    files = {f"build/{n}/task.yaml": _TASK for n in (1, 2)}
    files["build/1/tests/run.yaml"] = run.format(1)
    found = gather(encode(files))

    assert ["build/1/tests/run quay.io/a/b:1"] == _told(found)
    assert ["$(params.image)"] == _left(found)


def test_argos_templates_get_what_steps_say() -> None:
    """Arguments of workflows, items of loops and parts of names are all followed."""
    found = _read(lib=_ARGO)

    assert [
        "lib quay.io/team/one:1",
        "lib quay.io/team/three:1",
        "lib quay.io/team/tool:1",
        "lib quay.io/team/two:1",
    ] == _told(found)
    assert [] == _left(found)


def test_who_uses_a_workflow_template_passes_its_arguments() -> None:
    """A CronWorkflow's arguments take the place of the template's own."""
    told = _told(_read(lib=_ARGO, cron=_CRON))

    assert "cron quay.io/team/tool:2" in told
    assert "lib quay.io/team/tool:1" not in told


def test_workflows_within_sensors_are_followed() -> None:
    """An argument reaches an entry point's input, and a template of another file."""
    found = _read(lib=_ARGO, sensor=_SENSOR)

    assert "sensor quay.io/team/own:5" in _told(found)
    assert [] == _left(found)


def test_what_calls_itself_ends() -> None:
    """Templates may call one another in a circle; the rest is followed all the same."""
    circle = """\
    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: x}
    spec:
      templates:
        - name: a
          inputs: {parameters: [{name: image}]}
          dag:
            tasks:
              - name: again
                template: a
                arguments: &on
                  parameters: [{name: image, value: "{{inputs.parameters.image}}"}]
              - {name: run, template: b, arguments: *on}
              - name: other
                template: b
                arguments: {parameters: [{name: image, value: "a.example/b:1"}]}
        - name: b
          inputs: {parameters: [{name: image}]}
          container: {image: "{{inputs.parameters.image}}"}
    """
    found = _read(x=circle)

    assert ["x a.example/b:1"] == _told(found)
    assert ["{{inputs.parameters.image}}"] == _left(found)


_COMPOSE = """\
services:
  web: {image: "${WEB_IMAGE}"}
  app: {image: "quay.io/team/app:${TAG:-1}"}
  job: {image: "$JOB_IMAGE", pull_policy: never}
"""
_ENV = """\
# what is pulled
export REGISTRY = "quay.io"
WEB_IMAGE=${REGISTRY}/team/web:$TAG  # the newest
TAG='2'
JOB_IMAGE=quay.io/team/job
"""


def test_compose_has_its_variables_from_the_file_beside_it() -> None:
    """`.env` says what Compose pulls, and is the place to change that."""
    found = gather(encode({"a/compose.yaml": _COMPOSE, "a/.env": _ENV}))
    told = [
        (use.path, use.label, _ENV.encode()[: use.start].count(b"\n") + 1)
        for use in found.callings.images
    ]

    assert [
        ("a/.env", "quay.io/team/web:2", 3),
        ("a/.env", "quay.io/team/app:2", 4),
    ] == told
    assert [] == _left(found)


def test_samples_of_variables_count_and_other_folders_do_not() -> None:
    """Who commits `.env.example` alone has people copy it."""
    files = {
        "a/compose.yaml": "services: {web: {image: $IMAGE}}",
        "a/.env.example": "IMAGE=quay.io/team/web:1",
        "b/.env": "IMAGE=quay.io/team/web:2",
    }

    assert ["a/.env.example quay.io/team/web:1"] == _told(gather(encode(files)))


_BUILDS = """\
services:
  db:
    image: db-local
    build:
      context: ./db
      args:
        BASE: quay.io/team/db:1
        TAG:
  app:
    build: {context: "..", dockerfile: app/Dockerfile, args: ["BASE=db-local", REG]}
  other: {build: ./other}
"""
_DOCKERFILE = "ARG BASE\nARG REG=docker.io\nFROM ${BASE}\nFROM $REG/tool:$TAG\n"


def test_a_dockerfile_gets_what_compose_builds_it_with() -> None:
    """Arguments say a base, or the environment does; what Compose builds is no pull."""
    files = {
        "a/compose.yaml": _BUILDS,
        "a/.env": "TAG=7\nREG=quay.io/team",
        "a/db/Dockerfile": _DOCKERFILE,
        "app/Dockerfile": _DOCKERFILE,
        "a/other/Dockerfile": "ARG BASE\nFROM $BASE\n",
    }
    found = gather(encode(files))

    assert {
        "a/compose.yaml quay.io/team/db:1": False,
        "a/.env docker.io/tool:7": False,
        "a/compose.yaml db-local": True,
    } == {f"{use.path} {use.label}": use.is_never_pulled for use in _passed(found)}
    assert ["$BASE", "$REG/tool:$TAG"] == _left(found)


def _passed(found: Repository) -> list[ImageUse]:
    places = {(use.path, use.start) for use in found.callings.images}
    return [use for use in found.all(ImageUse) if (use.path, use.start) in places]

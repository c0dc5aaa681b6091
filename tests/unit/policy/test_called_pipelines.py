"""Images whose names other files of a pipeline say: GitHub's and GitLab's."""

from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse, Unresolved
from seawall.policy.facts.pipelines import Job
from seawall.policy.repository import Repository

_CALLED = """\
on:
  workflow_call:
    inputs:
      image: {type: string, required: true}
      tool: {type: string, default: "quay.io/team/tool:1"}
env:
  DB: ${{ inputs.db || 'quay.io/team/db:1' }}
jobs:
  go:
    container: ${{ inputs.image }}
    services:
      db: {image: "${{ env.DB }}"}
    steps:
      - uses: ./.github/actions/run
        with: {image: "${{ inputs.tool }}"}
"""
_ACTION = """\
inputs:
  image: {required: true}
runs:
  using: composite
  steps:
    - run: docker run --rm ${{ inputs.image }}
      shell: bash
"""
_CALLER = """\
jobs:
  one:
    strategy: {matrix: {image: ["quay.io/team/a:1", "quay.io/team/b:1"]}}
    uses: ./.github/workflows/called.yml
    with:
      image: ${{ matrix.image }}
      db: quay.io/team/db:2
  two:
    uses: ./.github/workflows/called.yml
    with:
      image: quay.io/team/c:1
      tool: quay.io/team/tool:2
"""
_GITHUB = {
    "sub/.github/workflows/called.yml": _CALLED,
    "sub/.github/actions/run/action.yml": _ACTION,
    "sub/.github/workflows/caller.yml": _CALLER,
}


def _left(found: Repository) -> list[str]:
    return [
        use.text.value
        for use in found.all(ImageUse)
        if use.unresolved is Unresolved.PLACEHOLDER and not found.callings.is_given(use)
    ]


def test_a_called_workflow_gets_what_its_callers_say() -> None:
    """Inputs are followed into called workflows, and on into actions of the tree."""
    found = gather(encode(_GITHUB))
    told = sorted(
        f"{use.path.rpartition('/')[2]} {use.label}" for use in found.callings.images
    )

    assert [
        "called.yml quay.io/team/tool:1",
        "caller.yml quay.io/team/a:1",
        "caller.yml quay.io/team/b:1",
        "caller.yml quay.io/team/c:1",
        "caller.yml quay.io/team/db:2",
        "caller.yml quay.io/team/tool:2",
    ] == told
    assert [] == _left(found)
    assert "quay.io/team/db:1" in [use.label for use in found.all(ImageUse)]


def test_what_is_passed_to_a_job_is_that_jobs() -> None:
    """Rules about jobs see the images that a job passes on."""
    found = gather(encode(_GITHUB))
    jobs = {
        use.label: job.name
        for use in found.callings.images
        if (job := found.parent(use, Job)) is not None
    }

    assert ("one", "two") == (jobs["quay.io/team/a:1"], jobs["quay.io/team/c:1"])


_HIDDEN = """\
variables:
  REGISTRY: quay.io/team
.base:
  image: $REGISTRY/$TOOL:$TAG
  variables: {TAG: "1"}
.middle:
  extends: .base
.anchored: &anchored
  image:
    name: quay.io/team/anchored:$TAG
.services:
  services: ["quay.io/team/db:$DB"]
"""
_JOBS = """\
include:
  - local: /ci/hidden.yml
default:
  image: quay.io/team/default:$WHICH
variables:
  WHICH: "1"
one:
  extends: [.middle]
  variables: {TOOL: one}
  script: [make]
two:
  extends: .middle
  variables: &shared {TOOL: two, TAG: "2", DB: "5"}
  script: [make]
three:
  variables: {WHICH: "3"}
  script: [docker pull quay.io/team/pulled:$WHICH]
four:
  image: !reference [.anchored, image]
  variables:
    <<: *shared
  script: [make]
five:
  extends: .services
  image: quay.io/team/five:1
  variables: {DB: "5"}
  script: [make]
six:
  extends: .services
  variables: {DB: "6"}
  script: [make]
"""


def test_gitlabs_jobs_say_what_their_templates_need() -> None:
    """`extends`, `!reference`, `default` and files that are included are followed."""
    found = gather(encode({"ci/hidden.yml": _HIDDEN, ".gitlab-ci.yml": _JOBS}))

    assert {
        "quay.io/team/one:1",
        "quay.io/team/two:2",
        "quay.io/team/anchored:2",
        "quay.io/team/default:1",
        "quay.io/team/default:3",
        "quay.io/team/db:5",
        "quay.io/team/db:6",
        "quay.io/team/five:1",
        "quay.io/team/pulled:3",
    } == {str(use.reference) for use in found.all(ImageUse) if use.reference}
    assert [] == _left(found)


def test_an_anchor_means_what_its_job_says() -> None:
    """A job that merges a hidden one has its image, with variables of its own."""
    found = gather(
        encode(
            {
                ".gitlab-ci.yml": """\
                .hidden: &hidden
                  image: quay.io/team/tool:$TAG
                one:
                  <<: *hidden
                  variables: {TAG: "1"}
                  script: [make]
                """
            }
        )
    )

    assert ["quay.io/team/tool:1"] == [use.label for use in found.callings.images]
    assert [] == _left(found)


def test_variables_reach_what_is_included() -> None:
    """A pipeline's variables hold in its parts, whatever these are called."""
    found = gather(
        encode(
            {
                "build/part.yaml": """\
                job:
                  stage: test
                  image: quay.io/team/tool:$TAG
                  script: [make]
                """,
                ".gitlab-ci.yml": """\
                include: build/part.yaml
                variables: {TAG: "7"}
                main:
                  image: quay.io/team/main:1
                  script: [make]
                """,
            }
        )
    )

    assert ["quay.io/team/tool:7"] == [use.label for use in found.callings.images]
    assert [] == _left(found)


_MAIN = """\
spec:
  inputs: {}
---
include:
  - local: /ci/variables.yml
  - local: ci/jobs.yml
variables: {TAG: "2"}
main:
  image: $TOOL
  script: [make]
"""
_VARIABLES = """\
variables:
  HUB: quay.io
  TAG: "1"
  TOOL: "${HUB}/team/tool:$TAG"
"""
_INCLUDED = """\
.job:
  script: [make]
included:
  extends: .job
  image: "$HUB/team/included:$TAG"
start:
  variables: {WHICH: "3"}
  trigger: {include: ci/child.yml}
again:
  trigger: {include: [{local: .gitlab-ci.yml}]}
"""
_CHILD = """\
child:
  image: $HUB/team/child:$WHICH
  script: [make]
"""


def test_files_of_one_pipeline_know_each_others_variables() -> None:
    """What one included file says holds in all of them, and in those they start."""
    files = {
        ".gitlab-ci.yml": _MAIN,
        "ci/variables.yml": _VARIABLES,
        "ci/jobs.yml": _INCLUDED,
        "ci/child.yml": _CHILD,
        "ci/variables/other.yml": _VARIABLES.replace("quay.io", "other.example"),
    }
    found = gather(encode(files))

    assert [
        ".gitlab-ci.yml quay.io/team/included:2",
        "ci/jobs.yml quay.io/team/child:3",
        "ci/variables.yml quay.io/team/tool:2",
    ] == sorted(f"{use.path} {use.label}" for use in found.callings.images)
    assert [] == _left(found)


def test_other_yaml_with_scripts_is_no_part_of_gitlabs() -> None:
    """A word that GitLab has, too, makes no pipeline."""
    for text in (
        "job:\n  script: [make]\n  image: a/b:1\n",
        "language: go\njob:\n  stage: a\n  image: a/b:1\n  script: [make]\n",
        "- job:\n    stage: a\n    image: a/b:1\n    script: [make]\n",
    ):
        assert [] == list(gather(encode({"a.yml": text})).all(ImageUse))


def test_each_job_that_has_an_image_from_elsewhere_is_counted() -> None:
    """What `default` says is pulled by each job that says nothing else itself."""
    found = gather(
        encode(
            {
                ".gitlab-ci.yml": """\
                default:
                  image: quay.io/team/tool:1
                  services: ["quay.io/team/db:1"]
                .rules: {rules: [{when: always}]}
                one: {script: [make]}
                two: {extends: .rules, script: [make]}
                three: {image: "quay.io/team/own:1", script: [make]}
                """
            }
        )
    )

    assert {
        "quay.io/team/tool:1": 2,
        "quay.io/team/db:1": 3,
        "quay.io/team/own:1": 1,
    } == {use.label: found.callings.count(use) for use in found.all(ImageUse)}

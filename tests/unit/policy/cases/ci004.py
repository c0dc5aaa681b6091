"""CI004: a mirror for BuildKit in a job that pulls with docker."""

from tests.unit.policy.casebook import Case

_FILE = ".github/workflows/build.yml"
_JOB = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/setup-buildx-action@v3
        with:
          buildkitd-config{}
      - run: {}
"""
_INLINE = """-inline: |
            [registry."docker.io"]
              mirrors = ["mirror.example:5000"]"""
_OTHER = """-inline: |
            [worker.oci]
              max-parallelism = 4"""

MUST_FIRE = {
    "a run": Case(
        {_FILE: _JOB.format(_INLINE, "docker run --rm alpine:3.22 true")},
        (f"{_FILE}:11",),
        "past BuildKit's mirror",
    ),
    "compose": Case(
        {_FILE: _JOB.format(_INLINE, "docker compose up -d")}, (f"{_FILE}:11",)
    ),
}

MUST_NOT_FIRE = {
    "builds alone": Case({_FILE: _JOB.format(_INLINE, "docker buildx build .")}),
    "no mirror": Case({_FILE: _JOB.format(_OTHER, "docker pull alpine:3.22")}),
    "another registry": Case(
        {_FILE: _JOB.format(_INLINE, "docker pull quay.io/a/b:1")}
    ),
    "the daemon has one, too": Case(
        {
            _FILE: _JOB.format(_INLINE, "docker pull alpine:3.22")
            + "      - run: sudo cp ci/daemon.json /etc/docker/daemon.json\n"
        }
    ),
}

"""CI003: a job that signs in after it has pulled, or somewhere else."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind
from seawall.policy.options import PolicyOptions

_FILE = ".github/workflows/publish.yml"
_JOB = """\
on: push
env:
  REGISTRY: quay.io
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
{}
      - run: make push
"""
_QEMU = "      - uses: docker/setup-qemu-action@v3"
_BUILDX = "      - uses: docker/setup-buildx-action@v3"
_HUB = """\
      # Docker Hub
      - name: Sign in
        uses: docker/login-action@v3
        with:
          username: me
          password: ${{ secrets.TOKEN }}"""
_BLOCK = _HUB.partition("\n")[2]
_QUAY = """\
      - uses: docker/login-action@v3
        with: {registry: "${{ env.REGISTRY }}", username: me, password: x}"""
_PULL = "      - run: docker run --rm alpine:3.22 true"
_TYPED = '      - run: echo "$TOKEN" | docker login -u me --password-stdin'

MUST_FIRE = {
    "later": Case(
        {_FILE: _JOB.format(f"{_QEMU}\n{_BUILDX}\n{_HUB}")},
        (f"{_FILE}:12",),
        "after it has pulled docker.io/tonistiigi/binfmt:latest,"
        " docker.io/moby/buildkit:buildx-stable-1",
    ),
    "elsewhere, after two": Case(
        {_FILE: _JOB.format(f"{_QUAY}\n{_QEMU}\n{_BUILDX}")},
        (f"{_FILE}:11",),
        "binfmt:latest, docker.io/moby/buildkit:buildx-stable-1 come from",
    ),
    "elsewhere": Case(
        {_FILE: _JOB.format(f"{_QUAY}\n{_BUILDX}")},
        (f"{_FILE}:11",),
        "the job signs in at quay.io alone",
    ),
    "by hand": Case(
        {_FILE: _JOB.format(f"{_PULL}\n{_TYPED}")}, (f"{_FILE}:10",), "alpine"
    ),
    "by hand, elsewhere": Case(
        {_FILE: _JOB.format(f"{_TYPED} ghcr.io\n{_PULL}")}, (f"{_FILE}:10",), "ghcr.io"
    ),
    "within one script": Case(
        {
            ".gitlab-ci.yml": """\
            build:
              script:
                - docker pull docker.io/team/base:1
                - docker login -u "$USER" -p "$PASSWORD"
            """
        },
        (".gitlab-ci.yml:3",),
    ),
}

MUST_NOT_FIRE = {
    "first": Case({_FILE: _JOB.format(f"{_HUB}\n{_QEMU}\n{_BUILDX}")}),
    "both, Docker Hub first": Case(
        {_FILE: _JOB.format(f"{_HUB}\n{_QEMU}\n{_QUAY}\n{_BUILDX}")}
    ),
    "nowhere": Case({_FILE: _JOB.format(f"{_QEMU}\n{_PULL}")}),
    "nothing of Docker Hub": Case(
        {_FILE: _JOB.format(f"      - run: docker pull quay.io/a/b:1\n{_HUB}")}
    ),
    "nobody knows where": Case({_FILE: _JOB.format(f'{_PULL}\n{_TYPED} "$MIRROR"')}),
    "nodes have a credential": Case(
        {_FILE: _JOB.format(f"{_QEMU}\n{_HUB}")},
        options=PolicyOptions(providers=("docker.io",)),
    ),
}

FIXES = {
    "the step goes up": Mend(
        {_FILE: _JOB.format(f"{_QEMU}\n{_BUILDX}\n{_BLOCK}")},
        {_FILE: _JOB.format(f"{_BLOCK}\n{_QEMU}\n{_BUILDX}")},
        FixKind.UNSAFE,
    ),
    "blank lines and comments stay with their steps": Mend(
        {_FILE: _JOB.format(f"\n      # for arm64\n{_QEMU}\n\n{_BLOCK}\n")},
        {_FILE: _JOB.format(f"\n{_BLOCK}\n\n      # for arm64\n{_QEMU}\n")},
        FixKind.UNSAFE,
    ),
    "its comment stays where it is": Mend(
        {_FILE: _JOB.format(f"{_QEMU}\n{_HUB}")},
        {_FILE: _JOB.format(f"{_BLOCK}\n{_QEMU}\n      # Docker Hub")},
        FixKind.UNSAFE,
    ),
    "not if it needs what comes before": Mend(
        {_FILE: _JOB.format(f"{_QEMU}\n{_HUB}".replace("secrets.TOKEN", "steps.a.b"))},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}

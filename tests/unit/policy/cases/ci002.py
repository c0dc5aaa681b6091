"""CI002: an image that an action or a tool pulls though nobody names it."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind
from seawall.policy.options import Mirror, PolicyOptions

_FILE = ".github/workflows/build.yaml"
_JOB = """\
name: build
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
{}
      - name: Push
        run: make push
"""
_QEMU = "      - name: Emulate\n        uses: docker/setup-qemu-action@v3  # v3.6"
_BUILDX = "      - uses: docker/setup-buildx-action@0123456789abcdef"
_LINE = "docker buildx create --use"
_KIND = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
"""

MUST_FIRE = {
    "nodes of kind, whose configuration a script says": Case(
        {
            "up.sh": "cat <<EOF | sudo kind create cluster --wait 1m --config=-\n"
            f"{_KIND}EOF\n"
            f"cat > k.yaml <<EOF\n{_KIND}EOF\nkind create cluster --config k.yaml\n"
        },
        ("up.sh:1", "up.sh:13"),
    ),
    "actions": Case(
        {_FILE: _JOB.format(f"{_QEMU}\n{_BUILDX}")},
        (f"{_FILE}:8", f"{_FILE}:9"),
        "docker/setup-buildx-action pulls docker.io/moby/buildkit:buildx-stable-1",
    ),
    "other inputs do not matter": Case(
        {
            _FILE: _JOB.format(
                f"{_BUILDX}\n        with:\n          driver-opts: network=host"
            )
        },
        (f"{_FILE}:7",),
    ),
    "kind": Case(
        {_FILE: _JOB.format("      - uses: helm/kind-action@v1.12.0")}, (f"{_FILE}:7",)
    ),
    "on a command line": Case(
        {
            _FILE: _JOB.format(
                "      - run: |\n          set -e\n"
                "          kind create cluster --wait 5m"
            )
        },
        (f"{_FILE}:9",),
        "kind create cluster pulls docker.io/kindest/node",
    ),
    "in a script": Case(
        {"hack/up.sh": "#!/bin/sh\nset -e\nkind create cluster --name a\n"},
        ("hack/up.sh:3",),
        severity=Severity.NOTE,
    ),
    "in GitLab": Case(
        {".gitlab-ci.yml": f"build:\n  script:\n    - {_LINE}\n    - make\n"},
        (".gitlab-ci.yml:3",),
    ),
    "in a composite action": Case(
        {
            ".github/actions/setup/action.yml": f"name: setup\nruns:\n"
            f"  using: composite\n  steps:\n{_QEMU}\n"
        },
        (".github/actions/setup/action.yml:6",),
    ),
}

MUST_NOT_FIRE = {
    "the command beside the configuration says it": Case(
        {
            "up.sh": f"cat >k.yaml <<EOF\n{_KIND}EOF\n"
            "kind create cluster --image kindest/node:v1.30.0 --config k.yaml\n"
        }
    ),
    "more comes into the configuration": Case(
        {
            "up.sh": f"cat >k.yaml <<EOF\n{_KIND}EOF\n"
            "cat >>k.yaml <<EOF\n    image: $I\nEOF\n"
            "kind create cluster --config k.yaml\n"
        }
    ),
    "the configuration in the script says the nodes' image": Case(
        {
            "up.sh": "kind create cluster --config=- <<EOF\n"
            f"{_KIND}    image: kindest/node:v1.30.0\nEOF\n"
        }
    ),
    "named": Case(
        {
            _FILE: _JOB.format(
                f"{_BUILDX}\n        with:\n          driver-opts: |\n"
                "            network=host\n"
                f"            image=quay.io/x/buildkit@{DIGEST}"
            )
        }
    ),
    "another driver": Case(
        {_FILE: _JOB.format(f"{_BUILDX}\n        with:\n          driver: docker")}
    ),
    "a configuration may name it": Case(
        {
            _FILE: _JOB.format(
                "      - uses: helm/kind-action@v1\n        with:\n"
                "          config: kind.yaml\n"
                "      - run: kind create cluster --config kind.yaml"
            )
        }
    ),
    "named on the command line": Case(
        {
            _FILE: _JOB.format(
                "      - run: |\n          k3d cluster create a --image x/k3s:1\n"
                "          minikube start --driver=none\n"
                "          minikube start --driver=hyperkit\n"
                "          kind get clusters"
            )
        }
    ),
    "no shell": Case(
        {_FILE: _JOB.format("      - shell: python\n        run: kind create cluster")}
    ),
    "with a mirror": Case(
        {_FILE: _JOB.format(_QEMU)},
        options=PolicyOptions(mirrors=(Mirror("docker.io", "mirror.example/hub"),)),
    ),
}

FIXES = {
    "an action without inputs": Mend(
        {_FILE: _JOB.format(_QEMU)},
        {
            _FILE: _JOB.format(
                f"{_QEMU}\n        with:\n"
                f"          image: docker.io/tonistiigi/binfmt@{DIGEST}"
            )
        },
        FixKind.ONLINE,
    ),
    "an action with inputs": Mend(
        {_FILE: _JOB.format(f"{_BUILDX}\n        with:\n          version: v0.29.0")},
        {
            _FILE: _JOB.format(
                f"{_BUILDX}\n        with:\n          driver-opts: image="
                f"docker.io/moby/buildkit:buildx-stable-1@{DIGEST}\n"
                "          version: v0.29.0"
            )
        },
        FixKind.ONLINE,
    ),
    "a command": Mend(
        {_FILE: _JOB.format(f"      - run: {_LINE}")},
        {
            _FILE: _JOB.format(
                "      - run: docker buildx create --driver-opt"
                f" image=docker.io/moby/buildkit:buildx-stable-1@{DIGEST} --use"
            )
        },
        FixKind.ONLINE,
    ),
    "lines end as they did": Mend(
        {_FILE: _JOB.format(_QEMU).replace("\n", "\r\n")},
        {
            _FILE: _JOB.format(
                f"{_QEMU}\n        with:\n"
                f"          image: docker.io/tonistiigi/binfmt@{DIGEST}"
            ).replace("\n", "\r\n")
        },
        FixKind.ONLINE,
    ),
}

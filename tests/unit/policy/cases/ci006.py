"""CI006: a pull that is tried once."""

from tests.unit.policy.casebook import Case, Mend

MUST_FIRE = {
    "below a question": Case(
        {"a.sh": 'if [ -n "$A" ]; then docker pull quay.io/a/b:1; fi\n'}, ("a.sh:1",)
    ),
    "it leaves if it fails": Case(
        {
            "a.sh": "docker pull quay.io/a/b:1 || exit 1\n"
            "docker pull quay.io/a/b:2 || { echo no; exit 1; }\n"
            "docker pull quay.io/a/b:3 || die no\n"
        },
        ("a.sh:1", "a.sh:2", "a.sh:3"),
    ),
    "in a makefile, behind options that a variable has": Case(
        {"Makefile": "a:\n\tdocker pull $(DOCKER_PLATFORM) quay.io/team/a:1\n"},
        ("Makefile:2",),
        "docker pull quay.io/team/a:1 is tried once",
    ),
    "docker": Case(
        {"a.sh": "docker pull quay.io/team/tool:1\n"}, ("a.sh:1",), "quay.io"
    ),
    "compose": Case(
        {"a.sh": "docker compose pull\n"}, ("a.sh:1",), "docker compose pull is tried"
    ),
    "crictl with sudo": Case(
        {"t/a.bats": "sudo crictl pull busybox\n"}, ("t/a.bats:1",)
    ),
    "ctr in a namespace": Case(
        {"a.sh": "ctr -n k8s.io images pull docker.io/library/busybox:1\n"}, ("a.sh:1",)
    ),
    "in a bats test": Case(
        {"a.bats": '@test "it pulls" {\n  podman pull quay.io/a/b:1\n}\n'},
        ("a.bats:2",),
    ),
    "a run, which pulls first": Case(
        {
            "a.sh": "docker run -u $(id -u):$(id -g) -v $(pwd):/src --rm -t"
            " ghcr.io/team/tool:${TAG} check\n"
            "docker run ghcr.io/team/tool:${TAG} once more\n"
        },
        ("a.sh:1",),
        "docker run pulls ghcr.io/team/tool",
    ),
    "an engine of the user's choice": Case(
        {"a.sh": "if ! $CONTAINER_ENGINE pull team/tool:1; then exit 1; fi\n"},
        ("a.sh:1",),
        "docker pull team/tool:1 is tried",
    ),
    "an engine with a default": Case(
        {"a.sh": '"${CONTAINER_CLI:-podman}" pull "team/tool:1"\n'},
        ("a.sh:1",),
        "podman pull team/tool:1 is tried",
    ),
    "options in a variable": Case(
        {"a.sh": "docker pull $PLATFORM_ARG quay.io/a/b:1\n"},
        ("a.sh:1",),
        "docker pull quay.io/a/b:1 is tried",
    ),
    "a run with options in a variable": Case(
        {"a.sh": 'docker run --rm "${RUN_OPTS[@]}" quay.io/a/b:1 go\n'},
        ("a.sh:1",),
        "docker run pulls quay.io/a/b:1",
    ),
    "options behind the image": Case(
        {"a.sh": "docker pull quay.io/a/b:1 --platform linux/arm64\n"},
        ("a.sh:1",),
        "docker pull quay.io/a/b:1 is tried",
    ),
    "options behind a variable": Case(
        {"a.sh": 'podman pull --quiet "$IMAGE" --platform linux/arm64\n'},
        ("a.sh:1",),
        "podman pull $IMAGE is tried",
    ),
    "an unknown option in front": Case(
        {"a.sh": "crictl pull --hurry quay.io/a/b:1\n"},
        ("a.sh:1",),
        "crictl pull quay.io/a/b:1 is tried",
    ),
    "an option in front of a variable": Case(
        {"a.sh": 'docker --context far pull --platform linux/arm64 "$IMAGE"\n'},
        ("a.sh:1",),
        "docker pull $IMAGE is tried",
    ),
    "what is copied, and not where to": Case(
        {"a.sh": "skopeo copy docker://quay.io/a/b:1 dir:here\n"},
        ("a.sh:1",),
        "skopeo copy quay.io/a/b:1 is tried",
    ),
    "crictl with an option behind": Case(
        {"a.sh": "crictl pull quay.io/a/b:1 --pod-config pod.json\n"},
        ("a.sh:1",),
        "crictl pull quay.io/a/b:1 is tried",
    ),
    "a word of what is run": Case(
        {"a.sh": "docker run quay.io/a/b:1 deploy --pull=never\n"},
        ("a.sh:1",),
        "docker run pulls quay.io/a/b",
    ),
    "by a variable": Case(
        {
            "a.sh": "$DOCKER pull quay.io/a/b:1\n"
            '"${DOCKER:-podman}" pull quay.io/a/c:1\n'
        },
        ("a.sh:1", "a.sh:2"),
        "podman pull quay.io/a/c:1",
    ),
}

MUST_NOT_FIRE = {
    "a question": Case(
        {
            "a.sh": "if docker pull quay.io/a/b:1; then\n  echo there\nfi\n"
            "if ! docker pull quay.io/a/c:1 >/dev/null; then make c; fi\n"
        }
    ),
    "a run of what a variable means: it may be there": Case(
        {"up.sh": 'docker run --rm "$IMAGE" true\n'}
    ),
    "another way if it fails": Case(
        {
            "a.sh": "docker pull quay.io/a/b:1 || docker build -t quay.io/a/b:1 .\n"
            "docker pull quay.io/a/c:1 || true\n"
        }
    ),
    "a run after the pull": Case(
        {"a.sh": "retry docker pull quay.io/a/b:1\ndocker run quay.io/a/b:1\n"}
    ),
    "a run of what is built here": Case(
        {"a.sh": "docker build -t b:1 .\ndocker run b:1\ndocker create -it b:1\n"}
    ),
    "a run that may not pull": Case(
        {"a.sh": "docker run --pull=never quay.io/a/b:1\ndocker exec a run\n"}
    ),
    "a loop": Case(
        {"a.sh": "for i in 1 2; do docker pull a/b:1 && break; sleep 1; done\n"}
    ),
    "its own retry": Case({"a.sh": "podman pull --retry 5 quay.io/a/b:1\n"}),
    "another wrapper": Case({"a.sh": "retry docker pull a/b:1\n"}),
    "no pull": Case({"a.sh": "docker images\necho docker pull a/b:1\n"}),
    "a build": Case(
        {"Dockerfile": "FROM debian:12\nRUN skopeo copy docker://a dir:b\n"}
    ),
}

_LOOP = (
    "for try in 1 2 3; do {} && break;"
    " if test $try = 3; then false; else sleep 5; fi; done"
)
_PULL = _LOOP.format("docker pull -q quay.io/a/b:1")

FIXES = {
    "a line of a script": Mend(
        {"a.sh": "set -e\n  docker pull -q quay.io/a/b:1 # slow\nrun\n"},
        {"a.sh": f"set -e\n  {_PULL} # slow\nrun\n"},
    ),
    "within a condition, and what follows it": Mend(
        {"a.bats": "if x; then\n  docker pull -q quay.io/a/b:1 >x || die\nfi\n"},
        {"a.bats": f"if x; then\n  {_PULL} >x || die\nfi\n"},
    ),
    "several lines, in a pipeline": Mend(
        {
            ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - run: |\n"
            "          sudo crictl pull \\\n            quay.io/a/b:1\n          run\n"
        },
        {
            ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - run: |\n"
            "          "
            + _LOOP.format("sudo crictl pull \\\n            quay.io/a/b:1")
            + "\n          run\n"
        },
    ),
    "what PowerShell may run stays": Mend(
        {
            ".github/workflows/a.yml": "jobs:\n  a:\n    strategy:\n      matrix:\n"
            "        os: [ubuntu-latest, windows-latest]\n"
            "    runs-on: ${{ matrix.os }}\n"
            "    steps: [{run: docker pull quay.io/a/b:1}]\n"
            "  b:\n    runs-on: [self-hosted, windows]\n"
            "    steps: [{run: docker pull quay.io/a/b:1}]\n",
            ".gitlab-ci.yml": "a:\n  tags: [saas-windows-medium-amd64]\n"
            "  script: docker pull quay.io/a/b:1\n",
        },
        {},
        leaves=2,
    ),
    "an option of its own": Mend(
        {"a.sh": "skopeo copy docker://quay.io/a/b:1 dir:b\n"},
        {"a.sh": "skopeo copy --retry-times 5 docker://quay.io/a/b:1 dir:b\n"},
    ),
    "what is part of something else stays": Mend(
        {
            "a.sh": "if ! docker pull quay.io/a/b:1; then exit 1; fi\n"
            "x=$(docker pull quay.io/a/c:1)\nA=1 docker pull quay.io/a/d:1\n"
            "cd x && \\\n  docker pull quay.io/a/e:1\n",
            "b.sh": "try=1\ndocker pull quay.io/a/b:1\n",
            "Makefile": "a:\n\tdocker pull quay.io/a/b:1\n",
            "c.sh": "docker run quay.io/a/f:1\n",
        },
        {},
        leaves=7,
    ),
}

"""CI006: a pull that is tried once."""

from tests.unit.policy.casebook import Case

MUST_FIRE = {
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

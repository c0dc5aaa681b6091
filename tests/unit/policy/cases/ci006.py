"""CI006: a pull that is tried once."""

from tests.unit.policy.casebook import Case

MUST_FIRE = {
    "docker": Case(
        {"a.sh": "docker pull quay.io/team/tool:1\n"}, ("a.sh:1",), "quay.io"
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
}

MUST_NOT_FIRE = {
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

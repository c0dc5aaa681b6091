"""CFG011: a mirror for digests or tags alone, where no image has one."""

from tests.unit.policy.casebook import DIGEST, Case


def _files(which: str, image: str) -> dict[str, str]:
    return {
        "registries.conf": '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\n'
        f'location = "mirror.example/quay"\npull-from-mirror = "{which}"\n',
        "Dockerfile": f"FROM {image}\n",
    }


_OLD = {
    "registries.conf": '[[registry]]\nprefix = "quay.io/team"\n'
    "mirror-by-digest-only = true\n"
    '[[registry.mirror]]\nlocation = "mirror.example/quay"\n',
    "Dockerfile": "FROM quay.io/team/base:1\n",
}

MUST_FIRE = {
    "digests": Case(
        _files("digest-only", "quay.io/team/base:1"), ("registries.conf:5",), "tags"
    ),
    "tags": Case(
        _files("tag-only", f"quay.io/team/base@{DIGEST}"), ("registries.conf:5",)
    ),
    "as it was said before": Case(_OLD, ("registries.conf:3",)),
}

MUST_NOT_FIRE = {
    "no such image": Case(_files("digest-only", "ghcr.io/team/base:1")),
    "some have digests": Case(_files("digest-only", f"quay.io/team/base:1@{DIGEST}")),
    "all": Case(_files("all", "quay.io/team/base:1")),
}

EXAMPLE_FILES = {"Dockerfile": "FROM debian:12\n"}

"""What Skaffold builds and what it pulls, and whose manifests that matters to."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.workloads import Manifest

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec: {{containers: [{{name: a, image: {}}}]}}
"""
SKAFFOLD = """\
apiVersion: skaffold/v4beta11
kind: Config
metadata: {name: shop}
build:
  artifacts:
    - image: web
      requires: [{image: far/base, alias: BASE}]
      kaniko: {image: "team/kaniko:1"}
    - image: team/api
test:
  - image: far/web
verify:
  - name: smoke
    container: {name: smoke, image: "team/probe:2"}
  - name: itself
    container: {name: itself, image: team/api}
deploy:
  helm:
    releases: [{name: shop, setValueTemplates: {tag: "{{.IMAGE_TAG_web}}"}}]
profiles:
  - name: tuned
    build: {artifacts: [{image: tuned}]}
"""


@pytest.mark.parametrize(
    ("path", "image", "pulled"),
    [
        ("shop/k8s/web.yaml", "web", False),
        ("shop/k8s/web.yaml", "team/api:1", False),
        ("shop/k8s/web.yaml", "tuned", False),
        ("shop/k8s/web.yaml", "docker.io/team/api", True),
        ("shop/k8s/web.yaml", "quay.io/team/api", True),
        ("shop/k8s/web.yaml", "other", True),
        ("web.yaml", "web", False),
        ("web.yaml", "team/api", True),
        ("shops/web.yaml", "web", True),
    ],
)
def test_what_skaffold_builds_is_not_pulled(
    path: str, image: str, *, pulled: bool
) -> None:
    """Manifests below it, and beside it, get what was built under the name."""
    files = {"shop/skaffold.yaml": SKAFFOLD, path: POD.format(image)}
    repository = gather(encode(files))

    (use,) = repository.in_file(path, ImageUse)
    images = repository.in_file("shop/skaffold.yaml", ImageUse)

    assert pulled is not use.is_never_pulled
    assert ["team/kaniko:1", "team/probe:2"] == [one.text.value for one in images]
    assert [] == list(repository.in_file("shop/skaffold.yaml", Manifest))

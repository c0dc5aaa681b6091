"""What overlays and components make of their bases decides what is told of these."""

import pytest
from tests.unit.policy.casebook import encode, find
from tests.unit.policy.kustomized import (
    ACCOUNT,
    CRON,
    FILES,
    JOB,
    LIST,
    OPERATION,
    PATCH,
    WEB,
    overlay,
)

from seawall.policy.facts.workloads import Workload
from seawall.policy.lookups.gathered import Gathered
from seawall.policy.lookups.kustomizing import Kustomizing
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats

_FOR_WEB = PATCH.format(api="apps/v1", kind="Deployment", name="web")
_FOR_JOB = PATCH.format(api="batch/v1", kind="Job", name="migrate")
_FOR_CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: sweep
spec:
  jobTemplate:
    spec:
      template:
        spec:
          imagePullSecrets:
            - name: registry-pull
"""


def _indent(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def _inline(text: str, *, target: str = "") -> tuple[str, ...]:
    lines = ["patches:", "  - patch: |-"]
    lines += _indent(text, 6).splitlines()
    return (*lines, *([f"    target: {target}"] if target else []))


def _component(*lines: str) -> dict[str, str]:
    head = ("apiVersion: kustomize.config.k8s.io/v1alpha1", "kind: Component")
    return {"parts/pull/kustomization.yaml": "\n".join((*head, *lines, ""))}


_IN_COMPONENT = _component(*_inline(OPERATION, target="{kind: Deployment|Job}"))
_USED = ("components:", "  - ../../parts/pull")
_ONLY_WEB = ("patches:", "  - path: web.yaml")
_BOTH = ("patchesStrategicMerge:", "  - web.yaml", "  - job.yaml")
_PATCHES = {"overlays/prod/web.yaml": _FOR_WEB, "overlays/prod/job.yaml": _FOR_JOB}

FIRES = {
    "an overlay that forgets the Job": {
        **overlay("prod", *_ONLY_WEB),
        "overlays/prod/web.yaml": _FOR_WEB,
    },
    "by a merge within it": overlay("prod", *_inline(_FOR_WEB)),
    "by operations on a target": overlay(
        "prod", *_inline(OPERATION, target="{kind: Deployment, name: web}")
    ),
    "by operations of a file, as it was before": {
        **overlay(
            "prod",
            "patchesJson6902:",
            "  - target: {version: v1, kind: Deployment, name: web}",
            "    path: pull.yaml",
        ),
        "overlays/prod/pull.yaml": OPERATION,
    },
    "merges within it, as they were before": overlay(
        "prod", "patchesStrategicMerge:", "  - |-", *_indent(_FOR_WEB, 4).splitlines()
    ),
    "one of two overlays": {
        **overlay("dev", *_ONLY_WEB),
        **overlay("prod", *_BOTH),
        **_PATCHES,
        "overlays/dev/web.yaml": _FOR_WEB,
    },
    "a target that leaves it out": overlay(
        "prod", *_inline(OPERATION, target="{name: web.*}")
    ),
    "the list is taken away": {
        **overlay(
            "prod",
            "components:",
            "  - ../../parts/pull",
            *_inline(
                "- op: remove\n  path: /spec/template/spec/imagePullSecrets\n",
                target="{kind: Job}",
            ),
        ),
        **_IN_COMPONENT,
    },
    "another service account": {
        "overlays/prod/kustomization.yaml": "resources: [../../base, account.yaml]\n"
        "patches:\n  - target: {kind: Deployment}\n    patch: |-\n"
        "      - op: add\n        path: /spec/template/spec/serviceAccountName\n"
        "        value: web\n",
        "overlays/prod/account.yaml": ACCOUNT.format(name="web") + LIST,
    },
    "a name with a prefix": {
        "overlays/prod/kustomization.yaml": "resources: [../shop]\n"
        + "\n".join(_inline(_FOR_WEB.replace("name: web", "name: x-web"))),
        "overlays/shop/kustomization.yaml": "namePrefix: x-\nresources: [../../base]\n",
    },
}

SILENT = {
    "each overlay adds it": {
        **overlay("dev", *_inline(OPERATION, target="{kind: Deployment|Job}")),
        **overlay("prod", *_BOTH),
        **_PATCHES,
    },
    "a component adds it": {**overlay("prod", *_USED), **_IN_COMPONENT},
    "a patch for all": overlay(
        "prod", *_inline(_FOR_WEB, target="{kind: .*, labelSelector: 'app notin (x)'}")
    ),
    "the default account gets it": {
        **overlay(
            "prod", *_inline(ACCOUNT.format(name="default") + LIST), *_ONLY_WEB[1:]
        ),
        "overlays/prod/kustomization.yaml": "resources: [../../base, account.yaml]\n"
        "patches:\n  - path: web.yaml\n  - path: pull.yaml\n",
        "overlays/prod/account.yaml": ACCOUNT.format(name="default"),
        "overlays/prod/pull.yaml": ACCOUNT.format(name="default") + LIST,
        "overlays/prod/web.yaml": _FOR_WEB,
    },
    "the Job is taken out": overlay(
        "prod",
        *_inline(_FOR_WEB),
        "  - patch: |-",
        "      apiVersion: batch/v1",
        "      kind: Job",
        "      metadata:",
        "        name: migrate",
        "      $patch: delete",
    ),
    "a plugin may add it": overlay(
        "prod", *_inline(_FOR_WEB), "transformers:", "  - pull.yaml"
    ),
    "a component of elsewhere may add it": overlay(
        "prod", *_inline(_FOR_WEB), "components:", "  - https://git.example/pull"
    ),
    "another registry then": overlay(
        "prod",
        *_inline(_FOR_WEB),
        "images:",
        "  - name: registry.example/shop/migrate",
        "    newName: quay.io/shop/migrate",
    ),
    "a circle": {
        "overlays/a/kustomization.yaml": "resources: [../b, ../../base]\n",
        "overlays/b/kustomization.yaml": "resources: [../a]\n"
        + "\n".join(_inline(_FOR_WEB)),
    },
}


@pytest.mark.parametrize("label", FIRES)
def test_who_is_forgotten_is_told_of(label: str) -> None:
    """PUL002 tells of the base's Job, whoever gives the Deployment its secret."""
    found = find("PUL002", encode({**FILES, **FIRES[label]}))

    assert ["base/job.yaml:10"] == [f"{o.place.path}:{o.place.line}" for o in found]
    assert "Deployment/web has registry-pull" in found[0].message
    assert found[0].fix is None


@pytest.mark.parametrize("label", SILENT)
def test_who_gets_it_in_the_end_is_not(label: str) -> None:
    """A base whose every overlay adds the secret is right as it is."""
    assert [] == find("PUL002", encode({**FILES, **SILENT[label]}))


def test_what_is_taken_in_again_and_again_is_given_up() -> None:
    """Thirty floors, each with two stairs up, are 2^30 ways: nobody walks them all."""
    text = "namePrefix: a\nresources: [../k{0}, ../k{0}/]\n"
    files = {f"k{n}/kustomization.yaml": text.format(n + 1) for n in range(28)}
    files["k28/kustomization.yaml"] = "resources: [../base]\n"
    files["web/kustomization.yaml"] = "resources: [../base]\n"

    assert [] == find("PUL002", encode({**FILES, **files}))


def test_many_patches_of_many_objects_are_bounded() -> None:
    """Patches that are tried on objects cost what they may, and are then given up."""
    patch = "  - target: {kind: Deployment}\n    patch: |-\n" + _indent(
        OPERATION * 50, 6
    )
    files = {
        "web.yaml": "---\n".join(WEB.replace("web", f"web{n}") for n in range(20)),
        "kustomization.yaml": f"resources: [web.yaml]\npatches:\n{patch}",
    }
    facts = [
        fact
        for name, data in encode(files).items()
        for fact in formats.read_file(name, data, LimitOptions())
    ]
    gathered = Gathered(facts)
    (first, *_) = gathered.all(Workload)

    assert 1 == len(Kustomizing(gathered, 2000).deployments(first))
    assert [] == Kustomizing(gathered, 1000).deployments(first)


def test_a_cronjob_has_its_pod_further_in() -> None:
    """Patches reach the pods of CronJobs as well as those of Deployments."""
    files = {
        "base/kustomization.yaml": "resources: [web.yaml, cron.yaml]\n",
        "base/web.yaml": WEB,
        "base/cron.yaml": CRON,
    }
    right = overlay("prod", *_inline(_FOR_WEB + "---\n" + _FOR_CRON))

    assert [] == find("PUL002", encode({**files, **right}))
    assert 1 == len(
        find("PUL002", encode({**files, **overlay("p", *_inline(_FOR_WEB))}))
    )


def test_folders_of_one_kustomization_are_compared() -> None:
    """What one kustomization deploys belongs together, wherever its files are."""
    files = {
        "kustomization.yaml": "resources: [web, jobs/job.yaml]\n",
        "web/kustomization.yaml": "resources: [web.yaml]\n",
        "web/web.yaml": WEB.replace(
            "      containers:", f"{_indent(LIST, 6)}      containers:"
        ),
        "jobs/job.yaml": JOB,
    }

    (found,) = find("PUL002", encode(files))

    assert "with no pull secret in the kustomization ." in found.message
    files["kustomization.yaml"] = "resources: [web]\n"
    assert [] == find("PUL002", encode(files))


def test_a_fix_stays_where_the_base_has_it() -> None:
    """Within one kustomization without patches a fix edits the file itself."""
    web = WEB.replace("      containers:", f"{_indent(LIST, 6)}      containers:")

    (found,) = find("PUL002", encode({**FILES, "base/web.yaml": web, **overlay("a")}))

    assert found.fix is not None
    assert {"base/job.yaml"} == {edit.path for edit in found.fix.edits}


_MOVING = {**FILES, "base/web.yaml": WEB.replace("web:1.4.2", "web:latest")}
_TAG = ("images:", "  - name: registry.example/shop/web", "    newTag: 1.4.2")


@pytest.mark.parametrize("rule", ["IMG002", "POL002"])
def test_a_tag_of_the_overlay_counts(rule: str) -> None:
    """Where every overlay says the version, the base's `latest` is never pulled.

    A policy `Always` that were written beside it would hold for the overlay's tag.
    """
    assert [] == find(rule, encode({**_MOVING, **overlay("prod", *_TAG)}))
    both = {**_MOVING, **overlay("prod", *_TAG), **overlay("dev")}
    (found,) = find(rule, encode(both))
    assert "base/web.yaml" == found.place.path


def test_a_placeholder_of_the_base_is_nobodys_image() -> None:
    """The name that a generated base has, and that its own kustomization replaces."""
    files = {
        "manager/kustomization.yaml": "resources: [manager.yaml]\nimages:\n"
        "  - name: controller\n    newName: quay.io/shop/operator\n    newTag: 1.4.2\n",
        "manager/manager.yaml": WEB.replace(
            "registry.example/shop/web:1.4.2", "controller:latest"
        ),
    }

    for rule in ("IMG002", "IMG007", "REG001", "POL002"):
        assert [] == find(rule, encode(files)), rule
    (pinned,) = find("IMG003", encode(files))
    assert "manager/kustomization.yaml" == pinned.place.path


@pytest.mark.parametrize(
    ("rule", "name"), [("IMG007", "team/web"), ("REG004", "k8s.gcr.io/team/web")]
)
def test_a_name_that_a_kustomization_looks_for_stays(rule: str, name: str) -> None:
    """Kustomize finds an image by its name as written: a fix would hide it."""
    base = {
        "base/web.yaml": WEB.replace(
            "registry.example/shop/web:1.4.2", f"{name}:1.4.2"
        ),
        "base/kustomization.yaml": "resources: [web.yaml]\n",
    }
    tagged = overlay("prod", "images:", f"  - name: {name}", "    newTag: 1.5.0")

    (free,) = find(rule, encode(base))
    kept = find(rule, encode({**base, **tagged}))
    assert free.fix is not None
    assert {None} == {one.fix for one in kept}


def test_only_a_name_of_the_overlay_leaves_the_version() -> None:
    """A new name alone keeps the tag: that is still the base's to say."""
    renamed = overlay(
        "prod",
        "images:",
        "  - name: nginx",
        "    newName: mirror.example/hub/nginx",
    )
    files = {
        **FILES,
        "base/web.yaml": WEB.replace("registry.example/shop/web:1.4.2", "nginx"),
    }

    for rule, count in (("IMG007", 0), ("REG001", 0), ("IMG002", 1)):
        assert count == len(find(rule, encode({**files, **renamed}))), rule


def test_an_image_of_operations_is_seen() -> None:
    """An image that a JSON patch puts in is one as any other."""
    head = OPERATION.replace("imagePullSecrets", "containers/0/image").partition(
        "value"
    )
    patch = head[0] + "value: nginx\n"

    (found,) = find("IMG002", {"overlays/prod/image.yaml": patch.encode()})

    assert 3 == found.place.line


def test_containers_of_operations_are_seen() -> None:
    """One that is put into a list of containers, or a list that is put in whole."""
    spec = "/spec/template/spec"
    patch = (
        f"- {{op: add, path: {spec}/containers/-, value: {{name: a, image: b}}}}\n"
        f"- {{op: add, path: {spec}/initContainers, value: [{{name: a, image: c}}]}}\n"
    )

    found = find("IMG002", {"overlays/prod/image.yaml": patch.encode()})

    assert [1, 2] == [one.place.line for one in found]
    files = {**FILES, **overlay("prod", *_inline(patch, target="{kind: Deployment}"))}
    helped = JOB.replace("registry.example/shop/migrate:1.4.2", "c").replace(
        "      containers:", f"{_indent(LIST, 6)}      containers:"
    )
    (told,) = find("PUL002", encode({**files, "base/job.yaml": helped}))
    assert "Deployment/web pulls from docker.io" in told.message


def test_a_patch_is_no_workload_without_secrets() -> None:
    """What a patch leaves unsaid, its object says."""
    patch = WEB.replace("1.4.2", "1.5.0")
    files = {
        **FILES,
        **overlay(
            "prod",
            "patches:",
            "  - path: web.yaml",
            *_inline(OPERATION, target="{kind: Job|Deployment}")[1:],
        ),
        "overlays/prod/web.yaml": patch,
    }

    assert [] == find("PUL002", encode(files))


def test_containers_that_a_patch_adds_count() -> None:
    """A sidecar of a patch pulls with the secrets that the pod has."""
    sidecar = _FOR_WEB.replace(
        _indent(LIST, 6),
        "      containers:\n"
        "        - name: side\n          image: quay.io/team/side:1.2.3\n",
    )
    helped = JOB.replace("registry.example/shop", "quay.io/team").replace(
        "      containers:", f"{_indent(LIST, 6)}      containers:"
    )
    files = {**FILES, "base/job.yaml": helped, **overlay("prod", *_inline(sidecar))}

    (found,) = find("PUL002", encode(files))

    assert "Deployment/web pulls from quay.io with no pull secret" in found.message

"""What components bring along, and what targets mean, decides who lacks a secret."""

import pytest
from tests.unit.policy.casebook import encode, find
from tests.unit.policy.kustomized import (
    ACCOUNT,
    FILES,
    LIST,
    OPERATION,
    PATCH,
    WEB,
    overlay,
)

_COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n{}\n"
_WEB_ALONE = "patches: [{path: web.yaml}]"
_USED = "components: [../../parts/one]"
_DEFAULT = ACCOUNT.format(name="default") + LIST
_FOR_WEB = {
    **FILES,
    **overlay("prod", _WEB_ALONE, _USED),
    "overlays/prod/web.yaml": PATCH.format(
        api="apps/v1", kind="Deployment", name="web"
    ),
}
_BODY = "".join(f"      {line}\n" for line in OPERATION.splitlines())
_BOTH = "patches:\n  - target: {kind: Job}\n    patch: |-\n" + _BODY


def _parts(**said: str) -> dict[str, str]:
    """Write components by their folders."""
    return {
        f"parts/{name}/kustomization.yaml": _COMPONENT.format(text)
        for name, text in said.items()
    }


SILENT = {
    "a file with the account": {
        **_parts(one="resources: [account.yaml]"),
        "parts/one/account.yaml": _DEFAULT,
    },
    "a kustomization with the account": {
        **_parts(one="resources: [../two]"),
        "parts/two/kustomization.yaml": "resources: [account.yaml]\n",
        "parts/two/account.yaml": _DEFAULT,
    },
    "a kustomization with a plugin, which may do it": {
        **_parts(one="resources: [../two]"),
        "parts/two/kustomization.yaml": "transformers: [pull.yaml]\n",
    },
    "a plugin of its own": _parts(one="transformers: [pull.yaml]"),
    "another component that adds it": _parts(one="components: [../two]", two=_BOTH),
    "another component of elsewhere": _parts(
        one="components: ['https://git.example/pull']"
    ),
    "another component that is not there": _parts(one="components: [../none]"),
    "another component with a plugin": _parts(
        one="components: [../two]", two="transformers: [pull.yaml]"
    ),
    "itself, in a circle": _parts(one="components: [../one]"),
}


@pytest.mark.parametrize("label", SILENT)
def test_what_a_component_brings_counts(label: str) -> None:
    """It adds the secret that the Job lacks, or may do so."""
    assert [] == find("PUL002", encode({**_FOR_WEB, **SILENT[label]}))


def test_a_component_that_does_something_else_is_known() -> None:
    """Then the Job is told of: nothing gives it what the Deployment has."""
    files = {**_FOR_WEB, **_parts(one="resources: [other.yaml]")}
    files["parts/one/other.yaml"] = ACCOUNT.format(name="other") + LIST

    (found,) = find("PUL002", encode(files))
    assert "base/job.yaml" == found.place.path


_LABELLED = {
    name: text.replace("metadata:\n", f"metadata:\n  labels: {{app: {number}}}\n", 1)
    for number, (name, text) in enumerate(sorted(FILES.items()))
}


def _target(said: str, *lines: str) -> dict[str, str]:
    patch = f"patches:\n  - target: {{{said}}}\n    patch: |-\n{_BODY}"
    return overlay("prod", *lines, patch)


@pytest.mark.parametrize(
    "said", ["name: ^web$", "name: ^web", "name: web$", "labelSelector: app=2"]
)
def test_a_target_means_one(said: str) -> None:
    """By its whole name, anchored or not, or by a label: the Job is left out."""
    (found,) = find("PUL002", encode({**_LABELLED, **_target(said)}))

    assert "base/job.yaml" == found.place.path


@pytest.mark.parametrize(
    "said",
    ["labelSelector: tier=x", "name: .*e.*b.*|m.*i.*g.*r.*t.*e.*", "name: '[a-z]+'"],
)
def test_a_target_may_mean_all(said: str) -> None:
    """By a label that a kustomization may give, or a pattern that is not read."""
    mine = WEB.replace(
        "      containers",
        "      imagePullSecrets: [{name: registry-pull}]\n      containers",
    )
    files = {**FILES, "base/web.yaml": mine}

    assert [] == find("PUL002", encode({**files, **_target(said)}))
    assert 1 == len(find("PUL002", encode({**files, **_target("name: web")})))


def test_a_target_means_a_name_that_there_was() -> None:
    """Before its prefix, too."""
    files = {
        **FILES,
        "shop/kustomization.yaml": "namePrefix: x-\nresources: [../base]\n",
        "overlays/prod/kustomization.yaml": _target("name: web")[
            "overlays/prod/kustomization.yaml"
        ].replace("../../base", "../../shop"),
    }

    (found,) = find("PUL002", encode(files))
    assert "base/job.yaml" == found.place.path


_HUB = WEB.replace("registry.example/shop/web:1.4.2", "team/web")


def _patched(image: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: {image}
"""


@pytest.mark.parametrize("rule", ["IMG002", "IMG007", "REG001"])
def test_an_image_of_a_patch_takes_the_place_of_the_base_s(rule: str) -> None:
    """Neither its name nor its version is pulled."""
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": _HUB,
        **overlay("prod", "patches: [{path: web.yaml}]"),
        "overlays/prod/web.yaml": _patched("registry.example/team/web:1.4.2"),
    }

    assert [] == find(rule, encode(files))


def test_the_registry_of_a_patch_counts() -> None:
    """Its image is of a registry for which nobody has a secret: none is lacking."""
    files = {
        **FILES,
        **overlay("prod", _WEB_ALONE),
        "overlays/prod/web.yaml": _patched("quay.io/team/web:1.4.2").replace(
            "      containers", "      imagePullSecrets: [{name: a}]\n      containers"
        ),
    }

    assert [] == find("PUL002", encode(files))


@pytest.mark.parametrize("rule", ["IMG002", "REG001"])
def test_what_two_kustomizations_say_of_one_image_counts_both(rule: str) -> None:
    """One names the registry, the other one the version, in either order."""
    named = "images: [{name: team/web, newName: registry.example/web}]"
    tagged = "images: [{name: registry.example/web, newTag: '1'}]"
    first = "images: [{name: team/web, newTag: '1'}]"
    for inner, outer in ((named, tagged), (first, named)):
        files = {
            "base/kustomization.yaml": f"resources: [web.yaml]\n{inner}\n",
            "base/web.yaml": _HUB,
            **overlay("prod", outer),
        }
        assert [] == [
            one
            for one in find(rule, encode(files))
            if one.place.path == "base/web.yaml"
        ]

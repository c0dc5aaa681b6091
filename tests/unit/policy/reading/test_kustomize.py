"""Kustomizations are read: what they take in, rename and generate."""

from seawall.policy.facts.overlays import Kustomization
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats

_TEXT = """\
namespace: shop
resources:
  - web.yaml
  - ../base
images:
  - name: web
    newName: registry.example/shop/web
    newTag: 1.4.2
  - name: api
    newName: registry.example/shop/api
  - name: side
secretGenerator:
  - name: registry-pull
    type: kubernetes.io/dockerconfigjson
"""


def _read(text: str) -> list[Kustomization]:
    facts = formats.read_file("k/kustomization.yaml", text.encode(), LimitOptions())
    return [fact for fact in facts if isinstance(fact, Kustomization)]


def test_all_parts_are_known() -> None:
    """Namespace, resources, images and secrets are told, in their order."""
    (found,) = _read(_TEXT)

    assert "shop" == found.namespace
    assert ["web.yaml", "../base"] == [one.value for one in found.resources]
    assert ("registry-pull",) == found.generated
    web, api = found.images
    assert "registry.example/shop/web:1.4.2" == str(web.reference)
    assert None is web.editable
    assert api.reference is None
    assert "registry.example/shop/api" == str(api.repository)


def test_strange_shapes_are_none() -> None:
    """What is no list is no list."""
    (found,) = _read("resources: web.yaml\nimages: {name: x}\nsecretGenerator: [1]\n")

    assert ((), (), ()) == (found.resources, found.images, found.generated)

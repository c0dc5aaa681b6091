"""What kustomizations deploy: bases as overlays and components leave them."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.overlays import (
    Change,
    Kustomization,
    Patch,
    PatchFile,
    Target,
)
from seawall.policy.facts.text import Text
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.facts.workloads import Manifest, ServiceAccount, Workload
from seawall.policy.finding import Context
from seawall.policy.lookups.gathered import Gathered
from seawall.policy.lookups.overlaying import (
    Deployed,
    Pull,
    bare_name,
    change_pulls,
    changes_in,
    deploy,
    is_meant,
    swap_name,
)

_DEEPEST = 30
"""Kustomizations that take one another in deeper than this are taken for a circle."""
_MOST = 1_000_000
"""Steps that are taken to follow objects through all overlays; nobody needs as many."""
_OBJECT = 20
"""What an object, or a kustomization, is more than a patch that is tried on one."""


class Kustomizing:
    """What the kustomizations of a repository deploy.

    Args:
        gathered: All facts.
        most: So many steps may be taken.
    """

    def __init__(self, gathered: Gathered, most: int = _MOST) -> None:
        self._gathered = gathered
        self._all = {one.folder: one for one in gathered.all(Kustomization)}
        self._taken: dict[str, set[str]] = defaultdict(set)
        self._patches: dict[str, list[Kustomization]] = defaultdict(list)
        self._open: set[str] = set()
        self._left = most
        for one in self._all.values():
            for text in (*one.resources, *one.components):
                place = _join(one.folder, text)
                if place is not None:
                    self._taken[place].add(one.folder)
            for patch in one.patches:
                place = _join(one.folder, patch.file) if patch.file else None
                if place is not None:
                    self._patches[place].append(one)

    def is_patch(self, path: str) -> bool:
        """Whether a file is a patch, and no object of its own."""
        return path in self._patches

    def deployments(self, manifest: Manifest) -> list[Deployed]:
        """List what becomes of an object, once for each kustomization that has it.

        Of a patch, what becomes of the objects that it is applied to. Kustomizations
        with plugins are left out: who pulls there with which secrets is not known.
        """
        return [one for one in self._made(manifest) if one.root not in self._open]

    def _made(self, manifest: Manifest) -> list[Deployed]:
        if self.is_patch(manifest.path):
            found = self._by_patch.get(manifest.path, [])
            return [one for one in found if manifest.name in one.names] or found
        return self._by_manifest.get(id(manifest), [])

    def hooks(self, webhook: Webhook) -> list[Webhook]:
        """List what becomes of a webhook: itself, where no patch has a part in it.

        None of a patch: what it says is that of the webhooks that it is applied to.
        """
        if self.is_patch(webhook.path):
            return []
        found: list[Webhook] = []
        for one in self._made(webhook):
            hook = one.hook or webhook
            moved = {"service": hook.service, "annotations": hook.annotations}
            if hook != msgspec.structs.replace(webhook, **moved):
                hook = msgspec.structs.replace(hook, overlay=one.root or ".")
            if not any(_equal(hook, other) for other in found):
                found.append(hook)
        return found or [webhook]

    def accounts(self, one: Deployed) -> list[Deployed]:
        """List the service accounts that are deployed by the same kustomization."""
        return self._accounts.get(one.root, [])

    def names(self, use: ImageUse) -> bool:
        """Whether a kustomization changes images of this name: it has to stay then.

        Kustomize looks for the name as it is written, without its tag and digest.
        """
        name = use.text.value.partition("@")[0]
        head, colon, tag = name.rpartition(":")
        return (head if colon and "/" not in tag else name) in self._swapped

    @cached_property
    def _swapped(self) -> frozenset[str]:
        found = self._gathered.all(Kustomization)
        return frozenset(swap.name for one in found for swap in one.swaps)

    def is_moot(self, use: ImageUse, *, by_name: bool) -> bool:
        """Whether nobody pulls an image as it is written.

        Args:
            use: The image.
            by_name: Whether it is its repository that matters, not its version.
        """
        if self.is_patch(use.path):
            return self._swaps_patched(use, by_name=by_name)
        pulls = [pull for _, pull in self._pulls(use) if _is(pull.use, use)]
        return bool(pulls) and all(p.renamed if by_name else p.tagged for p in pulls)

    def _swaps_patched(self, use: ImageUse, *, by_name: bool) -> bool:
        """Whether all who apply a patch say themselves what its image becomes."""
        name = bare_name(use.text.value)
        return all(
            any(
                swap.name == name and (swap.new_name if by_name else swap.tagged)
                for swap in one.swaps
            )
            for one in self._patches[use.path]
        )

    def users(self, use: ImageUse) -> list[Deployed]:
        """List the deployed workloads that pull what an entry of `images` names."""
        return [one for one, _ in self._named(use)]

    def _named(self, use: ImageUse) -> Iterator[tuple[Deployed, list[Pull]]]:
        name = bare_name(use.text.value)
        for one in self._by_home.get(use.path.rpartition("/")[0], []):
            found = [
                pull
                for pull in one.pulls
                if (pull.renamed or pull.tagged) and bare_name(pull.value) == name
            ]
            if found:
                yield one, found

    def pulls(self, use: ImageUse) -> list[Pull]:
        """List what becomes of an image wherever a kustomization deploys it.

        Of what a kustomization or a patch names, what becomes of the images that it
        takes the place of. When tests pull, which have it loaded, says nothing of
        others: where they alone deploy it, it is pulled as its own file has it.
        """
        found = list(self._pulls(use))
        of = self._gathered.contexts.of
        if of(use.path) is Context.PROD:
            prod = [one for one in found if of(f"{one[0].root}/x") is Context.PROD]
            if not prod:
                return [replace(pull, policy=pull.own_policy) for _, pull in found]
            found = prod
        return [pull for _, pull in found]

    def _pulls(self, use: ImageUse) -> Iterator[tuple[Deployed, Pull]]:
        if not self._all:
            return
        if self._gathered.parent(use, Kustomization) is not None:
            for one, pulls in self._named(use):
                yield from ((one, pull) for pull in pulls)
            return
        is_patch = self.is_patch(use.path)
        workload = self._gathered.parent(use, Workload)
        for one in self._made(workload) or self._alone(workload) if workload else ():
            for pull in one.pulls:
                if use.text.value in pull.values if is_patch else _is(pull.use, use):
                    yield one, pull

    def _alone(self, workload: Workload) -> Iterator[Deployed]:
        """Take a patch for its object, where that is one that nobody could read."""
        for one in self._patches.get(workload.path, ()):
            made = [deploy(workload, one.folder, one.folder)]
            self._transform(one, made)
            yield from made

    @property
    def roots(self) -> list[Kustomization]:
        """List the kustomizations that no other one takes in."""
        return [
            one
            for folder, one in self._all.items()
            if not one.is_component and not self._taken.get(folder, set()) - {folder}
        ]

    @cached_property
    def _worlds(self) -> dict[str, list[Deployed]]:
        found = {}
        for root in self.roots:
            world = self._gather(root.folder, root.folder, 0)
            if world is not None and self._left > 0:
                found[root.folder] = world
        return found

    @cached_property
    def _accounts(self) -> dict[str, list[Deployed]]:
        return {
            root: [one for one in world if isinstance(one.manifest, ServiceAccount)]
            for root, world in self._worlds.items()
        }

    @cached_property
    def _by_manifest(self) -> dict[int, list[Deployed]]:
        found: dict[int, list[Deployed]] = defaultdict(list)
        for world in self._worlds.values():
            for one in world:
                found[id(one.manifest)].append(one)
        return found

    @cached_property
    def _by_patch(self) -> dict[str, list[Deployed]]:
        found: dict[str, list[Deployed]] = defaultdict(list)
        for world in self._worlds.values():
            for one in world:
                for path in one.touched:
                    found[path].append(one)
        return found

    @cached_property
    def _by_home(self) -> dict[str, list[Deployed]]:
        """What each kustomization has a hand in, by its folder."""
        found: dict[str, list[Deployed]] = defaultdict(list)
        for world in self._worlds.values():
            for one in world:
                for folder in self._above(one.home):
                    found[folder].append(one)
        return found

    def _above(self, folder: str) -> set[str]:
        """Name a kustomization's folder, and all that take it in."""
        found, stack = {folder}, [folder]
        while stack:
            more = self._taken.get(stack.pop(), set()) - found
            found |= more
            stack += more
        return found

    def _gather(self, folder: str, root: str, depth: int) -> list[Deployed] | None:
        """Build what a kustomization deploys; `None` if that cannot be known."""
        one = self._all[folder]
        self._left -= _OBJECT
        if depth > _DEEPEST or self._left <= 0:
            return None
        self._open |= {root} if one.is_open else set()
        found: list[Deployed] = []
        for text in one.resources:
            place = _join(folder, text)
            if place is None:
                continue  # of another repository: what it has stays unknown
            if place in self._all:
                inner = self._gather(place, root, depth + 1)
                if inner is None:
                    return None
                found += inner
            else:
                found += self._read(place, folder, root)
        if self._left <= 0:
            return None
        for text in one.components:
            place = _join(folder, text)
            if place not in self._all:
                self._open.add(root)  # what a component does is not known
            elif not self._add(place, root, found, depth + 1):
                return None
        self._transform(one, found)
        return found

    def _add(self, folder: str, root: str, found: list[Deployed], depth: int) -> bool:
        """Let a component add to what is there, and change all of it."""
        one = self._all[folder]
        self._left -= _OBJECT
        if depth > _DEEPEST or self._left <= 0:
            return False
        self._open |= {root} if one.is_open else set()
        for text in one.resources:
            place = _join(folder, text)
            if place is not None and place in self._all:
                inner = self._gather(place, root, depth + 1)
                if inner is None:
                    return False
                found += inner
            elif place is not None:
                found += self._read(place, folder, root)
        for text in one.components:
            place = _join(folder, text)
            if place not in self._all:
                self._open.add(root)
            elif not self._add(place, root, found, depth + 1):
                return False
        self._transform(one, found)
        return True

    def _read(self, path: str, home: str, root: str) -> Iterator[Deployed]:
        """Take the objects of a file in."""
        for manifest in self._gathered.in_file(path, Manifest):
            self._left -= _OBJECT
            yield deploy(manifest, home, root)

    def _transform(self, one: Kustomization, found: list[Deployed]) -> None:
        """Apply what a kustomization says itself to all that it has."""
        for patch in one.patches:
            place = _join(one.folder, patch.file) if patch.file else None
            changes = [
                *patch.changes,
                *(changes_in(self._gathered, place) if place else ()),
            ]
            self._left -= len(found) * len(changes)
            if self._left <= 0:
                return  # nothing is concluded from what was left half done
            for deployed in list(found):
                self._patch(deployed, patch, changes, place, found)
        before, behind = one.affixes
        self._left -= len(found) * len(one.swaps)
        for deployed in found:
            if one.namespace:
                deployed.move(one.namespace)
            deployed.name = f"{before}{deployed.name}{behind}"
            deployed.names.add(deployed.name)
            for pull in deployed.pulls:
                for swap in one.swaps:
                    swap_name(pull, swap)
        aims = [aim for text in one.transformers for aim in self._aims(one, text)]
        fills = [Patch(None, aim, (Change(opens="*"),)) for aim in aims]
        for patch in (*one.fills, *fills):
            self._left -= len(found)
            for deployed in found if self._left > 0 else ():
                self._patch(deployed, patch, patch.changes, None, found)

    def _aims(self, one: Kustomization, text: Text) -> Iterator[Target]:
        """Yield what transformers of a file are for: plugins, folders, for anything."""
        place = _join(one.folder, text)
        files = self._gathered.in_file(place, PatchFile) if place else ()
        aims = [file.aims for file in files if file.aims is not None]
        yield from aims[0] if aims else (Target(),)

    def _patch(
        self,
        deployed: Deployed,
        patch: Patch,
        changes: Iterable[Change],
        place: str | None,
        found: list[Deployed],
    ) -> None:
        manifest = deployed.manifest
        for change in changes:
            if patch.target is not None:
                meant = is_meant(deployed, patch.target)
            else:
                meant = change.kind == manifest.kind and change.name in deployed.names
            if not meant:
                continue
            if place is not None:
                deployed.touched.add(place)
            if change.removes and deployed in found:
                found.remove(deployed)
                return
            if change.at == (manifest.at if isinstance(manifest, Workload) else ""):
                change_pulls(deployed, change)


def _is(one: ImageUse | None, other: ImageUse) -> bool:
    """Whether both are one place, though more is known of it by now."""
    return one is not None and (one.path, one.start) == (other.path, other.start)


def _equal(one: Webhook, other: Webhook) -> bool:
    """Whether two webhooks are the same, whoever made them so."""
    return one == msgspec.structs.replace(other, overlay=one.overlay)


def _join(folder: str, text: Text) -> str | None:
    """Find what a path means; `None` for what is not of this repository."""
    said = text.value
    if "://" in said or said.startswith(("/", "git@")) or "?ref=" in said:
        return None
    place = posixpath.normpath(posixpath.join(folder, said))
    if place == ".":
        return ""
    return None if place.startswith("../") or place == ".." else place

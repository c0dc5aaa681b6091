"""One object as a kustomization deploys it, and what patches and renames make of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from seawall.policy.facts.images import ImageUse, resolve
from seawall.policy.facts.overlays import Change, PatchFile, Swap, Target
from seawall.policy.facts.text import Style, Text
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.facts.workloads import Manifest, ServiceAccount, Workload
from seawall.policy.knowledge.keyholders import OPEN, look_up
from seawall.policy.lookups.gathered import Gathered

_STARS = 4
_STRANGE = re.compile(r"[^\w. -]")


@dataclass(slots=True)
class Pull:
    """One image of a deployed workload.

    Attributes:
        container: Whose it is.
        value: What is pulled.
        use: Where that was written first; `None`, if a patch brought it.
        policy: When it is pulled, as it is written; empty if nobody says it.
        values: All that has been its value: patches and entries say one of them.
        renamed: Whether a kustomization names another repository.
        tagged: Whether a kustomization says the version.
    """

    container: str
    value: str
    use: ImageUse | None
    policy: str = ""
    values: set[str] = field(default_factory=set)
    renamed: bool = False
    tagged: bool = False

    @property
    def own_policy(self) -> str:
        """When it is pulled as its own file has it."""
        said = self.use.policy if self.use is not None else None
        return said.value if said is not None else ""


@dataclass(slots=True, eq=False)
class Deployed:
    """An object as one kustomization deploys it.

    Attributes:
        manifest: The object in its file.
        home: The kustomization that takes its file in.
        root: The kustomization that nobody takes in.
        namespace: Its namespace then; empty, if nobody says it.
        secrets: The pull secrets of its own list.
        account: The name of its service account; empty for the default one.
        pulls: Its images.
        name: Its name then.
        names: All names that it has had: patches may mean each of them.
        hook: The webhook that it is then, if it is one.
        patched: Whether its secrets are not those of its file.
        touched: The files of the patches that were applied to it.
    """

    manifest: Manifest
    home: str
    root: str
    namespace: str
    secrets: tuple[str, ...]
    account: str
    pulls: list[Pull]
    name: str
    names: set[str]
    hook: Webhook | None = None
    patched: bool = False
    touched: set[str] = field(default_factory=set)

    def move(self, namespace: str) -> None:
        """Put it into a namespace: with a webhook goes the service that answers."""
        self.namespace = namespace
        if self.hook is not None and self.hook.service:
            self.hook = msgspec.structs.replace(self.hook, service=namespace)

    @property
    def registries(self) -> frozenset[str]:
        """The registries that it pulls from, as far as they are known.

        Those that let everybody in are left out.
        """
        found = (resolve(one.value).repository for one in self.pulls)
        return frozenset(
            one.registry for one in found if one is not None and not look_up(OPEN, one)
        )


def deploy(manifest: Manifest, home: str, root: str) -> Deployed:
    """Take an object in as its file has it."""
    if isinstance(manifest, Workload):
        listed = manifest.secrets.names if manifest.secrets else ()
        account = manifest.account.value if manifest.account else ""
        pulls = [
            Pull(
                one.name,
                _said(one.image),
                one.image,
                policy=one.policy.value if one.policy else "",
                values={_said(one.image)},
            )
            for one in manifest.containers
            if one.image is not None
        ]
    elif isinstance(manifest, ServiceAccount):
        listed = manifest.secrets.names if manifest.secrets else ()
        account, pulls = "", []
    else:
        listed, account, pulls = (), "", []
    return Deployed(
        manifest=manifest,
        home=home,
        root=root,
        namespace=manifest.namespace,
        secrets=listed,
        account=account,
        pulls=pulls,
        name=manifest.name,
        names={manifest.name},
        hook=manifest if isinstance(manifest, Webhook) else None,
    )


def changes_in(gathered: Gathered, path: str) -> Iterator[Change]:
    """Yield what a file changes, if it is a patch."""
    for file in gathered.in_file(path, PatchFile):
        yield from file.changes
    for hook in gathered.in_file(path, Webhook):
        yield Change(kind=hook.kind, name=hook.name, hook=hook)
    for workload in gathered.in_file(path, Workload):
        images = [one for one in workload.containers if one.image is not None]
        policies = tuple(
            (c.name, c.policy.value) for c in workload.containers if c.policy
        )
        if images or policies:
            yield Change(
                kind=workload.kind,
                name=workload.name,
                at=workload.at,
                containers=tuple((c.name, _said(c.image)) for c in images),
                policies=policies,
            )


def _said(use: ImageUse | None) -> str:
    return use.text.value if use is not None else ""


def change_pulls(deployed: Deployed, change: Change) -> None:
    """Let a patch do what it does to one object."""
    if change.secrets is not None:
        kept = () if change.replaces else deployed.secrets
        deployed.secrets = tuple(dict.fromkeys((*kept, *change.secrets)))
        deployed.patched = True
    if change.account:
        deployed.account = change.account
        deployed.patched = True
    if deployed.hook is not None:
        deployed.hook = change_hook(deployed.hook, change)
    for container, value in change.containers:
        mine = _pulls_of(deployed, container)
        for pull in mine:
            pull.value, pull.renamed, pull.tagged = value, True, True
            pull.values.add(value)
        if not mine and container:
            deployed.pulls.append(Pull(container, value, None, values={value}))
    for container, value in change.policies:
        for pull in _pulls_of(deployed, container):
            pull.policy = value


def _pulls_of(deployed: Deployed, container: str) -> list[Pull]:
    """List a container's images; without a name, those of the only one."""
    if not container:
        return deployed.pulls if len(deployed.pulls) == 1 else []
    return [pull for pull in deployed.pulls if pull.container == container]


def change_hook(hook: Webhook, change: Change) -> Webhook:
    """Let a patch do what it does to one webhook.

    What it says has no place of its own in the webhook's file, and so no fix there.
    """
    said = change.hook
    filled = hook.filled | {change.opens} if change.opens else hook.filled
    if said is None:
        return msgspec.structs.replace(hook, filled=filled)
    if said.hook and said.hook != hook.hook:
        return hook
    counted = not said.hook and not said.name and said.number >= 0
    if counted and said.number != hook.number:
        return hook
    selects = change.takes != "namespaceSelector"
    return msgspec.structs.replace(
        hook,
        annotations={**hook.annotations, **said.annotations},
        rules=said.rules or hook.rules,
        failure=None
        if change.takes == "failurePolicy"
        else _place(said.failure, hook.failure, hook),
        timeout=None
        if change.takes == "timeoutSeconds"
        else _place(said.timeout, hook.timeout, hook),
        versions=said.versions or hook.versions,
        bundle=_place(said.bundle, hook.bundle, hook),
        service=said.service or hook.service,
        excluded=hook.excluded | said.excluded if selects else frozenset(),
        narrowed=selects and (hook.narrowed or said.narrowed),
        filled=filled,
    )


def _place(said: Text | None, before: Text | None, hook: Webhook) -> Text | None:
    """Give what a patch says the place of what was there before."""
    if said is None:
        return before
    at = before or hook
    return Text(said.value, at.start, at.stop, Style.MADE, exact=False)


def is_meant(deployed: Deployed, target: Target) -> bool:
    """Whether a target means an object; one that is not understood means all."""
    manifest = deployed.manifest
    if target.kind and not _fits(target.kind, manifest.kind):
        return False
    if target.name and not any(_fits(target.name, name) for name in deployed.names):
        return False
    # Labels that the file does not have may come from a kustomization.
    wanted = target.labels or ()
    return all(manifest.labels.get(key, value) == value for key, value in wanted)


def _fits(pattern: str, said: str) -> bool:
    """Whether a pattern means all of a word, as kustomize anchors it.

    Of regular expressions, alternatives and `.*` are understood: others may take for
    ever, and are taken to mean all.

    >>> _fits("web|api.*", "api-1"), _fits("web", "web-1"), _fits("(a+)+", "b")
    (True, False, True)
    """
    for one in pattern.removeprefix("^").removesuffix("$").split("|"):
        parts = one.split(".*")
        if len(parts) > _STARS or any(_STRANGE.search(part) for part in parts):
            return True
        if re.fullmatch(".*".join(map(re.escape, parts)), said):
            return True
    return False


def swap_name(pull: Pull, swap: Swap) -> None:
    """Give an image the name that an entry of `images` has for it."""
    if bare_name(pull.value) != swap.name:
        return
    rest = pull.value[len(swap.name) :]
    pull.value = (swap.new_name or swap.name) + ("" if swap.tagged else rest)
    pull.renamed = pull.renamed or bool(swap.new_name)
    pull.tagged = pull.tagged or swap.tagged
    pull.values.add(pull.value)


def bare_name(value: str) -> str:
    """Take tag and digest off a name."""
    head = value.partition("@")[0]
    folder, slash, last = head.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"

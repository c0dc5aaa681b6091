"""Who may pull: the secrets that count for a pod, and what settings say of others."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

import msgspec

from seawall.oci.reference import RepositoryName, canonical_registry
from seawall.policy import mirrors
from seawall.policy.facts.overlays import Kustomization
from seawall.policy.facts.workloads import (
    MadeSecret,
    Manifest,
    SecretObject,
    ServiceAccount,
    Workload,
)
from seawall.policy.knowledge.keyholders import OPEN, look_up
from seawall.policy.lookups.belonging import Belonging
from seawall.policy.lookups.gathered import Gathered
from seawall.policy.lookups.overlaying import Deployed
from seawall.policy.options import Mirror, PolicyOptions, matches

DEFAULT_ACCOUNT = "default"
_COPIES = (
    "reflector.v1.k8s.emberstack.com/",
    "replicator.v1.mittwald.de/replicate",
    "kubed.appscode.com/sync",
)
"""Annotations by which an operator copies a secret into other namespaces."""


class SecretSource(StrEnum):
    """Who names the pull secrets of a pod."""

    POD = "the pod itself"
    ACCOUNT = "its service account"
    NONE = "nobody"


class Secrets(msgspec.Struct, frozen=True):
    """The pull secrets that count for a pod.

    Attributes:
        names: Their names.
        source: Who names them.
        account: The pod's service account, if the files have it.
    """

    names: frozenset[str]
    source: SecretSource
    account: ServiceAccount | None


class Place(msgspec.Struct, frozen=True):
    """One way in which a workload is deployed: as it stands, or by a kustomization.

    Attributes:
        group: What it is deployed together with.
        namespace: Where to; empty if nobody says it.
        secrets: The pull secrets that count for it there.
        registries: What it pulls from there.
        deployed: What a kustomization makes of it; `None` if none has it.
    """

    group: str
    namespace: str
    secrets: Secrets
    registries: frozenset[str]
    deployed: Deployed | None = None


class Helped(msgspec.Struct, frozen=True):
    """Workloads of one place that pull from one registry, and have secrets.

    Attributes:
        by: Each, as it is deployed.
        tally: How many of them have each secret.
    """

    by: list[tuple[Workload, Place]]
    tally: Counter[str]

    def add(self, workload: Workload, place: Place) -> None:
        """Take in another one."""
        self.by.append((workload, place))
        self.tally.update(place.secrets.names)

    def common(self, own: Secrets) -> frozenset[str]:
        """Name the secrets that all of them have, but for one whose own are given."""
        others = len(self.by) - bool(own.names)
        mine = own.names or frozenset[str]()
        return frozenset(
            name
            for name, count in self.tally.items()
            if others and count - (name in mine) == others
        )


class Access:
    """Who may pull what, as files and settings say it.

    Args:
        gathered: All facts.
        belonging: What belongs together.
        options: What settings say.
    """

    def __init__(
        self, gathered: Gathered, belonging: Belonging, options: PolicyOptions
    ) -> None:
        self._belonging = belonging
        self._kustomizing = belonging.kustomizing
        self._options = options
        self._workloads = gathered.all(Workload)
        self._known: dict[int, Secrets] = {}
        self._accounts: dict[str, list[ServiceAccount]] = defaultdict(list)
        for account in gathered.all(ServiceAccount):
            self._accounts[account.name].append(account)
        self._secrets: dict[str, set[str]] = defaultdict(set)
        # Those of scripts are for tests, or not all that there are.
        self._objects = [
            one for one in gathered.all(SecretObject) if not belonging.script_of(one)
        ]
        for secret in gathered.all(SecretObject):
            self._secrets[secret.name].add(belonging.namespace(secret))
            if any(name.startswith(_COPIES) for name in secret.annotations):
                self._secrets[secret.name].add("")
        for one in gathered.all(MadeSecret):
            self._secrets[one.name].add(one.namespace)
        for made in gathered.all(Kustomization):
            for name in made.generated:
                self._secrets[name].add(made.namespace)

    @cached_property
    def _helped(self) -> dict[tuple[str, str, str, str], Helped]:
        """Who has secrets: by group, namespace, registry; and file, if only there."""
        found: dict[tuple[str, str, str, str], Helped] = {}
        alone: dict[tuple[str, str, str, str], list[tuple[Workload, Place]]] = {}
        for workload, place in self._placed:
            for registry in place.registries if place.secrets.names else ():
                key = (place.group, place.namespace, registry)
                if (*key, workload.owner) in self._contested:
                    alone.setdefault((*key, workload.path), []).append(
                        (workload, place)
                    )
                else:
                    found.setdefault((*key, ""), Helped([], Counter())).add(
                        workload, place
                    )
        for (*where, path), ones in alone.items():
            own = Helped([], Counter())
            all_over = found.get((where[0], where[1], where[2], ""))
            for one in [*ones, *(all_over.by if all_over else ())]:
                own.add(*one)
            found[where[0], where[1], where[2], path] = own
        return found

    @cached_property
    def _placed(self) -> list[tuple[Workload, Place]]:
        return [
            (workload, place)
            for workload in self._workloads
            if not self._kustomizing.is_patch(workload.path)
            for place in self.places(workload)
        ]

    @cached_property
    def _contested(self) -> set[tuple[str, str, str, str]]:
        """Objects that several files of a folder have, with secrets and without.

        Such files are variants, of which one is applied: that one of them has a secret
        says nothing of what stands in others.
        """
        files: dict[tuple[str, str, str, str], set[tuple[str, bool]]] = {}
        for workload, place in self._placed:
            for registry in place.registries if place.deployed is None else ():
                key = (place.group, place.namespace, registry, workload.owner)
                said = (workload.path, bool(place.secrets.names))
                files.setdefault(key, set()).add(said)
        return {
            key
            for key, said in files.items()
            if len({path for path, _ in said}) > 1 and not all(has for _, has in said)
        }

    def places(self, workload: Workload) -> list[Place]:
        """List the ways in which a workload is deployed; there is at least one."""
        found = [
            Place(
                f"kustomization {one.root or '.'}",
                one.namespace,
                self._secrets_of(one),
                one.registries,
                one,
            )
            for one in self._kustomizing.deployments(workload)
        ]
        if found:
            return found
        belonging = self._belonging
        group, space = belonging.group_of(workload), belonging.namespace(workload)
        secrets = self._find_secrets(workload)
        return [Place(group, space, secrets, registries_of(workload))]

    def helped_at(self, place: Place, registry: str, path: str = "") -> Helped | None:
        """Find workloads that are deployed with one, and pull from a registry.

        That one is among them, if it has secrets itself.

        Args:
            place: How it is deployed.
            registry: The registry.
            path: Its file: others of that file count although other files contest them.
        """
        key = (place.group, place.namespace, registry)
        return self._helped.get((*key, path)) or self._helped.get((*key, ""))

    def helped(self, manifest: Manifest, registry: str) -> Helped | None:
        """Find workloads that are deployed with an object, and pull from a registry."""
        for one in self._kustomizing.deployments(manifest):
            group = f"kustomization {one.root or '.'}"
            found = self._helped.get((group, one.namespace, registry, ""))
            if found is not None:
                return found
        group = self._belonging.group_of(manifest)
        space = self._belonging.namespace(manifest)
        return self._helped.get((group, space, registry, ""))

    def _secrets_of(self, one: Deployed) -> Secrets:
        """Name the pull secrets that count for what a kustomization deploys."""
        name = one.account or DEFAULT_ACCOUNT
        lent: tuple[str, ...] = ()
        account: ServiceAccount | None = None
        for other in self._kustomizing.accounts(one):
            found = other.manifest
            same = name in other.names and other.namespace == one.namespace
            if same and isinstance(found, ServiceAccount):
                account, lent = found, other.secrets
        if one.secrets:
            return Secrets(frozenset(one.secrets), SecretSource.POD, account)
        source = SecretSource.ACCOUNT if lent else SecretSource.NONE
        return Secrets(frozenset(lent), source, account)

    def account_of(self, workload: Workload) -> ServiceAccount | None:
        """Find a pod's service account: `default`, if it names none.

        Where files do not say the namespace, another group's account is not taken for
        this one's: the two may be applied anywhere.
        """
        name = workload.account.value if workload.account else DEFAULT_ACCOUNT
        return self.account(name, workload)

    def account(self, name: str, workload: Manifest) -> ServiceAccount | None:
        """Find the service account of a name, for an object in its place."""
        space = self._belonging.namespace(workload)
        script = self._belonging.script_of(workload)
        near = [
            account
            for account in self._accounts.get(name, ())
            if self._belonging.namespace(account) == space
            and self._belonging.script_of(account) == script
        ]
        folder = workload.path.rpartition("/")[0]
        chart = self._belonging.chart_of(workload.path)
        same = [
            account
            for account in near
            if account.path.rpartition("/")[0] == folder
            or (chart and self._belonging.chart_of(account.path) is chart)
        ]
        found = same or (near if space else [])
        return found[0] if found else None

    def secrets(self, workload: Workload) -> Secrets:
        """Name the pull secrets that count for a pod.

        Its service account's count only if the pod has none of its own: Kubernetes,
        plugin/pkg/admission/serviceaccount, rule 4. Where several kustomizations
        deploy it, those count that leave it the fewest.
        """
        known = self._known.get(id(workload))
        if known is None:
            ways = [place.secrets for place in self.places(workload)]
            known = min(ways, key=lambda one: len(one.names))
            self._known[id(workload)] = known
        return known

    def _find_secrets(self, workload: Workload) -> Secrets:
        account = self.account_of(workload)
        own = workload.secrets.names if workload.secrets else ()
        if own:
            return Secrets(frozenset(own), SecretSource.POD, account)
        lent = account.secrets.names if account and account.secrets else ()
        source = SecretSource.ACCOUNT if lent else SecretSource.NONE
        return Secrets(frozenset(lent), source, account)

    def defines(self, secret: str, namespace: str) -> bool:
        """Whether files or settings say where a secret comes from.

        Args:
            secret: Its name.
            namespace: Where it is needed; empty if the files do not say it.
        """
        for one in self._options.secrets:
            space, _, name = one.rpartition("/")
            if name == secret and space in ("", namespace):
                return True
        spaces = self._secrets.get(secret, set())
        return bool(spaces & {"", namespace}) or bool(spaces and not namespace)

    def lacking(
        self, workload: Workload, place: Place, registry: str
    ) -> SecretObject | None:
        """Find the secret for a registry that a pod does not have in a place.

        `None` if one of its own may be for it: not all are in these files, or can be
        read.
        """
        near: dict[str, set[str]] = {}
        other: SecretObject | None = None
        for secret in self._objects:
            if self._belonging.namespace(secret) != place.namespace:
                continue
            if not self._belonging.may_meet(secret, workload):
                continue
            hosts = {_host_of(host.value) for host in secret.hosts}
            near.setdefault(secret.name, set()).update(hosts)
            if registry in hosts and secret.name not in place.secrets.names:
                other = other or secret
        own = [near.get(name) for name in place.secrets.names]
        known = bool(own) and all(hosts and registry not in hosts for hosts in own)
        return other if known else None

    def mirror_of(self, repository: RepositoryName) -> Mirror | None:
        """Find the mirror that settings name for a repository; the longest wins."""
        return mirrors.find_mirror(self._options.mirrors, repository)

    def has_provider(self, repository: RepositoryName) -> bool:
        """Whether settings say that nodes have a credential for it."""
        return _named(self._options.providers, repository)

    def is_private(self, repository: RepositoryName) -> bool:
        """Whether settings say that it needs a credential."""
        return _named(self._options.private, repository)

    def is_allowed(self, repository: RepositoryName) -> bool:
        """Whether settings let it be used; they do if they list nothing."""
        allowed = self._options.allowed
        return not allowed or _named(allowed, repository)


def registries_of(workload: Workload) -> frozenset[str]:
    """Name the registries that a workload pulls from, as far as they are known.

    Images that everybody gets are left out: no secret matters for them.
    """
    return frozenset(
        use.repository.registry
        for use in workload.images
        if use.repository and not look_up(OPEN, use.repository)
    )


def _host_of(key: str) -> str:
    """Name the registry that a key of Docker's own file is for.

    >>> _host_of("https://index.docker.io/v1/"), _host_of("quay.io/team")
    ('docker.io', 'quay.io')
    """
    host = key.partition("://")[2] or key
    return canonical_registry(host.partition("/")[0])


def _named(patterns: Iterable[str], repository: RepositoryName) -> bool:
    """Whether a pattern means a repository, or its registry with all that is there."""
    return any(matches(pattern, str(repository)) for pattern in patterns)

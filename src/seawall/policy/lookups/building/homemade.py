"""Images that the repository's own commands build: nobody pulls these."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.builds import Artifact, Dockerfile
from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role, resolve
from seawall.policy.facts.pipelines import Step
from seawall.policy.facts.text import Fact

_BUILDERS = frozenset({"docker", "podman", "nerdctl", "buildah"})
_BUILDS = frozenset({"build", "bud", "build-using-dockerfile"})
_LOADS = {
    ("kind", "load", "docker-image"),
    ("k3d", "image", "import"),
    ("k3d", "images", "import"),
    ("minikube", "image", "load"),
}
_BASES = frozenset({Role.FROM, Role.COPY_FROM, Role.MOUNT_FROM})
_NODE = "kindest/node:latest"
"""What `kind build node-image` builds, if it is not told a name."""
_BUILD_ACTION = "docker/build-push-action"


class Homemade:
    """Which names without a registry are given to images that are built here.

    A name of one word (`docker build -t app`) means that image in the folder of whoever
    builds it, below it and above it; a longer one (`team/app`) only in the same file,
    since such names are pushed, and pulled elsewhere, too. A stage of a Dockerfile that
    another one of its folder begins with is built here, too (`--target base -t base`).
    What Skaffold builds is that in its folder and below, under any such name: it puts
    the result into the manifests that it deploys.
    What is loaded into a cluster of tests under a name with its tag is there wherever
    that name stands, unless the same file pulls it first.

    Args:
        facts: What readers found, the outermost facts only.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._files: dict[str, set[str]] = defaultdict(set)
        self._artifacts: dict[str, set[str]] = defaultdict(set)
        self._stages: set[tuple[str, str]] = set()
        loaded: set[tuple[str, str]] = set()
        pulled: set[tuple[str, str]] = set()
        for fact in facts:
            for path, name, is_pull in _brought(fact):
                (pulled if is_pull else loaded).add((path, name))
            if isinstance(fact, Dockerfile):
                folder = fact.path.rpartition("/")[0]
                self._stages.update((folder, stage.name) for stage in fact.stages)
            for path, name in _built(fact):
                self._files[name].add(path)
                if isinstance(fact, Artifact):
                    self._artifacts[name].add(path.rpartition("/")[0])
        self._loaded = {name for _, name in loaded - pulled}

    def has(self, use: ImageUse) -> bool:
        """Whether an image is what the repository itself builds."""
        if use.repository is None or not use.is_short:
            return False
        if str(use.reference) in self._loaded:
            return True
        paths = self._files.get(use.repository.path, ())
        if use.path in paths:
            return True
        here = use.path.rpartition("/")[0]
        if use.role in _BASES and (here, use.text.value.lower()) in self._stages:
            return True
        folders = self._artifacts.get(use.repository.path, ())
        if any(_contains(folder, here) for folder in folders):
            return True
        return use.repository.path.startswith("library/") and any(
            _contains(there, here) or _contains(here, there)
            for there in (path.rpartition("/")[0] for path in paths)
        )


def _brought(fact: Fact) -> Iterator[tuple[str, str, bool]]:
    """Yield file and image of what is loaded into a cluster, or pulled for that."""
    if isinstance(fact, Command):
        verbs = (fact.program, *fact.operands[:2])
        is_pull = fact.program in _BUILDERS and "pull" in verbs
        for word in fact.operands if verbs in _LOADS or is_pull else ():
            found = resolve(word).reference if ":" in word else None
            if found is not None and found.repository.registry == DOCKER_HUB:
                yield fact.path, str(found), is_pull
    for part in fact.parts():
        yield from _brought(part)


def _contains(folder: str, other: str) -> bool:
    return not folder or f"{other}/".startswith(f"{folder}/")


def _built(fact: Fact) -> Iterator[tuple[str, str]]:
    """Yield file and repository of each image without a registry that is built."""
    for name in _named(fact):
        found = resolve(name).repository
        if found is not None and found.registry == "docker.io":
            yield fact.path, found.path
    for part in fact.parts():
        yield from _built(part)


def _named(fact: Fact) -> Iterator[str]:
    if isinstance(fact, Artifact):
        yield fact.name
    elif isinstance(fact, Command) and fact.program == "kind":
        if fact.arguments[:2] == ("build", "node-image"):
            yield _option(fact.arguments, "--image") or _NODE
    elif isinstance(fact, Command) and fact.program in _BUILDERS:
        yield from _tags(fact.arguments)
    elif isinstance(fact, Step) and fact.action == _BUILD_ACTION:
        tags = fact.inputs.get("tags")
        if tags is not None:
            yield from tags.value.replace(",", " ").split()


def _option(arguments: tuple[str, ...], name: str) -> str:
    for at, word in enumerate(arguments):
        option, equals, value = word.partition("=")
        if option == name:
            return value if equals else "".join(arguments[at + 1 : at + 2])
    return ""


def _tags(arguments: tuple[str, ...]) -> Iterator[str]:
    """Yield the names that `docker [buildx|image] build -t NAME` and `tag` give."""
    verb = next((i for i, word in enumerate(arguments) if word in _BUILDS), None)
    if verb is None:
        operands = [word for word in arguments if word not in ("image", "container")]
        if operands[:1] in (["tag"], ["commit"]) and len(operands) > 2:  # noqa: PLR2004
            yield operands[-1]
        return
    rest = arguments[verb + 1 :]
    for at, word in enumerate(rest):
        option, equals, value = word.partition("=")
        if option == "--tag" and equals:
            yield value
        elif word in ("-t", "--tag") and at + 1 < len(rest):
            yield rest[at + 1]

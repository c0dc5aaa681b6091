"""Images that the repository's own commands build: nobody pulls these."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from seawall.oci.reference import DOCKER_HUB, is_registry_like
from seawall.policy.facts.builds import Artifact, Dockerfile
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.images import ImageUse, Role, resolve
from seawall.policy.facts.pipelines import Step
from seawall.policy.facts.text import Fact

_BUILDERS = frozenset({"docker", "podman", "nerdctl", "buildah"})
_BUILDS = frozenset({"build", "bud", "build-using-dockerfile"})
_LOADS = {
    "kind": ({"load", "docker-image"},),
    "k3d": ({"image", "import"}, {"images", "import"}),
    "minikube": ({"image", "load"},),
}
"""Programs that bring images into clusters, with their verbs; options may come first,
and have words of their own."""
_AMONG = 5
_TAKES_IN = {"import", "load", "image-archive"}
"""Verbs of `ctr`, `docker`, `kind`: what was saved before is taken in."""
_IMAGE_OF_MAKE = re.compile(r"(?:\w+_)?(?:IMG|IMAGE)=(.+)")
_TARGET = re.compile(r"build|image|load")
_LOOPED = re.compile(r"\$\{\w+\}|\$\w+")
_MOST_PIECES = 3
"""Of a name around its variables: more would be slow to compare."""
_BASES = frozenset({Role.FROM, Role.COPY_FROM, Role.MOUNT_FROM})
_PODS = frozenset({Role.CONTAINER, Role.INIT, Role.EPHEMERAL})
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
    that name stands, unless the same file pulls it first, or any pushes it, for others
    to pull. So is what a pipeline builds under one word with a tag (`docker build -t
    app:e2e`): it works on the whole tree. One with a registry, which others may pull,
    is there for the pods of that file alone. A loop's variable behind a namespace
    (`team/$app:e2e`) stands for any name there, unless the file pulls it so.
    `team/app:latest` in what is made for production is what its users pull.
    What a file builds under any name, it has for what it runs then.
    What a file pulls is not built there, though it gives that name to another, too.

    Args:
        facts: What readers found, the outermost facts only.
        is_production: Whether a file is for production.
    """

    def __init__(
        self,
        facts: Iterable[Fact],
        is_production: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._is_production = is_production
        self._files: dict[str, set[str]] = defaultdict(set)
        self._artifacts: dict[str, set[str]] = defaultdict(set)
        self._stages: set[tuple[str, str]] = set()
        loaded: set[tuple[str, str]] = set()
        saved: set[tuple[str, str]] = set()
        renamed: set[tuple[str, str]] = set()
        pulled: set[tuple[str, str]] = set()
        pushed: set[tuple[str, str]] = set()
        made: set[tuple[str, str]] = set()
        importing: set[str] = set()
        shapes: set[tuple[str, str]] = set()
        taken: set[tuple[str, str]] = set()
        for fact in facts:
            for command in _commands(fact):
                if command.program in _LOADS:
                    loaded |= _brought(command, *_LOADS[command.program])
                    shapes |= _shapes(command, *_LOADS[command.program])
                elif command.program in _BUILDERS:
                    references = (
                        resolve(n).reference for n in _tags(command.arguments)
                    )
                    made |= {(command.path, str(one)) for one in references if one}
                    pulled |= _brought(command, {"pull"}, among=2)
                    pushed |= _brought(command, {"push"}, among=2)
                    taken |= _shapes(command, {"pull"}, among=2)
                    saved |= _brought(command, {"save"}, among=2)
                    renamed |= _brought(command, {"tag"}, among=2)
                if not _TAKES_IN.isdisjoint(command.arguments):
                    importing.add(command.path)
            if isinstance(fact, Dockerfile):
                folder = fact.path.rpartition("/")[0]
                self._stages.update((folder, stage.name) for stage in fact.stages)
            for path, name, tagged in _built(fact):
                self._files[name].add(path)
                if isinstance(fact, Artifact) and fact.deployed:
                    self._artifacts[name].add(path.rpartition("/")[0])
                loaded.add((path, tagged))
        loaded |= {(path, name) for path, name in saved if path in importing}
        known = sorted({shape for _, shape in shapes - taken})
        self._shapes = re.compile("|".join(known) or "(?!)")
        self._loads = loaded
        self._loaded = {name for _, name in loaded - pulled}
        self._loaded -= {"", *(name for _, name in pushed)}
        self._pulled = pulled
        self._made = made - pulled
        for path, name in renamed & pulled:
            found = resolve(name).repository
            self._files[found.path if found else ""].discard(path)

    def has(self, use: ImageUse) -> bool:
        """Whether an image is what the repository itself builds."""
        is_named_so = use.path in self._files.get(_bare(use.label), ())
        if self._is_loaded(use) or is_named_so:
            return True
        if use.repository is None or not use.is_short:
            return False
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

    def _is_loaded(self, use: ImageUse) -> bool:
        """Whether it is put where it is needed: a cluster, or a machine that builds."""
        name = str(use.reference)
        is_loaded = name in self._loaded or self._shapes.fullmatch(name)
        if use.is_short and is_loaded and not self._is_published(use):
            return True
        if use.role is Role.COMMAND:
            return use.reference is not None and (use.path, name) in self._made
        return use.role in _PODS and (use.path, name) in self._loads

    def _is_published(self, use: ImageUse) -> bool:
        """Whether the file pulls it, or gives it to whoever installs the newest."""
        if (use.path, str(use.reference)) in self._pulled:
            return True
        path, image = use.repository.path if use.repository else "", use.reference
        newest = image is not None and image.tag in (None, "latest")
        is_word = path.startswith("library/")
        return newest and not is_word and self._is_production(use.path)


def _commands(fact: Fact) -> Iterator[Command]:
    if isinstance(fact, Command):
        yield fact
    for part in fact.parts():
        yield from _commands(part)


def _brought(
    command: Command, *verbs: set[str], among: int = _AMONG
) -> set[tuple[str, str]]:
    """List file and image of what a command loads, pulls or saves, if it does so."""
    operands = command.operands
    if not any(one <= set(operands[:among]) for one in verbs):
        return set()
    found = (resolve(word).reference for word in operands if ":" in word)
    return {(command.path, str(one)) for one in found if one is not None}


def _shapes(
    command: Command, *verbs: set[str], among: int = _AMONG
) -> set[tuple[str, str]]:
    """List file and shape of what is brought in a loop, as expressions; short names."""
    if not any(one <= set(command.operands[:among]) for one in verbs):
        return set()
    found = set()
    for word in command.operands:
        first, slash, _ = word.partition("/")
        pieces = _LOOPED.split(word)
        if not slash or "$" in first or is_registry_like(first):
            continue
        if 1 < len(pieces) <= _MOST_PIECES:
            shape = f"{DOCKER_HUB}/" + r"[\w.-]+".join(map(re.escape, pieces))
            found.add((command.path, shape))
    return found


def _contains(folder: str, other: str) -> bool:
    return not folder or f"{other}/".startswith(f"{folder}/")


def _built(fact: Fact) -> Iterator[tuple[str, str, str]]:
    """Yield file and repository of each image without a registry that is built.

    And what is built for all of the tree, with its tag; else nothing.
    """
    is_pipeline = isinstance(fact, Step) or (
        isinstance(fact, Command) and fact.setting is Setting.PIPELINE
    )
    for name in _named(fact):
        found = resolve(name)
        one = found.repository
        if one is not None and one.registry == DOCKER_HUB:
            is_for_all = is_pipeline and one.path.startswith("library/") and ":" in name
            yield fact.path, one.path, str(found.reference or "") * is_for_all
        elif one is None and "$" in name:
            yield fact.path, _bare(name), ""
    for part in fact.parts():
        yield from _built(part)


def _bare(name: str) -> str:
    """Write variables in one way: what a file names alike twice is one image."""
    return name.replace("{", "").replace("}", "")


def _named(fact: Fact) -> Iterator[str]:
    if isinstance(fact, Artifact):
        yield fact.name
    elif isinstance(fact, Command) and fact.program == "kind":
        if fact.arguments[:2] == ("build", "node-image"):
            yield _option(fact.arguments, "--image") or _NODE
    elif isinstance(fact, Command) and fact.program in _BUILDERS:
        yield from _tags(fact.arguments)
    elif isinstance(fact, Command) and fact.program == "make":
        if any("=" not in word and _TARGET.search(word) for word in fact.operands):
            given = map(_IMAGE_OF_MAKE.fullmatch, fact.operands)
            yield from (match[1] for match in given if match)
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

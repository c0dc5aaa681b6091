"""CI002: an image that an action or a tool pulls though nobody names it."""

from collections.abc import Iterator

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job, Step
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import DIGEST_MARK, Edit, Fix, FixKind
from seawall.policy.knowledge.hiddenpulls import ACTIONS, COMMANDS, Hidden
from seawall.policy.mending.behindwords import put_behind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_JOB = """on: push
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/setup-qemu-action@v3
{}"""


def _list_pulls() -> str:
    """Write what is known to pull by itself as rows of a table."""
    known = {**ACTIONS, **{" ".join(words): one for words, one in COMMANDS.items()}}
    return "\n".join(
        f"| [{name}]({one.source.partition(' ')[0]}) | `{one.image}`"
        f" | {f'`{one.input}`' if one.input else ''} |"
        for name, one in sorted(known.items())
    )


RULE = Rule(
    id="CI002",
    title="Image that an action or a tool pulls unsaid",
    severity=Severity.WARNING,
    fixes=(FixKind.ONLINE,),
    what="An action or a command in a pipeline that pulls an image which no line names:"
    " setup-buildx (`moby/buildkit:buildx-stable-1`), setup-qemu (`tonistiigi/binfmt`),"
    " kind, k3d and minikube with their nodes, `docker buildx create`. In scripts it is"
    " a note. Silent where the settings have a mirror or a credential for it.",
    why="Most of them come from Docker Hub, anonymously unless the job has signed in"
    " there before; the limit holds for all neighbours of a runner. No list of images"
    " has them, so nobody mirrors them, and no bot updates them.",
    remedy="Name the image with its digest: `driver-opts: image=…@sha256:…` for"
    " setup-buildx, `image:` for setup-qemu, `node_image:` for kind."
    "\n\n| what pulls | what | names another |\n|---|---|---|\n" + _list_pulls(),
    bad=_JOB.format(""),
    good=_JOB.format(
        "        with:\n          image: tonistiigi/binfmt@sha256:"
        + "5b3c0a1f" * 8
        + "\n"
    ),
    sample=".github/workflows/build.yml",
    links=(
        "https://github.com/docker/setup-buildx-action/issues/395",
        "https://github.com/docker/setup-qemu-action/issues/178",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that nobody names."""
    del options
    image = use.repository
    unsaid = use.role is Role.IMPLICIT and use.origin.startswith("pulled by")
    if not unsaid or image is None:
        return
    if repository.access.mirror_of(image) or repository.access.has_provider(image):
        return
    who = use.origin.removeprefix("pulled by ")
    job = repository.parent(use, Job)
    yield RULE.finding(
        use,
        f"{who} pulls {use.label}, which nothing here names: its registry can end the"
        " job, and nobody mirrors it; name it by its digest",
        severity=None if job else Severity.NOTE,
        fix=_name(use, repository),
    )


def _name(use: ImageUse, repository: Repository) -> Fix | None:
    """Name the image for whoever pulls it, by today's digest."""
    reference = use.reference
    if reference is None or reference.tag is None:
        return None  # its tag depends on the tool's version
    image = use.text.value.removesuffix(":latest").encode() + b"@" + DIGEST_MARK
    step = repository.parent(use, Step)
    edit = _name_input(step, image) if step and step.uses else None
    if edit is None:
        edit = _name_option(use, repository, image)
    if edit is None:
        return None
    reason = "what the tool pulls today, by its digest"
    return Fix(FixKind.ONLINE, (edit,), reason, asks=reference)


def _name_input(step: Step, image: bytes) -> Edit | None:
    hidden = ACTIONS.get(step.action)
    if hidden is None or not _is_free(hidden, step) or step.room is None:
        return None
    line = f"{hidden.input}: {hidden.lead}{image.decode()}"
    lines = [line] if step.inputs else ["with:", f"  {line}"]
    room = step.room
    return Edit(step.path, room.at, room.at, room.lines(*lines))


def _is_free(hidden: Hidden, step: Step) -> bool:
    return bool(hidden.input) and hidden.input not in step.inputs


def _name_option(use: ImageUse, repository: Repository, image: bytes) -> Edit | None:
    """Put the option behind the verb of a command."""
    for command in repository.in_file(use.path, Command):
        if not command.argv or command.argv[0].start != use.start:
            continue
        for verbs, hidden in COMMANDS.items():
            said = [word.value for word in command.argv[: len(verbs)]]
            last = command.argv[min(len(verbs), len(said)) - 1]
            if (command.program, *said[1:]) == verbs:
                new = f"{hidden.input} {hidden.lead}{image.decode()}"
                content = repository.content(use.path)
                return put_behind(last, use.path, content, new)
    return None

"""The verb that prints what clients are to be told: `render`, for each of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.apt.rendering import render_apt
from seawall.cli.clients.learning import find_learnt, read_text, render_learnt
from seawall.cli.exits import Exit
from seawall.cli.options import Common, shared_options
from seawall.errors import InputError

if TYPE_CHECKING:
    from seawall.policy.rendering.advising import Advice
    from seawall.policy.rendering.rendered import Rendered

_STDOUT = "-"
_KEEPERS = ("kubernetes", "containerd", "docker")
_TIMED = ("containerd", "crio", "docker")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def render() -> None:
    """Print how clients are pointed at mirrors, or at Seawall.

    The text is made from the settings, and goes to standard output; only --output DIR
    writes files. What a client cannot be told is said on standard error.

    Where a client gives pulls up that make no progress, it is told to wait longer than
    Seawall may be silent. That is asked of the server, or of its data directory, or
    read from --learnt FILE; without any of them, the bound of the settings counts.
    """


render.add_command(render_apt)
render.add_command(render_learnt)

_ABOUT = {
    "containerd": (
        "containerd: a hosts.toml for each registry.",
        "With `image_pull_progress_timeout` and `config_path` for its CRI plugin.",
    ),
    "crio": (
        "CRI-O: registries.conf, and pull_progress_timeout.",
        "It reads both again on SIGHUP.",
    ),
    "podman": (
        "Podman, Buildah and Skopeo: registries.conf.",
        "CRI-O reads the same file.",
    ),
    "docker": (
        "Docker Engine: the mirrors of daemon.json.",
        "They are for Docker Hub alone; `--for 28` adds a hosts.toml for any registry.",
    ),
    "buildkit": (
        "BuildKit: buildkitd.toml, and a source policy.",
        "The policy rewrites the names of one build's sources, without the daemon.",
    ),
    "kubernetes": (
        "Kubernetes: pull secrets, and a service account.",
        "A secret is written only with --auths and --output, with mode 0600.",
    ),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said on the command line beside the settings."""

    version: str
    output: Path
    there: Path | None
    auths: Path | None
    namespace: str
    replace: bool
    learnt: Path | None
    no_learnt: bool


def _options(verb: Callable[..., int]) -> Callable[..., int]:
    """Give a verb what can be said of any client, as its second argument."""

    @click.option(
        "--for",
        "version",
        metavar="VERSION",
        default="",
        help="The client's version, such as 2.1.0; without it, what any of them reads.",
    )
    @click.option(
        "--output",
        metavar="DIR|-",
        default=_STDOUT,
        type=click.Path(allow_dash=True, file_okay=False, path_type=Path),
        help="Write the files below a folder; - prints them.",
    )
    @click.option(
        "--replace",
        is_flag=True,
        help="With --output: replace what others wrote, too; it is kept as NAME.orig.",
    )
    @click.option(
        "--check",
        "there",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Compare with a file that is there; exit 1 if it says something else.",
    )
    @click.option(
        "--auths",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Docker's config.json with mirrors' credentials (not for all clients).",
    )
    @click.option("--namespace", default="", help="For objects (kubernetes).")
    @click.option(
        "--learnt",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="What `render learnt` printed elsewhere, instead of asking Seawall.",
    )
    @click.option(
        "--no-learnt",
        is_flag=True,
        help="Ask no Seawall what it has learnt: clients wait for its bounds.",
    )
    @shared_options
    @wraps(verb)
    def wrapped(common: Common, **said: Any) -> int:
        return verb(common, _Said(**said))

    return wrapped


def _make(client: str) -> click.Command:
    """Make the command of one client: they differ in little but their name."""

    @_options
    def command(common: Common, said: _Said) -> int:
        return _render(client, common, said)

    short, more = _ABOUT[client]
    text = (
        f"{short}\n\n{more} The mirrors are those of [policy.mirrors]; with the profile"
        " `airgap`, upstream is forbidden as far as the client can be told."
    )
    return click.command(client, help=text, short_help=short)(command)


def _render(client: str, common: Common, said: _Said) -> int:
    import msgspec

    from seawall.policy.mirrors import make_routes
    from seawall.policy.options import Profile
    from seawall.policy.rendering.rendered import Ask
    from seawall.policy.rendering.roll import render as render_client
    from seawall.settings.policies import read_policy

    _judge(client, said)
    options = read_policy(common.config)
    ask = Ask(
        make_routes(options.mirrors),
        said.version,
        closed=options.profile is Profile.AIRGAP,
        namespace=said.namespace,
        auths=_read_auths(said.auths) if said.auths else {},
    )
    if not ask.routes:
        file = common.config or "a settings file (--config, or SEAWALL_CONFIG)"
        raise InputError(
            f"no mirror is named: write some into [policy.mirrors] of {file}, such as"
            ' "docker.io" = "mirror.example/dockerhub"'
        )
    problem = ""
    if client in _TIMED:
        learnt, told_s, problem = find_learnt(
            common, said.learnt, asks=not said.no_learnt
        )
        ask = msgspec.structs.replace(ask, learnt=learnt, told_s=told_s)
    rendered = render_client(client, ask)
    if problem:
        told = (*rendered.warnings, problem)
        rendered = msgspec.structs.replace(rendered, warnings=told)
    for warning in rendered.warnings if not common.as_json else ():
        click.echo(f"warning: {warning}", err=True)
    if said.there is not None:
        return _compare(rendered, said.there, as_json=common.as_json)
    return _give(rendered, said, as_json=common.as_json)


def _judge(client: str, said: _Said) -> None:
    """Refuse what makes no sense together, before anything is read."""
    from seawall.policy.lookups.versioning import split_version

    written = str(said.output) != _STDOUT
    if client != "kubernetes" and said.namespace:
        raise click.UsageError("--namespace is for kubernetes")
    if client not in _KEEPERS and said.auths:
        raise click.UsageError(f"--auths is for {', '.join(_KEEPERS)}")
    if said.version and not split_version(said.version):
        raise click.UsageError(
            f"--for wants a version, such as 2.1.0, and not {said.version!r}"
        )
    if written and said.there is not None:
        raise click.UsageError("--check writes nothing: leave out --output")
    if said.replace and not written:
        raise click.UsageError("--replace is for --output")
    if client not in _TIMED and (said.learnt or said.no_learnt):
        raise click.UsageError(f"--learnt is for {', '.join(_TIMED)}")
    if said.learnt and said.no_learnt:
        raise click.UsageError("--learnt and --no-learnt contradict each other")


def _give(rendered: "Rendered", said: _Said, *, as_json: bool) -> int:
    from seawall.cli.clients.putting import is_secret, put, show

    written = str(said.output) != _STDOUT
    if as_json and not written and any(map(is_secret, rendered.files)):
        raise click.UsageError("a credential is not printed: leave out --auths")
    if written:
        put(rendered.files, said.output, replace=said.replace)
    if as_json:
        files = [
            {
                "path": f"/{file.path}",
                "mode": f"{file.mode:04o}",
                "text": None if is_secret(file) else file.text,
            }
            for file in rendered.files
        ]
        answer = {
            "files": files,
            "warnings": list(rendered.warnings),
            "watchdog": _tell(rendered.watchdog),
        }
        click.echo(json.dumps(answer, indent=2))
    elif written:
        for file in rendered.files:
            click.echo(said.output / file.path)
    else:
        show(rendered.files)
    return Exit.DONE if rendered.files else Exit.NO


def _tell(watchdog: "Advice | None") -> dict[str, Any] | None:
    """Say for programs how long a client should wait, and why."""
    if watchdog is None:
        return None
    return {
        "key": watchdog.key,
        "value": watchdog.value,
        "seconds": watchdog.seconds,
        "least_s": watchdog.least_s,
        "why": list(watchdog.why),
    }


def _compare(rendered: "Rendered", there: Path, *, as_json: bool) -> int:
    from seawall.policy.rendering.joining import compare
    from seawall.policy.rendering.roll import find_file

    wanted = find_file(rendered, str(there.absolute()))
    if wanted is None:
        names = ", ".join(file.path for file in rendered.files)
        raise InputError(f"{there} is none of the files that are rendered: {names}")
    lines = compare(wanted, read_text(there))
    if as_json:
        answer = {"file": str(there), "same": not lines, "differences": lines}
        click.echo(json.dumps(answer, indent=2))
    elif lines:
        click.echo("\n".join(lines))
    return Exit.NO if lines else Exit.DONE


def _read_auths(path: Path) -> dict[str, Any]:
    try:
        tree = json.loads(read_text(path))
    except ValueError:
        raise InputError(f"{path} is not JSON") from None  # never quoted
    auths = tree.get("auths") if isinstance(tree, dict) else None
    if not isinstance(auths, dict):
        raise InputError(f"{path} has no auths")
    return auths


for _client in _ABOUT:
    render.add_command(_make(_client))

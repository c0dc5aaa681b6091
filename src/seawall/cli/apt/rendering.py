"""The verb that prints what apt is to be told: `render apt`."""

import json
from collections.abc import Sequence

import click

from seawall.cli.apt.asking import wish_options
from seawall.cli.apt.choosing import Choice, Wish, choose
from seawall.cli.apt.places import find_wall, list_known
from seawall.cli.exits import Exit
from seawall.cli.options import Common, shared_options
from seawall.debian import aptconfig
from seawall.debian.aptconfig import Form, Wall

_SOURCES, _LIST, _CONF, _SCRIPT, _DOCKERFILE = FORMATS = (
    "sources",
    "list",
    "conf",
    "script",
    "dockerfile",
)
_ENTRIES = (_SOURCES, _LIST)  # the rest is about the proxy, whatever the archives


@click.command("apt")
@click.option(
    "--form",
    type=click.Choice([form.value for form in Form]),
    help="How apt says which archive it means: in the path of a mirror (the default),"
    " to a proxy, or in the path by the archive's own https address.",
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(FORMATS),
    help="What is printed; fits the form if not given.",
)
@wish_options
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="Where clients reach Seawall, if not where the settings let it listen.",
)
@shared_options
def render_apt(
    common: Common,
    *,
    wish: Wish,
    form: str | None,
    shape: str | None,
    address: str | None,
) -> int:
    """Print the configuration that sends apt through Seawall.

    \b
      sources     a file for /etc/apt/sources.list.d, deb822 style
      list        the same in lines, for old versions of apt
      conf        a file for /etc/apt/apt.conf.d: Seawall as apt's proxy, and nobody
                  while Seawall does not answer; it needs the script
      script      the program that the conf names
      dockerfile  lines that install packages through Seawall in a build, and leave
                  nothing of it in the image

    \b
      seawall render apt > /etc/apt/sources.list.d/seawall.sources
      seawall render apt --suite bookworm --form https
      seawall render apt --format conf > /etc/apt/apt.conf.d/30seawall
      seawall render apt --format script > /etc/apt/seawall-proxy
      chmod 755 /etc/apt/seawall-proxy
      seawall render apt --format dockerfile --address 172.17.0.1:5000

    Sources stand in place of the entries that they were made from; with the proxy,
    those stay. An archive that is reached by https only is written http:// there, or
    takes the https form: apt lets no proxy see what is https.
    """  # noqa: D301  click's mark is a backspace
    chosen, wanted = choose_shape(form, shape)
    settings = common.read_settings()
    choices: list[Choice] = []
    if wanted in _ENTRIES:
        choices = choose(list_known(settings), wish)
    if wanted == _CONF:
        text = aptconfig.write_proxy()
    else:
        wall = find_wall(settings, address, from_outside=True)
        text = _write(wanted, chosen, wall, choices)
    if common.as_json:
        names = sorted({choice.archive for choice in choices})
        answer = {"form": chosen.value, "format": wanted, "archives": names}
        click.echo(json.dumps({**answer, "text": text}, indent=2))
        return Exit.DONE
    click.echo(text, nl=False)
    return Exit.DONE


def choose_shape(form: str | None, shape: str | None) -> tuple[Form, str]:
    """Choose form and format, as far as they are not said.

    Raises:
        UsageError: They do not go together.
    """
    if shape is None:
        shape = _CONF if form == Form.PROXY else _SOURCES
    if form is None:
        form = Form.MIRROR if shape in _ENTRIES else Form.PROXY
    if shape not in _ENTRIES and form != Form.PROXY:
        raise click.UsageError(
            f"--format {shape} is about a proxy: leave out --form {form}"
        )
    return Form(form), shape


def _write(shape: str, form: Form, wall: Wall, choices: Sequence[Choice]) -> str:
    if shape == _SCRIPT:
        return aptconfig.write_detector(wall)
    if shape == _DOCKERFILE:
        return aptconfig.write_dockerfile(wall)
    write = aptconfig.write_list if shape == _LIST else aptconfig.write_sources
    parts = []
    for choice in choices:
        moved = aptconfig.redirect(choice.source, choice.archive, wall, form)
        replaced = " ".join(choice.source.uris)
        lead = f"# {choice.archive} through Seawall, in place of {replaced}\n"
        parts.append(lead + write([moved]))
    return "\n".join(parts)

"""Code that builds pods: what it does with pull secrets, and objects in its texts."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from seawall.policy.facts.text import Fact, Text


class Language(StrEnum):
    """The language of a piece of code."""

    GO = "Go"
    TYPESCRIPT = "TypeScript"
    PYTHON = "Python"


class CodeEntry(msgspec.Struct, frozen=True):
    """One entry of a list of pull secrets in code that is not what it should be.

    Attributes:
        text: The entry, as it is written.
        fault: What is wrong with it, in words.
    """

    text: Text
    fault: str


class PodText(Fact, frozen=True, kw_only=True):
    """A text in code that has several objects of Kubernetes in it.

    Attributes:
        objects: Its pods, service accounts and secrets. They are no parts: what their
            images are is told by the images of the text.
    """

    objects: tuple[Fact, ...]


class HereDocument(Fact, frozen=True, kw_only=True):
    """A text that a script hands to a program, or writes to a file, with what it says.

    Attributes:
        held: Its objects, images, configurations: a script has them in a world of its
            own, that of whatever it is run for.
        quoted: Whether a shell leaves it as it is, and fills nothing in.
    """

    held: tuple[Fact, ...]
    quoted: bool = True

    def parts(self) -> Iterator[Fact]:
        """Yield what stands in it."""
        yield from self.held


class SecretsCode(Fact, frozen=True, kw_only=True):
    """One place in code that sets, patches or fills a list of pull secrets.

    Attributes:
        language: The language.
        target: Whose list it is, as written: `podSpec.imagePullSecrets`.
        value: What is assigned; `None` where nothing is.
        overwrites: Whether what others put into the list is lost: it is neither new,
            nor asked about, nor part of what is assigned.
        patch: Whether it is a JSON patch that replaces the list.
        faults: Entries that are not what Kubernetes takes.
    """

    language: Language
    target: str
    value: Text | None = None
    overwrites: bool = False
    patch: bool = False
    faults: tuple[CodeEntry, ...] = ()

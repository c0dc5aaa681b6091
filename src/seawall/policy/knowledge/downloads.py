"""Downloads by commands: what is fetched, whether it moves, whether it is verified."""

import re
from collections.abc import Iterable

from seawall.policy.facts.commands import Command
from seawall.policy.facts.text import Text
from seawall.policy.knowledge.pulling import HOLDS_OPTIONS

_MOVING = re.compile(
    r"/stable\.txt|/latest\.txt|releases/latest|/latest/|[-_/]latest(?:[-_.]|$)"
    r"|/(?:master|main|HEAD)/|/nightly/"
)
_INSTALLERS = re.compile(
    r"sh\.rustup\.rs|get\.k3s\.io|get\.docker\.com|deb\.nodesource\.com"
    r"|get-helm-3|rpm\.nodesource\.com|install\.python-poetry\.org|bun\.sh/install"
)
_KEYS = re.compile(r"\.(?:gpg|asc|key|pub|pem|crt|list|sources|repo|sha256|sha256sum)$")
_URL = re.compile(r"(?:https?|ftp)://(?!localhost\b|127\.|\[::1\])")
_OWN = re.compile(r"(?:https?://)?(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|$)")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_CHECKERS = frozenset(
    (
        "sha1sum",
        "sha256sum",
        "sha384sum",
        "sha512sum",
        "b2sum",
        "shasum",
        "gpg",
        "gpgv",
        "cosign",
        "minisign",
        "openssl",
        "slsa-verifier",
        "rhash",
    )
)
_KEEPERS = frozenset({"gpg", "apt-key", "tee", "jq", "grep", "sed", "awk", "cut"})
_UNPACKERS = frozenset({"tar", "bsdtar", "gunzip", "gzip", "xz", "zstd", "cpio"})
_ARCHIVES = re.compile(
    r"\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|zip|deb|rpm|apk|whl|gz|xz|bz2|zst|run|sh|AppImage)"
    r"$|/linux/(?:\$|amd64|arm64)|(?:linux|amd64|arm64|x86_64|\$\{?\w*(?:ARCH|arch|OS)\}?)[^/]*$"
)


def urls(command: Command) -> list[Text]:
    """List what curl or wget is asked to fetch, but from this machine itself."""
    if command.program not in ("curl", "wget"):
        return []
    words = command.argv[1:]
    return [word for word in words if _URL.match(word.value)]


_TAKES_WORD = re.compile(
    r"-[A-Za-z]*[oHuAebcxE]|--(?:output|output-dir|header|user|user-agent|referer"
    r"|cookie|cookie-jar|proxy|cert|cacert|key)"
)
"""Options of curl whose next word is a file, a header or a name: no URL."""
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]|%%\w+%%|@\w+@|\{\{")
"""A variable, or a placeholder that is filled in before the build."""
_TALKS = (
    *("-X", "--request", "-I", "--head", "-w", "--write-out"),
    *("-d", "--data", "--data-ascii", "--data-binary", "--data-raw"),
    *("--data-urlencode", "--json", "-F", "--form", "--form-string"),
    *("-T", "--upload-file", "--cookie", "--cookie-jar"),
)
"""Options with which curl sends something, or looks at a status: no download."""


def fetched(command: Command) -> str:
    """Name what curl fetches: a URL, a variable or a placeholder; or nothing.

    A header for whatever a variable means is a word to a service: a cloud's metadata,
    a pod's metrics.
    """
    found = urls(command)
    if found:
        return found[0].value
    if command.program not in ("curl", "wget") or command.has_option("-H", "--header"):
        return ""
    if any(_OWN.match(word) for word in command.arguments):
        return ""
    before = ("", *command.arguments)
    words = (
        word
        for option, word in zip(before, command.arguments, strict=False)
        if _VARIABLE.match(word)
        and not HOLDS_OPTIONS.fullmatch(word)
        and not _TAKES_WORD.fullmatch(option)
    )
    return next(words, "")


def is_single_try(command: Command) -> bool:
    """Whether curl is run once, by what can be seen, to fetch and not to talk."""
    return (
        command.program == "curl"
        and not is_tried_again(command)
        and not command.has_option(*_TALKS)
    )


def is_tried_again(command: Command) -> bool:
    """Whether what surrounds a command tries it again, as far as that can be seen.

    A `for` loop alone does not: it may go through a list. One that ends when the
    command worked does; an `if` around the loop says nothing of that.
    """
    if set(command.within) & {"while", "until"}:
        return True
    if "for" not in command.within:
        return False
    inside = command.within[command.within.index("for") :]
    return command.after in ("&&", "||") or "if" in inside


def is_moving(url: str) -> bool:
    """Whether a URL means another thing on another day.

    >>> is_moving("https://dl.k8s.io/release/stable.txt")
    True
    >>> is_moving("https://dl.k8s.io/release/v1.34.1/bin/linux/amd64/kubectl")
    False
    """
    return _MOVING.search(url) is not None


def is_program(url: str) -> bool:
    """Whether a URL looks like an archive, a package or a program."""
    path = url.partition("?")[0]
    return _KEYS.search(path) is None and _ARCHIVES.search(path) is not None


def runs_it(command: Command) -> bool:
    """Whether what is fetched goes straight to an interpreter."""
    return any(word.rpartition("/")[2] in _SHELLS for word in command.pipeline)


def is_installer(url: str) -> bool:
    """Whether a URL is a script that installs the newest of something."""
    return _INSTALLERS.search(url) is not None


def is_kept_as_text(command: Command) -> bool:
    """Whether what is fetched is only looked at, or is a key or a list."""
    return any(word.rpartition("/")[2] in _KEEPERS for word in command.pipeline)


def is_verified_behind(download: Command, commands: Iterable[Command]) -> bool:
    """Whether one of these commands may compare what a download brings.

    One that comes before cannot, but for what it is a function for; and what is
    unpacked on its way has no sum any more.
    """
    if not _UNPACKERS.isdisjoint(download.pipeline) and "tee" not in download.pipeline:
        return False
    return any(
        is_verified((one,))
        and (
            one.start > download.start
            or any(word.startswith("function") for word in one.within)
        )
        for one in commands
    )


def is_verified(commands: Iterable[Command]) -> bool:
    """Whether one of these commands compares what came with a sum or a signature."""
    return any(
        command.program in _CHECKERS
        and not (command.program == "gpg" and "--dearmor" in command.arguments)
        for command in commands
    )

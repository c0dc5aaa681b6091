"""Secrets taken out of what is logged, shown or raised, by lists of what may stay."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

REDACTED = "REDACTED"
"""What stands where something was taken out."""

_PLAIN_KEYS = frozenset(
    {"ns", "n", "last", "digest", "service", "scope", "artifacttype", "from", "mount"}
)
_PLAIN_HEADERS = frozenset(
    {
        *("accept", "accept-encoding", "accept-ranges", "age", "cache-control"),
        *("cache-status", "connection", "content-encoding", "content-length"),
        *("content-range", "content-type", "date", "docker-content-digest"),
        *("docker-distribution-api-version", "etag", "expires", "host"),
        *("last-modified", "oci-filters-applied", "oci-subject", "range"),
        *("ratelimit-limit", "ratelimit-remaining", "retry-after", "server"),
        *("transfer-encoding", "user-agent", "vary", "via", "warning"),
        "www-authenticate",
    }
)
_MAX_INPUT_CHARS = 100
_UNREADABLE = f"[unreadable URL: {REDACTED}]"

_URL = re.compile(r"\bhttps?://[^\s\"'<>\\]+", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)(?:[^\s/@\"'<>]*@)+")
_SCHEME_SECRET = re.compile(r"\b(bearer|basic)\s+(?!realm=)[\w.~+/=-]+", re.IGNORECASE)
_HEADER_SECRET = re.compile(
    r"\b(authorization|cookie)(\\?[\"']?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE
)
# The name may be the tail of a longer one: DOCKER_PASSWORD, X-Amz-Signature, idToken.
_NAMES = (
    r"(?:passw(?:or)?d|passphrase|pwd|_pass|\bpass|secret|token|signature|credentials?"
    r"|(?:api|access|account|private|secret)[_-]?key|\bauth|\bsig"
    r"|docker(?:config(?:json)?|cfg))"
)
_SECRET_NAME = re.compile(rf"{_NAMES}$", re.IGNORECASE)
# What only says where the secret is kept stays: `${{ secrets.X }}`, `${X}`.
_NAMED_SECRET = re.compile(
    rf"({_NAMES})"
    r"(\\?[\"']?\s*[:=]\s*+)"
    r"(?![\"']?(?:\$\{\{ ?[\w.-]+ ?\}\}|\$\{\w+\})[\"']?(?:[\s,;]|$))"
    r"(\$\{\{[^\n]*?\}\}[^\s\"',;&}]*|\$\{[^}\n]*\}[^\s\"',;&}]*"
    r"|\\\"[^\"]*|\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s\"',;&}]+)",
    re.IGNORECASE,
)
# An image of a service called auth is none: `registry.example/shop/auth:1.2`.
_IMAGE = re.compile(r"/[\w.-]*$")
_NO_SECRETS = {'""', "''", "true", "false", "null", "~", "{", "{}", "[", "[]", "|", ">"}
_LOGIN_SECRET = re.compile(
    r"(\b(?:login|sshpass)\b[^\n]{0,500}?\s(?:-p|--password)(?:\s+|=))[^\s]+"
)
_ECHOED_SECRET = re.compile(
    r"(\becho\s+(?:-n\s+)?)(?![\"']?\$)[^\s|]+"
    r"(?=[^|\n]{0,100}\|[^|\n]{0,200}--password-stdin)"
)
# As words of their own: --docker-password x, ENV TOKEN x; -u me:x, --creds me:x.
_WORD_SECRET = re.compile(
    rf"((?:\s--?[\w-]*{_NAMES}|\bENV\s+\w*{_NAMES})\s+)"
    r"(?![-=$|>&;])(\"[^\"]*\"?|'[^']*'?|\S+)",
    re.IGNORECASE,
)
_PAIRED_SECRET = re.compile(
    r"(\s(?:-u|--user|--(?:src-|dest-)?creds)(?:\s+|=)[\"']?[^\s:\"'$]+:)[^\s\"'$]+"
)
# `{name: DB_PASSWORD, value: x}`, and the words of a list: "--password", "x".
_LISTED_SECRET = re.compile(
    rf"(\bname[\"']?\s*[:=]\s*[\"']?[\w.-]*{_NAMES}[\"']?\s*,\s*"
    rf"[\"']?value[\"']?\s*[:=]\s*|[\"']--?[\w-]*{_NAMES}[\"']\s*,\s*)"
    r"(\"[^\"]*\"?|'[^']*'?|[^\s,}]+)",
    re.IGNORECASE,
)
_NAKED_USERINFO = re.compile(
    r"(?<![\w/.@-])[\w.-]+:[^\s/@:\"'{}]+@(?!sha(?:256|512):)"
    r"(?=[a-z][\w-]*(?:[:/]|\.[a-z]))",
    re.IGNORECASE,
)
_SHAPED_SECRET = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}"  # a JSON web token
    r"|\b(?:eyJ|eyAi|ewo)[\w+/-]{12,}={0,2}"  # JSON in base64
    r"|\b(?:gh[pousr]_|github_pat_|dckr_[a-z]{2,5}_|glpat-)[\w-]{8,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    re.ASCII,
)
# Nothing is taken out of a text without any of these, in small letters: most texts are
# looked at once. Each begins with a letter of its own, so that others are passed over.
_HINT = re.compile(
    r"@|://|pass|pwd|secret|token|sig|credential|key|auth|dockerc|bearer|basic|cookie"
    r"|creds|-u|login|echo|eyj|eyai|ewo|gh[pousr]_|github_pat_|dckr_|glpat-|akia|asia"
)


def redact_url(url: str) -> str:
    """Drop credentials and fragment, and query values not known to be harmless.

    >>> redact_url("https://me:pw@cdn.example/blob?sig=abc&ns=docker.io#x")
    'https://cdn.example/blob?sig=REDACTED&ns=docker.io'
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is none may be half of a password
    except ValueError:
        return _UNREADABLE
    if "@" in parts.path and ":" in parts.netloc and "@" not in parts.netloc:
        return _UNREADABLE  # a password with a slash, which ends the host too early
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(map(_redact_pair, parts.query.split("&"))) if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def _redact_pair(pair: str) -> str:
    key, equals, _ = pair.partition("=")
    if not equals:
        return REDACTED
    return pair if key.lower() in _PLAIN_KEYS else f"{key}={REDACTED}"


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep the values of headers known to be harmless; of the rest, the names.

    >>> redact_headers({"Authorization": "Bearer abc", "Range": "bytes=0-"})
    {'Authorization': 'REDACTED', 'Range': 'bytes=0-'}
    """
    return {name: _redact_header(name.lower(), headers[name]) for name in headers}


def _redact_header(name: str, value: str) -> str:
    if name in _PLAIN_HEADERS:
        return value
    return redact_url(value) if name == "location" else REDACTED


def redact_text(text: str) -> str:
    """Take out of free text what looks like a secret; rather too much than too little.

    >>> redact_text("login https://me:pw@quay.io/v2/ failed, password=hunter2")
    'login https://quay.io/v2/ failed, password=REDACTED'
    """
    if not _HINT.search(text.casefold()):
        return text
    text = _URL.sub(_redact_match, text)
    text = _USERINFO.sub("", text)
    text = _NAKED_USERINFO.sub(f"{REDACTED}@", text)
    text = _HEADER_SECRET.sub(rf"\1\2{REDACTED}", text)
    text = _SCHEME_SECRET.sub(rf"\1 {REDACTED}", text)
    text = _LOGIN_SECRET.sub(rf"\1{REDACTED}", text)
    text = _ECHOED_SECRET.sub(rf"\1{REDACTED}", text)
    text = _PAIRED_SECRET.sub(rf"\1{REDACTED}", text)
    text = _LISTED_SECRET.sub(rf"\1{REDACTED}", text)
    text = _NAMED_SECRET.sub(_redact_named, text)
    text = _WORD_SECRET.sub(rf"\1{REDACTED}", text)
    return _SHAPED_SECRET.sub(REDACTED, text)


def _redact_match(match: re.Match[str]) -> str:
    """Redact a URL, without the mark behind it that ends a clause."""
    url = match[0].rstrip(":,.;!)")
    return redact_url(url) + match[0][len(url) :]


def _redact_named(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 200) : match.start()]
    if match[2] == ":" and _IMAGE.search(before):
        return match[0]
    if match[3] in _NO_SECRETS or before.endswith("existing"):  # a name of an object
        return match[0]
    return f"{match[1]}{match[2]}{REDACTED}"


def is_secret_name(text: str) -> bool:
    """Whether a key's name says that its value is a secret.

    >>> is_secret_name("DOCKER_PASSWORD"), is_secret_name("imagePullSecrets")
    (True, False)
    """
    return _SECRET_NAME.search(text) is not None


def show_input(text: str) -> str:
    """Quote somebody's input for a message: short, one line, ASCII, no secret.

    >>> show_input(200 * "c")[-5:]
    "c'..."
    """
    # Redaction sees a little more than is shown, so that no secret is cut in half.
    shown = redact_text(text[: 4 * _MAX_INPUT_CHARS])
    cut = "..." if len(shown) > _MAX_INPUT_CHARS else ""
    return ascii(shown[:_MAX_INPUT_CHARS]) + cut

"""Credentials: from settings, the environment, Docker's config and its helpers."""

import asyncio
import base64
import hashlib
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import structlog

from seawall.errors import SettingsError
from seawall.kit.clock import Clock
from seawall.kit.redact import redact_text

HELPER_WAIT_S = 10.0
KEEP_S = 60.0
_MAX_CONFIG_BYTES = 1024 * 1024
_HELPER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HUB_NAMES = ("docker.io", "index.docker.io", "registry-1.docker.io")
_HUB_KEY = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # noqa: S105  how helpers mark an identity token
_log = structlog.get_logger("seawall.credentials")


@dataclass(frozen=True, slots=True)
class CredentialOptions:
    """Where one registry's credential comes from; empty everywhere is anonymous.

    Attributes:
        from_: "docker-config" to use what `docker login` wrote; empty because a cache
            should not send a person's credentials unasked.
        username: The user name that belongs to `password_env`.
        password_env: The variable that holds the password.
        token_env: The variable that holds an identity (refresh) token.
        repositories: Patterns of the repositories that it is for; none: for all that
            no other credential of the registry names.
    """

    from_: str = ""
    username: str = ""
    password_env: str = ""
    token_env: str = ""
    repositories: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it names nothing at all, so is anonymous."""
        return not (self.from_ or self.password_env or self.token_env or self.username)


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and password, or an identity token; never shown."""

    username: str = ""
    secret: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    def basic(self) -> str:
        """Give the value of an `Authorization` header: it is a secret too."""
        pair = f"{self.username}:{self.secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    @property
    def account(self) -> str:
        """Say whose it is, for people and for accounts: no secret."""
        if self.username:
            return self.username
        return f"token {hashlib.sha256(self.identity_token.encode()).hexdigest()[:12]}"

    @property
    def key(self) -> str:
        """Tell credentials apart without keeping them: for cache keys."""
        text = f"{self.username}\0{self.secret}\0{self.identity_token}"
        return hashlib.sha256(text.encode()).hexdigest()


class _AuthEntry(msgspec.Struct):
    auth: str = ""
    username: str = ""
    password: str = ""
    identitytoken: str = ""


class _DockerConfig(msgspec.Struct, rename="camel"):
    auths: dict[str, _AuthEntry | None] = {}
    cred_helpers: dict[str, str] = {}
    creds_store: str = ""


class _HelperReply(msgspec.Struct, rename="pascal"):
    username: str = ""
    secret: str = ""


class Credentials:
    """Finds the credential of one registry, and keeps it for a minute.

    Attributes:
        problem: Why the last look-up went without one although settings name one.
    """

    def __init__(
        self,
        options: CredentialOptions,
        *,
        clock: Clock,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._options = options
        self._clock = clock
        self._environment = os.environ if environment is None else environment
        self._kept: dict[str, tuple[float, Credential | None]] = {}
        self._lock: asyncio.Lock | None = None
        self.problem = ""

    async def find(self, server: str, *, direct: bool = True) -> Credential | None:
        """Find what to send to this server, or None to be anonymous.

        Trouble with a config file or helper makes it anonymous too, and is logged and
        kept in `problem`: public images still come, and a refusal can say why.

        Args:
            server: A registry's name, or `host[:port]` of a mirror.
            direct: Whether the settings' own user name and password are for it: a
                mirror is somebody else, and gets only what Docker's config has for it.
        """
        from_config = self._options.from_ == "docker-config"
        if self._options.is_empty or not (direct or from_config):
            return None
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            kept = self._kept.get(server)
            if kept and self._clock.monotonic() < kept[0]:
                return kept[1]
            found = await self._look_up(server, direct=direct)
            self._kept[server] = (self._clock.monotonic() + KEEP_S, found)
            return found

    async def _look_up(self, server: str, *, direct: bool) -> Credential | None:
        self.problem = ""
        found = None
        try:
            if direct:
                found = from_settings(self._options, self._environment)
            if found is None and self._options.from_ == "docker-config":
                path = config_path(self._environment)
                found = await asyncio.to_thread(read_docker_config, path, server)
        except SettingsError as exc:
            self.problem = str(exc)
            _log.warning("credential_unusable", registry=server, reason=str(exc))
            return None
        return found


def from_settings(
    options: CredentialOptions, environment: Mapping[str, str]
) -> Credential | None:
    """Build the credential that the settings name directly, if they do.

    Raises:
        SettingsError: A variable they name is not set.
    """
    if options.token_env:
        return Credential(identity_token=_value(environment, options.token_env))
    if options.password_env:
        secret = _value(environment, options.password_env)
        return Credential(username=options.username, secret=secret)
    return None


def config_path(environment: Mapping[str, str]) -> Path:
    """Say where Docker's client keeps its logins."""
    folder = environment.get("DOCKER_CONFIG", "")
    if folder:
        return Path(folder) / "config.json"
    home = environment.get("HOME", "")
    return (Path(home) if home else Path.home()) / ".docker" / "config.json"


def read_docker_config(path: Path, server: str) -> Credential | None:
    """Find this server's login in a `config.json`. Blocking; may run a helper.

    Raises:
        SettingsError: The file or the helper cannot be used.
    """
    config = _load(path)
    names = _HUB_NAMES if server in _HUB_NAMES else (server,)
    key = _HUB_KEY if server in _HUB_NAMES else server
    for name, helper in config.cred_helpers.items():
        if _host_of(name) in names:
            return run_helper(helper, name)
    if config.creds_store:
        found = run_helper(config.creds_store, key)
        if found is not None:
            return found
    for name, entry in config.auths.items():
        if entry is not None and _host_of(name) in names:
            return _from_entry(entry, server)
    return None


def run_helper(name: str, server: str) -> Credential | None:
    """Ask `docker-credential-<name>` for a login. Blocking.

    Raises:
        SettingsError: It is missing, fails, hangs or says nonsense.
    """
    if not _HELPER_NAME.fullmatch(name):
        raise SettingsError("the Docker config names an impossible credential helper")
    program = f"docker-credential-{name}"
    try:
        done = subprocess.run(  # noqa: S603  the name is checked above
            [program, "get"],
            input=server.encode(),
            capture_output=True,
            timeout=HELPER_WAIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"{program} did not answer in {HELPER_WAIT_S:g} s"
        ) from None
    except OSError as exc:
        raise SettingsError(f"{program} cannot be run: {exc.strerror}") from exc
    if done.returncode:
        said = redact_text(done.stdout[:200].decode("utf-8", "replace")).strip()
        if "credentials not found" in said:
            return None
        raise SettingsError(f"{program} failed ({done.returncode}): {said}")
    try:
        reply = msgspec.json.decode(done.stdout, type=_HelperReply)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Its output holds the secret, so the error, which may quote it, is not kept.
        raise SettingsError(f"{program} gave no readable answer") from None
    if reply.username == _TOKEN_USER:
        return Credential(identity_token=reply.secret)
    return Credential(username=reply.username, secret=reply.secret)


def _load(path: Path) -> _DockerConfig:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_CONFIG_BYTES)
        return msgspec.json.decode(text, type=_DockerConfig)
    except FileNotFoundError:
        return _DockerConfig()
    except OSError as exc:
        raise SettingsError(
            f"the Docker config cannot be read: {exc.strerror}"
        ) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SettingsError("the Docker config is not what docker writes") from None


def _from_entry(entry: _AuthEntry, server: str) -> Credential | None:
    if entry.identitytoken:
        return Credential(identity_token=entry.identitytoken)
    username, secret = entry.username, entry.password
    if entry.auth:
        try:
            pair = base64.b64decode(entry.auth, validate=True).decode()
        except ValueError:
            raise SettingsError(
                f"the Docker config's login for {server} is not readable"
            ) from None
        username, _, secret = pair.rstrip("\0").partition(":")
    return Credential(username=username, secret=secret) if username else None


def _host_of(key: str) -> str:
    return key.rpartition("://")[2].partition("/")[0].lower()


def _value(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise SettingsError(f"the variable {name}, which the settings name, is not set")
    return value

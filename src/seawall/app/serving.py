"""Runs the service: sockets, doors, signals, reload, a bounded stop."""

import asyncio
import ctypes
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import uvloop

from seawall.app.bookkeeping import keep_budgets, tell_budgets
from seawall.app.compose import House, open_house
from seawall.app.greeting import write_greeting
from seawall.app.logs import set_up_logs
from seawall.app.watchdog import keep_watched
from seawall.doors.connection import WebOptions
from seawall.doors.management import ManagementDoor
from seawall.doors.probes import ProbesDoor
from seawall.doors.registry.door import RegistryDoor
from seawall.doors.web import (
    Foresight,
    Handler,
    Reply,
    Request,
    WebApp,
    WebServer,
    json_reply,
    make_server,
)
from seawall.errors import SeawallError, SettingsError
from seawall.oci.codes import Code, error_body
from seawall.settings.effective import Address, Settings
from seawall.settings.keys import TlsTable

_BACKLOG = 2048
_HTTP = 80
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_log = structlog.get_logger("seawall.app")


class Front:
    """Every door on one address."""

    def __init__(self, house: House, *, is_ready: Callable[[], bool]) -> None:
        mirror = house.settings.mirror_listen
        self._mirror_port = mirror.port if mirror else 0
        self._own = {"localhost", "127.0.0.1", "::1", house.settings.listen.host}
        self._own.add(socket.gethostname().lower())
        self._registry = RegistryDoor(house.supplies, house.settings.door)
        self._archives = house.annex.door
        self._probes = ProbesDoor(
            house.telemetry.registry,
            is_ready=is_ready,
            budgets=lambda: tell_budgets(house.wire.budget, house.clock.now()),
        )

    async def answer(self, request: Request) -> Reply:
        """Find the door that a request is for."""
        if request.authority and self._is_own(request):
            request = replace(request, authority="")
        if not request.authority:
            if request.path.startswith("/v2"):
                return await self._registry.answer(request)
            reply = await self._probes.answer(request)
            if reply is not None:
                return reply
        if not self._mirror_port or request.port != self._mirror_port:
            reply = await self._archives.answer(request)
            if reply is not None:
                return reply
        message = (
            "images are under /v2/, archives under /debian/; /healthz, /readyz and"
            " /metrics tell more"
        )
        return json_reply(404, error_body(Code.NAME_UNKNOWN, message))

    def foresee(self, request: Request) -> None:
        """Let the door of a request that waits its turn begin on it."""
        archives = not self._mirror_port or request.port != self._mirror_port
        if archives and not self._is_own(request):
            self._archives.foresee(request)

    def _is_own(self, request: Request) -> bool:
        """Whether a proxy's request is for this server itself (RFC 9112 3.2.2)."""
        parts = urlsplit(f"//{request.authority}")
        try:
            port = parts.port or _HTTP
        except ValueError:
            return False
        return port == request.port and (parts.hostname or "") in self._own


def run(settings: Settings, reread: Callable[[], Settings]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT); SIGHUP reads the settings again.

    Args:
        settings: What to serve.
        reread: Reads the settings anew, for SIGHUP.

    Raises:
        SettingsError: The address is taken or not ours, or the certificate is bad.
        StoreError: The data directory cannot be used.
    """
    _keep_memory()
    set_up_logs(settings.file.log, settings.file.log_level)
    uvloop.run(serve(settings, reread))


async def serve(settings: Settings, reread: Callable[[], Settings]) -> None:
    """Serve until told to stop; see `run`."""
    sockets = bind_sockets(settings)
    try:
        async with (
            keep_watched(settings.file.watchdog_s),
            open_house(settings) as house,
        ):
            _spare_the_collector()
            await _Service(house, sockets, reread).run()
    finally:
        for bound in sockets:
            bound.close()


def bind_sockets(settings: Settings) -> list[socket.socket]:
    """Bind every address, before anything else is touched.

    Raises:
        SettingsError: One is taken, or not this machine's.
    """
    bound: list[socket.socket] = []
    try:
        bound.append(_bind(settings.listen, "listen"))
        if settings.mirror_listen is not None:
            bound.append(_bind(settings.mirror_listen, "mirror_listen"))
    except SettingsError:
        for one in bound:
            one.close()
        raise
    return bound


def _bind(address: Address, key: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
    except OSError as exc:
        listener.close()
        if exc.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"{address} is in use by another process: stop it, or choose another"
                f" address ({key}, or --listen)"
            ) from exc
        raise SettingsError(f"cannot listen on {address}: {exc.strerror}") from exc
    listener.listen(_BACKLOG)
    listener.settimeout(0)
    return listener


def _keep_memory() -> None:
    """Tell the C library to keep what bodies need, instead of giving it back each time.

    A fill takes and frees buffers of some 100 KiB thousands of times a second; by
    default each of them is mapped, zeroed and unmapped by the kernel (mallopt(3)).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # the C library is glibc
        mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)
        mallopt(_M_TRIM_THRESHOLD, 4 * 1024 * 1024)
        mallopt(_M_ARENA_MAX, 2)


def _spare_the_collector() -> None:
    """Keep what start-up made out of every later garbage collection.

    Modules, classes and tables live as long as the process; looking at them again and
    again would hold up answers by tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _Service:
    """One run of the service."""

    def __init__(
        self,
        house: House,
        sockets: list[socket.socket],
        reread: Callable[[], Settings],
    ) -> None:
        self._house = house
        self._sockets = sockets
        self._reread = reread
        self._stopping = asyncio.Event()
        settings = house.settings
        front = Front(house, is_ready=lambda: not self._stopping.is_set())
        self._server = start_web(
            front.answer,
            house,
            settings.web,
            tls=settings.file.tls,
            foresight=front.foresee,
        )
        management = ManagementDoor(
            house.holdings,
            house.warmup,
            house.annex.report.describe,
            listen=str(settings.listen),
            explain=house.explain,
        )
        # a running `seawall warm` holds up no stop: what it brought so far is kept
        hasty = replace(settings.web, drain_s=1)
        self._management = start_web(management.answer, house, hasty)

    async def run(self) -> None:
        """Serve until a signal says stop; then drain, within bounds."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        control = bind_control(self._house.data.socket_path)
        sys.stderr.write(write_greeting(self._house.settings) + "\n")
        sys.stderr.flush()
        try:
            async with asyncio.TaskGroup() as group:
                background = [
                    group.create_task(self._house.janitor.run()),
                    group.create_task(self._house.annex.names.run()),
                    group.create_task(
                        keep_budgets(
                            self._house.wire.budget,
                            self._house.catalog.diary("budgets"),
                            self._house.clock,
                        )
                    ),
                    group.create_task(
                        self._house.wire.experiences.keep_going(
                            self._house.catalog.diary("experience"), self._house.clock
                        )
                    ),
                ]
                servers = [
                    group.create_task(self._server.serve(self._sockets)),
                    group.create_task(self._management.serve([control])),
                ]
                await self._stopping.wait()
                await asyncio.gather(*servers)
                for task in background:
                    task.cancel()
        finally:
            with suppress(OSError):
                self._house.data.socket_path.unlink()

    def _stop(self) -> None:
        """Stop taking requests; a second signal ends at once."""
        if self._stopping.is_set():
            self._server.force_exit = self._management.force_exit = True
        self._stopping.set()
        self._server.should_exit = self._management.should_exit = True

    def _reload(self) -> None:
        """Read settings and certificates again; a mistake changes nothing."""
        try:
            settings = self._reread()
            tls = settings.file.tls
            if tls.certificate:
                self._server.reload_certificate(Path(tls.certificate), Path(tls.key))
        except (SeawallError, OSError) as exc:
            _log.error("settings not reloaded", error=str(exc))
            return
        self._house.apply(settings, offline=settings.file.offline)
        _log.info(
            "settings reloaded",
            registries=len(settings.registries),
            archives=len(settings.archives),
        )


def start_web(
    answer: Handler,
    house: House,
    options: WebOptions,
    *,
    tls: TlsTable | None = None,
    foresight: Foresight | None = None,
) -> WebServer:
    """Make a server for one handler, with the house's observer.

    Args:
        answer: The handler.
        house: Who observes.
        options: Bounds on clients.
        tls: The certificate, if there is one.
        foresight: Told of requests that wait their turn.

    Raises:
        SettingsError: The certificate or its key cannot be used.
    """
    app = WebApp(answer, observer=house.telemetry, options=options, foresight=foresight)
    if tls is None or not tls.certificate:
        return make_server(app, options)
    try:
        return make_server(app, options, certificate=tls.certificate, key=tls.key)
    except OSError as exc:
        raise SettingsError(
            f"tls: cannot use {tls.certificate} with {tls.key}: {exc.strerror or exc}"
        ) from exc


def bind_control(path: Path) -> socket.socket:
    """Bind the management socket; whoever may write to it may manage the store."""
    with suppress(FileNotFoundError):
        path.unlink()
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # an address of a Unix socket holds 107 bytes: name the directory by descriptor
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        control.bind(f"/proc/self/fd/{directory}/{path.name}")
    finally:
        os.close(directory)
    path.chmod(0o600)
    control.listen(64)
    control.settimeout(0)
    return control

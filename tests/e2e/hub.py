"""A docker daemon that takes a scripted registry for Docker Hub."""

import json
import socket
from contextlib import closing, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

from tests.e2e.engines import Docker
from tests.e2e.machine import make_certificate, serve_by

_HUB = "registry-1.docker.io"


class Tunnel:
    """An HTTPS proxy that leads whoever asks for Docker Hub to another registry.

    Attributes:
        target: Host and port where the registry speaks plain HTTP.
        certificate: What whoever comes through has to trust.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.target = ("127.0.0.1", 0)
        self.certificate, key = make_certificate(root / "hub", _HUB)
        self.tls = serve_by(self.certificate, key)
        tunnel = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    tunnel.lead(self.request)

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Lead nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def lead(self, client: socket.socket) -> None:
        """Answer CONNECT, then pass bytes both ways until either side ends."""
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        client.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
        with (
            self.tls.wrap_socket(client, server_side=True) as outer,
            closing(socket.create_connection(self.target)) as inner,
        ):
            back = Thread(target=_pass_on, args=(inner, outer), daemon=True)
            back.start()
            _pass_on(outer, inner)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class HubDocker(Docker):
    """Docker's daemon, for which Docker Hub is where a tunnel leads."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._tunnel = Tunnel(self.root)
        env = {"HTTPS_PROXY": self._tunnel.url, "NO_PROXY": "127.0.0.1"}
        env |= {"SSL_CERT_FILE": str(self._tunnel.certificate)}
        self._dockerd = self._make({**self.env, **env})

    def stop(self) -> None:
        """Stop the daemon, and the tunnel."""
        super().stop()
        self._tunnel.close()

    def fall_back_to(self, registry: str, mirror: str) -> None:
        """Ask this mirror, if there is one, and this registry as Docker Hub."""
        host, _, port = registry.rpartition("/")[2].partition(":")
        self._tunnel.target = (host, int(port))
        mirrors = [f"http://{mirror}/"] if mirror else []
        settings: dict[str, Any] = {"registry-mirrors": mirrors}
        self._settings.write_text(json.dumps(settings))
        self._dockerd.reload(mirrors)

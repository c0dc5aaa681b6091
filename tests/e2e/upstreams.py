"""Real upstreams: Debian's docker-registry, open, with passwords or with tokens."""

import base64
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from tests.e2e.processes import Daemon, clean_environment, free_port, listens, run

USER, PASSWORD = "carol", "open-sesame-4711"
ISSUER, SERVICE = "the-gatekeeper", "the-registry"


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenServer:
    """A token realm: tokens for one user, and for anybody where `public/` is meant."""

    def __init__(self, root: Path) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .sign(self._key, hashes.SHA256())
        )
        self.bundle = root / "token-issuer.pem"
        pem = self._certificate.public_bytes(serialization.Encoding.PEM)
        self.bundle.write_bytes(pem)
        self.password = PASSWORD
        self.issued: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = int(self._server.server_address[1])
        self.realm = f"http://127.0.0.1:{self.port}/token"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the realm."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sign(self, scopes: list[str]) -> str:
        """Issue a token for these scopes, good for a minute."""
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": USER,
            "aud": SERVICE,
            "jti": str(now),
            "exp": now + 60,
            "nbf": now - 5,
            "iat": now,
            "access": [
                {"type": kind, "name": name, "actions": actions.split(",")}
                for kind, name, actions in (scope.split(":", 2) for scope in scopes)
            ],
        }
        head = ".".join(
            _urlsafe(json.dumps(part).encode()) for part in (header, claims)
        )
        signature = self._key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
        token = f"{head}.{_urlsafe(signature)}"
        self.issued.append(token)
        return token

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        realm = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                login = base64.b64encode(f"{USER}:{realm.password}".encode()).decode()
                scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
                signed = self.headers.get("Authorization")
                if signed is None:
                    scopes = [one for one in scopes if ":public/" in one]
                elif signed != f"Basic {login}":
                    self.send_error(401)
                    return
                body = json.dumps({"token": realm.sign(scopes), "expires_in": 60})
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing: tests read what they need elsewhere."""

        return Handler


class DockerRegistry:
    """Debian's docker-registry in a directory of its own."""

    LINE: ClassVar = re.compile(r'"([A-Z]+) (/v2/\S*) HTTP/1\.1" (\d+)')

    def __init__(self, root: Path, *, auth: dict[str, Any] | None = None) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.login: str | None = f"{USER}:{PASSWORD}" if auth else None
        settings = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": False}},
            "storage": {"filesystem": {"rootdirectory": str(root / "data")}},
            "http": {"addr": self.host},
        }
        if auth:
            settings["auth"] = auth
        config = root / "config.yml"
        config.write_text(json.dumps(settings))  # JSON is YAML
        self._env = clean_environment(root / "home")
        command = ["docker-registry", "serve", config]
        self._daemon = Daemon(command, env=self._env, log=root / "log")

    @classmethod
    def with_passwords(cls, root: Path) -> "DockerRegistry":
        """Make one that wants a user's name and password."""
        root.mkdir(parents=True)
        accounts = root / "htpasswd"
        env = clean_environment(root / "home")
        accounts.write_bytes(run(["htpasswd", "-Bbn", USER, PASSWORD], env=env))
        access = {"realm": "the vault", "path": str(accounts)}
        return cls(root, auth={"htpasswd": access})

    @classmethod
    def with_tokens(cls, root: Path, tokens: TokenServer) -> "DockerRegistry":
        """Make one that wants tokens from this realm."""
        access = {"realm": tokens.realm, "service": SERVICE, "issuer": ISSUER}
        bundle = {"rootcertbundle": str(tokens.bundle)}
        return cls(root, auth={"token": access | bundle})

    def start(self) -> None:
        """Start it on its port."""
        self._daemon.start(lambda: listens(self.port))

    def stop(self) -> None:
        """Stop it; its port then refuses connections."""
        self._daemon.stop()

    def push(self, layout: Path, name: str, *, tag: str, to: str | None = None) -> None:
        """Copy an image, with all its platforms, from a layout."""
        login = ["--dest-creds", self.login] if self.login else []
        run(
            ["skopeo", "copy", "--quiet", "--all", "--dest-tls-verify=false", *login]
            + [f"oci:{layout}:{tag}", f"docker://{self.host}/{name}:{to or tag}"],
            env=self._env,
        )

    def asked(self, *, since: int = 0) -> Counter[tuple[str, str, int]]:
        """Count requests as (method, path without query, status)."""
        text = self._daemon.text()[since:]
        return Counter(
            (method, path.partition("?")[0], int(status))
            for method, path, status in self.LINE.findall(text)
        )

    def mark(self) -> int:
        """Return a place in the log, to count from."""
        return len(self._daemon.text())

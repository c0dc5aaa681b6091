"""Debian's apt-cacher-ng on loopback, beside which Seawall is looked at."""

from collections.abc import Sequence
from pathlib import Path

from tests.e2e.processes import Daemon, clean_environment, free_port, listens

TEMPLATE = Path(__file__).parents[2] / "bench" / "peers" / "acng.conf"


class AptCacherNg:
    """A running apt-cacher-ng with directories of its own."""

    def __init__(self, root: Path, mirrors: Sequence[str], *, more: str = "") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/sample"
        config = root / "acng"
        config.mkdir(parents=True)
        for folder in ("cache", "log"):
            (root / folder).mkdir()
        text = TEMPLATE.read_text()
        places = " ".join(f"{mirror}/" for mirror in mirrors)
        named = {"ROOT": root, "PORT": self.port, "MIRRORS": places, "MORE": more}
        for name, value in named.items():
            text = text.replace(f"@{name}@", str(value))
        (config / "acng.conf").write_text(text)
        self._daemon = Daemon(
            ["apt-cacher-ng", "-c", config],
            env=clean_environment(root / "home"),
            log=root / "output",
        )

    def start(self) -> None:
        """Start it on its port."""
        self._daemon.start(lambda: listens(self.port))

    def stop(self) -> None:
        """Stop it."""
        self._daemon.stop()

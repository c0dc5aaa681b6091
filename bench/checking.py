"""How long a check of 10,000 files takes, on one process and on two: `bench.checking`.

`python -m bench.checking [--files N]` makes a repository of 5,000 manifests of 3 KB,
500 Dockerfiles and 4,500 other files, and checks it. If hadolint is installed, it is
timed on the Dockerfiles alone.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

_MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  labels: {{app.kubernetes.io/name: web, app.kubernetes.io/part-of: shop}}
spec:
  replicas: 3
  selector:
    matchLabels: {{app: web-{number}}}
  template:
    metadata:
      labels: {{app: web-{number}}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example/shop/web:1.{number}.0
          ports: [{{containerPort: 8080, name: http}}]
          env:
{env}
"""
_ENV = "            - {{name: SETTING_{n}, value: some words of it {n}}}"
_DOCKERFILE = """\
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/app ./cmd/app-{number}
FROM debian:11
RUN apt-get update && apt-get install -y --no-install-recommends \\
      ca-certificates curl \\
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/app /usr/bin/app
"""
_OTHER = (
    "package x\n\n// words of a program\nfunc f() string {{ return {number} }}\n" * 20
)


def make_tree(root: Path, files: int) -> None:
    """Make a repository: half of it manifests, a twentieth Dockerfiles."""
    env = "\n".join(_ENV.format(n=n) for n in range(48))
    for number in range(files):
        share = number * 20 // files
        name, text = f"src/{number % 200}/f{number}.go", _OTHER
        if share < 10:
            name, text = f"apps/{number % 250}/web-{number}.yaml", _MANIFEST
        elif share < 11:
            name, text = f"images/{number}/Dockerfile", _DOCKERFILE
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(number=number, env=env))


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        took_s: How long it ran.
        busy_s: How long it and its processes computed, as far as they were waited for.
        pages_mib: The most that it and its processes had at a time, each page that they
            share counted once, in parts.
    """

    took_s: float
    busy_s: float
    pages_mib: float

    def __str__(self) -> str:
        """Say it in a line."""
        time_s = f"{self.took_s:6.2f} s, {self.busy_s:6.1f} s busy"
        return f"{time_s}, {self.pages_mib:4.0f} MiB"


def measure(*command: str) -> Cost:
    """Run a command, and look at its processes ten times a second."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    while True:
        try:
            process.wait(0.1)
            break
        except subprocess.TimeoutExpired:
            most = max(most, sum(map(_read_pages, _list_family(process.pid))))
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(took, busy, most / 1024)


def _list_family(pid: int) -> list[int]:
    """List a process and all that come from it."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in below for one in _list_family(int(child)))]


def _read_pages(pid: int) -> int:
    """Read how many KiB a process has; of pages that it shares, its part."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:"))


def main() -> None:
    """Make the repository, and print a line for each program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        make_tree(root, files)
        seawall = str(Path(sys.executable).with_name("seawall"))
        empty = root / "empty"
        empty.mkdir()
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        print(f"seawall check --help   {measure(seawall, 'check', '--help')}")
        print(f"of a folder of nothing {measure(seawall, 'check', '-q', str(empty))}")
        check = (seawall, "check", "-q", place)
        print(f"seawall check          {measure(*check)}")
        print(f"on one processor       {measure('taskset', '-c', '0', *check)}")
        hadolint = shutil.which("hadolint")
        if hadolint:
            found = sorted(map(str, root.glob("images/*/Dockerfile")))
            print(f"{len(found)} Dockerfiles:")
            ours = measure(seawall, "check", "-q", str(root / "images"))
            theirs = measure(hadolint, *found)
            print(f"seawall check          {ours}")
            print(f"hadolint               {theirs}")
            print(f"seawall / hadolint     {ours.took_s / theirs.took_s:.2f}")


if __name__ == "__main__":
    main()

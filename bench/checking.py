"""How long a check of 10,000 files takes, on one process and on two: `bench.checking`.

`python -m bench.checking [--files N]` makes a repository of 5,000 manifests of 3 KB,
500 Dockerfiles and 4,500 other files, and checks it. If hadolint is installed, it is
timed on the Dockerfiles alone.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def measure(*command: str) -> str:
    """Run a command; say how long it took, how long it computed, and how large it got.

    Processes of its own are not in it: on one processor, there are none.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{took:6.1f} s, {busy:6.1f} s busy, {after.ru_maxrss // 1024} MiB"


def main() -> None:
    """Make the repository, and print a line for each program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        make_tree(root, files)
        seawall = str(Path(sys.executable).with_name("seawall"))
        print(f"seawall check --help   {measure(seawall, 'check', '--help')}")
        check = (seawall, "check", "-q", place)
        print(f"seawall check          {measure(*check)}")
        print(f"on one processor       {measure('taskset', '-c', '0', *check)}")
        hadolint = shutil.which("hadolint")
        if hadolint:
            found = sorted(map(str, root.glob("images/*/Dockerfile")))
            print(f"hadolint, Dockerfiles  {measure(hadolint, *found)}")


if __name__ == "__main__":
    main()

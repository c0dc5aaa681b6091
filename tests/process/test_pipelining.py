"""Requests sent ahead on one connection: each answer has its own bytes, in order."""

import socket
import time
from typing import BinaryIO

from tests.process.conftest import MakeWall, Wall

from seawall.oci.digest import Digest
from seawall.testing.samples import random_image

LAYERS = 4
LAYER_BYTES = 3 * 1024 * 1024
_WINDOW_BYTES = 16 * 1024


def _read_slowly(wall: Wall, digests: list[Digest]) -> list[bytes]:
    """Ask for everything at once, and take it in through a small window."""
    request = "".join(
        f"GET /v2/up.example/app/blobs/{digest} HTTP/1.1\r\nHost: wall\r\n\r\n"
        for digest in digests
    )
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW_BYTES)
        client.settimeout(30)
        client.connect(("127.0.0.1", wall.seawall.port))
        client.sendall(request.encode())
        time.sleep(0.2)  # until the server can send no more
        with client.makefile("rb") as reader:
            return [_read_body(reader) for _ in digests]


def _read_body(reader: BinaryIO) -> bytes:
    assert reader.readline().startswith(b"HTTP/1.1 200 ")
    length = 0
    while line := reader.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return reader.read(length)


def test_invariant_1_answers_on_one_connection_keep_their_bytes(
    make_wall: MakeWall,
) -> None:
    """A client that asks ahead and reads slowly gets no byte of a later chunk."""
    image = random_image(1, layers=LAYERS, layer_bytes=LAYER_BYTES)
    wall = make_wall(image)
    wall.pull()
    digests = [d for d in image.blobs if len(image.contents[d]) >= LAYER_BYTES]

    bodies = _read_slowly(wall, digests * 2)

    wrong = [
        place
        for place, (digest, body) in enumerate(zip(digests * 2, bodies, strict=True))
        if body != image.contents[digest]
    ]
    assert [] == wrong

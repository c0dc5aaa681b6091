"""What is told of an image that shall take another one's place is true."""

from seawall.app.asking.differences import Portrait, compare
from seawall.oci.descriptor import Platform
from seawall.oci.imageconfig import ImageConfig


def test_images_are_compared_by_how_they_run() -> None:
    """User, what is started, where, ports, variables and platforms."""
    old = ImageConfig(
        "linux", "amd64", cmd=("sh",), ports=("80/tcp",), env_names=("A", "B", "C")
    )
    new = ImageConfig(
        "linux", "amd64", user="65532", entrypoint=("/app", "-v"), env_names=("B",)
    )
    amd, arm = Platform("linux", "amd64"), Platform("linux", "arm64")
    both = frozenset({amd, arm})
    usual = frozenset({amd, Platform("linux", "arm64", "v8")})

    assert [] == list(compare(Portrait(both, old), Portrait(usual, old)))
    assert [
        "user none, then 65532",
        "entrypoint none, then /app -v",
        "command sh, then none",
        "ports 80/tcp, then none",
        "without the variables A, C",
        "no longer for linux/arm64/v8",
    ] == list(compare(Portrait(usual, old), Portrait(frozenset({amd}), new)))

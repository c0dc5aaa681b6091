"""REG005: most images come from one registry."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity
from seawall.policy.options import Mirror, PolicyOptions


def _compose(count: int, registry: str) -> str:
    services = (
        f"  {registry[0]}{n}:\n    image: {registry}/team/s{n}:1\n"
        for n in range(count)
    )
    return "".join(services)


def _file(**counts: int) -> dict[str, str]:
    body = "".join(_compose(n, f"{name}.example") for name, n in counts.items())
    return {"compose.yaml": f"services:\n{body}"}


MUST_FIRE = {
    "more than half": Case(
        _file(one=8, two=4), ("compose.yaml:3",), "more than half do not", Severity.NOTE
    ),
    "nearly all": Case(
        _file(one=20, two=2), ("compose.yaml:3",), "nearly nothing", Severity.WARNING
    ),
}

MUST_NOT_FIRE = {
    "few": Case(_file(one=9)),
    "half and half": Case(_file(one=10, two=10)),
    "a mirror": Case(
        _file(one=20),
        options=PolicyOptions(mirrors=(Mirror("one.example", "mirror.example/one"),)),
    ),
}

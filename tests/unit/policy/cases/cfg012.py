"""CFG012: http together with insecure."""

from tests.unit.policy.casebook import Case

_REGISTRY = '[registry."mirror.example:5000"]\n'

MUST_FIRE = {
    "both": Case(
        {"buildkitd.toml": _REGISTRY + "http = true\ninsecure = true\n"},
        ("buildkitd.toml:3",),
        "mirror.example:5000",
    ),
    "in one line": Case(
        {"buildkitd.toml": '[registry]\n"a.b" = {insecure = true, http = true}\n'},
        ("buildkitd.toml:2",),
    ),
}

MUST_NOT_FIRE = {
    "one of them": Case({"buildkitd.toml": _REGISTRY + "http = true\n"}),
    "one is not": Case(
        {"buildkitd.toml": _REGISTRY + "http = false\ninsecure = true\n"}
    ),
    "two registries": Case(
        {
            "buildkitd.toml": _REGISTRY
            + 'http = true\n[registry."b.example"]\ninsecure = true\n'
        }
    ),
}

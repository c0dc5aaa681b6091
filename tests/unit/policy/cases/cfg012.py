"""CFG012: http together with insecure."""

from tests.unit.policy.casebook import Case

_REGISTRY = '[registry."mirror.example:5000"]\n'

_WORKFLOW = """\
jobs:
  a:
    steps:
      - uses: docker/setup-buildx-action@v3
        with:
          buildkitd-config-inline: |
            [registry."mirror.example:5000"]
              http = {}
              insecure = true
"""

MUST_FIRE = {
    "in a workflow": Case(
        {".github/workflows/a.yml": _WORKFLOW.format("true")},
        (".github/workflows/a.yml:9",),
    ),
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
    "in a workflow that fills it in": Case(
        {".github/workflows/a.yml": _WORKFLOW.format("${{ inputs.plain }}")}
    ),
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

"""CMP002: a service that asks its registry at every start."""

from tests.unit.policy.casebook import Case, Mend

_APP = "services:\n  web:\n    image: {}\n    pull_policy: {}\n"

MUST_FIRE = {
    "always": Case(
        {"compose.yaml": _APP.format("team/web:1", "always")}, ("compose.yaml:4",)
    ),
    "of latest, too": Case(
        {"docker-compose.dev.yml": _APP.format("team/web", '"always"')},
        ("docker-compose.dev.yml:4",),
    ),
}

MUST_NOT_FIRE = {
    "missing": Case({"compose.yaml": _APP.format("team/web:1", "missing")}),
    "a pod": Case(
        {"p.yaml": "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}\n"}
    ),
}

FIXES = {
    "missing": Mend(
        {"compose.yaml": _APP.format("team/web:1", "always # new")},
        {"compose.yaml": _APP.format("team/web:1", "missing # new")},
    ),
    "not where latest shares the word": Mend(
        {
            "compose.yaml": """\
            x-base: &base
              pull_policy: always
            services:
              one:
                <<: *base
                image: quay.io/shop/one:1
              two:
                <<: *base
                image: quay.io/shop/two
            """
        },
        {},
        leaves=2,
    ),
    "not for latest": Mend(
        {"compose.yaml": _APP.format("team/web", "always")}, {}, leaves=1
    ),
}

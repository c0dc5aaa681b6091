"""CFG014: a credential in clear text."""

from tests.unit.policy.casebook import Case

_AUTH = '[plugins."io.containerd.grpc.v1.cri".registry.configs."a.example".auth]\n'

MUST_FIRE = {
    "a header": Case(
        {
            "quay.io/hosts.toml": '[host."https://mirror.example".header]\n'
            'Authorization = ["Basic cm9ib3Q6aHVudGVyMg=="]\n'
        },
        ("quay.io/hosts.toml:1",),
        "Authorization is here",
    ),
    "a password": Case(
        {
            "containerd/config.toml": _AUTH
            + 'username = "robot"\npassword = "hunter2"\n'
        },
        ("containerd/config.toml:1",),
    ),
    "of k3s": Case(
        {
            "registries.yaml": "configs:\n  mirror.example:\n    auth:\n"
            "      username: robot\n      password: hunter2\n"
        },
        ("registries.yaml:3",),
    ),
    "of a login": Case(
        {".docker/config.json": '{"auths": {\n"a.b": {\n"auth": "cm9ib3Q6eA=="}}}'},
        (".docker/config.json:2",),
    ),
}

MUST_NOT_FIRE = {
    "what stands for it": Case(
        {
            "registries.yaml": "configs:\n  mirror.example:\n    auth:\n"
            "      username: robot\n      password: ${MIRROR_PASSWORD}\n"
        }
    ),
    "left out": Case(
        {"containerd/config.toml": _AUTH + 'username = "a"\npassword = "REDACTED"\n'}
    ),
    "who asks for one": Case(
        {".docker/config.json": '{"credHelpers": {"a.example": "pass"}}'}
    ),
}

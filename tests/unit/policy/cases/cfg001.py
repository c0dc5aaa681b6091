"""CFG001: a hosts.toml that containerd cannot use."""

from tests.unit.policy.casebook import Case

_HOST = '[host."https://mirror.example"]\n'

MUST_FIRE = {
    "no TOML": Case(
        {"quay.io/hosts.toml": 'server = "https://quay.io"\ncapabilities = [pull]\n'},
        ("quay.io/hosts.toml:2",),
        "line 2",
    ),
    "a text for the truth": Case(
        {"quay.io/hosts.toml": _HOST + 'skip_verify = "true"\n'},
        ("quay.io/hosts.toml:2",),
        "skip_verify is a string, not a boolean",
    ),
    "a text for a list, and a list of figures": Case(
        {
            "quay.io/hosts.toml": 'capabilities = "pull"\n'
            + _HOST
            + "capabilities = [1]"
        },
        ("quay.io/hosts.toml:1", "quay.io/hosts.toml:3"),
    ),
    "a list of hosts": Case(
        {"_default/hosts.toml": '[[host]]\nurl = "https://mirror.example"\n'},
        ("_default/hosts.toml:1",),
        "host is a list",
    ),
}

MUST_NOT_FIRE = {
    "as it should be": Case(
        {
            "quay.io/hosts.toml": 'server = "https://quay.io"\n'
            + _HOST
            + 'capabilities = ["pull"]\nca = "/a.crt"\nclient = [["/a", "/b"]]\n'
            "override_path = false\nnew_key = 1\n"
        }
    ),
    "another file that is broken": Case({"a/buildkitd.toml": "x = [\n"}),
    "an empty one": Case({"quay.io/hosts.toml": ""}),
}

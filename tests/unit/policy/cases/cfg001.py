"""CFG001: a hosts.toml that containerd cannot use."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity

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
    "no host, for one that needs some": Case(
        {
            "quay.io/hosts.toml": "# For containerd 1.7.28.\n"
            'server = "https://mirror.example/v2/quay"\noverride_path = true\n'
        },
        ("quay.io/hosts.toml:2",),
        "names no [host]",
        severity=Severity.ERROR,
    ),
    "no host, for whom it may concern": Case(
        {"_default/hosts.toml": 'server = "https://mirror.example"\n'},
        ("_default/hosts.toml:1",),
        severity=Severity.WARNING,
    ),
    "no host, and a certificate that is lost": Case(
        {"quay.io/hosts.toml": 'server = "https://quay.io"\nca = "/ca.crt"\n'},
        ("quay.io/hosts.toml:1",),
    ),
    "no host, and no server either": Case(
        {"quay.io/hosts.toml": "skip_verify = true\n"}, ("quay.io/hosts.toml:1",)
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
    "no host, and nothing that is lost": Case(
        {
            "quay.io/hosts.toml": 'server = "https://quay.io"\n',
            "docker.io/hosts.toml": 'server = "https://registry-1.docker.io"\n',
        }
    ),
    "no host, for one that needs none": Case(
        {
            "quay.io/hosts.toml": "# For containerd 2.0.4.\n"
            'server = "https://mirror.example"\n'
        }
    ),
    "another file that is broken": Case({"a/buildkitd.toml": "x = [\n"}),
    "an empty one": Case({"quay.io/hosts.toml": ""}),
}

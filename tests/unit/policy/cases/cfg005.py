"""CFG005: a mirror without a bound on connecting."""

from tests.unit.policy.casebook import Case, Mend

_FILE = "quay.io/hosts.toml"
_HOST = '[host."https://mirror.example"]\n'

MUST_FIRE = {
    "each host": Case(
        {_FILE: _HOST + '[host."https://b.example"]\ncapabilities = ["pull"]\n'},
        (f"{_FILE}:1", f"{_FILE}:2"),
        "30 s",
    ),
    "a containerd that knows it": Case(
        {_FILE: "# for containerd 2.1.0\n" + _HOST}, (f"{_FILE}:2",)
    ),
}

MUST_NOT_FIRE = {
    "there is one": Case({_FILE: _HOST + 'dial_timeout = "200ms"\n'}),
    "a server alone": Case({_FILE: 'server = "https://mirror.example"\n'}),
    "an old containerd": Case({_FILE: "# for containerd 2.0.4\n" + _HOST}),
}

FIXES = {
    "before the first line of its own": Mend(
        {
            _FILE: _HOST + '  capabilities = ["pull"] # all\n'
            '[host."https://b.example"]\r\n\tskip_verify = false\r\n'
        },
        {
            _FILE: _HOST + '  dial_timeout = "1s"\n  capabilities = ["pull"] # all\n'
            '[host."https://b.example"]\r\n\tdial_timeout = "1s"\r\n'
            "\tskip_verify = false\r\n"
        },
    ),
    "not into another table": Mend(
        {
            _FILE: '[host."https://mirror.example".header]\nX-A = "b"\n'
            '[host]\n"https://b.example".capabilities = ["pull"]\n'
        },
        {},
        leaves=2,
    ),
}

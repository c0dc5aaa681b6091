"""CFG013: a header in lower case."""

from tests.unit.policy.casebook import Case, Mend

_FILE = "quay.io/hosts.toml"
_HEADER = '[host."https://mirror.example".header]\n'

MUST_FIRE = {
    "lower case": Case({_FILE: _HEADER + 'authorization = "$A"\n'}, (f"{_FILE}:2",)),
    "upper case": Case(
        {_FILE: '[header]\n"AUTHORIZATION" = ["$A"]\n'},
        (f"{_FILE}:2",),
        "AUTHORIZATION",
    ),
}

MUST_NOT_FIRE = {
    "as containerd has it": Case({_FILE: _HEADER + 'Authorization = "$A"\n'}),
    "another header": Case({_FILE: _HEADER + 'x-team = "a"\n'}),
}

FIXES = {
    "the name": Mend(
        {_FILE: _HEADER + '  authorization = "$A" # token\n'},
        {_FILE: _HEADER + '  Authorization = "$A" # token\n'},
    ),
    "within quotes": Mend(
        {_FILE: "[header]\n'authorization'=['$A']\n"},
        {_FILE: "[header]\n'Authorization'=['$A']\n"},
    ),
}

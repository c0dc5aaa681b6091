"""BLD014: a setting for apt that apt does not know."""

from tests.unit.policy.casebook import Case, Mend

_FILE = "etc/apt/apt.conf.d/80-retries"

MUST_FIRE = {
    "the group of everything else": Case(
        {_FILE: '// tries again\nAPT::Acquire::Retries "10";\n'},
        (f"{_FILE}:2",),
        "write Acquire::Retries",
    ),
    "a group within it": Case(
        {"docker/99retries": 'APT { Acquire {\n  Retries "3"; }; };\n'},
        ("docker/99retries:2",),
    ),
    "another name": Case(
        {"apt.conf": 'Acquire::http::Timeout "20";\nacquire::retry "3";\n'},
        ("apt.conf:2",),
    ),
}

MUST_NOT_FIRE = {
    "what apt knows": Case(
        {
            _FILE: '#clear DPkg::Post-Invoke;\nAcquire::Retries "5";\n'
            'Acquire { http::Timeout "20"; https { Timeout "20" }; };\n'
            'APT::Update::Error-Mode "any"; /* APT::Acquire::Retries "5"; */\n'
        }
    ),
    "a file that speaks of it": Case(
        {"notes/retries": "Do not write APT::Acquire::Retries.\n"}
    ),
}

FIXES = {
    "the prefix goes": Mend(
        {_FILE: 'APT::Acquire::Retries "10"; # often\n'},
        {_FILE: 'Acquire::Retries "10"; # often\n'},
    ),
    "the name is put right": Mend(
        {"apt.conf": "Acquire::Retry 3;\r\n"},
        {"apt.conf": "Acquire::Retries 3;\r\n"},
    ),
}

"""BLD004: a loop of tries that succeeds when all of them failed."""

from tests.unit.policy.casebook import Case, Mend

_BAD = (
    "FROM debian:12\nRUN for i in 1 2 3; do apt-get update && break || sleep 5; done\n"
)
_SEMI = (
    "FROM debian:12\nRUN for n in 1 2 3 4; do apt-get update && break; sleep 5; done\n"
)

MUST_FIRE = {
    "or sleep": Case({"Dockerfile": _BAD}, ("Dockerfile:2",), "none of its tries"),
    "then sleep": Case({"Dockerfile": _SEMI}, ("Dockerfile:2",)),
    "over lines": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN for i in 1 2 3; do \\\n"
            "    apt-get update && break || sleep 5; \\\n  done && apt-get install"
            " -y curl\n"
        },
        ("Dockerfile:2",),
    ),
}

MUST_NOT_FIRE = {
    "it leaves": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN for i in 1 2 3; do apt-get update &&"
            " break;"
            ' [ "$i" = 3 ] && exit 1; sleep 5; done\n'
        }
    ),
    "another way": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN for i in 1 2 3; do apt-get update &&"
            " break"
            " || { [ $i -lt 3 ] && sleep 5 || exit 1; }; done\n"
        }
    ),
    "looked at later": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN for i in 1 2 3; do get && break ||"
            " sleep 5;"
            " done; [ -e /tmp/x ]\n"
        }
    ),
    "no tries": Case(
        {"Dockerfile": "FROM debian:12\nRUN for i in a b; do rm $i; done\n"}
    ),
}

FIXES = {
    "or sleep": Mend(
        {"Dockerfile": _BAD},
        {
            "Dockerfile": "FROM debian:12\nRUN for i in 1 2 3; do apt-get update &&"
            " break;"
            ' [ "$i" = 3 ] && exit 1; sleep 5; done\n'
        },
    ),
    "then sleep": Mend(
        {"Dockerfile": _SEMI},
        {
            "Dockerfile": "FROM debian:12\nRUN for n in 1 2 3 4; do apt-get update"
            " && break;"
            ' [ "$n" = 4 ] && exit 1; sleep 5; done\n'
        },
    ),
}

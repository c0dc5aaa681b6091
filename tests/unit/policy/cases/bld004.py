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

_SCRIPT = """\
FROM debian:12
RUN <<EOF
for i in $(seq 1 5); do
  apt-get update && break
  sleep 5
done
EOF
"""
_LINES = """\
FROM debian:12
RUN for i in {1..4}; \\
    do \\
      # a remark
      apt-get update && break || sleep 15; \\
    done; \\
    apt-get install -y curl
"""
_IF = "FROM debian:12\nRUN for i in 1 2; do if get; then break; fi; sleep 5; done\n"
_BLOCK = (
    "FROM debian:12\nRUN for i in 1 2; do get && break || { echo no; sleep 5; }; done\n"
)
MUST_FIRE |= {
    "a script": Case({"Dockerfile": _SCRIPT}, ("Dockerfile:3",)),
    "a range, with a remark between": Case({"Dockerfile": _LINES}, ("Dockerfile:2",)),
    "an if": Case({"Dockerfile": _IF}, ("Dockerfile:2",)),
    "a block": Case({"Dockerfile": _BLOCK}, ("Dockerfile:2",)),
}

MUST_NOT_FIRE = {
    "its status is kept": Case(
        {
            "Dockerfile": "FROM debian:12\nRUN for i in 1 2; do get && s=0 && break ||"
            " s=$? && sleep 5; done; (exit $s)\n"
        }
    ),
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

_QUOTED = "for i in 1 2; do get && break || sleep 5; done"
FIXES = {
    "not within quotes": Mend(
        {
            "Dockerfile": f'FROM debian:12\nRUN ["/bin/sh", "-c", "{_QUOTED}"]\n'
            f'RUN bash -c "{_QUOTED}"\n'
        },
        {},
        leaves=2,
    ),
    "a script": Mend(
        {"Dockerfile": _SCRIPT},
        {"Dockerfile": _SCRIPT.replace("done", '[ "$i" = 5 ] && exit 1; done')},
    ),
    "a range, with a remark between": Mend(
        {"Dockerfile": _LINES},
        {"Dockerfile": _LINES.replace("done", '[ "$i" = 4 ] && exit 1; done')},
    ),
    "an if": Mend(
        {"Dockerfile": _IF},
        {"Dockerfile": _IF.replace("done", '[ "$i" = 2 ] && exit 1; done')},
    ),
    "a block": Mend(
        {"Dockerfile": _BLOCK},
        {"Dockerfile": _BLOCK.replace(" || ", '; [ "$i" = 2 ] && exit 1; ')},
    ),
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

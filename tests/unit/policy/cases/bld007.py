"""BLD007: an index of packages that may be missing without anybody noticing."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.mending.aptsettings import LINE

_USE = "RUN apt-get update && apt-get install -y curl\n"

MUST_FIRE = {
    "an update": Case(
        {"Dockerfile": f"FROM debian:12\n{_USE}"}, ("Dockerfile:2",), "index"
    ),
    "with retries alone": Case(
        {
            "Dockerfile": "FROM debian:12\n"
            "RUN apt-get -o Acquire::Retries=5 update && apt-get install -y curl\n"
        },
        ("Dockerfile:2",),
    ),
    "with an apt that cannot be told": Case(
        {"Dockerfile": f"FROM ubuntu:20.04\n{_USE}"}, ("Dockerfile:2",), "cannot"
    ),
    "once for each stage": Case(
        {"Dockerfile": f"FROM debian:12 AS a\n{_USE}{_USE}FROM debian:12\n{_USE}"},
        ("Dockerfile:2", "Dockerfile:5"),
    ),
}

MUST_NOT_FIRE = {
    "configured": Case({"Dockerfile": f"FROM debian:12\n{LINE}\n{_USE}"}),
    "configured by the stage before": Case(
        {"Dockerfile": f"FROM debian:12 AS base\n{LINE}\nFROM base\n{_USE}"}
    ),
    "by a file": Case(
        {"Dockerfile": f"FROM debian:12\nCOPY a.conf /etc/apt/apt.conf.d/\n{_USE}"}
    ),
    "on the command line": Case(
        {"Dockerfile": "FROM debian:12\nRUN apt-get update --error-on=any\n"}
    ),
    "on the command line, in short": Case(
        {"Dockerfile": "FROM debian:12\nRUN apt-get -qq -eany update\n"}
    ),
    "no update": Case({"Dockerfile": "FROM debian:12\nRUN apt-get clean\n"}),
}

FIXES = {
    "before the first update": Mend(
        {"Dockerfile": f"FROM debian:12\n{_USE}"},
        {"Dockerfile": f"FROM debian:12\n{LINE}\n{_USE}"},
    ),
    "not where apt would pass over it": Mend(
        {"Dockerfile": f"FROM python:3.9-buster\n{_USE}"}, {}, leaves=1
    ),
    "not where the base's name says it without a tag": Mend(
        {"Dockerfile": f"FROM gcr.io/shop/debian9 AS build\n{_USE}"}, {}, leaves=1
    ),
    "not where a source is added for an old one": Mend(
        {
            "Dockerfile": f"FROM gcr.io/shop/runner:0.1.2\n{_USE}RUN echo"
            ' "deb http://deb.example/tool stretch/tool main" >'
            " /etc/apt/sources.list.d/tool.list\n"
        },
        {},
        leaves=1,
    ),
    "not as somebody else": Mend(
        {"Dockerfile": "FROM debian:12\nUSER app\nRUN sudo apt-get update\n"},
        {},
        leaves=1,
    ),
}

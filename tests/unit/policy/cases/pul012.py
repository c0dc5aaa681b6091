"""PUL012: a token of some hours, stored as a pull secret that nobody renews."""

from tests.unit.policy.casebook import Case

_LINE = "kubectl create secret docker-registry pull --docker-password={}\n"


def _script(word: str) -> dict[str, str]:
    return {"setup.sh": "#!/bin/sh\n" + _LINE.format(word)}


MUST_FIRE = {
    "AWS": Case(
        _script('"$(aws ecr get-login-password --region eu-west-1)"'),
        ("setup.sh:2",),
        "after 12 hours",
    ),
    "by a variable": Case(
        {
            "setup.sh": "TOKEN=$(aws ecr get-login-password)\n"
            "kubectl create secret docker-registry pull --docker-username=AWS \\\n"
            '  --docker-password="${TOKEN}"\n'
        },
        ("setup.sh:2",),
        "after 12 hours",
    ),
    "Google": Case(
        _script('"$(gcloud auth print-access-token)"'), ("setup.sh:2",), "1 hour"
    ),
}

MUST_NOT_FIRE = {
    "another variable": Case(
        {
            "setup.sh": "TOKEN=$(aws ecr get-login-password)\nROBOT=$(cat robot)\n"
            "kubectl create secret docker-registry pull --docker-password=$ROBOT\n"
        }
    ),
    "a robot's password": Case(_script('"$ROBOT_PASSWORD"')),
    "a login": Case(
        {"setup.sh": "aws ecr get-login-password | docker login --password-stdin x\n"}
    ),
}

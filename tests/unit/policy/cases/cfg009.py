"""CFG009: a prefix that an official image never has."""

from tests.unit.policy.casebook import Case, Mend

_FILE = "registries.conf.d/10-mirrors.conf"

MUST_FIRE = {
    "a prefix": Case(
        {_FILE: '[[registry]]\nprefix = "docker.io/alpine"\n'}, (f"{_FILE}:2",)
    ),
    "a place": Case(
        {_FILE: '[[registry]]\nlocation = "docker.io/nginx"\n'},
        (f"{_FILE}:2",),
        "docker.io/library/nginx",
    ),
}

MUST_NOT_FIRE = {
    "in full": Case({_FILE: '[[registry]]\nprefix = "docker.io/library/alpine"\n'}),
    "somebody's images": Case({_FILE: '[[registry]]\nprefix = "docker.io/team"\n'}),
    "a place behind a prefix": Case(
        {
            _FILE: '[[registry]]\nprefix = "docker.io/library/alpine"\n'
            'location = "docker.io/alpine"\n'
        }
    ),
}

FIXES = {
    "the prefix": Mend(
        {
            _FILE: "[[registry]]\nprefix='docker.io/alpine'\n"
            'location = "mirror.example/alpine"\n'
        },
        {
            _FILE: "[[registry]]\nprefix='docker.io/library/alpine'\n"
            'location = "mirror.example/alpine"\n'
        },
    ),
    "the place with it": Mend(
        {
            _FILE: '[[registry]]\nprefix = "docker.io/redis"\n'
            'location = "docker.io/redis" # here\n'
        },
        {
            _FILE: '[[registry]]\nprefix = "docker.io/library/redis"\n'
            'location = "docker.io/library/redis" # here\n'
        },
    ),
}

"""An inline configuration is read at its place, and told of if it is broken."""

import pytest
from tests.unit.policy.casebook import gather

from seawall.policy.facts.configs import ClientConfig
from seawall.policy.facts.troubles import Trouble

STEP = "on: push\njobs: {a: {steps: [{uses: docker/setup-buildx-action@v3, with: %s}]}}"


@pytest.mark.parametrize("name", ["buildkitd-config-inline", "config-inline"])
def test_each_word_stands_where_it_is_said(name: str) -> None:
    """Keys and values have places in the workflow, under both names of the input."""
    data = (STEP % f'{{{name}: \'registry."a.b".mirrors = ["c.d"]\'}}').encode()
    repository = gather({".github/workflows/a.yml": data})

    (config,) = repository.all(ClientConfig)
    mirrors = config.tree.get("registry", "a.b", "mirrors")
    assert mirrors is not None
    word = mirrors.items[0].word
    assert word is not None
    assert b"c.d" == data[word.start : word.stop]


def test_what_is_broken_is_told() -> None:
    """No configuration, and a trouble at the value."""
    data = (STEP % "{config-inline: 'a = ['}").encode()
    repository = gather({".github/workflows/a.yml": data})

    assert [] == list(repository.all(ClientConfig))
    (trouble,) = repository.all(Trouble)
    assert b"'a = ['" == data[trouble.start : trouble.stop]

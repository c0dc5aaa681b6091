"""What files are for: production, tests, pipelines, examples."""

import re
from collections.abc import Iterable
from fnmatch import translate

from seawall.policy.finding import Context
from seawall.policy.options import ContextPattern, matches

_FOLDERS = (
    (Context.CI, ".github .circleci .woodpecker .ci .gitlab .buildkite .tekton"),
    (
        Context.TEST,
        "test tests testing testdata testfile* test-* test_* *-test *-tests",
    ),
    (Context.TEST, "*_test *_tests __tests__ fixtures e2e spec specs integration"),
    (Context.CI, "ci hack"),
    (Context.EXAMPLE, "example examples sample samples demo demos playground"),
    (Context.EXAMPLE, "doc docs documentation tutorial tutorials getting-started"),
    (Context.EXAMPLE, "quickstart quickstarts"),
)
"""The first that a path goes through counts: `ci/e2e/pod.yaml` is a test's."""
_NAMES = {
    Context.CI: ".gitlab-ci* *.gitlab-ci.yml .drone.y* .woodpecker.y* Jenkinsfile*"
    " azure-pipelines* .travis.yml",
    Context.TEST: "*_test.go test_*.py *_test.py conftest.py *.spec.[jt]s *.test.[jt]s"
    " *.spec.[jt]sx *.test.[jt]sx *.bats ci/*values.yaml ci/*values.yml",
}


def _join(patterns: Iterable[str]) -> re.Pattern[str]:
    """Make one expression that finds whatever is called so, below any folder."""
    return re.compile(f"/(?:{'|'.join(map(translate, patterns))})")


_PATTERNS = [
    *((context, _join(words.split())) for context, words in _NAMES.items()),
    *(
        (context, _join(f"{word}/*" for word in words.split()))
        for context, words in _FOLDERS
    ),
]
"""What a file is for, by the first that finds its path."""

_COMPARED = re.compile(
    r"(?:^|/)(?:test[-_]?(?:data|files?|cases?)\b[^/]*|test/resources"
    r"|_*(?:fixtures|snapshots?|baselines?|goldens?)_*)/|\.golden\b",
    re.IGNORECASE,
)


_ASSERTS = re.compile(
    r"(?:^|[/_.\d-])(?:asserts?|errors?|expect(?:ed|ation)?|patched|mutated|want)"
    r"(?:[_.-][^/]*)?\.(?:ya?ml|json)$|/(?:patched|expected)[^/]*$",
    re.IGNORECASE,
)


def find_test_data(path: str) -> str:
    """Find the folder of test data that a file is in; empty if it is in none.

    >>> find_test_data("pkg/x/testdata/a/pod.yaml"), find_test_data("tests/pod.yaml")
    ('pkg/x/testdata/', '')
    """
    found = _COMPARED.search(path)
    return path[: path.rfind("/", 0, found.end()) + 1] if found else ""


def is_test_data(path: str) -> bool:
    """Whether a file is what programs are tested with: they may expect its words.

    >>> is_test_data("controller/testdata/pod.yaml"), is_test_data("tests/pod.yaml")
    (True, False)
    >>> is_test_data("tests/01-assert.yaml"), is_test_data("web/01-errors.yaml")
    (True, False)
    >>> is_test_data("src/test/resources/pod.yaml"), is_test_data("a/testfiles/a.sh")
    (True, True)
    """
    if _COMPARED.search(path) is not None:
        return True
    return _ASSERTS.search(path) is not None and _is_tests(path)


_PROGRAM = re.compile(r"\.(?:py|go|[cm]?[jt]sx?|sh|bash|bats)$", re.IGNORECASE)


def is_test_program(path: str) -> bool:
    """Whether a file is a program or a script that tests: it asserts what words are.

    >>> is_test_program("pkg/pod_test.go"), is_test_program("tests/pod.yaml")
    (True, False)
    """
    return _PROGRAM.search(path) is not None and _is_tests(path)


def _is_tests(path: str) -> bool:
    tests = (pattern for context, pattern in _PATTERNS if context is Context.TEST)
    return any(pattern.search(f"/{path}") for pattern in tests)


class Contexts:
    """What files are for: by the settings, else by their paths.

    Args:
        patterns: What settings say; the first that matches counts.
    """

    def __init__(self, patterns: tuple[ContextPattern, ...] = ()) -> None:
        self._patterns = patterns
        self._known: dict[str, Context] = {}

    def of(self, path: str) -> Context:
        """Say what a file is for.

        >>> Contexts().of("deploy/web.yaml").value, Contexts().of("tests/a.yaml").value
        ('prod', 'test')
        """
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, path: str) -> Context:
        for one in self._patterns:
            if matches(one.pattern, path):
                return one.context
        found = (c for c, pattern in _PATTERNS if pattern.search(f"/{path}"))
        return next(found, Context.PROD)

"""Guards of what checks and fixes promise, as rows of `tests.guards`."""

_HERE = "unit/policy"

GUARDS = (
    (
        "policy: a changed file is let be",
        "policy/writing.py",
        "if place.read_bytes() != old:",
        "if False:",
        f"{_HERE}/checking/test_fixing.py -k left_alone",
    ),
    (
        "policy: no link leads out of the tree",
        "policy/writing.py",
        "if place.resolve() != place:",
        "if False:",
        f"{_HERE}/checking/test_fixing.py -k left_alone",
    ),
    (
        "policy: a fix makes nothing worse",
        "policy/checking/fixing.py",
        "if not worse:",
        "if True:",
        f"{_HERE}/checking/test_fixing.py -k worse",
    ),
    (
        "policy: an account's secrets stay",
        "policy/rules/pulls/unequal_secrets.py",
        "edits = add_secrets(workload, [*sorted(own.names), *wanted])",
        "edits = add_secrets(workload, wanted)",
        f"{_HERE}/test_cases.py -k PUL002",
    ),
    (
        "policy: values are bounded",
        "policy/reading/yamlmarks.py",
        "if self.count > self._limits.nodes:",
        "if False:",
        f"{_HERE}/reading/test_yamlmarks.py -k not_read",
    ),
    (
        "policy: a broken document is not half there",
        "policy/reading/yamlmarks.py",
        "self._root = None if empty else node",
        "self.roots.append(node)",
        f"{_HERE}/reading/test_yamlmarks.py -k broken_document",
    ),
    (
        "policy: nobody waits for a pipe",
        "policy/checking/filebytes.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC",
        "os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC",
        f"{_HERE}/checking/test_workers.py -k cannot_be_read",
    ),
    (
        "policy: a file that hangs is given up",
        "policy/checking/workers.py",
        "return bool(worker.asked) and time.monotonic() > worker.until",
        "return False",
        f"{_HERE}/checking/test_workers.py -k hangs --timeout=30",
    ),
    (
        "policy: values of include are not mixed",
        "policy/reading/pipelines/expressions.py",
        "if unknown or torn:",
        "if unknown:",
        f"{_HERE}/test_cases.py -k CI001",
    ),
    (
        "policy: a sign-in elsewhere is none at Docker Hub",
        "policy/rules/pipelines/late_login.py",
        "if registry == DOCKER_HUB]",
        "]",
        f"{_HERE}/test_cases.py -k CI003",
    ),
    (
        "policy: the repository takes nothing back",
        "settings/policies.py",
        "merged = {**theirs, **ours}",
        "merged = {**ours, **theirs}",
        "unit/settings/test_policies.py -k takes_nothing_back",
    ),
)

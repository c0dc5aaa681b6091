"""Guards of readers, as rows of `tests.guards`."""

_HERE = "unit/policy"

GUARDS = (
    (
        "policy: no name leads out of a packed chart",
        "policy/reading/charts/packed.py",
        "if _leads_out(name):",
        "if False:",
        f"{_HERE}/reading/test_packed.py -k leads_out",
    ),
    (
        "policy: values are bounded",
        "policy/reading/yamlevents.py",
        "if self.count > most:",
        "if False:",
        f"{_HERE}/reading/test_yamlmarks.py -k not_read",
    ),
    (
        "policy: a broken document is not half there",
        "policy/reading/yamlevents.py",
        "opened.append((node, items))",
        "opened.append((node, items)), self.roots.append(node)",
        f"{_HERE}/reading/test_yamlmarks.py -k broken_document",
    ),
    (
        "policy: values of include are not mixed",
        "policy/reading/pipelines/expressions.py",
        "if not all(choices) or torn:",
        "if not all(choices):",
        f"{_HERE}/test_cases.py -k CI001",
    ),
    (
        "policy: templates that compute lines tell no pods",
        "policy/reading/templates.py",
        "if isinstance(fact, Workload) and blanked.is_computed:",
        "if False:",
        f"{_HERE}/reading/test_templates.py -k alone",
    ),
    (
        "policy: places that nobody knows are no places",
        "policy/reading/configs/treevalues.py",
        "if _words(found) == _words(place(spelt, 0, 0)):",
        "if True:",
        f"{_HERE}/reading/test_tomlmarks.py -k not_what_it_seems",
    ),
    (
        "policy: a default of another stage is let be",
        "policy/reading/builds/dockerfile.py",
        "stage = None if role is Role.FROM else self._stages[-1]",
        "stage = self._stages[-1] if self._stages else None",
        f"{_HERE}/reading/test_dockerfile.py -k default_is_edited",
    ),
    (
        "policy: a heredoc without an end hides nothing",
        "policy/reading/builds/dockerlines.py",
        "if end is None:",
        "end = len(data) if end is None else end\n        if False:",
        f"{_HERE}/reading/test_dockerfile.py -k no_heredoc",
    ),
    (
        "policy: a script without an ending is one by its first bytes alone",
        "policy/reading/formats.py",
        "if not found and is_script(path, head):",
        "if not found and may_be_script(path):",
        f"{_HERE}/reading/test_formats.py -k without_an_ending",
    ),
    (
        "policy: a byte order mark hides nothing",
        "policy/reading/formats.py",
        "plain = source.plain",
        "plain = source.data",
        f"{_HERE}/reading/test_formats.py",
    ),
)

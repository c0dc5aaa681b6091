"""Every rule finds what it must, is silent where it must be, and mends what it can."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from tests.unit.policy.casebook import Case, Mend, encode, find, mend

from seawall.kit.redact import REDACTED, redact_text
from seawall.policy.rule import Rule
from seawall.policy.rulebook import find_rule, list_rules

HERE = Path(__file__).parent
IDS = sorted(path.stem.upper() for path in (HERE / "cases").glob("*.py"))
RULES = [entry.rule for entry in list_rules()]


def _cases(rule: str) -> ModuleType:
    return importlib.import_module(f"tests.unit.policy.cases.{rule.lower()}")


def _list(name: str) -> list[object]:
    return [
        pytest.param(rule, case, id=f"{rule}-{label}")
        for rule in IDS
        for label, case in getattr(_cases(rule), name, {}).items()
    ]


def test_every_rule_has_cases() -> None:
    """No rule is without files that it finds, files it does not, and mended ones."""
    assert [rule.id for rule in RULES] == IDS
    for rule in RULES:
        cases = _cases(rule.id)

        assert len(cases.MUST_FIRE) >= 2, rule.id
        assert len(cases.MUST_NOT_FIRE) >= 2, rule.id
        assert bool(rule.fixes) == bool(getattr(cases, "FIXES", {})), rule.id


@pytest.mark.parametrize(("rule", "case"), _list("MUST_FIRE"))
def test_it_fires(rule: str, case: Case) -> None:
    """What is wrong is found, where it is."""
    found = find(rule, encode(case.files), case.options)

    assert list(case.at) == [f"{one.place.path}:{one.place.line}" for one in found]
    assert case.says in "\n".join(one.message for one in found)
    if case.severity is not None:
        assert case.severity is found[0].severity


@pytest.mark.parametrize(("rule", "case"), _list("MUST_FIRE"))
def test_its_own_words_are_told(rule: str, case: Case) -> None:
    """No rule says `secret: …`: what follows such a word is taken out as one."""
    found = find(rule, encode(case.files), case.options)

    if REDACTED not in case.says:
        assert [] == [one.message for one in found if REDACTED in one.message]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_its_page_is_told(rule: Rule) -> None:
    """Nor does its page say such a thing, or the reason of a fix."""
    cases = _cases(rule.id)
    tried = [(case.files, case.options) for case in cases.MUST_FIRE.values()]
    fixes = getattr(cases, "FIXES", {}).values()
    tried += [(mended.before, mended.options) for mended in fixes]
    found = [
        one for files, options in tried for one in find(rule.id, encode(files), options)
    ]
    texts = {rule.title, rule.what, rule.why, rule.remedy}
    texts |= {one.fix.reason for one in found if one.fix}

    kept = [(text, text.count(REDACTED)) for text in texts]
    assert kept == [(text, redact_text(text).count(REDACTED)) for text in texts]


@pytest.mark.parametrize(("rule", "case"), _list("MUST_NOT_FIRE"))
def test_it_is_silent(rule: str, case: Case) -> None:
    """What is right, or of no concern, is let be."""
    assert [] == [one.message for one in find(rule, encode(case.files), case.options)]


@pytest.mark.parametrize(("rule", "case"), _list("FIXES"))
def test_it_mends(rule: str, case: Mend) -> None:
    """A fix changes what it should and not a byte more, and there is nothing left."""
    after = encode({**case.before, **case.after})

    assert after == mend(rule, case)
    left = find(rule, after, case.options)
    assert case.leaves == len(left)
    assert [] == [one.fix for one in left if one.fix and one.fix.kind is case.kind]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_its_example_is_true(rule: object) -> None:
    """The page's example of what is wrong is found, and the better one is not."""
    entry = next(entry for entry in list_rules() if entry.rule is rule)
    one = entry.rule
    options = getattr(_cases(one.id), "EXAMPLE_OPTIONS", None)
    beside = encode(getattr(_cases(one.id), "EXAMPLE_FILES", {}))

    assert find(one.id, {**beside, one.sample: one.bad.encode()}, options)
    assert [] == find(one.id, {**beside, one.sample: one.good.encode()}, options)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_its_fixes_are_of_the_kinds_it_names(rule: object) -> None:
    """What a rule says of its fixes is what its findings have."""
    entry = next(entry for entry in list_rules() if entry.rule is rule)
    cases = _cases(entry.rule.id)
    tried = [(case.files, case.options) for case in cases.MUST_FIRE.values()]
    fixes = getattr(cases, "FIXES", {}).values()
    tried += [(mended.before, mended.options) for mended in fixes]
    kinds = {
        one.fix.kind
        for files, options in tried
        for one in find(entry.rule.id, encode(files), options)
        if one.fix
    }

    assert set(entry.rule.fixes) == kinds


def test_a_rule_is_found_in_any_case() -> None:
    """People type ids as they like."""
    entry = find_rule("img002")

    assert entry is not None
    assert "IMG002" == entry.rule.id
    assert find_rule("IMG999") is None

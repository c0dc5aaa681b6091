"""CI009: charts and manifests that a test fetches from elsewhere."""

from collections.abc import Iterator

from seawall.policy.examples import SCRIPT
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CI009",
    title="Charts or manifests fetched while testing",
    severity=Severity.NOTE,
    what="`helm repo add`, `helm install` of an URL or `oci://` chart, and"
    " `kubectl apply -f https://…` in a script or a pipeline.",
    why="One more server has to be up for each run, and what it gives, with all the"
    " images that it names, may change between two runs.",
    remedy="Keep a copy of the chart or manifest beside the test, at a named version.",
    bad=SCRIPT.format("kubectl apply -f https://raw.example/team/app/main/deploy.yaml"),
    good=SCRIPT.format("kubectl apply -f deploy.yaml"),
    sample="deploy.sh",
)

_SO = " in each run, which fails or changes with it: keep a copy at a version"
_APPLIES = {"apply", "create", "replace"}
_HELM = {"install", "upgrade", "template", "pull"}


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find charts and manifests from elsewhere."""
    del repository, options
    if command.setting not in (Setting.PIPELINE, Setting.SCRIPT):
        return
    verbs = command.operands
    source = _find_source(command)
    if command.program in ("kubectl", "oc") and set(verbs[:2]) & _APPLIES and source:
        said = f"{command.program} {verbs[0]} fetches {source}{_SO}"
        yield RULE.finding(command, said, subject=source)
    elif command.program == "helm" and verbs[:2] == ("repo", "add"):
        name = next((word for word in verbs[2:] if "://" in word), verbs[-1])
        said = f"helm repo add needs {name}{_SO}"
        yield RULE.finding(command, said, subject=name)
    elif command.program == "helm" and verbs[:1] and verbs[0] in _HELM and source:
        said = f"helm {verbs[0]} fetches {source}{_SO}"
        yield RULE.finding(command, said, subject=source)


def _find_source(command: Command) -> str:
    """Find a URL among its words that is not this machine's own."""
    for word in command.arguments:
        text = word.partition("=")[2] if word.startswith("-") else word
        if text.startswith(("github.com/", "git@")):
            return text  # as `kubectl apply -k` takes it
        if text.startswith(("https://", "http://", "oci://")):
            local = ("localhost", "127.", "$")
            if not text.partition("://")[2].startswith(local):
                return text
    return ""

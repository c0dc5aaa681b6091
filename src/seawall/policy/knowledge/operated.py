"""Custom resources: those that become pods, and those whose pods are patterns."""

from collections.abc import Collection
from enum import Enum
from functools import lru_cache

SECRET_FIELDS = {
    "Alertmanager": "spec.imagePullSecrets",
    "ClusterWorkflowTemplate": "spec.imagePullSecrets",
    "Cluster": "spec.imagePullSecrets",
    "CronWorkflow": "spec.workflowSpec.imagePullSecrets",
    "EventSource": "spec.template.imagePullSecrets",
    "PipelineRun": "spec.taskRunTemplate.podTemplate.imagePullSecrets",
    "Prometheus": "spec.imagePullSecrets",
    "PrometheusAgent": "spec.imagePullSecrets",
    "ScheduledSparkApplication": "spec.template.imagePullSecrets",
    "Sensor": "spec.template.imagePullSecrets",
    "SparkApplication": "spec.imagePullSecrets",
    "TaskRun": "spec.podTemplate.imagePullSecrets",
    "ThanosRuler": "spec.imagePullSecrets",
    "Workflow": "spec.imagePullSecrets",
    "WorkflowTemplate": "spec.imagePullSecrets",
}
"""By kind; CloudNativePG's `Cluster` is the only one of that name with an image."""

_ENGINES = ("kyverno.io", "gatekeeper.sh", "policies.kubewarden.io")
"""Groups of policies, with all groups below them: https://kyverno.io/docs/policy-types/,
https://open-policy-agent.github.io/gatekeeper/website/docs/howto/,
https://docs.kubewarden.io/reference/CRDs"""
_RUNNERS = ("chainsaw.kyverno.io", "kuttl.dev")
"""Groups of test runners, which apply some objects and compare others:
https://kyverno.github.io/chainsaw/latest/operations/, https://kuttl.dev/docs/"""
_SERVES = {"PolicyServer"}
"""Kinds of such groups that make pods of their own."""
_ADDED = frozenset({"mutate", "assign"})
"""What policies add to pods stands below these keys."""
_MADE = "generate"
"""What policies make stands below this key; all else is compared."""
_COMPARED = frozenset({"assert", "error", "expect", "match"})
"""What test runners compare stands below these keys."""


class Said(Enum):
    """What a part of an object says of pods."""

    WHOLE = "what a pod is"
    ADDED = "what becomes a part of pods"
    PATTERN = "what pods are compared with"


@lru_cache(maxsize=1024)
def is_policy(api: str, kind: str) -> bool:
    """Whether an object is a policy: what it says of pods is no pod.

    >>> is_policy("kyverno.io/v1", "ClusterPolicy")
    True
    >>> is_policy("chainsaw.kyverno.io/v1alpha1", "Test"), is_policy("v1", "Pod")
    (False, False)
    """
    return _is_of(api, _ENGINES) and not is_test_run(api) and kind not in _SERVES


@lru_cache(maxsize=1024)
def is_test_run(api: str) -> bool:
    """Whether an object tells a test runner what to apply, and what to compare.

    >>> is_test_run("chainsaw.kyverno.io/v1alpha1"), is_test_run("kyverno.io/v1")
    (True, False)
    """
    return _is_of(api, _RUNNERS)


def find_said(api: str, kind: str, keys: Collection[str]) -> Said:
    """Find out what a part of an object says of pods.

    Args:
        api: The object's `apiVersion`.
        kind: Its kind.
        keys: The keys that it stands below, from the outermost one on.
    """
    if is_test_run(api):
        return Said.WHOLE if _COMPARED.isdisjoint(keys) else Said.PATTERN
    if not is_policy(api, kind) or _MADE in keys:
        return Said.WHOLE
    return Said.PATTERN if _ADDED.isdisjoint(keys) else Said.ADDED


def _is_of(api: str, groups: Collection[str]) -> bool:
    group, slash, _ = api.partition("/")
    return bool(slash) and any(
        group == one or group.endswith(f".{one}") for one in groups
    )

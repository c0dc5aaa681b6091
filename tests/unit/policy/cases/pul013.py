"""PUL013: code that puts its own pull secrets in the place of those that are there."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind

_GO = """\
package inject

func addSecrets(pod *corev1.Pod, secrets []corev1.LocalObjectReference) {
\t%s
}
"""
_TS = """\
export function addUtil(target: Workload, provider: Provider) {
  const podSpec = target.spec.template.spec
  %s
}
"""
_PY = """\
def add_secrets(job, names):
    secrets = [{"name": name} for name in names]
    %s
"""


def _go(line: str) -> dict[str, str]:
    return {"inject.go": _GO % line}


def _ts(line: str) -> dict[str, str]:
    return {"util.ts": _TS % line}


def _py(line: str) -> dict[str, str]:
    return {"jobs.py": _PY % line}


MUST_FIRE = {
    "a pod that somebody hands over": Case(
        _go("pod.Spec.ImagePullSecrets = secrets"),
        ("inject.go:4",),
        "pod.Spec.ImagePullSecrets is overwritten",
    ),
    "a part of somebody's workload": Case(
        _ts("podSpec!.imagePullSecrets = provider.secrets"), ("util.ts:3",)
    ),
    "a pod that gets one more container": Case(
        {
            "inject.go": _GO % "spec := &pod.Spec\n"
            "\tspec.Containers = append(spec.Containers, sidecar)\n"
            "\tspec.ImagePullSecrets = secrets",
            "util.ts": _TS % "podSpec.containers = [...podSpec.containers, sidecar]\n"
            "  podSpec.imagePullSecrets = provider.secrets",
        },
        ("inject.go:6", "util.ts:4"),
    ),
    "a condition about something else": Case(
        _ts(
            "if (provider.config.imagePullSecrets.length > 0) {"
            " podSpec.imagePullSecrets = provider.config.imagePullSecrets }"
        ),
        ("util.ts:3",),
    ),
    "a copy of somebody's": Case(
        {
            "util.ts": _TS.replace("target.spec", "cloneDeep(target).spec")
            % "podSpec.imagePullSecrets = provider.secrets"
        },
        ("util.ts:3",),
    ),
    "Python": Case(_py("job.spec.image_pull_secrets = secrets"), ("jobs.py:3",)),
    "by a key": Case(_py('job.spec["imagePullSecrets"] = secrets'), ("jobs.py:3",)),
    "a service account": Case(
        _go("serviceAccount.ImagePullSecrets = secrets"), ("inject.go:4",)
    ),
    "a patch of a webhook": Case(
        _go(
            'patches = append(patches, ReplacePatch("/spec/imagePullSecrets", secrets))'
        ),
        ("inject.go:4",),
        "the patch replaces all of /spec/imagePullSecrets",
    ),
    "a patch in a string": Case(
        _go(
            'patch := []byte(`[{"op": "replace", "path": "/spec/imagePullSecrets",'
            ' "value": [{"name": "pull"}]}]`)'
        ),
        ("inject.go:4",),
        "the patch replaces",
    ),
    "a patch in a string, its path first": Case(
        _py('send(\'[{"path":"/spec/imagePullSecrets","op":"replace"}]\')'),
        ("jobs.py:3",),
    ),
    "a patch as an object": Case(
        _ts(
            'patch.push({ op: "replace", path: "/spec/imagePullSecrets", value: all })'
        ),
        ("util.ts:3",),
    ),
}

MUST_NOT_FIRE = {
    "a patch in a string that adds": Case(
        _go(
            'patch := `[{"op": "add", "path": "/spec/imagePullSecrets/-", "value": 1}]`'
        )
    ),
    "added": Case(
        _go("pod.Spec.ImagePullSecrets = append(pod.Spec.ImagePullSecrets, secrets...)")
    ),
    "spread": Case(
        _ts("podSpec.imagePullSecrets = [...podSpec!.imagePullSecrets, ...more]")
    ),
    "only if there is none": Case(
        _go(
            "if len(pod.Spec.ImagePullSecrets) == 0 {"
            " pod.Spec.ImagePullSecrets = secrets }"
        )
    ),
    "all of it taken away": Case(
        _go("pod.Spec.ImagePullSecrets = []corev1.LocalObjectReference{}")
    ),
    "an empty one to add to": Case(_ts("podSpec.imagePullSecrets = []")),
    "its own pod": Case(
        {
            "make.go": _GO
            % "job := &batchv1.Job{}\n\tjob.Spec.Pod.Spec.ImagePullSecrets = secrets"
        }
    ),
    "a pod that it writes as a whole": Case(
        {
            "fill.go": _GO % "spec := &pod.Spec\n"
            "\tspec.Containers = []corev1.Container{poller}\n"
            "\tspec.ImagePullSecrets = secrets",
            "whole.go": _GO % "pod.Spec = corev1.PodSpec{Containers: all}\n"
            "\tpod.Spec.ImagePullSecrets = secrets",
            "util.ts": _TS % "podSpec.imagePullSecrets = provider.secrets\n"
            "  podSpec.containers = [makeContainer(provider)]",
        }
    ),
    "a test's own pod": Case(
        {
            "pkg/pod_test.go": _GO % "pod.Spec.ImagePullSecrets = secrets",
            "pkg/testing/pods.go": _GO % "pod.Spec.ImagePullSecrets = secrets",
        }
    ),
    "a pod that it has made": Case(
        {
            "util.ts": _TS.replace("target.spec.template.spec", "createPodSpec(target)")
            % "podSpec.imagePullSecrets = provider.secrets"
        }
    ),
    "united before": Case(
        _py(
            "merged = [*job.spec.image_pull_secrets, *secrets]\n"
            "    job.spec.image_pull_secrets = merged"
        )
    ),
    "settings": Case(_ts("provider.config.imagePullSecrets = names")),
    "a literal": Case(_ts("return { imagePullSecrets: provider.secrets, containers }")),
    "a patch that adds": Case(
        _ts('patch.push({ op: "add", path: "/spec/imagePullSecrets/-", value: one })')
    ),
}

FIXES = {
    "Go": Mend(
        _go("pod.Spec.ImagePullSecrets = secrets // all"),
        _go(
            "pod.Spec.ImagePullSecrets ="
            " append(pod.Spec.ImagePullSecrets, secrets...) // all"
        ),
        FixKind.UNSAFE,
    ),
    "TypeScript": Mend(
        _ts("podSpec.imagePullSecrets = provider.secrets"),
        _ts(
            "podSpec.imagePullSecrets ="
            " [...(podSpec.imagePullSecrets ?? []), ...provider.secrets]"
        ),
        FixKind.UNSAFE,
    ),
    "Python": Mend(
        _py("job.spec.image_pull_secrets = secrets"),
        _py(
            "job.spec.image_pull_secrets ="
            " [*(job.spec.image_pull_secrets or []), *secrets]"
        ),
        FixKind.UNSAFE,
    ),
    "a patch is the author's to change": Mend(
        _ts('patch({ op: "replace", path: "/spec/imagePullSecrets", value: all })'),
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}

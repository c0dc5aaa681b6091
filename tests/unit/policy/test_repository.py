"""What rules ask about a repository, answered as Kubernetes would."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.oci.reference import parse_reference
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job
from seawall.policy.facts.workloads import Container, Manifest, Workload
from seawall.policy.finding import Context, Severity
from seawall.policy.lookups.access import SecretSource
from seawall.policy.lookups.charting import Emission
from seawall.policy.lookups.contexts import Contexts
from seawall.policy.options import ContextPattern, Mirror, PolicyOptions, matches
from seawall.policy.repository import Repository

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: "{space}", labels: {{{labels}}}}}
spec:
  serviceAccountName: {account}
  imagePullSecrets: [{secrets}]
  containers:
    - {{name: a, image: quay.io/a/b:1}}
"""


def _pod(
    name: str = "a",
    space: str = "",
    account: str = "",
    secrets: str = "",
    labels: str = "",
) -> str:
    return POD.format(
        name=name,
        space=space,
        account=account or "default",
        secrets=secrets,
        labels=labels,
    )


def _account(name: str, space: str, secret: str) -> str:
    return (
        "apiVersion: v1\nkind: ServiceAccount\n"
        f'metadata: {{name: {name}, namespace: "{space}"}}\n'
        f"imagePullSecrets: [{{name: {secret}}}]\n"
    )


def _gather(files: dict[str, str], options: PolicyOptions | None = None) -> Repository:
    return gather(encode(files), options)


def _workload(repository: Repository, name: str) -> Workload:
    return next(one for one in repository.all(Workload) if one.name == name)


@pytest.mark.parametrize(
    ("files", "names", "source"),
    [
        ({"a.yaml": _pod()}, set(), SecretSource.NONE),
        ({"a.yaml": _pod(secrets="{name: x}")}, {"x"}, SecretSource.POD),
        (
            {"a.yaml": _pod(), "b.yaml": _account("default", "", "y")},
            {"y"},
            SecretSource.ACCOUNT,
        ),
        (
            {
                "a.yaml": _pod(secrets="{name: x}"),
                "b.yaml": _account("default", "", "y"),
            },
            {"x"},
            SecretSource.POD,
        ),
        (
            {"a.yaml": _pod(), "other/b.yaml": _account("default", "", "y")},
            set(),
            SecretSource.NONE,
        ),
        (
            {"a.yaml": _pod(space="s"), "other/b.yaml": _account("default", "s", "y")},
            {"y"},
            SecretSource.ACCOUNT,
        ),
        (
            {"a.yaml": _pod(space="s"), "b.yaml": _account("default", "t", "y")},
            set(),
            SecretSource.NONE,
        ),
        (
            {"a.yaml": _pod(account="z"), "b.yaml": _account("default", "", "y")},
            set(),
            SecretSource.NONE,
        ),
    ],
    ids=[
        *("none", "its own", "the default account's", "its own hide the account's"),
        *("another folder", "one namespace", "another namespace", "another account"),
    ],
)
def test_the_secrets_that_count(
    files: dict[str, str], names: set[str], source: SecretSource
) -> None:
    """A pod's own, else its account's, where that is the account it will have."""
    repository = _gather(files)
    found = repository.access.secrets(_workload(repository, "a"))

    assert (names, source) == (set(found.names), found.source)


def test_siblings_are_deployed_together() -> None:
    """One folder, namespace and application; a chart, whatever its folders."""
    part = "app.kubernetes.io/part-of: shop"
    repository = _gather(
        {
            "x/a.yaml": _pod("a"),
            "x/b.yaml": _pod("b"),
            "x/c.yaml": _pod("c", space="other"),
            "x/d.yaml": _pod("d", labels=part),
            "x/e.yaml": _pod("e", labels=part),
            "y/f.yaml": _pod("f"),
        }
    )
    together = {
        one.name: [s.name for s in repository.belonging.siblings(one)]
        for one in repository.all(Workload)
    }

    assert {
        "a": ["b"],
        "b": ["a"],
        "c": [],
        "d": ["e"],
        "e": ["d"],
        "f": [],
    } == together


def test_whose_a_fact_is() -> None:
    """An image knows its workload, and a byte its object."""
    repository = _gather({"all.yaml": f"{_pod('a')}---\n{_pod('b')}"})
    first, second = repository.all(ImageUse)

    assert [Workload, Workload] == [
        type(repository.parent(use, Workload)) for use in (first, second)
    ]
    owner = repository.parent(second, Workload)
    assert owner is not None
    assert "b" == owner.name
    assert repository.parent(first, Container) is not None
    for use, name in ((first, "a"), (second, "b")):
        found = repository.manifest_at("all.yaml", use.start)
        assert found is not None
        assert name == found.name
    assert repository.manifest_at("other.yaml", 0) is None
    assert 2 == len(list(repository.in_file("all.yaml", Manifest)))


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (
            {"t.sh": "docker build -t app \\\n  --pull .\ndocker run app x\n"},
            [],
        ),
        ({"t.sh": "docker run app x\n"}, ["app"]),
        ({"t.sh": "docker tag busybox:1 app\ndocker run app:2\n"}, []),
        ({"t.sh": "docker buildx build --tag=team/app:1 .\ndocker run team/app\n"}, []),
        (
            {"a.sh": "buildah bud -t team/app .\n", "b.sh": "docker run team/app\n"},
            ["team/app"],
        ),
        ({"x/a.sh": "docker build -t app .\n", "x/y/b.sh": "docker run app\n"}, []),
        ({"x/y/a.sh": "docker build -t app .\n", "x/b.sh": "docker run app\n"}, []),
        ({"x/a.sh": "docker build -t app .\n", "xy/b.sh": "docker run app\n"}, ["app"]),
        (
            {"t.sh": "docker build -t app .\ndocker run quay.io/x/app\n"},
            ["quay.io/x/app"],
        ),
        ({"t.sh": "docker build -t $APP .\ndocker run app\n"}, ["app"]),
        (
            {"compose.yml": "services:\n a: {build: x, image: a}\n b: {image: a}\n"},
            [],
        ),
        (
            {"compose.yml": "services:\n a: {image: app, build: .}\n b: {image: x}\n"},
            ["x"],
        ),
        (
            {
                ".github/workflows/a.yml": "on: push\njobs:\n  a:\n    steps:\n"
                "      - uses: docker/build-push-action@v6\n"
                "        with: {tags: 'app:1,team/app:1', load: true}\n"
                "      - run: docker run app:1 && docker run team/app:1\n"
                "      - run: docker run other:1\n"
            },
            ["other:1"],
        ),
    ],
)
def test_what_is_built_here_is_not_pulled(
    files: dict[str, str], names: list[str]
) -> None:
    """A name that a command here gives to what it builds is that image."""
    repository = _gather(files)

    pulled = [
        use.text.value
        for use in repository.all(ImageUse)
        if not use.is_never_pulled and use.role in (Role.COMMAND, Role.SERVICE)
    ]

    assert names == pulled


def test_what_is_built_here_still_has_its_parents() -> None:
    """A job is found from its image, whichever of both one holds."""
    files = {".gitlab-ci.yml": "a:\n  image: app\n  script: [docker build -t app .]\n"}
    repository = _gather(files)

    (use,) = (one for one in repository.all(ImageUse) if one.role is Role.JOB)
    (job,) = repository.all(Job)

    assert use.homemade
    assert repository.parent(use, Job) is job
    assert job.container is not None
    assert repository.parent(job.container, Job) is job


def test_secrets_are_defined_by_files_or_settings() -> None:
    """A secret of that namespace, or one whose namespace nobody says."""
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {{name: x, namespace: '{}'}}\n"
    options = PolicyOptions(secrets=("y", "space/z"))
    access = _gather({"a.yaml": secret.format("s")}, options).access

    assert [True, False, True] == [
        access.defines("x", space) for space in ("s", "other", "")
    ]
    assert access.defines("y", "anywhere")
    assert access.defines("z", "space")
    assert not access.defines("z", "other")


def test_what_settings_say_of_repositories() -> None:
    """The longest mirror wins, and a name is not a part of another one."""
    options = PolicyOptions(
        mirrors=(
            Mirror("docker.io", "mirror.example/hub"),
            Mirror("docker.io/library", "mirror.example/official"),
        ),
        private=("quay.io/team/*",),
        providers=("*.dkr.ecr.*.amazonaws.com",),
        allowed=("quay.io", "docker.io/library"),
    )
    access = _gather({}, options).access

    def target(name: str) -> str | None:
        found = access.mirror_of(parse_reference(name).repository)
        return found.target if found else None

    assert "mirror.example/official" == target("busybox")
    assert "mirror.example/hub" == target("prom/prometheus")
    assert target("docker.io.evil.example/library/x") is None
    ecr = parse_reference("1.dkr.ecr.eu.amazonaws.com/x/y").repository
    assert access.has_provider(ecr)
    assert access.is_private(parse_reference("quay.io/team/x").repository)
    assert not access.is_private(parse_reference("quay.io/teams/x").repository)
    assert [True, True, False, False] == [
        access.is_allowed(parse_reference(name).repository)
        for name in ("quay.io/x/y", "busybox", "prom/x", "docker.io.evil.example/a/b")
    ]


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("deploy/web.yaml", Context.PROD),
        ("charts/x/templates/tests/test.yaml", Context.TEST),
        ("pkg/x/thing_test.go", Context.TEST),
        ("charts/x/ci/small-values.yaml", Context.TEST),
        ("e2e/pod.yaml", Context.TEST),
        ("contest/pod.yaml", Context.PROD),
        (".github/workflows/ci.yml", Context.CI),
        (".gitlab-ci.yml", Context.CI),
        ("examples/a/pod.yaml", Context.EXAMPLE),
        ("docs/pod.yaml", Context.EXAMPLE),
        ("examples/tests/pod.yaml", Context.TEST),
        ("src/test/resources/a/ci/pod.yaml", Context.TEST),
        ("parser/testfiles/a/Dockerfile", Context.TEST),
        ("testimonials/web.yaml", Context.PROD),
        ("charts/jenkins/values.yaml", Context.PROD),
        ("hack/run.sh", Context.CI),
        ("ci/e2e/pod.yaml", Context.TEST),
        ("ours/pod.yaml", Context.EXAMPLE),
    ],
)
def test_what_files_are_for(path: str, context: Context) -> None:
    """Settings say it, else the names of folders and files do."""
    assert context is Contexts((ContextPattern("ours", Context.EXAMPLE),)).of(path)


def test_a_context_lowers_and_never_hides() -> None:
    """In tests and examples a finding is one step less, and a note stays one."""
    severities = list(Severity)

    for context in (Context.PROD, Context.CI):
        assert severities == [context.weigh(one) for one in severities]
    for context in (Context.TEST, Context.EXAMPLE):
        assert [Severity.WARNING, Severity.NOTE, Severity.NOTE] == [
            context.weigh(one) for one in severities
        ]


@pytest.mark.parametrize(
    ("pattern", "path", "same"),
    [
        ("docs", "docs/a/b.md", True),
        ("docs/", "docs/a", True),
        ("docs", "docsx/a", False),
        ("*.yaml", "a.yaml", True),
        ("*.yaml", "a/b.yaml", False),
        ("**/*.yaml", "a/b/c.yaml", True),
        ("**/*.yaml", "c.yaml", True),
        ("a?c", "abc", True),
        ("a.c", "abc", False),
    ],
)
def test_patterns_mean_paths(pattern: str, path: str, *, same: bool) -> None:
    """A star stays within a part, two do not, and a folder means all below it."""
    assert same is matches(pattern, path)


@pytest.mark.parametrize("first", ["a", "b"])
def test_helpers_in_a_circle_say_what_they_say(first: str) -> None:
    """Whichever is asked first: one that reaches the list emits it."""
    helpers = """\
    {{- define "a" }}{{ include "b" . }}{{ include "c" . }}{{ end }}
    {{- define "b" }}{{ include "a" . }}{{ end }}
    {{- define "c" }}
    imagePullSecrets: {{ .Values.secrets }}
    {{ end }}
    {{- define "d" }}{{ include "d" . }}{{ end }}
    """
    pod = """\
    apiVersion: v1
    kind: Pod
    metadata: {name: x}
    spec:
      {{- include "%s" . | nindent 2 }}
      containers:
        - name: a
          image: {{ .Values.image }}
    """
    names = (first, "b" if first == "a" else "a", "d")
    files = {"x/Chart.yaml": "name: x\nversion: 1.0.0\n"}
    files |= {"x/templates/_h.tpl": helpers}
    files |= {f"x/templates/{at}.yaml": pod % name for at, name in enumerate(names)}
    charting = gather(encode(files)).charting

    assert [Emission.YES, Emission.YES, Emission.NO] == [
        charting.emission(one) for one in charting.pods("x")
    ]

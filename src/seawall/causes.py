"""The names of what goes wrong upstream, and whether waiting helps."""

from dataclasses import dataclass
from enum import StrEnum


class Retry(StrEnum):
    """Whether asking again may help, and after how long."""

    SHORT = "short"  # seconds to minutes
    LONG = "long"  # hours, or a quota's window
    OPERATOR = "operator"  # after somebody changed something
    PERMANENT = "permanent"  # never, as asked
    AMBIGUOUS = "ambiguous"  # this evidence cannot tell


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of failed pulls: `family.cause`, as logs and metrics name it."""

    name: str
    meaning: str
    retry: Retry

    def __str__(self) -> str:
        """Give the name, which is what metrics and headers carry."""
        return self.name


def _table(*rows: tuple[str, Retry, str]) -> dict[str, Cause]:
    return {name: Cause(name, meaning, retry) for name, retry, meaning in rows}


CAUSES = _table(
    ("rate_limit.dockerhub_pull", Retry.LONG, "Docker Hub's pull quota is spent"),
    ("rate_limit.dockerhub_abuse", Retry.SHORT, "too many requests a minute to Hub"),
    ("rate_limit.ghcr", Retry.SHORT, "ghcr.io's own limiter"),
    ("rate_limit.quay", Retry.SHORT, "quay.io's own limiter"),
    ("rate_limit.ecr_public", Retry.SHORT, "public.ecr.aws's own limiter"),
    ("rate_limit.acr", Retry.SHORT, "Azure Container Registry's own limiter"),
    ("rate_limit.mcr", Retry.SHORT, "mcr.microsoft.com's own limiter"),
    ("rate_limit.gar_quota", Retry.SHORT, "a Google Artifact Registry quota"),
    ("rate_limit.other", Retry.SHORT, "a limiter of another registry"),
    ("rate_limit.budget", Retry.LONG, "Seawall keeps what is left of a quota"),
    ("client_deadline", Retry.OPERATOR, "an overall deadline of the caller passed"),
    ("client_cancelled", Retry.AMBIGUOUS, "the caller went away"),
    ("registry.5xx", Retry.SHORT, "the registry or its storage failed"),
    ("registry.403_ip_block", Retry.OPERATOR, "the address is refused"),
    ("registry.403_geo_block", Retry.OPERATOR, "the country is refused"),
    ("registry.protocol_bug", Retry.PERMANENT, "an answer no client can use"),
    (
        "registry.build_on_demand_failed",
        Retry.PERMANENT,
        "a registry that builds on pull could not build this",
    ),
    ("site.5xx", Retry.SHORT, "the web server failed"),
    ("site.refused", Retry.OPERATOR, "the web server refuses to give this"),
    ("site.protocol_bug", Retry.PERMANENT, "an answer that is not what was asked for"),
    ("auth.missing_or_expired", Retry.OPERATOR, "no credentials, or expired ones"),
    ("auth.stale_credentials", Retry.OPERATOR, "old credentials were refused"),
    ("auth.unauthorized", Retry.OPERATOR, "the credentials may not do this"),
    ("auth.private_package", Retry.PERMANENT, "exists, and this caller may not"),
    (
        "auth_or_missing_repo",
        Retry.AMBIGUOUS,
        "one text for private, missing or deleted",
    ),
    ("not_found.tag", Retry.PERMANENT, "the tag is not there"),
    ("not_found.repo_removed", Retry.PERMANENT, "the repository is not there"),
    ("not_found.image_moved", Retry.PERMANENT, "the image lives elsewhere now"),
    ("not_found.artifact", Retry.PERMANENT, "the content is not there"),
    (
        "content.digest_mismatch",
        Retry.SHORT,
        "the bytes are not what their digest promises",
    ),
    ("content.size_mismatch", Retry.SHORT, "more or fewer bytes than promised"),
    ("suite.unsigned", Retry.OPERATOR, "nobody who is trusted signed the suite"),
    ("suite.rolled_back", Retry.SHORT, "the suite is older than the one known"),
    ("suite.expired", Retry.SHORT, "the suite's validity is over"),
    ("suite.another", Retry.OPERATOR, "the suite is another one, or no suite at all"),
    ("suite.inconsistent", Retry.SHORT, "the suite names what is not, or is otherwise"),
    ("mirror.unreachable", Retry.OPERATOR, "the configured mirror is down"),
    ("mirror.corrupt_body", Retry.OPERATOR, "the mirror gives wrong bytes"),
    ("dns.no_such_host", Retry.SHORT, "the host name does not resolve"),
    ("dns.timeout", Retry.SHORT, "name resolution did not answer"),
    ("dns.servfail", Retry.SHORT, "name resolution failed"),
    ("net.connect_timeout", Retry.SHORT, "no connection in time"),
    ("net.conn_refused", Retry.SHORT, "the host refused the connection"),
    ("net.conn_reset", Retry.SHORT, "the connection was cut"),
    ("net.tls_handshake_timeout", Retry.SHORT, "TLS did not come about in time"),
    ("net.silence", Retry.SHORT, "connected, then no byte within patience"),
    ("net.too_slow", Retry.SHORT, "bytes come, but far too slowly"),
    ("net.blackhole", Retry.OPERATOR, "packets vanish: large answers stall"),
    ("tls.unknown_ca", Retry.OPERATOR, "the certificate is not trusted"),
    ("tls.handshake_failed", Retry.OPERATOR, "TLS could not be agreed on"),
    ("tls.http_registry", Retry.OPERATOR, "plain HTTP where TLS was expected"),
    ("policy.foreign_host", Retry.OPERATOR, "led to a host the settings do not allow"),
    ("policy.offline", Retry.OPERATOR, "offline by settings: nobody is asked"),
    ("node.disk_full", Retry.OPERATOR, "no space where contents are written"),
)
"""Names as in the field's logs; a finer name may follow after another dot."""


def find_cause(name: str) -> Cause:
    """Return the cause of this name; an unknown name is a bug, hence `KeyError`.

    >>> find_cause("registry.5xx").retry
    <Retry.SHORT: 'short'>
    """
    return CAUSES[name]

"""Limits of every kind, servers that fail, and token servers."""

import json
import time
from email.utils import formatdate

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import Cues, Effect
from seawall.drill.scenarios.mishap import (
    ALL,
    BLOBS,
    GET,
    HEAD,
    LAYER,
    MANIFEST,
    MANIFESTS,
    NAME,
    REGISTRY,
    TOKEN,
    Mishap,
)
from seawall.drill.scenarios.scenario import MIRRORED, Scenario, SourceSpec, Step

_MIB = effects.MIB


def _told(code: str, message: str) -> str:
    return json.dumps({"errors": [{"code": code, "message": message}]})


_HUB = _told(
    "TOOMANYREQUESTS",
    "You have reached your pull rate limit. You may increase the limit by"
    " authenticating and upgrading: https://www.docker.com/increase-rate-limit",
)
_QUAY = (
    "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body>\r\n"
    "<center><h1>429 Too Many Requests</h1></center>\r\n<hr><center>nginx</center>"
    "\r\n</body>\r\n</html>\r\n"
)
_ECR = _told("TOOMANYREQUESTS", "Rate exceeded")
_ACR = _told(
    "TOOMANYREQUESTS",
    "Too many requests. Please visit https://aka.ms/acr/skus#sku-feature-matrix for"
    " more information on per-SKU limits.",
)
_GAR = _told(
    "TOOMANYREQUESTS",
    "Quota exceeded for quota metric 'Requests per project per user' and limit"
    " 'Requests per project per user per minute per user' of service"
    " 'artifactregistry.googleapis.com' for consumer 'project_number:1'.",
)
_GHCR = _told("TOOMANYREQUESTS", "retry-after: 985.86µs, allowed: 44000/minute")
_ARTIFACTORY = json.dumps(
    {"errors": [{"status": 429, "message": "Too Many Requests: rate limit reached"}]}
)
_JSON = "application/json"
_TOKENS = (SourceSpec(tokens=True),)


def _hub_spent() -> Effect:
    def headers(cues: Cues) -> dict[str, str]:
        window = cues.pace.whole_s(21600)
        return {
            "RateLimit-Limit": f"100;w={window}",
            "RateLimit-Remaining": f"0;w={window}",
            "Docker-RateLimit-Source": "192.0.2.1",
        }

    return effects.say(429, _HUB, content_type=_JSON, headers=headers)


def _wait_in_seconds(wait_s: float) -> Effect:
    return effects.refuse(429, wait_s=wait_s, message="slow down")


def _wait_until_date(wait_s: float) -> Effect:
    def headers(cues: Cues) -> dict[str, str]:
        due = time.time() + cues.pace.whole_s(wait_s)
        return {"Retry-After": formatdate(due, usegmt=True)}

    return effects.say(429, "", headers=headers)


def _hap429() -> Effect:
    def headers(cues: Cues) -> dict[str, str]:
        return {"Retry-After": str(cues.pace.whole_s(10)), "Cache-Control": "no-cache"}

    return effects.say(429, "Too Many Requests (HAP429).\n", headers=headers)


LIMITS = (
    Scenario(
        "limit-hub-spent",
        "Docker Hub's pull limit is spent; a mirror has the image",
        sources=MIRRORED,
        mishaps=(Mishap(_hub_spent(), MANIFESTS, source=1, methods=frozenset({GET})),),
    ),
    Scenario(
        "limit-hub-spent-after-warm-up",
        "Docker Hub's pull limit is spent, after somebody pulled the image",
        mishaps=(Mishap(_hub_spent(), MANIFESTS),),
        steps=(Step.WARM,),
    ),
    Scenario(
        "limit-hub-abuse",
        "plain 429 for everything, with Retry-After: 10, for 10 s",
        mishaps=(Mishap(_hap429(), REGISTRY, ends_s=10),),
    ),
    Scenario(
        "limit-window",
        "three manifests in each window of 12 s, of which a neighbour ate two",
        mishaps=(Mishap(effects.meter(3, 12, _HUB, eaten=2, told=True), MANIFESTS),),
    ),
    Scenario(
        "limit-retry-after-seconds",
        "429 with Retry-After: 5 for blobs, twice",
        mishaps=(Mishap(_wait_in_seconds(5), BLOBS, times=2),),
    ),
    Scenario(
        "limit-retry-after-date",
        "429 with a date in Retry-After, 5 s ahead, twice",
        mishaps=(Mishap(_wait_until_date(5), MANIFESTS, times=2),),
    ),
    Scenario(
        "limit-ghcr",
        "ghcr's 429, with a wait of microseconds in its message, three times",
        mishaps=(Mishap(effects.say(429, _GHCR, content_type=_JSON), ALL, times=3),),
    ),
    Scenario(
        "limit-quay",
        "quay's 429 as a page of nginx, without a wait, for 6 s",
        mishaps=(
            Mishap(
                effects.say(429, _QUAY, content_type="text/html"), REGISTRY, ends_s=6
            ),
        ),
    ),
    Scenario(
        "limit-ecr",
        'one request in a second, and "Rate exceeded" for the rest',
        mishaps=(Mishap(effects.meter(1, 1, _ECR, told=False), MANIFESTS | BLOBS),),
    ),
    Scenario(
        "limit-acr",
        "ACR's 429 for manifests, for 6 s",
        mishaps=(
            Mishap(effects.say(429, _ACR, content_type=_JSON), MANIFESTS, ends_s=6),
        ),
    ),
    Scenario(
        "limit-artifact-registry",
        "Artifact Registry's quota of requests is exceeded for 6 s",
        mishaps=(Mishap(effects.say(429, _GAR, content_type=_JSON), ALL, ends_s=6),),
    ),
    Scenario(
        "limit-artifactory",
        "Artifactory's own form of 429 for blobs, twice",
        mishaps=(
            Mishap(effects.say(429, _ARTIFACTORY, content_type=_JSON), BLOBS, times=2),
        ),
    ),
    Scenario(
        "limit-mcr-blobs",
        "a bare 429 for blobs, without a word, for 6 s",
        mishaps=(Mishap(effects.say(429, ""), BLOBS, ends_s=6),),
    ),
)

FAILURES = (
    Scenario(
        "5xx-burst",
        "503 for the first three requests",
        mishaps=(Mishap(effects.refuse(503), REGISTRY, times=3),),
    ),
    Scenario(
        "5xx-spell",
        "502 for everything, for 8 s",
        mishaps=(Mishap(effects.show_page(502), REGISTRY, ends_s=8),),
    ),
    Scenario(
        "5xx-every-other",
        "500 for every other request",
        mishaps=(Mishap(effects.refuse(500), MANIFESTS | BLOBS, every=2),),
    ),
    Scenario(
        "5xx-blob-storage",
        "the object store behind the registry answers 503, twice",
        sources=(SourceSpec(storage=True),),
        mishaps=(Mishap(effects.refuse(503), LAYER, times=2),),
    ),
    Scenario(
        "5xx-after-warm-up",
        "500 for everything, after somebody pulled the image",
        mishaps=(Mishap(effects.refuse(500)),),
        steps=(Step.WARM,),
    ),
    Scenario(
        "no-head",
        "405 for HEAD, as some registries have it",
        mishaps=(Mishap(effects.refuse(405), NAME, methods=frozenset({HEAD})),),
    ),
    Scenario(
        "login-page-for-manifest",
        "a page for people with status 200 instead of the manifest, twice",
        mishaps=(Mishap(effects.show_page(), MANIFESTS, times=2),),
    ),
    Scenario(
        "login-page-for-blob",
        "a page for people with status 200 instead of a layer, twice",
        mishaps=(Mishap(effects.show_page(), LAYER, times=2),),
    ),
    Scenario(
        "refused-after-warm-up",
        "401 for everything, after somebody pulled the image",
        mishaps=(Mishap(effects.refuse(401)),),
        steps=(Step.WARM,),
    ),
)

TOKENS = (
    Scenario(
        "token-server-down",
        "the token server resets connections for 8 s",
        sources=_TOKENS,
        mishaps=(Mishap(effects.reset(), TOKEN, ends_s=8),),
    ),
    Scenario(
        "token-server-fails",
        "the token server answers 500, twice",
        sources=_TOKENS,
        mishaps=(Mishap(effects.refuse(500), TOKEN, times=2),),
    ),
    Scenario(
        "token-server-slow",
        "each token takes 6 s",
        sources=_TOKENS,
        mishaps=(Mishap(effects.late(6), TOKEN),),
    ),
    Scenario(
        "token-server-hangs",
        "the token server says nothing to the first request",
        sources=_TOKENS,
        mishaps=(Mishap(effects.hang(), TOKEN, times=1),),
    ),
    Scenario(
        "token-server-down-after-warm-up",
        "the token server is gone and no token is good, after somebody pulled",
        sources=_TOKENS,
        mishaps=(Mishap(effects.reset(), TOKEN),),
        steps=(Step.WARM,),
    ),
    Scenario(
        "token-over-in-mid-blob",
        "the connection breaks each 2 MiB, and each time every token is over",
        sources=_TOKENS,
        mishaps=(Mishap(effects.revoke_tokens(2 * _MIB), LAYER),),
    ),
    Scenario(
        "token-over-in-mid-pull",
        "every token is over when the manifests were given",
        sources=_TOKENS,
        mishaps=(Mishap(effects.end_tokens(), MANIFEST, times=1),),
    ),
)

"""No secret passes redaction, and what is no secret stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.kit.redact import redact_headers, redact_text, redact_url, show_input

# Marked, so that finding one in the output cannot be a coincidence.
secrets = st.text("abcXYZ019-_", min_size=1).map(lambda text: f"s3cr3t{text}")


@given(secrets, secrets)
def test_userinfo_leaves_urls(user: str, password: str) -> None:
    """Neither user nor password stays in a URL."""
    shown = redact_url(f"https://{user}:{password}@quay.io/v2/?ns=docker.io")

    assert "https://quay.io/v2/?ns=docker.io" == shown


@given(st.sampled_from(["X-Amz-Signature", "sig", "token", "a b"]), secrets)
def test_unknown_query_values_leave_urls(key: str, secret: str) -> None:
    """A query value stays only if its key is known to be harmless."""
    assert secret not in redact_url(f"https://cdn.example/blob?n=5&{key}={secret}")
    assert secret not in redact_url(f"https://cdn.example/blob?{secret}")


@pytest.mark.parametrize(
    "url",
    [
        "https://me:s3cr3t/more@quay.io/",
        "https://me:1/s3cr3t@quay.io/",
        "https://me:s3cr3t#more@quay.io/",
        "https://[s3cr3t",
        "https://quay.io/v2/#s3cr3t",
    ],
)
def test_broken_urls_give_nothing_away(url: str) -> None:
    """A URL that cannot be taken apart is not shown in parts."""
    assert "s3cr3t" not in redact_url(url)


def test_plain_urls_stay_as_they_are() -> None:
    """What has nothing to hide is shown as it is, relative ones too."""
    url = "/v2/library/busybox/tags/list?n=10&last=1.36"

    assert url == redact_url(url)


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    """No input breaks redaction: it is there for the worst of moments."""
    for shown in (redact_url(text), redact_text(text), redact_url("https://" + text)):
        assert isinstance(shown, str)


def test_headers_are_kept_by_name() -> None:
    """Values stay for headers known to be harmless; places lose their secrets."""
    headers = {
        "Authorization": "Bearer s3cr3t",
        "X-New": "s3cr3t",
        "Content-Type": "text/plain",
        "Location": "https://cdn.example/blob?sig=s3cr3t",
    }

    assert redact_headers(headers) == {
        "Authorization": "REDACTED",
        "X-New": "REDACTED",
        "Content-Type": "text/plain",
        "Location": "https://cdn.example/blob?sig=REDACTED",
    }


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "authorization: Basic {} and more",
        "sent Bearer {} to quay.io",
        'body {{"access_token": "{}", "expires_in": 60}}',
        'body {{\\"token\\": \\"{}\\"}}',
        "DOCKER_PASSWORD={}",
        "password: '{}'",
        "identitytoken={}&x=1",
        "docker://me:{}@quay.io/x",
        "docker://me:pass@{}@quay.io/x",
        "GET https://cdn.example/x?X-Amz-Signature={}&ns=quay.io failed",
        "Cookie: session={}; other={}",
        "jwt eyJhbGciOi{}.abc.def",
        "found ghp_{}0000 in the file",
        "found dckr_pat_{}0000 in the file",
    ],
)
@given(secret=secrets)
def test_secrets_leave_free_text(text: str, secret: str) -> None:
    """The shapes that secrets have in logs and bodies are taken out."""
    assert secret not in redact_text(text.format(secret, secret))


def test_plain_text_stays_as_it_is() -> None:
    """Sentences about registries survive."""
    text = "docker.io/library/busybox@sha256:" + "0" * 64 + " is not there (404)"

    assert text == redact_text(text)


@given(st.text())
def test_input_is_quoted_short_and_plain(text: str) -> None:
    """Quoted input is one short line of ASCII."""
    shown = show_input(text)

    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 10 * 100 + 5


@given(st.integers(0, 300), secrets)
def test_quoting_cuts_no_secret_in_half(padding: int, secret: str) -> None:
    """A secret at the edge of what is shown is not shown in part."""
    assert "s3cr3t" not in show_input("x" * padding + f" password={secret}")


@pytest.mark.parametrize(
    "text",
    [
        "password: ${{ secrets.DOCKER_PASSWORD }}",
        "token: '${{ github.token }}'",
        "DOCKER_PASSWORD=${DOCKER_PASSWORD}",
    ],
)
def test_where_a_secret_is_kept_may_be_shown(text: str) -> None:
    """A reference to a secret is none: a fix that moves one stays readable."""
    assert text == redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        'token: ${{ secrets.a || "s3cr3t" }}',
        "password: ${{ secrets.a }}s3cr3t",
        "password: ${A:-s3cr3t with s3cr3t}",
        "password: ${A}s3cr3t",
        "password:   ${As3cr3t",
    ],
)
def test_what_stands_in_for_a_secret_is_taken_out_with_it(text: str) -> None:
    """A default beside a reference is a secret, and so is what follows it."""
    assert "s3cr3t" not in redact_text(text)

"""The table of error codes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.oci.codes import Code, error_body


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_status_and_words(code: Code) -> None:
    """A code alone makes a whole answer."""
    expected = {"errors": [{"code": code.name, "message": code.message}]}

    assert expected == json.loads(error_body(code))
    assert 400 <= code.status < 600


@given(st.text(st.characters(), min_size=1), st.text(st.characters()))
def test_no_text_breaks_an_answer(message: str, detail: str) -> None:
    """An error can be told whatever text it holds, lone surrogates too."""
    for extra in (detail, {detail: message}):
        error = json.loads(error_body(Code.UNKNOWN, message, extra))["errors"][0]

        assert {"code", "message", "detail"} == set(error)


def test_detail_is_told() -> None:
    """Detail may be text or a table."""
    body = json.loads(error_body(Code.NAME_UNKNOWN, "no", {"registry": "quay.io"}))

    assert {"registry": "quay.io"} == body["errors"][0]["detail"]

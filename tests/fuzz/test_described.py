"""G11: what is answered is what is described, whatever is asked; a short round of ``make fuzz described``."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.fuzz.described import NEVER_ENDS, compare
from tests.fuzz.served import Served
from tests.web.conftest import TOKEN

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.exhaustive
def test_every_operation_answers_as_described(there: Served) -> None:
    outcome = compare(there, seed=1, examples=1)
    assert outcome.failures == 0, outcome.report
    assert outcome.cases > 1_000, outcome.report
    assert not there.defects()


@pytest.fixture(scope="module")
def stream(there: Served) -> Any:
    return schemathesis.openapi.from_url(f"{there.url}/openapi.json")[NEVER_ENDS]["GET"]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_stream_begins_or_says_what_is_wrong(there: Served, stream: Any, mode: GenerationMode) -> None:
    """It has no end, so its first words are read and the reader leaves."""

    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(stream.as_strategy(generation_mode=mode))
    def begins(case: Any) -> None:
        asked = case.as_transport_kwargs(base_url=there.url, headers=AUTHORIZED)
        with requests.request(**asked, stream=True, timeout=10) as answer:
            if answer.status_code == 401:  # what is wrong may be the token
                assert mode is GenerationMode.NEGATIVE
                return
            assert answer.status_code in {200, 400}
            if answer.status_code == 200:
                assert answer.headers["content-type"] == "text/event-stream"
                assert answer.raw.read(6) == b"retry:"
            else:
                assert answer.json()["field"] is not None
                assert mode is GenerationMode.NEGATIVE or answer.json()["field"] == "last_event_id"

    begins()
    assert not there.defects()

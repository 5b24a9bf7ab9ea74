"""A copy that was taken under load can be brought back, proven and served."""

from __future__ import annotations

import pytest

from bench.drill import drill

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


async def test_both_kinds_of_copy_are_brought_back_proven_and_served() -> None:
    report = await drill(2.0)
    assert [step for step in report.steps if not step.holds] == []
    assert len(report.steps) == 24

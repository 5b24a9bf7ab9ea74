"""G11 on the command line: misuse is exit status 2 with words, whatever is typed; never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import cli
from tests.commands.test_timeline import environment

pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")
"""The words are in ``sys.argv``, as for everybody who types them; cyclopts takes that for an oversight."""

ID = "11111111-2222-3333-4444-555555555555"
MISUSED = [
    ["nothing"],
    ["--nothing"],
    ["sessions", "more"],
    ["sessions", "--status", "x"],
    ["sessions", "--channel", "telegram"],
    ["sessions", "--limit", "x"],
    ["sessions", "--limit", "-1"],
    ["sessions", "--limit", "0"],
    ["sessions", "--limit", "9" * 30],
    ["sessions", "--view", "../x"],
    ["quarantine", "--state", "x"],
    ["quarantine", "--limit", "-1"],
    ["quarantine", "--limit", "9" * 30],
    ["timeline"],
    ["timeline", ""],
    ["timeline", "x"],
    ["timeline", "telegram:1:2"],
    ["timeline", "\udcff"],
    ["timeline", ID, "--kinds", "x"],
    ["timeline", ID, "--after", "yesterday"],
    ["timeline", ID, "--as-of", "0001-01-01T00:00:00+14:00"],
    ["timeline", ID, "--limit", "-1"],
    ["timeline", ID, "--limit", "9" * 30],
    ["search"],
    ["search", ""],
    ["search", "\udcff"],
    ["search", "a", "--limit", "-1"],
    ["search", "a", "--limit", "9" * 30],
    ["search", "a", "--conversation", "x"],
    ["search", "a", "--from", "9999-12-31T23:59:59-14:00"],
    ["search", "a", "--view", "x"],
    ["search", "a", "--account", "\udcff"],
    ["search", "a", "--kind", ""],
    ["analytics", "x"],
    ["analytics", "overview", "--tz", "Nowhere"],
    ["analytics", "overview", "--tz", "../etc"],
    ["analytics", "overview", "--from", "x"],
    ["analytics", "overview", "--from", "0001-01-01T00:00:00+14:00"],
    ["analytics", "overview", "--explain", "x"],
    ["analytics", "overview", "--explain", "\udcff/x"],
    ["analytics", "overview", "--limit", "-1"],
    ["analytics", "overview", "--account", "\udcff"],
    ["erase"],
    ["erase", "x", "--yes"],
    ["erase", "\udcff", "--yes"],
    ["erase", ID, "--yes", "--reason", "x" * 300],
    ["export", "x"],
    ["export", "events", "--format", "x", "--out", "-"],
    ["export", "events", "--from", "x", "--out", "-"],
    ["export", "events", "--conversation", "x", "--out", "-"],
    ["export", "events", "--channel", "x", "--out", "-"],
    ["export", "events", "--account", "\udcff", "--out", "-"],
    ["export", "analytics", "--report", "x", "--out", "-"],
    ["export", "analytics", "--report", "overview", "--tz", "x", "--out", "-"],
    ["export", "events", "--out", "/"],
    ["export", "events", "--out", ""],
    ["rebuild", "x"],
    ["rebuild", "sessions", "--session-hours", "nan"],
    ["rebuild", "sessions", "--session-hours", "-1"],
    ["rebuild", "sessions", "--into", ""],
    ["rebuild", "sessions", "--into", "No Name"],
    ["rebuild", "sessions", "--as-of", "0001-01-01T00:00:00+14:00"],
    ["rebuild", "sessions", "--as-of", "tomorrow"],
    ["rebuild", "sessions", "--prices", "/nowhere"],
    ["rebuild", "sessions", "--prices", "/"],
    ["rebuild", "sessions", "--workers", "-1"],
    ["rebuild", "sessions", "--workers", "0"],
    ["projections", "nothing"],
    ["projections", "verify", "x"],
    ["projections", "diff", "sessions", "a", "b"],
    ["projections", "promote", "sessions", "x"],
    ["projections", "drop", "sessions", "x"],
    ["projections", "retry", "x"],
    ["ingest"],
    ["ingest", "/nowhere"],
    ["ingest", "/"],
    ["serve", "--workers", "0"],
    ["serve", "--port", "99999"],
    ["serve", "--port", "-1"],
    ["serve", "--workers", "1e9"],
    ["sandbox", "--openai-port", "x"],
    ["sandbox", "--openai-port", "99999"],
    ["sandbox", "--customers", "-1"],
    ["sandbox", "--rate", "nan"],
    ["sandbox", "--rate", "-1"],
    ["migrate", "x"],
    ["doctor", "x"],
]
"""No one of these can be meant."""

SHOWING = {
    "sessions": ["--status", "--channel", "--limit", "--view"],
    "quarantine": ["--state", "--limit"],
    "timeline": ["--kinds", "--fold", "--after", "--before", "--as-of", "--limit"],
    "search": ["--channel", "--account", "--author", "--kind", "--conversation", "--from", "--to", "--limit"],
    "analytics": ["--from", "--to", "--tz", "--bucket", "--account", "--view", "--explain", "--limit"],
}
TYPED = st.sampled_from(
    ["", " ", "-", "--", "-1", "0", "1", "9" * 400, "nan", "1e999", "x" * 5_000, "\udcff", "../..", "'; --",
     "%s", "{}", "[red]", "2026-13-45", "2026-11-24", "2026-11-24T08:00:00Z", "0001-01-01T00:00:00+14:00",
     ID, "a:b:c", "whatsapp::", "whatsapp:1:2", "total/messages_in", "MessageReceived", "active", "turns",
     "overview", "v1"]
) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=10)  # fmt: skip


@pytest.fixture
def typed_here(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of this process work on a database of their own, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment(fresh_url, tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def argv() -> Iterator[None]:
    before = sys.argv
    yield
    sys.argv = before


def run(words: list[str]) -> int:
    """The exit status. Whatever else ends a command is a traceback on somebody's screen."""
    sys.argv = ["onethread", *words]
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.usefixtures("typed_here", "argv")
@pytest.mark.parametrize("words", MISUSED, ids=lambda words: " ".join(words)[:50].encode("ascii", "replace"))
def test_what_cannot_be_meant_is_exit_status_2_and_said_in_words(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said


@pytest.mark.usefixtures("typed_here", "argv")
def test_whatever_is_typed_ends_with_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.data())
    def ends(data: st.DataObject) -> None:
        command = data.draw(st.sampled_from(sorted(SHOWING)))
        options = data.draw(st.lists(st.tuples(st.sampled_from(SHOWING[command]), TYPED), max_size=3))
        words = [
            command,
            *data.draw(st.lists(TYPED, max_size=2)),
            *(word for option in options for word in option),
        ]
        assert run(words) in {0, 1, 2}, words
        capsys.readouterr()

    ends()

"""G1 to G11 under every kind of fault at once, while people of the business are at work; and what is wrong
with a history is found and named."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import uvloop

from bench.history import Erasure, Event, History, Said, opened
from bench.judge import Violation, judge
from bench.recording import read_words, token
from bench.torture.course import Profile, torture
from service.storage.database import Database
from tests.processes.plants import PLANTS, Plant

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]

SHORT = Profile(
    seed=7, kills=4, others=6, messages=600, handled=2, erased=1, longest=45.0, rest=150.0, people=30,
    rate=200.0, verify=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The history of one short round."""
    kept: Path = tmp_path_factory.mktemp("torture")
    result = uvloop.run(torture(SHORT, keep=kept))
    assert result.kills >= SHORT.kills
    assert result.others >= SHORT.others
    return opened(kept / str(SHORT.seed) / "history.json")


def test_kills_cut_connections_and_lying_providers_lose_nothing_and_double_nothing(recorded: History) -> None:
    report = judge(recorded)
    assert report.violations == []
    assert report.acknowledged >= SHORT.messages
    assert report.sends > 0
    assert report.written >= SHORT.handled
    assert report.erased >= SHORT.erased
    assert report.asked > 0


@pytest.mark.parametrize(
    ("plant", "guarantee", "name"), PLANTS, ids=[plant.__name__ for plant, _, _ in PLANTS]
)
def test_a_planted_violation_is_found_and_named(
    recorded: History, plant: Plant, guarantee: str, name: str
) -> None:
    history = copy.deepcopy(recorded)
    conversation = plant(history)
    found = judge(history).violations
    assert (guarantee, name) in {(each.guarantee, each.name) for each in found}
    if conversation is not None:
        assert conversation in {each.conversation for each in found if each.name == name}


async def test_g10_a_word_of_an_erased_person_is_found_wherever_a_dump_has_it(database: Database) -> None:
    said = [Said(f"m{n}", f"c{n}", 0.0, 1.0, f"account:{n}", token(n)) for n in (1, 2)]
    gone = Event("c1", 2, 0, 2, "ConversationErased", certificate_id="a certificate")
    alive = Event("c2", 2, 0, 2, "MessageReceived", message_id="m2", sender="account:2")
    erasures = [Erasure("c1", "account:1", 2.0, 3.0, ["a certificate"])]
    history = History(said=said, events=[gone, alive], erasures=erasures)
    body = " and ".join(str(one.token) for one in said)
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO quarantine (partition, id, received_at, path, reason, body) "
            "VALUES (0, gen_random_uuid(), now(), 'inbox', 'strange', $1)",
            body.encode(),
        )
        await read_words(connection, {"OpenAI": body.encode(), "nowhere": b""}, history)
    assert history.words == {token(1): ["OpenAI", "table quarantine"]}


def test_a_violation_reads_as_a_sentence_with_its_evidence() -> None:
    violation = Violation("G2", "lost", "wamid.1 is not in the log", "a-conversation")
    assert str(violation) == "G2 lost [a-conversation]: wamid.1 is not in the log"

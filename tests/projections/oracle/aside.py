"""What arrives and makes no event: refused, set aside or ignored. It is counted by when it came."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from service.storage.database import Database
from tests.projections.oracle.naive import Thing
from tests.projections.oracle.traffic import ACCOUNTS, Course

NOBODY: Final = UUID(int=0)
IGNORE: Final = """
INSERT INTO ignored (partition, id, received_at, channel, account_id, field, reason, payload)
VALUES ($1, $2, $3, $4, $5, 'comments', $6, '{}')
"""
QUARANTINE: Final = """
INSERT INTO quarantine (partition, id, received_at, path, reason, body) VALUES ($1, $2, $3, '', $4, '{}')
"""
REFUSE: Final = """
INSERT INTO webhook_refusals AS r (hour, path, reason, n) VALUES ($1, '/webhooks/whatsapp', $2, $3)
ON CONFLICT (hour, path, reason) DO UPDATE SET n = r.n + excluded.n
"""


def set_aside(course: Course) -> list[Thing]:
    """Some of each in every week, on full hours too. ``amount`` says how many a refusal stands for."""
    dice = Random(f"aside:{course.prefix}{course.seed}")
    found = []
    for day in range(0, course.days, 2):
        hour = course.begins + timedelta(days=day, hours=dice.randrange(24))
        at = hour + dice.choice((0.0, 0.25, dice.random())) * timedelta(hours=1)
        channel, account = dice.choice(ACCOUNTS)
        reason = dice.choice(("not about a person", "of no kind that is read"))
        found.append(Thing("ignored", _fresh(dice), 0, at, reason, 1, channel, account))
        if day % 4:
            malformed = dice.choice(("not JSON", "names no message"))
            found.append(Thing("quarantined", _fresh(dice), 0, at, malformed, 1, "", ""))
        else:
            found.append(Thing("refused", NOBODY, 0, hour, "bad_signature", dice.randint(1, 9), "", ""))
    return found


def _fresh(dice: Random) -> UUID:
    return UUID(int=dice.getrandbits(128))


async def write_aside(database: Database, aside: list[Thing]) -> None:
    """Put them where the service would."""
    async with database.transaction() as connection:
        for thing in aside:
            partition = thing.conversation.int % database.partitions
            match thing.measure:
                case "ignored":
                    about = (thing.channel, thing.account, thing.dim)
                    await connection.execute(IGNORE, partition, thing.conversation, thing.at, *about)
                case "quarantined":
                    await connection.execute(QUARANTINE, partition, thing.conversation, thing.at, thing.dim)
                case _:
                    await connection.execute(REFUSE, _hour(thing.at), thing.dim, thing.amount)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)

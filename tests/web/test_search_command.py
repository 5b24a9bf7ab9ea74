"""`onethread search`: what the service finds, for people and for programs."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE

from tests.web.conftest import Api
from tests.web.test_search import PATH, hits_of, shop, text_of


class Shell:
    """`onethread search …` beside the service, with its database and its keys."""

    def __init__(self, api: Api, url: str) -> None:
        self.environment = {
            **os.environ,
            "ONETHREAD_DATABASE_URL": url,
            "ONETHREAD_DATA_DIR": str(api.service.settings.data_dir),
        }

    async def search(self, *arguments: str, **further: str) -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "service", "search", *arguments,
            stdout=PIPE, stderr=PIPE, env={**self.environment, **further},
        )  # fmt: skip
        out, errors = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), errors.decode()


async def test_the_command_finds_what_the_service_finds(api: Api, fresh_url: str) -> None:
    ada, _ = await shop(api)
    await api.caught_up()
    shell = Shell(api, fresh_url)
    status, out, _ = await shell.search("parcel", "--json")
    answer = await api.get(PATH, q="parcel")
    assert (status, json.loads(out)["items"]) == (0, answer["items"])
    narrowed = ("--channel", "whatsapp", "--account", "100", "--author", "customer", "--kind", "text")
    within = ("--from", "2026-11-01T12:00:00Z", "--to", "2026-11-01T12:00:01Z", "--conversation", str(ada.id))
    status, out, _ = await shell.search("blue", *narrowed, *within, "--limit", "1", "--json")
    [item] = json.loads(out)["items"]
    assert (status, item["version"], hits_of(item)) == (0, 2, ["blue"])
    assert text_of(item) == "Where is my blue parcel?"


async def test_the_command_shows_people_the_words_in_colour(api: Api, fresh_url: str) -> None:
    ada, _ = await shop(api)
    await api.caught_up()
    shell = Shell(api, fresh_url)
    status, out, _ = await shell.search("parcel", "--limit", "2", FORCE_COLOR="1", TERM="xterm")
    assert status == 0
    assert "\x1b[1;33mparcel\x1b[0m" in out
    status, out, _ = await shell.search("red", NO_COLOR="1")
    heading, words, summary = out.splitlines()
    assert heading == f"2026-11-01 12:10:00  {ada.id}/7  Ada · whatsapp · customer · MessageReceived"
    assert words == "  And the red one?"
    assert summary == "1 found; the view is 0 events behind"
    status, out, _ = await shell.search("...")
    assert (status, "no word that is searched for" in out) == (0, True)


MISUSED = [
    ((" ",), "q: say what to search for"),
    (("a", "--limit", "0"), "limit: a whole number from 1 to 1000 is expected"),
    (("a", "--from", "yesterday"), "from: an instant is expected"),
    (("a", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z"), "from: is after to"),
    (("a", "--conversation", "17"), "conversation: give its id, or channel:account:sender"),
    (("a", "--view", "nowhere"), "timelines has no view 'nowhere'"),
    (("a", "--channel", "fax"), "fax"),
]


async def test_what_the_command_cannot_do_is_said_with_exit_status_2(api: Api, fresh_url: str) -> None:
    shell = Shell(api, fresh_url)
    for arguments, words in MISUSED:
        status, out, errors = await shell.search(*arguments)
        assert (status, out) == (2, ""), arguments
        assert words in errors
        assert "Traceback" not in errors

"""Those who come to the API: with tokens of every scope, and with sessions of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from service.web.auth import COOKIE
from tests.web.conftest import TOKEN, Answer, Api

TOKENS = "/api/v1/tokens"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


OWNER = bearer(TOKEN)


async def post(api: Api, path: str, headers: dict[str, str], **body: Any) -> Answer:
    return await api.send(path, method="POST", headers=headers, data=orjson.dumps(body))


async def make_token(api: Api, name: str, scope: str, **more: Any) -> str:
    """A new token of the API."""
    answer = await post(api, TOKENS, OWNER, name=name, scope=scope, **more)
    assert answer.status == 201, answer.body
    return str(answer.json["token"])


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the console, as a browser has it: the cookie, and what its pages have read."""

    cookie: str
    csrf_token: str

    @property
    def safe(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}"}

    @property
    def unsafe(self) -> dict[str, str]:
        return {**self.safe, "X-CSRF-Token": self.csrf_token}


async def sign_in(api: Api, token: str = TOKEN, **headers: str) -> Session:
    answer = await post(api, "/console/sign-in", headers, token=token)
    assert answer.status == 200, answer.body
    cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    return Session(cookie, answer.json["csrf_token"])


async def audited(api: Api, **query: Any) -> list[Any]:
    """The audit, refusals included that are still to be written."""
    await api.service.audit.write()
    return await api.all_pages("/api/v1/audit", **query)

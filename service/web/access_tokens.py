"""``/api/v1/tokens``: who else may ask, and how much."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from service import access_tokens
from service.access_tokens import MOST_DAYS, RefusedToken
from service.storage.access_tokens import NAME_PATTERN, Scope, Token
from service.storage.database import Unavailable
from service.web.auth import actor_of
from service.web.bodies import read_body
from service.web.errors import Problem
from service.web.operations import Operation
from service.web.parameters import Arguments, Parameter, read_text

if TYPE_CHECKING:
    from service.app import Service

PATH: Final = "/api/v1/tokens"

TOKEN_NAME: Final = Parameter(
    name="name",
    description="The name of a token.",
    schema={"type": "string", "pattern": f"^{NAME_PATTERN}$"},
    read=read_text,
    where="path",
)


class TokenBody(msgspec.Struct, forbid_unknown_fields=True):
    """A token to be made. Without ``days`` it counts until it is revoked."""

    name: Annotated[str, msgspec.Meta(pattern=f"^{NAME_PATTERN}$")]
    scope: Scope
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] | None = None


@dataclass(frozen=True, slots=True)
class TokenList:
    """All tokens there ever were, on one page."""

    items: list[Token]
    next_cursor: None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken(Token):
    """A new token; ``token`` is told this once."""

    token: str


STATUS: Final = {"malformed": 400, "against": 409, "missing": 404}


class Tokens:
    """Handlers of tokens."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def operations(self) -> list[Operation]:
        """What is answered here."""
        return [
            Operation(
                method="GET",
                path=PATH,
                name="listTokens",
                summary="Tokens, without what would let anybody in",
                handler=self.page,
                answer=TokenList,
                scope="administer",
            ),
            Operation(
                method="POST",
                path=PATH,
                name="createToken",
                summary="A new token, shown this once",
                handler=self.create,
                answer=MadeToken,
                status=201,
                body=TokenBody,
                problems=(409,),
                scope="administer",
            ),
            Operation(
                method="DELETE",
                path=f"{PATH}/{{name}}",
                name="revokeToken",
                summary="A token counts no more, nor do the sessions begun with it",
                handler=self.revoke,
                answer=Token,
                parameters=(TOKEN_NAME,),
                problems=(404, 409),
                scope="administer",
            ),
        ]

    async def page(self, _: Arguments) -> TokenList:
        """All of them."""
        async with self._service.database.connection() as connection:
            return TokenList(await access_tokens.listed(connection), None)

    async def create(self, arguments: Arguments) -> MadeToken:
        """Make one. Raises :class:`Problem` 400, or 409 where the name is taken."""
        service, body = self._service, await read_body(arguments.request, TokenBody)
        try:
            async with service.database.connection() as connection:
                made, secret = await access_tokens.create(
                    connection, body.name, body.scope,
                    days=body.days, by=actor_of(arguments.request), now=service.clock(),
                )  # fmt: skip
        except RefusedToken as refused:
            raise _problem(refused) from None
        await self._note()
        return MadeToken(**asdict(made), token=secret)

    async def revoke(self, arguments: Arguments) -> Token:
        """Revoke one. Raises :class:`Problem` 404, or 409 for that of the configuration."""
        service = self._service
        try:
            async with service.database.connection() as connection:
                revoked = await access_tokens.revoke(connection, arguments[TOKEN_NAME], service.clock())
        except RefusedToken as refused:
            raise _problem(refused) from None
        await self._note()
        return revoked

    async def _note(self) -> None:
        """Have this process know at once; where the database is away just now, as soon as the others."""
        with suppress(Unavailable):
            await self._service.keyring.refresh()


def _problem(refused: RefusedToken) -> Problem:
    return Problem(STATUS[refused.why], str(refused), field=refused.field)

"""One process put together: every part made once, in one place, and passed down."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final
from uuid import UUID

import aiohttp
import structlog
from openai import AsyncOpenAI

from domain.identity import Channel
from domain.steps import Policy
from service import provider as openai_provider
from service import readmodels, telemetry, tracing
from service.assistant import Assistant
from service.attendant import Attendant
from service.auditing import Audit
from service.binding import Binder, Provider, ThreadMaker
from service.breaker import Breaker
from service.channels.graph import GraphClient
from service.channels.pacing import Pacing
from service.conversations import Conversations
from service.drafting import Drafting, DraftingRules
from service.erasing import Eraser
from service.erasures import Erasures
from service.following import Following
from service.instants import Clock
from service.intake import KEEPING_UP, Intake
from service.keyring import Keyring
from service.opening import check_master_key
from service.rebinding import Rebinding
from service.rebuilding import Coordinator
from service.replies import Replies
from service.retention import Retention
from service.secrets import Secrets
from service.sending import Sending
from service.settings import ConfigFile, Settings, policy_of
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.inbox import Inbox
from service.storage.refusals import Refusals
from service.storage.vault import Vault
from service.storage.writer import LogWriter
from service.threads import Threads
from service.tools import Tools, load_functions
from service.workers import Ownership, Workers

if TYPE_CHECKING:
    from service.spans import Spans

GRACE: Final = 4.0
"""Seconds that replies under way get to come to a recorded end when the process stops."""

KEEPALIVE: Final = 10.0
"""A kept connection that the server closed meanwhile makes the outcome of a send unknown; so, short."""

STEP_OF_A_REBUILD: Final = 200
"""Events that the tail of a rebuild takes at a time, so that nobody who writes waits for it. For the same
reason half of the processors, no more, fill its views."""

logger = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """The parts that the web and the command line talk to."""

    settings: Settings
    secrets: Secrets
    clock: Clock
    policy: Policy
    database: Database
    vault: Vault
    inbox: Inbox
    conversations: Conversations
    workers: Workers
    provider: Provider
    pacing: Pacing
    refusals: Refusals
    replies: Replies
    attendant: Attendant
    keyring: Keyring
    audit: Audit
    spans: Spans | None
    erasures: Erasures


async def start_service(
    stack: AsyncExitStack,
    settings: Settings,
    config: ConfigFile,
    secrets: Secrets,
    database: Database,
    clock: Clock,
) -> Service:
    """Start every part, in order; the stack stops them in the opposite one."""
    policy = policy_of(settings)
    vault = Vault(secrets.master_key)
    await check_master_key(database, vault)
    async with database.connection() as connection:
        await readmodels.install(connection, settings)
    inbox = Inbox(database)
    writer = LogWriter(database, policy)
    for commits in (inbox, writer):
        commits.start()
        stack.push_async_callback(commits.stop)
    conversations = Conversations(database, vault, writer, policy)
    client = openai_provider.client(settings)
    stack.push_async_callback(client.close)
    session = await stack.enter_async_context(
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE))
    )
    parts = _Parts(
        settings,
        config,
        secrets,
        database,
        clock,
        policy,
        vault,
        conversations,
        inbox,
        writer,
        client,
        session,
    )
    workers = parts.workers()
    conversations.on_commit(lambda _entry, _events: workers.recorded())
    conversations.on_commit(telemetry.committed)
    spans = tracing.begin(database)
    if spans is not None:
        conversations.on_commit(spans.committed)
        stack.push_async_callback(spans.stop)
    await workers.start()
    stack.push_async_callback(workers.stop, GRACE)
    stack.push_async_callback(parts.binder.stop)
    coordinator = Coordinator(
        database,
        LogFeed(vault),
        secrets.master_key,
        workers=max(1, (os.cpu_count() or 1) // 2),
        step=STEP_OF_A_REBUILD,
    )
    attendant = Attendant(database, coordinator)
    attendant.start()
    stack.push_async_callback(attendant.stop)
    audit = Audit(database, clock)
    audit.start()
    stack.push_async_callback(audit.stop)
    keyring = Keyring(database, owner=secrets.api_token, marking=secrets.master_key, clock=clock)
    await keyring.start()
    stack.push_async_callback(keyring.stop)
    erasures = parts.erasures(workers)
    erasures.start()
    stack.push_async_callback(erasures.stop)
    return Service(
        settings=settings,
        secrets=secrets,
        clock=clock,
        policy=policy,
        database=database,
        vault=vault,
        inbox=inbox,
        conversations=conversations,
        workers=workers,
        provider=parts.provider,
        pacing=parts.pacing,
        refusals=parts.refusals,
        replies=parts.replies,
        attendant=attendant,
        keyring=keyring,
        audit=audit,
        spans=spans,
        erasures=erasures,
    )


class _Parts:
    """Intake, drafting and sending, and the workers that run them."""

    def __init__(
        self,
        settings: Settings,
        config: ConfigFile,
        secrets: Secrets,
        database: Database,
        clock: Clock,
        policy: Policy,
        vault: Vault,
        conversations: Conversations,
        inbox: Inbox,
        writer: LogWriter,
        client: AsyncOpenAI,
        session: aiohttp.ClientSession,
    ) -> None:
        self._inbox, self._vault = inbox, vault
        self._settings, self._config, self._database, self._clock = settings, config, database, clock
        self.provider = Provider(Breaker())
        self.pacing, self.refusals = Pacing(), Refusals()
        self._threads = Threads(client, timeout=settings.create_timeout)
        maker = ThreadMaker(
            database, self._threads, self.provider, timeout=settings.create_timeout, clock=clock
        )
        self.binder = Binder(maker, self.provider, patience=settings.thread_patience, clock=clock)
        self._conversations = conversations
        self._intake = Intake(database, conversations, writer, self.binder, policy, clock)
        self._ownership = Ownership()
        graph = GraphClient(
            session,
            url=str(settings.graph_url),
            token_for=secrets.access_token,
            timeout=settings.send_timeout,
            node_for=self._node,
        )
        sending = Sending(
            database=database,
            conversations=conversations,
            graph=graph,
            pacing=self.pacing,
            clock=clock,
            still_mine=self._ownership.owns,
        )
        drafting = self._drafting(client, maker, policy, secrets, sending)
        self.replies = Replies(
            database=database,
            conversations=conversations,
            drafting=drafting,
            sending=sending,
            policy=policy,
            concurrency=settings.concurrent_replies,
            pressed=lambda: inbox.crowded or self._intake.behind > KEEPING_UP,
            clock=clock,
        )
        conversations.on_commit(self.replies.changed)

    def _drafting(
        self, client: AsyncOpenAI, maker: ThreadMaker, policy: Policy, secrets: Secrets, sending: Sending
    ) -> Drafting:
        settings = self._settings
        functions = load_functions(self._config.functions)
        assistant = Assistant(
            client,
            model=settings.model,
            instructions=settings.instructions,
            tools=[*(function.definition for function in functions.values()), *self._config.tools],
            max_output_tokens=settings.max_output_tokens,
            timeout=settings.draft_timeout,
            clock=monotonic,
        )
        return Drafting(
            database=self._database,
            conversations=self._conversations,
            assistant=assistant,
            threads=self._threads,
            rebinding=Rebinding(self._database, self._conversations, maker, policy, self._clock),
            provider=self.provider,
            tools=Tools(functions, assistant, self._conversations, self._clock),
            policy=policy,
            rules=DraftingRules(
                fallback_after=settings.fallback_after,
                fallback_text=settings.fallback_text,
                lock_patience=settings.lock_patience,
                identifier_key=secrets.master_key,
            ),
            clock=self._clock,
            show_typing=sending.show_typing,
        )

    def workers(self) -> Workers:
        """The loops of this process, over what it owns."""
        workers = Workers(
            ownership=self._ownership,
            database=self._database,
            conversations=self._conversations,
            intake=self._intake,
            replies=self.replies,
            following=Following(self._database, LogFeed(self._vault), lambda: self._ownership.partitions),
            threads=self._threads,
            provider=self.provider,
            lease_seconds=self._settings.lease_seconds,
            refusals=self.refusals,
            crowded=lambda: self._inbox.crowded,
            clock=self._clock,
        )
        self.binder.wake = workers.arrived
        return workers

    def erasures(self, workers: Workers) -> Erasures:
        """What is to be erased by request or by policy, in the partitions of this process."""

        def erased(conversation_id: UUID) -> None:
            self._conversations.forget(conversation_id)
            workers.recorded()

        days = self._settings.erase_after_days
        return Erasures(
            self._database,
            Eraser(self._database, self._vault, self._clock),
            Retention(self._database, self._vault, policy_of(self._settings)),
            self._clock,
            mine=lambda: self._ownership.partitions,
            erased=erased,
            after=None if days is None else timedelta(days=days),
        )

    def _node(self, channel: Channel, account_id: str) -> str:
        for account in self._config.accounts:
            if (account.channel, account.account_id) == (channel, account_id) and account.node:
                return account.node
        return account_id

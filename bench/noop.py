"""The baseline: an aiohttp server on uvloop that reads the body and answers 200, and nothing else."""

from __future__ import annotations

import asyncio
import os
import sys

import uvloop
from aiohttp import web


async def acknowledge(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="ok")


async def serve(port: int) -> None:
    """Serve until told to end, or until the process that started this one is gone."""
    parent = os.getppid()
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/webhooks/whatsapp", acknowledge)
    app.router.add_get("/", acknowledge)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    while os.getppid() == parent:  # the kernel tells nobody
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))

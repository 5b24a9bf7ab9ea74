"""The baseline: an aiohttp server that reads the body and answers 200, on uvloop, and nothing else."""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web


async def acknowledge(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="ok")


async def serve(port: int) -> None:
    import asyncio

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/webhooks/whatsapp", acknowledge)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))

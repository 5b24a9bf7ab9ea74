from aiohttp import web
from service.web.webhooks import Webhooks, LARGEST_BODY
from service.web.errors import problems
def build_app(service):
    app = web.Application(middlewares=[problems], client_max_size=LARGEST_BODY)
    hooks = Webhooks(inbox=service.inbox, partitions=service.database.partitions, app_secret=service.secrets.app_secret, verify_token=service.secrets.verify_token, clock=service.clock, arrived=service.workers.arrived)
    for path in ("/webhooks/messenger", "/webhooks/whatsapp"):
        app.router.add_get(path, hooks.handshake); app.router.add_post(path, hooks.delivery)
    return app

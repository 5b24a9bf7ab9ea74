"""A stand-in for Meta: its Send API, its webhooks, and its bad habits as a dial.

The real thing: https://developers.facebook.com/documentation/business-messaging/
"""

from service.sandbox.meta.dial import Dial
from service.sandbox.meta.sandbox import MetaSandbox
from service.sandbox.meta.speech import Speaker
from service.sandbox.meta.updates import Account
from service.sandbox.meta.webhooks import RetryPolicy

__all__ = ["Account", "Dial", "MetaSandbox", "RetryPolicy", "Speaker"]

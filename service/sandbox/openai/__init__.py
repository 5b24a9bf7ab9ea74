"""A stand-in for OpenAI: conversations, items and responses over HTTP, with faults to order."""

from service.sandbox.openai.server import OpenAISandbox

__all__ = ["OpenAISandbox"]

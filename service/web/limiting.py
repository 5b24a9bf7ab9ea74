"""Limits of requests, kept in the memory of each process: N processes let N times as much through.

What is kept is bounded: tokens are few, addresses share a fixed number of windows, and no window holds more
than was asked for within its minute.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from ipaddress import ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from service.web.errors import Problem

WINDOWS: Final = 1024
"""Windows that all addresses share, by a hash that differs from process to process: two addresses rarely
have the same one, and nobody can choose whose."""

GUESSES: Final = 60
"""Wrong tokens a minute from one address, after which it is not heard."""

MINUTE: Final = 60


class Limits:
    """Moving windows of a minute: of a token, of an address, and of the wrong tokens from an address.

    Every method raises :class:`Problem` 429 where there is no room. A ``rate`` of 0 turns all of it off.
    """

    def __init__(self, rate: int) -> None:
        self._on = rate > 0
        self._rate = RateLimitItemPerMinute(rate or 1)
        self._guesses = RateLimitItemPerMinute(min(rate or 1, GUESSES))
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._salt = os.urandom(16)

    def token(self, name: str) -> None:
        """A request with this token."""
        self._take(self._rate, "token", name)

    def address(self, address: str) -> None:
        """A request from this address."""
        self._take(self._rate, "address", self._window_of(address))

    def guessed(self, address: str) -> None:
        """A wrong token from this address."""
        self._take(self._guesses, "guess", self._window_of(address))

    def not_guessing(self, address: str) -> None:
        """Something from this address that would be worth guessing."""
        window = self._window_of(address)
        if self._on and not self._windows.test(self._guesses, "guess", window):
            raise self._full(self._guesses, "guess", window)

    def _take(self, limit: RateLimitItemPerMinute, kind: str, of: str) -> None:
        if self._on and not self._windows.hit(limit, kind, of):
            raise self._full(limit, kind, of)

    def _full(self, limit: RateLimitItemPerMinute, kind: str, of: str) -> Problem:
        reset = self._windows.get_window_stats(limit, kind, of).reset_time
        wait = min(MINUTE, max(1, math.ceil(reset - time.time())))
        what = "wrong tokens" if kind == "guess" else "requests"
        whose = "with this token" if kind == "token" else "from this address"
        return Problem(
            429,
            f"{limit.amount} {what} a minute {whose} are the most; try again in {wait} s",
            headers={  # https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
                "Retry-After": str(wait),
                "RateLimit-Policy": f'"{kind}";q={limit.amount};w={MINUTE}',
                "RateLimit": f'"{kind}";r=0;t={wait}',
            },
        )

    def _window_of(self, address: str) -> str:
        hashed = hashlib.blake2b(_network(address), key=self._salt, digest_size=4).digest()
        return str(int.from_bytes(hashed) % WINDOWS)


def _network(address: str) -> bytes:
    """The address, or the /64 that it is in: whoever has one address of that has all of them."""
    try:
        packed = ip_address(address.partition("%")[0]).packed
    except ValueError:
        return address.encode("utf-8", "replace")
    return packed if len(packed) == 4 else packed[:8]

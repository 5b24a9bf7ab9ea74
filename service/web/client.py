"""Where a request comes from: what the connection says, or a proxy that is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network


class Proxies:
    """Those whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks

    def address(self, request: web.BaseRequest) -> str:
        """The nearest address that no trusted proxy has."""
        nearest = request.remote or ""
        for hop in reversed(",".join(request.headers.getall("X-Forwarded-For", [])).split(",")):
            if not self._trusts(nearest) or _address(hop) is None:
                break
            nearest = hop.strip()
        return nearest

    def is_secure(self, request: web.BaseRequest) -> bool:
        """Whether the client speaks https."""
        if request.secure:
            return True
        return request.headers.get("X-Forwarded-Proto", "").rpartition(",")[
            2
        ].strip().lower() == "https" and self._trusts(request.remote or "")

    def _trusts(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found

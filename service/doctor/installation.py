"""Settings, and the files of the data directory."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from service.doctor.findings import Finding, ok, warning, wrong
from service.secrets import Sandboxed
from service.serve import PARENT
from service.settings import Settings

PREFIX: Final = "ONETHREAD_"
SHORTEST_TOKEN: Final = 20
LEAST_FREE: Final = 100 << 20
LITTLE_FREE: Final = 1 << 30
SECRET_FILES: Final = ("master.key", "api.token")


def settings(chosen: Settings, played: Sandboxed) -> list[Finding]:
    """What is set that is no setting, and what does not go together."""
    findings = [*_misspelt(), *_sandboxed(chosen, played)]
    token = chosen.api_token
    if token is not None and len(token.get_secret_value()) < SHORTEST_TOKEN:
        found = f"of fewer than {SHORTEST_TOKEN} characters, and can be guessed"
        findings.append(warning(f"{PREFIX}API_TOKEN", found, "set a longer one, or none: it is then made"))
    if chosen.lease_seconds < 1:
        found = f"{chosen.lease_seconds:g} s: a pause of the machine loses partitions"
        findings.append(warning(f"{PREFIX}LEASE_SECONDS", found, "leave it at 5"))
    if chosen.draft_timeout * 2 > chosen.fallback_after > 0:
        findings.append(
            warning(
                f"{PREFIX}FALLBACK_AFTER",
                "the fallback text comes before a draft can have been tried twice",
                f"set it to more than twice {PREFIX}DRAFT_TIMEOUT",
            )
        )
    return findings or [ok("settings", "all can be read")]


def _misspelt() -> Iterator[Finding]:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {PARENT}
    given = {*os.environ, *(dotenv_values(".env") if Path(".env").is_file() else ())}
    for name in sorted(given - known):
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_"):
            meant = difflib.get_close_matches(name, known, n=1)
            advice = f"is {meant[0]} meant?" if meant else "docs/configuration.md lists all"
            yield warning(name, "is no setting, and does nothing", advice)


def _sandboxed(chosen: Settings, played: Sandboxed) -> Iterator[Finding]:
    meta = "ONETHREAD_META_APP_SECRET, ONETHREAD_META_VERIFY_TOKEN, ONETHREAD_META_ACCESS_TOKEN"
    if played.meta:
        yield warning("Meta", "played by the sandbox", f"set {meta} to connect it")
        if not _loopback(chosen.host):
            found = f"{chosen.host} is open to others, and the sandbox's app secret is known to everybody"
            yield wrong(f"{PREFIX}HOST", found, "listen on 127.0.0.1, or connect Meta")
    if played.openai:
        yield warning("OpenAI", "played by the sandbox", "set OPENAI_API_KEY to connect it")
    for name, value in (
        ("VERIFY_TOKEN", chosen.meta_verify_token),
        ("ACCESS_TOKEN", chosen.meta_access_token),
    ):
        if value is None and not played.meta:
            without = (
                "no handshake" if name == "VERIFY_TOKEN" else "only accounts with a token of their own send"
            )
            yield warning(f"{PREFIX}META_{name}", f"missing: {without}", "set it")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def data_directory(folder: Path) -> list[Finding]:
    """Who may read the secrets, and whether anything can be written."""
    findings = []
    if not os.access(folder, os.W_OK | os.X_OK):
        return [wrong("data directory", "cannot be written to", "let this user own ONETHREAD_DATA_DIR")]
    for name in SECRET_FILES:
        path = folder / name
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            findings.append(
                wrong(name, "others of this machine can read it", f"chmod 600 {name}, and change it")
            )
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    room = f"{free / (1 << 30):.1f} GiB free"
    if free < LITTLE_FREE:
        make = wrong if free < LEAST_FREE else warning
        findings.append(make("disk", room, "make room: nothing can be taken once it is full"))
    return findings or [ok("data directory", f"private, {room}")]

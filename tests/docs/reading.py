"""Documents as the tests read them: fences, tables, headings, and the commands of a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"`([^`]+)`")
_SUBSTITUTION: Final = re.compile(r"\$\(([^()]*)\)")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]+=")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fences(document: str, language: str) -> list[str]:
    """What stands in the fences of one language."""
    return [content for named, content in _FENCE.findall(document) if named == language]


def prose(document: str) -> str:
    """The document without its fences."""
    return _FENCE.sub("", document)


def rows(document: str) -> list[list[str]]:
    """The cells of every row of every table, head rows included."""
    lines = [line for line in prose(document).splitlines() if line.lstrip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [row for row in cells if not all(re.fullmatch(r":?-+:?", cell) for cell in row)]


def code(text: str) -> list[str]:
    """What stands between backticks."""
    return _CODE.findall(text)


def slugs(document: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sections(document: str, level: int) -> dict[str, str]:
    """The text under each heading of a level, up to the next heading of that level or above."""
    mark = "#" * level
    pieces = re.split(rf"^(?=#{{1,{level}}} )", document, flags=re.MULTILINE)
    found = (piece.partition("\n") for piece in pieces if piece.startswith(f"{mark} "))
    return {head.removeprefix(mark).strip(): body.strip() for head, _, body in found}


def commands(fence: str) -> Iterator[list[str]]:
    """The words of every simple command in a shell fence, those within ``$(…)`` included, without the
    assignments before them."""
    waiting = ""
    for line in fence.replace("\\\n", " ").splitlines():
        waiting += f"{line}\n"
        try:
            shlex.split(waiting, comments=True)
        except ValueError:  # a quotation that goes on in the next line
            continue
        yield from _simple(waiting)
        waiting = ""
    assert not waiting, f"a quotation is not closed: {waiting}"


def _simple(line: str) -> Iterator[list[str]]:
    for inner in _SUBSTITUTION.findall(line):
        yield from _simple(inner)
    words = shlex.split(_SUBSTITUTION.sub("_", line), comments=True)
    command: list[str] = []
    for word in [*words, "|"]:
        if word in {"|", "&&", ";"}:
            if command:
                yield command
            command = []
        elif command or not _ASSIGNMENT.match(word):
            command.append(word)

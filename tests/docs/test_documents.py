"""The documents say what the software does: whatever they list is held against the code."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit

import msgspec
import pytest

from bench.__main__ import BENCHMARKS
from domain.erasure import personal_fields
from domain.events import EVENT_TYPES, Fact
from domain.inbound import Attachment
from service import telemetry
from service.channels.messenger import MESSAGING_FIELDS
from service.channels.whatsapp import _FIELDS
from service.cli import app
from service.sandbox.faults import ANSWER_EFFECTS, STATE_EFFECTS, TRANSPORT_EFFECTS, FaultDial
from service.sandbox.faults_http import fault_routes
from service.sandbox.meta import Dial, MetaSandbox
from service.sandbox.meta.control import Control, Say
from service.sandbox.meta.errors import PRESETS as META_PRESETS
from service.sandbox.openai import OpenAISandbox
from service.sandbox.openai.errors import PRESETS as OPENAI_PRESETS
from service.sandbox.openai.server import OPERATIONS
from service.settings import Account, ConfigFile, FunctionTool, Settings
from service.storage.codec import ENVELOPE
from service.web.metrics import THREAD_STATES
from tests.docs.reading import DOCUMENTS, ROOT, code, commands, fences, prose, read, rows, sections, slugs
from tests.storage.event_values import event_of, required
from tests.web.conftest import Api, running

EVERY_DOCUMENT = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))

PROGRAMS: Final = {"$BIN/pg_basebackup", "cat", "curl", "cut", "date", "ls", "openssl", "printf", "sed"}
"""Commands of others that the documents use."""

A_FILE: Final = re.compile(r"([\w.-]+/[\w./-]*\.(?:py|sql|md|toml|example))(?:::(\w+))?")


# All documents


@EVERY_DOCUMENT
def test_every_relative_link_leads_to_a_file_and_to_a_heading_in_it(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document.read_text(encoding="utf-8"))):
        if urlsplit(target).scheme:
            continue
        name, _, anchor = target.partition("#")
        led_to = (document.parent / name).resolve() if name else document
        assert led_to.is_file(), target
        assert not anchor or anchor in slugs(led_to.read_text(encoding="utf-8")), target


@EVERY_DOCUMENT
def test_every_file_and_test_that_is_named_is_there(document: Path) -> None:
    for quoted in code(prose(document.read_text(encoding="utf-8"))):
        named = A_FILE.fullmatch(quoted)
        if named is None:
            continue
        path = ROOT / named[1]
        assert path.is_file(), quoted
        assert named[2] is None or f"def {named[2]}(" in path.read_text(encoding="utf-8"), quoted


@EVERY_DOCUMENT
def test_every_shell_command_is_one_that_there_is(document: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE)
    for fence in fences(document.read_text(encoding="utf-8"), "sh"):
        for program, *words in commands(fence):
            if program == "make":
                assert words[0] in targets, words
                named = [word.removeprefix("ARGS=").split()[0] for word in words[1:] if words[0] == "bench"]
                assert set(named) <= BENCHMARKS.keys(), words
            elif program == "onethread":
                app.parse_args(words, exit_on_error=False, print_error=False)
            else:
                assert program in PROGRAMS, program


@EVERY_DOCUMENT
def test_every_configuration_shown_is_one_that_can_be_read(document: Path) -> None:
    for fence in fences(document.read_text(encoding="utf-8"), "toml"):
        ConfigFile.model_validate(tomllib.loads(fence))


# Events

DICTIONARY: Final = sections(read("docs/events.md"), 3)
EVERY_EVENT = pytest.mark.parametrize("name", EVENT_TYPES)

HINTS: Final[dict[Any, tuple[Any, Any]]] = {
    str: ("one", "two"),
    int: (1, 2),
    float: (1.0, 2.0),
    bool: (False, True),
    datetime: (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1)),
    dict[str, Any]: ({}, {"a": 1}),
    tuple[str, ...]: (("one",), ("two",)),
    tuple[Attachment, ...]: ((), (Attachment(kind="image"),)),
}


def own_fields(event_class: type[Fact]) -> list[str]:
    return [field.name for field in dataclasses.fields(event_class) if field.name not in ENVELOPE]


def unique_by(event_class: type[Fact]) -> set[str]:
    """The fields whose change makes another unique key, found by changing each."""
    hints = get_type_hints(event_class)
    values = {
        name: next(pair for kind, pair in HINTS.items() if hints[name] in (kind, kind | None))
        for name in own_fields(event_class)
    }
    plain = {name: values[name][0] for name in required(event_class)}
    key = event_of(event_class, **plain).unique_key
    changed = {name: event_of(event_class, **{**plain, name: values[name][1]}) for name in values}
    return {name for name, event in changed.items() if event.unique_key != key}


def test_the_dictionary_holds_every_stored_type_and_no_other() -> None:
    assert sorted(DICTIONARY) == sorted(EVENT_TYPES)


@EVERY_EVENT
def test_an_event_is_told_by_its_own_sentence(name: str) -> None:
    told, said = DICTIONARY[name].partition("\n\n")[0], EVENT_TYPES[name].__doc__ or ""
    paragraph = said.partition("\n\n")[0].replace("``", "`")
    assert " ".join(told.split()) == " ".join(paragraph.split())
    version = EVENT_TYPES[name].class_version
    assert (f"Class version {version}" in DICTIONARY[name]) == (version > 1)


@EVERY_EVENT
def test_the_fields_of_an_event_are_listed_in_order_with_what_is_personal(name: str) -> None:
    personal = personal_fields(EVENT_TYPES[name])
    listed = [(code(first)[0], mark) for first, mark, *_ in rows(DICTIONARY[name]) if code(first)]
    assert listed == [
        (field, "personal" if field in personal else "clear") for field in own_fields(EVENT_TYPES[name])
    ]


@EVERY_EVENT
def test_what_there_is_of_an_event_at_most_once_is_told(name: str) -> None:
    told = re.search(r"^Once for: ([^.(]*)", DICTIONARY[name], re.MULTILINE)
    assert set(code(told[1]) if told else ()) == unique_by(EVENT_TYPES[name])


# Settings

CONFIGURATION: Final = rows(read("docs/configuration.md"))


def variable(name: str) -> str:
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else f"ONETHREAD_{name.upper()}"


def given(name: str, text: str) -> Any:
    """What a setting becomes that is given as text; its default without one."""
    values: dict[str, Any] = {"_env_file": None, **({name: text} if text else {})}
    return getattr(Settings(**values), name)


def test_every_setting_is_documented_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {variable(name): name for name in Settings.model_fields}
    for each in names:
        monkeypatch.delenv(each, raising=False)
    documented = {code(row[0])[0]: "".join(code(row[1])) for row in CONFIGURATION if row[0].isupper()}
    assert sorted(documented) == sorted(names)
    for each, default in documented.items():
        assert given(names[each], default) == given(names[each], ""), each


def test_the_example_of_an_env_file_shows_every_setting_with_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = {variable(name): name for name in Settings.model_fields}
    for each in names:
        monkeypatch.delenv(each, raising=False)
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE))
    assert sorted(shown) == sorted(names)
    for each, default in shown.items():
        assert given(names[each], default.strip('"')) == given(names[each], ""), each


def test_every_field_of_the_configuration_file_is_documented() -> None:
    documented = {(code(row[0])[0], *code(row[1])) for row in CONFIGURATION if row[0].startswith("`[[")}
    tables: dict[str, Any] = {"[[accounts]]": Account, "[[functions]]": FunctionTool}
    fields = {(table, name) for table, model in tables.items() for name in model.model_fields}
    assert documented == fields | {("[[tools]]",)}
    assert {f"[[{name}]]" for name in ConfigFile.model_fields} == {table for table, *_ in documented}


# Metrics


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    table = rows(read("docs/metrics.md"))
    documented = {
        code(row[0])[0]: (row[1], tuple(code(row[2])))
        for row in table
        if row[0].startswith("`onethread_") and len(row) == 5
    }
    collectors: set[Any] = set(telemetry.REGISTRY._names_to_collectors.values())
    there_are = {
        family.name + ("_total" if family.type == "counter" else ""): (family.type, collector._labelnames)
        for collector in collectors
        for family in collector.describe()
    }
    assert documented == there_are


def test_every_state_of_a_thread_is_documented() -> None:
    _, _, states = read("docs/metrics.md").partition("| state of a thread |")
    assert tuple(code(row[0])[0] for row in rows(states) if code(row[0])) == THREAD_STATES


# Commands and routes


@pytest.fixture
async def api(fresh_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running(fresh_url, tmp_path) as started:
        yield started


def requests(document: str, base: str) -> set[tuple[str, str]]:
    """Method and path of every curl command to an address that a shell variable holds."""
    found = set()
    for fence in fences(document, "sh"):
        for program, *words in commands(fence):
            address = next((word for word in words if word.startswith(f"{base}/")), None)
            if program != "curl" or address is None:
                continue
            sends = any(word in {"-d", "--data-binary"} for word in words)
            method = words[words.index("-X") + 1] if "-X" in words else "POST" if sends else "GET"
            path = address.removeprefix(base).partition("?")[0]
            found.add((method, re.sub(r"\$[A-Z]+", "{id}", path)))
    return found


def test_the_readme_shows_every_command_by_example() -> None:
    shown = {
        words[0]
        for fence in fences(read("README.md"), "sh")
        for program, *words in commands(fence)
        if program == "onethread"
    }
    assert shown == {name for name in app if not name.startswith("-")}


async def test_the_readme_shows_every_route_by_example_and_none_that_is_not_there(api: Api) -> None:
    described = (await api.send("/openapi.json")).json["paths"]
    there_are = {(method.upper(), path) for path, methods in described.items() for method in methods}
    shown = {(method, described_path(path, described)) for method, path in requests(read("README.md"), "$B")}
    assert shown == there_are


def described_path(path: str, described: Collection[str]) -> str:
    """The path in the description that an address is of; the address itself where there is none."""
    fitting = [known for known in described if re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), path)]
    return path if path in described else next(iter(fitting), path)


def test_the_fields_to_subscribe_to_are_ones_that_are_read() -> None:
    fields = {code(row[1])[0]: code(row[2]) for row in rows(read("README.md")) if "/webhooks/" in row[1]}
    assert set(fields["/webhooks/whatsapp"]) <= _FIELDS.keys()
    for row in rows(read("README.md")):
        if code(row[1]) == ["/webhooks/messenger"]:
            assert set(code(row[2])) <= MESSAGING_FIELDS


# The sandbox

SANDBOX: Final = read("docs/sandbox.md")


def routes_of(title: str) -> set[tuple[str, str]]:
    listed = (code(row[0])[0].split() for row in rows(sections(SANDBOX, 2)[title]) if code(row[0]))
    return {(method, path) for method, path, *_ in (line for line in listed if len(line) == 2)}


def meta_routes() -> set[tuple[str, str]]:
    meta = MetaSandbox(webhook_url="http://127.0.0.1:9", app_secret="of this test")
    return {(route.method, route.path) for route in (*Control(meta).routes(), *fault_routes(meta.faults))}


def openai_routes() -> set[tuple[str, str]]:
    routes = OpenAISandbox().app().router.routes()
    known = {(route.method, route.resource.canonical) for route in routes if route.resource is not None}
    return {(method, path) for method, path in known if "/_sandbox" in path and method != "HEAD"}


def test_the_routes_that_steer_the_sandbox_are_documented_and_the_examples_use_them() -> None:
    assert routes_of("Steering Meta") == meta_routes()
    assert routes_of("Steering OpenAI") == openai_routes()
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        assert requests(text, "$G") <= meta_routes()
        assert requests(text, "$O") <= openai_routes()


def test_what_the_examples_send_to_the_sandbox_is_understood() -> None:
    dials = {"$G": MetaSandbox(webhook_url="http://127.0.0.1:9", app_secret="s").faults}
    dials["$O"] = OpenAISandbox().faults
    for document in DOCUMENTS:
        for fence in fences(document.read_text(encoding="utf-8"), "sh"):
            for words in commands(fence):
                if "-d" in words:
                    understood(dials, words)


def understood(dials: dict[str, FaultDial], words: list[str]) -> None:
    body = words[words.index("-d") + 1]
    for address in words:
        base, _, route = address.partition("/_sandbox/")
        if route == "say":
            msgspec.json.decode(body, type=Say)
        elif route == "dial":
            Dial().turned(msgspec.json.decode(body))
        elif route == "faults":
            dials[base].add_json(body.encode())


def test_the_dial_and_the_faults_are_documented() -> None:
    meta = rows(sections(SANDBOX, 2)["Steering Meta"])
    dial = meta[next(n for n, row in enumerate(meta) if row[0] == "dial") + 1 :]
    assert {name for row in dial for name in code(row[0])} == set(Dial.__struct_fields__)
    faults = rows(sections(SANDBOX, 2)["Fault rules"])
    known = {row[0]: (set(code(row[1])), set(code(row[2]))) for row in faults if row[0] in {"Meta", "OpenAI"}}
    assert known == {
        "Meta": ({"send", "mark_read", "typing", "*"}, set(META_PRESETS)),
        "OpenAI": ({*OPERATIONS, "*"}, set(OPENAI_PRESETS)),
    }
    effects = (*TRANSPORT_EFFECTS, *STATE_EFFECTS, *ANSWER_EFFECTS)
    assert {code(row[0])[0] for row in faults if code(row[0])} == {
        str(effect.__struct_config__.tag) for effect in effects
    }

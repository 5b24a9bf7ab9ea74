"""What the HTTP surface reads from clients, found in its modules, so that nothing new is left out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

import service.web
from service.web.parameters import Parameter

MODULES: Final[list[ModuleType]] = [
    importlib.import_module(f"service.web.{module.name}")
    for module in pkgutil.iter_modules(service.web.__path__)
]


def _values() -> Iterator[Any]:
    for module in MODULES:
        yield from vars(module).values()


def parameters() -> list[Parameter[Any]]:
    """Every parameter that is declared."""
    return list({id(value): value for value in _values() if isinstance(value, Parameter)}.values())


def places() -> list[type[tuple[Any, ...]]]:
    """Every kind of place that a cursor can hold."""
    return list(
        dict.fromkeys(
            value
            for value in _values()
            if isinstance(value, type)
            and issubclass(value, tuple)
            and hasattr(value, "_fields")
            and value.__module__.startswith("service.web.")
        )
    )

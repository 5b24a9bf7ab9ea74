"""One service for all tests of a module here: they are about what it survives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.served import Served, served


@pytest.fixture(scope="module")
def there(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(admin_url, tmp_path_factory.mktemp("served"), rate_limit=0) as one:
        yield one

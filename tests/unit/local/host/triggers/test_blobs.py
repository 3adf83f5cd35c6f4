from __future__ import annotations

import pytest

from local.host.errors import SettingError
from local.host.triggers.blobs import compile_pattern


def test_a_path_gives_container_prefix_and_parameters() -> None:
    """The container is listed by the fixed start of the name; the rest is matched."""
    pattern = compile_pattern("control/bronze/{name}.json", "f")
    assert (pattern.container, pattern.prefix) == ("control", "bronze/")
    assert pattern.match("bronze/run-1.json") == {"name": "run-1"}
    assert pattern.match("bronze/run-1.txt") is None
    assert pattern.match("silver/run-1.json") is None


def test_a_container_alone_means_all_its_blobs() -> None:
    """Without a name every blob fits."""
    assert compile_pattern("control", "f").match("a/b") == {"name": "a/b"}


def test_a_path_without_container_is_refused() -> None:
    """The error names function and path."""
    with pytest.raises(SettingError, match=r"function f: the blob path '\{name\}'"):
        compile_pattern("{name}", "f")

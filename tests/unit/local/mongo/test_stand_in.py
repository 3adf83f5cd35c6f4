"""What the stand-in is started with, and what it says where it cannot run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from local.mongo.stand_in import JarsMissing, MongoVersion, stand_in


def test_without_its_jars_it_says_what_to_do(tmp_path: Path) -> None:
    """The folder is named, and the command that fills it; no Java is started."""
    (tmp_path / "other.jar").touch()
    with (
        pytest.raises(JarsMissing, match=f"{tmp_path}: run python -m local.setup run"),
        stand_in(Path("/no/java"), Path("/no/py4j"), tmp_path, port=0, memory="1g"),
    ):
        pass


def test_it_says_a_version_that_pymongo_takes() -> None:
    """5.0.0 as Java's list and as text, and a wire version."""
    lists = SimpleNamespace(java=SimpleNamespace(util=SimpleNamespace(ArrayList=list)))
    version = MongoVersion(SimpleNamespace(jvm=lists))  # type: ignore[arg-type]
    assert version.getVersionArray() == [5, 0, 0]
    assert version.toVersionString() == "5.0.0"
    assert version.getWireVersion() == 13
    assert version.Java.implements == ("de.bwaldvogel.mongo.MongoVersion",)

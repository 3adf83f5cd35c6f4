"""Small files where nothing but one whole write is to be had, as on a volume."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from tests.integration.spark_jobs.builders.volume import as_volume


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """An empty lake on something like a volume."""
    as_volume(monkeypatch, tmp_path)
    return Files(f"{tmp_path}/{{area}}/")


def test_files_come_back_as_written(files: Files, tmp_path: Path) -> None:
    """Any text, the last one written, and no side files."""
    files.write_json("control", "a/b.json", {"title": "\u5929 \U0001f3ac"})
    files.write_json("control", "a/b.json", {"title": "again"})
    assert files.read_json("control", "a/b.json") == {"title": "again"}
    files.write_text("control", "a/b.json", '{"title": "lone \ud800"}\r\n')
    assert (tmp_path / "control/a/b.json").read_bytes() == b'{"title": "lone ?"}\r\n'
    assert [path.name for path in (tmp_path / "control/a").iterdir()] == ["b.json"]


def test_a_file_that_is_not_there_is_none(files: Files) -> None:
    """Whether the folder is there or not."""
    files.write_json("control", "b.json", {})
    assert files.read_json("control", "a.json") is None
    assert files.read_json("nowhere", "a.json") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is not JSON"), ("", "is not JSON"), ("[]", "no JSON object"), ("null", "no JSON object")],
)
def test_broken_json_is_named(files: Files, text: str, message: str) -> None:
    """The path and the remedy stand in the message."""
    files.write_text("control", "a/b.json", text)
    with pytest.raises(LakeError, match=rf"control/a/b\.json .*{message}.*: write it again"):
        files.read_json("control", "a/b.json")


def test_bytes_that_are_no_text_are_named(files: Files, tmp_path: Path) -> None:
    """They are no JSON either."""
    (tmp_path / "control").mkdir()
    (tmp_path / "control/b.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(LakeError, match=r"control/b\.json is not JSON"):
        files.read_json("control", "b.json")


def test_sizes_and_folders(files: Files) -> None:
    """Files right under a prefix with their bytes, folders in order; what is not there has none."""
    for name in ("p/a.gz", "p/b.gz", "p/deeper/c.gz", "p/as/d.gz"):
        files.write_text("raw", name, "x" * len(name))
    assert files.sizes("raw", "p/") == {"p/a.gz": 6, "p/b.gz": 6}
    assert files.folders("raw", "p/") == ["as", "deeper"]
    assert (files.sizes("raw", "q/"), files.folders("raw", "q")) == ({}, [])


def test_a_folder_is_removed_whole(files: Files) -> None:
    """With all in it, again and again."""
    files.write_text("state", "staging/silver/0/part", "x")
    files.write_text("state", "staging/gold/0/part", "x")
    for _ in range(2):
        files.remove("state", "staging/silver")
    assert files.folders("state", "staging") == ["gold"]


def test_a_template_without_area_is_refused() -> None:
    """The message shows how one looks."""
    with pytest.raises(ValueError, match=r"--files '/data' has no \{area\} in it, as in /data/lake/\{area\}"):
        Files("/data")

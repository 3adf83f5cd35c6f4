"""Where the jars of Delta Lake are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from spark_jobs.runtime.delta_jars import JarsNotFound, delta_jars


def jars_in(folder: Path, *names: str) -> list[Path]:
    """Empty files."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return [folder / name for name in names]


def test_both_jars_are_found_and_no_other(tmp_path: Path) -> None:
    """A jar of something else is nothing for the session."""
    wanted = jars_in(tmp_path, "delta-spark_4.1_2.13-4.4.0.jar", "delta-storage-4.4.0.jar")
    jars_in(tmp_path, "other-1.0.jar")
    assert delta_jars({}, tmp_path) == wanted


def test_the_variable_names_another_folder(tmp_path: Path) -> None:
    """CROSSFADE_JARS wins over the source tree."""
    wanted = jars_in(tmp_path / "else", "delta-spark_4.1_2.13-4.4.0.jar", "delta-storage-4.4.0.jar")
    assert delta_jars({"CROSSFADE_JARS": str(tmp_path / "else")}, tmp_path) == wanted


def test_a_missing_jar_is_said_with_the_remedy(tmp_path: Path) -> None:
    """One of two is not enough."""
    jars_in(tmp_path, "delta-spark_4.1_2.13-4.4.0.jar")
    with pytest.raises(JarsNotFound, match=r"python -m local\.setup run"):
        delta_jars({}, tmp_path)

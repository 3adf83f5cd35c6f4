"""How a JVM is told of an archive of its classes."""

from __future__ import annotations

import shlex
from pathlib import Path

from spark_jobs.runtime.class_archive import BASE, CLASSES, recording_options, sharing_options


def test_without_an_archive_nothing_is_said(tmp_path: Path) -> None:
    """A base alone, such as a recording that failed leaves, is none."""
    (tmp_path / BASE).touch()
    assert not sharing_options(tmp_path)


def test_both_archives_are_named_and_the_jvm_says_nothing_of_them(tmp_path: Path) -> None:
    """Also in a folder with a space; one that does not fit is passed over without a word."""
    home = tmp_path / "a home"
    home.mkdir()
    for name in (BASE, CLASSES):
        (home / name).touch()
    archive, *quiet = shlex.split(sharing_options(home))
    assert archive == f"-XX:SharedArchiveFile={home / BASE}:{home / CLASSES}"
    assert quiet == ["-Xlog:cds*=off", "-Xlog:cds+dynamic=off"]


def test_classes_are_recorded_on_the_base(tmp_path: Path) -> None:
    """The archive that is made lies on the one that is there."""
    base, made, *_ = shlex.split(recording_options(tmp_path, tmp_path / "draft"))
    assert base == f"-XX:SharedArchiveFile={tmp_path / BASE}"
    assert made == f"-XX:ArchiveClassesAtExit={tmp_path / 'draft'}"

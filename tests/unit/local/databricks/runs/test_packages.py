"""Wheels unpacked for jobs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from local.databricks.errors import AttemptFailed
from local.databricks.runs import packages as module
from local.databricks.runs.jobs import WheelTask
from local.databricks.runs.packages import Packages
from local.databricks.workspace.database import open_database
from local.databricks.workspace.files import WorkspaceFiles

LAUNCH = Path(module.__file__).with_name("launch.py")


def wheel(text: str, scripts: str = "silver = pkg.job:main") -> bytes:
    """A wheel of one module and its entry points."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("pkg/job.py", text)
        archive.writestr("pkg-1.dist-info/entry_points.txt", f"[console_scripts]\n{scripts}\n")
    return content.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> WorkspaceFiles:
    """A workspace with two wheels and something that is none."""
    files = WorkspaceFiles(open_database(tmp_path / "w.sqlite"), lambda: 1, [])
    files.write("/Shared/a.whl", wheel("a = 1"), overwrite=True)
    files.write("/Shared/b.whl", wheel("b = 1"), overwrite=True)
    files.write("/Shared/c.whl", b"no wheel", overwrite=True)
    return files


def task(*wheels: str, entry_point: str = "silver") -> WheelTask:
    """A task with these wheels."""
    return WheelTask("t", "pkg", entry_point, (), tuple(f"/Workspace/Shared/{name}.whl" for name in wheels))


def test_the_folder_holds_the_wheels_of_the_task_and_nothing_else(
    tmp_path: Path, files: WorkspaceFiles
) -> None:
    """The same wheels are kept as they are, whatever came to lie beside them; others take their place."""
    packages = Packages(files, tmp_path / "packages")
    first = packages.install(task("a"))
    cache = packages.folder / "pkg" / "job.pyc"
    cache.touch()
    assert packages.install(task("a")) == first == Packages(files, packages.folder).install(task("a"))
    assert cache.exists()
    assert packages.install(task("b")) != first
    assert (packages.folder / "pkg/job.py").read_text() == "b = 1" and not cache.exists()


@pytest.mark.parametrize(("name", "complaint"), [("none", "doesn't exist"), ("c", "no archive")])
def test_a_wheel_that_cannot_be_installed_fails_the_attempt(
    tmp_path: Path, files: WorkspaceFiles, name: str, complaint: str
) -> None:
    """One that was not uploaded, and a file that is none; the next good one is installed whole."""
    packages = Packages(files, tmp_path / "packages")
    with pytest.raises(AttemptFailed, match=complaint) as caught:
        packages.install(task(name))
    assert caught.value.code == "LIBRARY_INSTALLATION_ERROR"
    packages.install(task("a"))
    assert packages.entry_point(task("a")) == "pkg.job:main"


def test_an_entry_point_is_that_of_the_package(tmp_path: Path, files: WorkspaceFiles) -> None:
    """The wheel's metadata says where it is; a name it does not have fails the attempt and is told."""
    packages = Packages(files, tmp_path / "packages")
    packages.install(task("a"))
    with pytest.raises(AttemptFailed, match=r"pkg has no entry point gold.*a\.whl"):
        packages.entry_point(task("a", entry_point="gold"))


def test_an_entry_point_runs_as_a_program_of_its_name(tmp_path: Path) -> None:
    """It gets its arguments, and what it returns or exits with is the exit code."""
    (tmp_path / "mod.py").write_text("import sys\ndef main():\n    print(sys.argv)\n    return 3\n")
    command = [sys.executable, "-P", str(LAUNCH), "silver", "mod:main", "--x", "1"]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (3, "['silver', '--x', '1']"), done.stderr

"""The packages of the cluster: the wheels of the job that runs, unpacked into one folder that jobs import from.

As compute keeps what it installed, wheels that are there already are not unpacked again. Everything is local to this
folder, so nothing of the checkout that the server runs from gets into a job.
"""

from __future__ import annotations

import configparser
import hashlib
import io
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from local.databricks.errors import AttemptFailed, DoesNotExist
from local.databricks.runs.jobs import WheelTask
from local.databricks.workspace.files import WorkspaceFiles

CODE = "LIBRARY_INSTALLATION_ERROR"


class Packages:
    """One folder of unpacked wheels. All methods raise AttemptFailed, with the code LIBRARY_INSTALLATION_ERROR."""

    def __init__(self, files: WorkspaceFiles, folder: Path) -> None:
        self.folder = folder
        self._files = files
        self._stamp = folder.with_name(f"{folder.name}.digest")
        folder.mkdir(parents=True, exist_ok=True)

    def install(self, task: WheelTask) -> str:
        """Make the folder hold the task's wheels and nothing else; returns a digest of them."""
        wheels = [self._read(path) for path in task.wheels]
        digest = hashlib.sha256(b"".join(hashlib.sha256(wheel).digest() for wheel in wheels)).hexdigest()
        if not self._stamp.is_file() or self._stamp.read_text() != digest:
            self._unpack(wheels)
            self._stamp.write_text(digest)
        return digest

    def entry_point(self, task: WheelTask) -> str:
        """Where the installed package says that the task's entry point is: `module:function`."""
        for metadata in self.folder.glob(f"{task.package}-*.dist-info/entry_points.txt"):
            scripts = configparser.ConfigParser(delimiters=("=",))
            scripts.optionxform = str  # type: ignore[assignment, method-assign] # names of entry points keep their case
            scripts.read_string(metadata.read_text(encoding="utf-8"))
            if scripts.has_option("console_scripts", task.entry_point):
                return scripts.get("console_scripts", task.entry_point)
        message = f"Python wheel with name {task.package} has no entry point {task.entry_point}"
        raise AttemptFailed(f"{message}: its wheels are {', '.join(task.wheels) or 'none'}", CODE)

    def _read(self, path: str) -> bytes:
        try:
            return self._files.read(path)
        except DoesNotExist as error:
            raise AttemptFailed(f"Library installation failed: {error}", CODE) from error

    def _unpack(self, wheels: Sequence[bytes]) -> None:
        self._stamp.unlink(missing_ok=True)
        for present in self.folder.iterdir():
            if present.is_dir():
                shutil.rmtree(present)
            else:
                present.unlink()
        try:
            for wheel in wheels:
                with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
                    archive.extractall(self.folder)
        except zipfile.BadZipFile as error:
            raise AttemptFailed(
                f"Library installation failed: a wheel is no archive: {error}", CODE
            ) from error

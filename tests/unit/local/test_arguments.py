"""Arguments of the one-machine commands."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from local import run, up
from local.arguments import interruptible, options_from, stack_parser


def test_arguments_become_options(tmp_path: Path) -> None:
    """Each argument reaches the stack's options."""
    (tmp_path / "films.jsonl").write_text("")
    line = f"--catalog {tmp_path} --films 5 --releases 6 --seed 7 --tmdb-per-second 8 --keep --state-dir x"
    options = options_from(stack_parser("p", "d").parse_args(line.split()), "schedule")
    assert (options.catalog_dir, options.films, options.releases, options.seed) == (tmp_path, 5, 6, 7)
    assert (options.tmdb_per_s, options.discogs_per_min, options.keep) == (8.0, 60.0, True)
    assert (options.state_dir, options.plan_schedule) == (Path("x"), "schedule")
    assert options.warm, "make run and make up have jobs to run"


@pytest.mark.parametrize("main", [run.main, up.main])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--catalog", "/nowhere/at/all"], "/nowhere/at/all does not exist"),
        (["--films", "-1"], "'-1' is not a whole number"),
        (["--releases", "many"], "'many' is not a whole number"),
        (["--tmdb-per-second", "0"], "'0' is not a number above 0"),
        (["--discogs-per-minute", "fast"], "'fast' is not a whole number"),
        (["--discogs-per-minute", "1"], "'1' is less than 2 a minute"),
        (["--frames", "1"], "unrecognized arguments"),
    ],
)
def test_a_bad_argument_is_one_clear_line(
    main: object, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line that names the argument's value and what is wrong; nothing is started."""
    assert callable(main)
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    assert exited.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_directory_without_records_is_no_catalog(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directory that holds no JSON lines is refused by name."""
    with pytest.raises(SystemExit):
        run.main(["--catalog", str(tmp_path)])
    assert f"{tmp_path} holds no .jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_block_like_ctrl_c(number: signal.Signals) -> None:
    """SIGTERM and SIGHUP raise KeyboardInterrupt inside the block and are back to normal behind it."""
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before


def test_ctrl_c_is_heard_in_the_background_too() -> None:
    """A job that a script started in the background inherits an ignored SIGINT; it stops on one all the same."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

"""`make run`: start what is missing, run one refresh, show it, print the result, stop what was started."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from rich.console import Console

from local.arguments import interruptible, options_from, stack_parser
from local.console.client import RefusedError, RunsClient, follow
from local.console.export import export_outcome
from local.console.matches import best_matches, matches_table
from local.console.progress import ProgressView, limits
from local.console.summary import (
    Summary,
    count_dead_letters,
    quality_scores,
    summarise,
    summary_table,
    view_rows,
    write_summary,
)
from local.stack import Stack, StackError
from local.wiring import ONCE_A_YEAR, StackOptions

FAILED, INTERRUPTED = 1, 130
PLAIN_WIDTH = 140


def main(argv: Sequence[str] | None = None) -> int:
    """Run one refresh: 0 if it completed, 1 if not, 2 for bad arguments, 130 when interrupted."""
    parser = stack_parser(
        "python -m local.run", "Run one refresh on this machine, from both APIs to matches."
    )
    parser.add_argument("--json", action="store_true", help="only the summary on stdout, as JSON")
    arguments = parser.parse_args(argv)
    try:
        with interruptible():
            return run(options_from(arguments, ONCE_A_YEAR), as_json=arguments.json)
    except (StackError, RefusedError, httpx.HTTPError) as error:
        print(f"run: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("run: interrupted; everything it started is stopped", file=sys.stderr)
        return INTERRUPTED


def run(options: StackOptions, *, as_json: bool = False) -> int:
    """Start a stack, refresh, report, stop; the exit code."""
    console = make_console(as_json=as_json)
    console.print("starting storage, queues, telemetry, Spark jobs, catalog and functions host")
    with Stack(options) as stack:
        console.print(f"started in {stack.start_s:.1f} s")
        summary = refresh(stack, console)
        report_path = write_summary(options.state_dir / "report" / "summary.json", summary)
        if as_json:
            print(json.dumps(summary, indent=2))
        else:
            report(stack, summary, report_path, console)
    if summary["status"] != "completed":
        print(f"run: {summary['status']}: {summary['reason'] or 'no reason given'}", file=sys.stderr)
        return FAILED
    return 0


def make_console(*, as_json: bool) -> Console:
    """The console of progress and report: stderr if stdout is for JSON, and wide where nobody sees its edge."""
    console = Console(stderr=as_json, highlight=False)
    return console if console.is_terminal else Console(stderr=as_json, highlight=False, width=PLAIN_WIDTH)


def refresh(stack: Stack, console: Console) -> Summary:
    """Start a run of everything and follow it to its end."""
    options = stack.wiring.options
    view = ProgressView(console, limits(options.tmdb_per_s, options.discogs_per_min))
    start_s = time.monotonic()
    with RunsClient(stack.url, stack.credentials.host_key) as client, view:
        run_id = client.refresh()
        status = follow(client, run_id, view.show, stack.check)
    total_s = time.monotonic() - start_s
    dead_letters = count_dead_letters(stack.queue_stats())
    return summarise(
        status,
        start_s=stack.start_s,
        total_s=total_s,
        dead_letters=dead_letters,
        quality=quality_scores(stack.wiring.lake, run_id),
        views=view_rows(stack.wiring.lake, run_id),
    )


def report(stack: Stack, summary: Summary, report_path: Path, console: Console) -> None:
    """Print the outcome, the best matches, and where everything lies."""
    console.print(summary_table(summary))
    if summary["status"] == "completed":
        console.print(matches_table(best_matches(stack.wiring.lake, stack.wiring.tables)))
    gold_report = stack.wiring.lake_files / "report" / summary["run_id"] / "index.html"
    if gold_report.is_file():
        console.print(f"report   {gold_report}", soft_wrap=True)
    if stack.wiring.mongo_uri and summary["status"] == "completed":
        said = export_outcome(stack.wiring.lake, summary["run_id"])
        console.print(f"mongodb  {said}", soft_wrap=True, markup=False)
    console.print(f"tables   {stack.wiring.tables}", soft_wrap=True)
    console.print(f"summary  {report_path}", soft_wrap=True)
    console.print(f"logs     {stack.wiring.state_dir / 'logs'}", soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())

"""The bulk job: Discogs' monthly dump to bronze lines of its soundtracks.

Run as `python -m spark_jobs.bulk --run-id RUN --files PATH --dump-url URL`, or as the wheel's entry point `bulk`. It
needs no Spark: the dump is one stream, and memory stays the same whatever its size. The manifest
`control/bulk/RUN.json`, written last, names what the run has to read, and lets the run go on.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from spark_jobs.bulk.address import Dump, find_dump
from spark_jobs.bulk.download import Download, new_client, read_text
from spark_jobs.bulk.landing import Landed, Landing, lines_of
from spark_jobs.bulk.pieces import Counts, cut
from spark_jobs.bulk.release import may_be_wanted
from spark_jobs.bulk.unpacking import read_ahead, unpacked
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.sets import utc_now
from spark_jobs.runtime.stage_run import add_telemetry, endpoint_of, log_to_stderr
from spark_jobs.runtime.tracing import TRACER

DISCOGS_DUMPS = "https://discogs-data-dumps.s3.us-west-2.amazonaws.com/data"
LAST_DUMP = "dumps/discogs.json"
"""What the newest dump that was read is, within the control area: `sha256` is its identity."""
log = logging.getLogger(__name__)


def land_dump(
    files: Files, parts: list[Path], prefix: str, day: date, landed: Landed, counts: Counts
) -> None:
    """Land the parts of a dump below a prefix of the raw area; what there was is counted as it goes.

    Raises:
        DumpError: the dump is not whole, or no dump of releases; blobs before that are there.
    """
    with read_ahead(unpacked(parts)) as blocks:
        pieces = cut(blocks, may_be_wanted, counts)
        Landing(files, prefix, landed).write(lines_of(pieces, day, landed))


class BulkRun:
    """One run of the job.

    Args:
        http: a client for files.
        base: address of the folder of the dumps.
        day: the day in the dump's name; None for the newest.
        today: in UTC.
    """

    def __init__(
        self, files: Files, run_id: str, http: httpx.Client, base: str, day: date | None, today: date
    ) -> None:
        self._files, self._run_id, self._http = files, run_id, http
        self._base, self._day, self._today = base, day, today
        self._step_s: dict[str, float] = {}
        self._begun_s = time.monotonic()

    def run(self) -> dict[str, Any]:
        """Land the dump unless that was done; returns the manifest.

        Raises:
            DumpError: there is no dump, or it is not whole: nothing of it is published.
        """
        dump = self._timed("find", lambda: find_dump(self._base, self._day, self._today, self._read_text))
        known = self._known(dump)
        if known is None:
            known = self._land(dump)
        elif self._is_published(known):
            log.info("%s is in the tables already", dump.name)
            return self._finish(
                dump, [], {}, f"{dump.name} was read by a run before: its content is the same"
            )
        else:
            known["run_ids"] = sorted({*known["run_ids"], self._run_id})
            self._files.write_json("control", LAST_DUMP, known)
        return self._finish(dump, [known["raw"]], {"bulk_releases": known["raw"]["records"]}, None)

    def _read_text(self, address: str) -> str | None:
        return read_text(self._http, address)

    def _known(self, dump: Dump) -> dict[str, Any] | None:
        """What was landed of this very file; None where nothing was, or not all of it is there any more."""
        known = self._files.read_json("control", LAST_DUMP)
        if known is None or known["sha256"] != dump.sha256:
            return None
        is_whole = len(self._files.sizes("raw", known["raw"]["prefix"])) == known["raw"]["blobs"]
        return known if is_whole or self._is_published(known) else None

    def _is_published(self, known: dict[str, Any]) -> bool:
        """Whether silver has read it: a run that was to do so may have failed."""
        return any(self._files.read_json("control", f"silver/{run}.json") for run in known["run_ids"])

    def _land(self, dump: Dump) -> dict[str, Any]:
        download = Download(self._http, dump, self._parts_folder(dump))
        parts = self._timed("download", download.fetch)
        prefix = f"discogs/dump/ingest_date={dump.day.isoformat()}/run_id={self._run_id}/"
        self._files.remove("raw", prefix)  # what an attempt before has left may be of another file
        landed, counts = Landed(), Counts()
        try:
            self._timed("land", lambda: land_dump(self._files, parts, prefix, dump.day, landed, counts))
        finally:
            self._write_metrics(dump, counts, landed)
        known = {
            "sha256": dump.sha256,
            "name": dump.name,
            "run_ids": [self._run_id],
            "raw": {
                "source": "discogs",
                "kind": "release",
                "prefix": prefix,
                "blobs": landed.blobs,
                "records": landed.records,
                "bytes": landed.bytes,
            },
        }
        self._files.write_json("control", LAST_DUMP, known)
        download.discard()
        return known

    def _parts_folder(self, dump: Dump) -> Path:
        return Path(self._files.path("state", f"dumps/{dump.sha256[:16]}"))

    def _write_metrics(self, dump: Dump, counts: Counts, landed: Landed) -> None:
        found = {**asdict(landed), "drift": dict(landed.drift.most_common()), "cut": asdict(counts)}
        metrics = {**self._head(), "dump": _named(dump), "step_seconds": self._step_s, **found}
        self._files.write_json("metrics", f"{self._run_id}/bulk.json", metrics)

    def _finish(
        self, dump: Dump, raw: list[dict[str, Any]], counts: dict[str, int], note: str | None
    ) -> dict[str, Any]:
        manifest = {**self._head(), "dump": _named(dump), "raw": raw, "counts": counts, "note": note}
        self._files.write_json("control", f"bulk/{self._run_id}.json", manifest)
        log.info("bulk %s: %s: %s", self._run_id, dump.name, counts or note)
        return manifest

    def _head(self) -> dict[str, Any]:
        seconds = round(time.monotonic() - self._begun_s, 3)
        head = {"version": 1, "stage": "bulk", "run_id": self._run_id, "created_at": utc_now()}
        return {**head, "seconds": seconds}

    def _timed(self, step: str, work: Callable[[], Any]) -> Any:
        begun_s = time.monotonic()
        with TRACER.step(step):
            found = work()
        self._step_s[step] = round(time.monotonic() - begun_s, 3)
        log.info("bulk %s: %s took %.1f s", self._run_id, step, self._step_s[step])
        return found


def _named(dump: Dump) -> dict[str, str]:
    return {"name": dump.name, "day": dump.day.isoformat(), "sha256": dump.sha256}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spark_jobs.bulk")
    parser.add_argument("--run-id", required=True, help="run to work for, such as 20261120T063000Z-7f3a")
    parser.add_argument(
        "--files",
        required=True,
        metavar="PATH",
        help="where small files lie, with {area}: /lake/files/{area}",
    )
    parser.add_argument("--dump-url", default=DISCOGS_DUMPS, help="folder that has a folder a year of dumps")
    parser.add_argument(
        "--dump-day", type=_day, default=None, help="day in the dump's name, YYYYMMDD; empty for the newest"
    )
    add_telemetry(parser)
    return parser


def _day(value: str) -> date | None:
    return datetime.strptime(value, "%Y%m%d").date() if value.strip() else None


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `python -m spark_jobs.bulk` and of the wheel."""
    log_to_stderr()
    given = _parser().parse_args(argv)
    files, today = Files(given.files), datetime.now(UTC).date()
    with (
        TRACER.job("bulk", given.run_id, given.traceparent, endpoint_of(given)),
        new_client() as http,
    ):
        BulkRun(files, given.run_id, http, given.dump_url, given.dump_day, today).run()


if __name__ == "__main__":
    main()

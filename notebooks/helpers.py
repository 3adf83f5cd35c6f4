"""Helpers of the notebooks: tables of a run as pandas frames, figures about them, and the app's HTTP API.

On one machine tables are read with delta-rs from the lake of the last `make run` or `make up`; TABLES_URI and
FILES_PATH, as the app's settings of these names, lead elsewhere. On Databricks tables are read by name in the catalog
CATALOG (crossfade where it is not set), and files from its volumes.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
CONTAINERS = {"silver": "intermediate", "gold": "gold"}
ENDED = ("completed", "failed", "cancelled")
FAR_OUT = 3.0  # interquartile ranges beyond the quartiles
LEAST_FILMS = 30
TIMEOUT_S = 60


@dataclass(frozen=True)
class Lake:
    """A lake: where its tables and its small files are; see `Lake.here`."""

    tables_uri: str
    files_path: str
    catalog: str
    is_databricks: bool

    @classmethod
    def here(cls, environ: Mapping[str, str] = os.environ) -> Lake:
        """The lake of this machine or of this workspace."""
        is_databricks = "DATABRICKS_RUNTIME_VERSION" in environ
        work = ROOT / ".local" / "databricks"
        catalog = environ.get("CATALOG", "crossfade")
        files = f"/Volumes/{catalog}/files/{{area}}" if is_databricks else f"{work}/lake/{{area}}"
        return cls(
            environ.get("TABLES_URI", f"{(work / 'tables').as_uri()}/{{container}}"),
            environ.get("FILES_PATH", files),
            catalog,
            is_databricks,
        )

    def runs(self, stage: str = "gold") -> list[str]:
        """Ids of the runs whose stage is done, the newest first."""
        return sorted((path.stem for path in self._area("control", stage).glob("*.json")), reverse=True)

    def tables(self, stage: str, run_id: str = "") -> dict[str, dict[str, Any]]:
        """Version and rows of the tables of a stage: as a run left them, or the current ones.

        Raises:
            FileNotFoundError: the run has not got so far, or there was none.
        """
        name = f"{stage}/{run_id}.json" if run_id else f"tables/{stage}.json"
        found: dict[str, dict[str, Any]] = json.loads(self._area("control", name).read_text())["tables"]
        return found

    def table(
        self, name: str, run_id: str = "", columns: Sequence[str] | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """Rows of a table such as gold.matches, at the version of a run or the current one; all, or up to a limit.

        What a run left as it was, such as views with GOLD_VIEWS=none, is the current one.
        """
        stage, _, plain = name.partition(".")
        version = {**self.tables(stage), **self.tables(stage, run_id)}[plain]["version"]
        read = self._from_spark if self.is_databricks else self._from_disk
        return read(stage, plain, version, columns, limit)

    def metrics(self, run_id: str, name: str) -> dict[str, Any]:
        """What a job measured in a run: quality, matching, silver or gold."""
        found: dict[str, Any] = json.loads(self._area("metrics", f"{run_id}/{name}.json").read_text())
        return found

    def _area(self, area: str, name: str) -> Path:
        return Path(self.files_path.format(area=area)) / name

    def _from_disk(
        self, stage: str, name: str, version: int, columns: Sequence[str] | None, limit: int | None
    ) -> pd.DataFrame:
        from deltalake import DeltaTable  # not needed on Databricks

        folder = f"{self.tables_uri.format(container=CONTAINERS[stage])}/{name}"
        rows = DeltaTable(folder, version=version).to_pyarrow_dataset()
        chosen = list(columns) if columns else None
        found = rows.to_table(columns=chosen) if limit is None else rows.head(limit, columns=chosen)
        frame: pd.DataFrame = found.to_pandas()
        return frame

    def _from_spark(
        self, stage: str, name: str, version: int, columns: Sequence[str] | None, limit: int | None
    ) -> pd.DataFrame:
        from pyspark.sql import SparkSession

        spark = SparkSession.builder.getOrCreate()
        rows = spark.read.option("versionAsOf", version).table(f"{self.catalog}.{stage}.{name}")
        rows = rows.select(*columns) if columns else rows
        frame: pd.DataFrame = (rows if limit is None else rows.limit(limit)).toPandas()
        return frame


def fill_rates(quality: Mapping[str, Any]) -> pd.DataFrame:
    """How far the columns of each table are filled; nothing for runs that did not measure it."""
    return pd.DataFrame(
        {name: pd.Series(table.get("fill", {}), dtype=float) for name, table in quality["tables"].items()}
    )


def described(frame: pd.DataFrame) -> pd.DataFrame:
    """Each column with its type, the share of nulls, how many values differ, and the least and the greatest."""
    return pd.DataFrame([_column(name, frame[name]) for name in frame.columns]).set_index("column")


def _column(name: str, values: pd.Series[Any]) -> dict[str, Any]:
    known = values.dropna()
    plain = known.map(lambda value: str(value) if isinstance(value, list | dict | np.ndarray) else value)
    is_ordered = bool(len(known)) and not any(isinstance(v, list | dict | np.ndarray) for v in known.head(1))
    return {
        "column": name,
        "type": str(values.dtype),
        "nulls": round(float(values.isna().mean()), 4) if len(values) else 0.0,
        "distinct": int(plain.nunique()),
        "least": known.min() if is_ordered else None,
        "greatest": known.max() if is_ordered else None,
    }


def duplicates(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Rows that share a key, together; none in a table that is as it should be."""
    return frame[frame.duplicated(list(key), keep=False)].sort_values(list(key))


def outliers(frame: pd.DataFrame) -> pd.DataFrame:
    """Each numeric column with its fences and how many values lie beyond FAR_OUT interquartile ranges."""
    numbers = frame.select_dtypes("number")
    low, high = numbers.quantile(0.25), numbers.quantile(0.75)
    reach = FAR_OUT * (high - low)
    fences = pd.DataFrame({"from": low - reach, "to": high + reach})
    beyond = (numbers.lt(fences["from"]) | numbers.gt(fences["to"])).sum()
    return fences.assign(beyond=beyond, share=(beyond / max(len(frame), 1)).round(4))


def apart(match: Mapping[str, Any]) -> pd.DataFrame:
    """What each piece of evidence adds to the log-odds of a match, the weightiest first."""
    pieces = pd.DataFrame(list(dict(match["contributions"]).items()), columns=["evidence", "adds"])
    return pieces.sort_values("adds", key=abs, ascending=False, ignore_index=True)


def by_threshold(candidates: pd.DataFrame, thresholds: Sequence[float]) -> pd.DataFrame:
    """What would be matched from each probability on: records, films, and the share with a close rival."""
    first = candidates[candidates["rank"] == 1]
    rows = []
    for threshold in thresholds:
        kept = first[first["score"] >= threshold]
        close = float((kept["margin"] < 0.1).mean()) if len(kept) else 0.0
        rows.append(
            {"from": threshold, "records": len(kept), "films": kept["film_id"].nunique(), "close": close}
        )
    return pd.DataFrame(rows)


def films_and_music(lake: Lake, run_id: str = "") -> pd.DataFrame:
    """A row a film with a soundtrack: its figures beside those of its records."""
    music = ["film_id", "film_title", "effective_styles", "release_count"]
    films = ["film_id", "release_year", "popularity", "vote_count", "rating", "budget", "revenue"]
    left = lake.table("gold.soundtrack_diversity", run_id, music)
    return left.merge(lake.table("gold.movie_performance", run_id, films), on="film_id")


def regression(films: pd.DataFrame) -> pd.DataFrame | str:
    """Log popularity on diverse styles, votes, records and year (HC3 errors); a sentence where films are too few."""
    known = films[(films["popularity"] > 0)].dropna(subset=["effective_styles", "vote_count", "release_year"])
    if len(known) < LEAST_FILMS:
        return f"{len(known)} films are too few for a regression: it takes {LEAST_FILMS}."
    import statsmodels.api as sm  # slow to import

    causes = pd.DataFrame(
        {
            "effective_styles": known["effective_styles"],
            "log_votes": np.log1p(known["vote_count"]),
            "log_records": np.log(known["release_count"]),
            "decades": (known["release_year"] - 2000) / 10,
        }
    ).astype(float)
    fit = sm.OLS(np.log(known["popularity"].astype(float)), sm.add_constant(causes)).fit(cov_type="HC3")
    ends = fit.conf_int()
    return pd.DataFrame({"estimate": fit.params, "low": ends[0], "high": ends[1], "p": fit.pvalues}).round(4)


@dataclass(frozen=True)
class App:
    """The app's HTTP API: where it is, without /api, and a function key."""

    url: str
    key: str

    @classmethod
    def here(cls, environ: Mapping[str, str] = os.environ) -> App:
        """From CROSSFADE_URL and CROSSFADE_KEY, which `make up` prints. Raises KeyError naming what is not set."""
        return cls(environ["CROSSFADE_URL"].rstrip("/"), environ["CROSSFADE_KEY"])

    def start(self, **request: Any) -> str:
        """Begin a run of everything, or of what the request says; its id."""
        return str(self._ask("refresh", json.dumps(request).encode())["run_id"])

    def run(self, run_id: str) -> dict[str, Any]:
        """A run as it is now."""
        return self._ask(f"runs/{run_id}")

    def watch(self, run_id: str, show: Callable[[str], Any] = print, every_s: float = 5.0) -> dict[str, Any]:
        """Follow a run to its end, with a line for each look; the run as it ended."""
        while True:
            run = self.run(run_id)
            show(line_of(run))
            if run["state"] in ENDED:
                return run
            time.sleep(every_s)

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/api/{path}", body, {"x-functions-key": self.key})  # noqa: S310 -- the user's own address
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found


def line_of(run: Mapping[str, Any]) -> str:
    """A run in one line: its state, how far its sources are, and which of them is in trouble."""
    parts = [
        f"{name} {s['done'] + s['failed']:,} of {s['tasks']:,} tasks" for name, s in run["progress"].items()
    ]
    parts += [
        f"{name} is {trouble['kind']}: {trouble['reason']}" for name, trouble in run["troubles"].items()
    ]
    return f"{run['state']}: {', '.join(parts) or 'no answers yet'}"


def summary(run: Mapping[str, Any]) -> pd.DataFrame:
    """The counts of a run that ended, and the seconds of its stages."""
    seconds = {f"{name}, seconds": stage["seconds"] for name, stage in run["stages"].items()}
    return pd.DataFrame({"value": pd.Series({**run["counts"], **seconds})})

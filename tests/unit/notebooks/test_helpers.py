"""The notebooks' helpers, and how the notebooks are kept."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.error import HTTPError

import nbformat
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from notebooks.helpers import (
    LEAST_FILMS,
    App,
    Lake,
    apart,
    by_threshold,
    described,
    duplicates,
    fill_rates,
    line_of,
    outliers,
    regression,
    summary,
)
from shared.planning.roots import RunRequest
from tests.builders.notebooks import NOTEBOOKS, app_that_answers
from tests.fakes import CrossfadeApp

RUN = "20261120T063000Z-7f3a"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    """As nbstripout leaves it: no output, no count, every cell with an id."""
    cells = nbformat.read(path, as_version=4).cells
    assert all(cell["id"] for cell in cells)
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)


def test_a_table_is_read_as_a_run_left_it(tmp_path: Path) -> None:
    """The current version, and that of a run; columns and rows that were asked for."""
    for rows in (2, 5):
        write_deltalake(
            str(tmp_path / "gold" / "kpis"), pa.table({"a": range(rows), "b": range(rows)}), mode="overwrite"
        )
    for name, version in (("tables/gold", 1), (f"gold/{RUN}", 0)):
        path = tmp_path / "control" / f"{name}.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"tables": {"kpis": {"version": version}}}))
    lake = Lake.here(
        {"TABLES_URI": f"{tmp_path.as_uri()}/{{container}}", "FILES_PATH": f"{tmp_path}/{{area}}"}
    )
    assert lake.runs() == [RUN]
    assert len(lake.table("gold.kpis")) == 5
    assert len(lake.table("gold.kpis", RUN)) == 2
    assert lake.table("gold.kpis", columns=["b"], limit=3).to_dict("list") == {"b": [0, 1, 2]}


def test_on_databricks_files_lie_in_volumes() -> None:
    """Where the runtime says so, and in the catalog that is set."""
    lake = Lake.here({"DATABRICKS_RUNTIME_VERSION": "18", "CATALOG": "films"})
    assert (lake.is_databricks, lake.catalog, lake.files_path) == (
        True,
        "films",
        "/Volumes/films/files/{area}",
    )
    assert not Lake.here({}).is_databricks


def test_columns_are_described() -> None:
    """Type, nulls, how many values differ, the ends; lists have no order."""
    frame = pd.DataFrame(
        {"n": [1.0, 3.0, None, 3.0], "names": [["a"], ["a"], ["b"], None], "empty": [None] * 4}
    )
    found = described(frame)
    assert found.loc["n", ["nulls", "distinct", "least", "greatest"]].tolist() == [0.25, 2, 1.0, 3.0]
    assert found.loc["names", ["nulls", "distinct"]].tolist() == [0.25, 2]
    assert pd.isna(found.loc["names", "least"])
    assert found.loc["empty", "nulls"] == 1.0


def test_duplicates_and_outliers_are_found() -> None:
    """Rows of one key stand together; what is far beyond the quartiles is counted."""
    frame = pd.DataFrame({"key": [1, 2, 1, *range(3, 20)], "value": [1.0, 2.0, 3.0, *[2.0] * 16, 99.0]})
    assert duplicates(frame, ["key"])["value"].tolist() == [1.0, 3.0]
    assert outliers(frame).loc["value", "beyond"] == 3
    assert outliers(frame).loc["key", "beyond"] == 0


def test_a_match_is_taken_apart_and_thresholds_are_tried() -> None:
    """The weightiest evidence first, whatever its sign; only the likeliest film of a record counts."""
    pieces = apart({"contributions": {"year": 0.5, "title": -3.0, "composer": 2.0}})
    assert pieces["evidence"].tolist() == ["title", "composer", "year"]
    candidates = pd.DataFrame(
        {"rank": [1, 2, 1], "score": [0.9, 0.8, 0.6], "margin": [0.1, -0.1, 0.05], "film_id": [1, 2, 1]}
    )
    assert by_threshold(candidates, [0.5, 0.7, 0.95]).to_dict("list") == {
        "from": [0.5, 0.7, 0.95], "records": [2, 1, 0], "films": [1, 1, 0], "close": [0.5, 0.0, 0.0],
    }  # fmt: skip


def test_fill_rates_stand_by_table() -> None:
    """A run that did not measure them has none."""
    rates = fill_rates({"tables": {"movies": {"fill": {"budget": 0.5}}, "releases": {"fill": {"year": 1.0}}}})
    assert rates.loc["budget", "movies"] == 0.5
    assert fill_rates({"tables": {"movies": {}}}).empty


def test_the_regression_finds_what_was_put_in() -> None:
    """Popularity made of styles and votes gives their weights back; too few films are a sentence."""
    rng = np.random.default_rng(1)
    n = 400
    films = pd.DataFrame(
        {
            "effective_styles": rng.uniform(1, 6, n), "vote_count": rng.integers(1, 9999, n),
            "release_count": rng.integers(1, 9, n), "release_year": rng.integers(1960, 2026, n),
        }
    )  # fmt: skip
    noise = rng.normal(0, 0.1, n)
    films["popularity"] = np.exp(
        0.3 * films["effective_styles"] + 0.5 * np.log1p(films["vote_count"]) + noise
    )
    found = regression(films)
    assert isinstance(found, pd.DataFrame)
    assert found.loc["effective_styles", "estimate"] == pytest.approx(0.3, abs=0.02)
    assert found.loc["log_votes", "estimate"] == pytest.approx(0.5, abs=0.02)
    assert found.loc["decades", "low"] < 0 < found.loc["decades", "high"]
    assert regression(films.head(9)) == f"9 films are too few for a regression: it takes {LEAST_FILMS}."


async def test_a_run_is_told_in_a_line_and_summed_up() -> None:
    """A run as the app really answers it: state, sources and their troubles; counts and seconds at its end."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.services.source_watch.trouble("discogs", "unreachable", "no route to host")
    answer = (await app.services.run_reader.run(run.run_id)).model_dump(mode="json")
    assert line_of(answer) == "ingesting: discogs is unreachable: no route to host"
    progress = {"tmdb": {"done": 2, "failed": 1, "tasks": 1200}}
    assert line_of({**answer, "progress": progress, "troubles": {}}) == "ingesting: tmdb 3 of 1,200 tasks"
    found = summary({**answer, "counts": {"matches": 7}})["value"]
    assert found["matches"] == 7
    assert "gold, seconds" in found


def test_the_app_is_asked_with_its_key() -> None:
    """A run is begun and followed to its end; a wrong key is an error, one that is not set names itself."""
    lines: list[str] = []
    states = [{"state": state, "progress": {}, "troubles": {}} for state in ("planning", "completed")]
    with app_that_answers("k", RUN, states) as url:
        app = App.here({"CROSSFADE_URL": f"{url}/", "CROSSFADE_KEY": "k"})
        assert app.watch(app.start(mode="full"), lines.append, every_s=0)["state"] == "completed"
        with pytest.raises(HTTPError, match="401"):
            App(url, "wrong").run(RUN)
    assert lines == ["planning: no answers yet", "completed: no answers yet"]
    with pytest.raises(KeyError, match="CROSSFADE_URL"):
        App.here({})

"""What the lake holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from shared.figures.storage import StorageMeter, read_storage
from shared.figures.stored import Measurement, StorageBook, growth_per_run
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp
from tests.fakes.telemetry import Heard

NIGHT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
OLD = "tmdb/details/ingest_date=2026-11-01"
NEW = "discogs/search/ingest_date=2026-11-19"


async def measured(app: CrossfadeApp, heard: Heard, now: datetime = NIGHT) -> StorageBook:
    return await StorageMeter(lake=app.lake, telemetry=heard, now=lambda: now).measure()


async def test_every_area_is_measured() -> None:
    """Blobs by what lists them, tables by what their jobs say; the book itself is among what the next night finds."""
    app, heard = CrossfadeApp(), Heard()
    await app.lake.put("raw", f"{OLD}/run_id=R1/a.jsonl.gz", b"x" * 10)
    await app.lake.put("raw", f"{NEW}/run_id=R2/b.jsonl.gz", b"x" * 5)
    await app.lake.put("gold", "report/R1/index.html", b"x" * 7)
    await app.lake.put("gold", "tables/matches/part.parquet", b"x" * 1000)
    await app.lake.put("metrics", "R1/quality.json", b"x" * 3)
    sizes = {"at": "2026-11-20", "bytes": {"silver.movies": 100, "silver.releases": 50, "gold.matches": 30}}
    await app.lake.put_json("control", "tables/sizes.json", sizes)
    found = (await measured(app, heard)).newest
    assert found is not None
    control = len(await app.lake.read("control", "tables/sizes.json") or b"")
    assert found.areas == {
        "raw": 15, "control": control, "metrics": 3, "gold_files": 7, "silver_tables": 150, "gold_tables": 30,
    }  # fmt: skip
    assert {(name, attributes["area"]): value for name, value, attributes in heard.values} == {
        ("crossfade.stored", area): size for area, size in found.areas.items()
    }
    assert (await read_storage(app.lake)).newest == found


async def test_a_day_that_is_over_is_counted_once() -> None:
    """Its blobs are not listed again; a day that is removed is not counted; one that is open is listed anew."""
    app, heard = CrossfadeApp(), Heard()
    await app.lake.put("raw", f"{OLD}/run_id=R1/a.jsonl.gz", b"x" * 10)
    await app.lake.put("raw", f"{NEW}/run_id=R2/b.jsonl.gz", b"x" * 5)
    await measured(app, heard)
    for folder in (OLD, NEW):
        await app.lake.put("raw", f"{folder}/run_id=R3/c.jsonl.gz", b"x" * 100)
    book = await measured(app, heard)
    assert book.raw_days == {OLD: 10, NEW: 105}
    await app.lake.delete_all("raw", [f"{OLD}/run_id={run}.jsonl.gz" for run in ("R1/a", "R3/c")])
    assert (await measured(app, heard)).raw_days == {NEW: 105}


async def test_a_book_that_cannot_be_read_is_begun_anew() -> None:
    """The night goes on without the others."""
    app = CrossfadeApp()
    await app.lake.put("control", "storage.json", b"{")
    assert await read_storage(app.lake) == StorageBook()


def ended(at: datetime) -> RunState:
    return RunState(
        run_id="R",
        ingest_date=date(2026, 11, 20),
        created_at=at,
        updated_at=at,
        ended_at=at,
        state="completed",
    )


def test_growth_is_what_runs_added() -> None:
    """The difference of two nights over the runs that ended between them."""
    day = timedelta(days=1)
    nights = tuple(
        Measurement(at=NIGHT + n * day, areas={"raw": size}) for n, size in enumerate((0, 100, 700))
    )
    runs = [ended(NIGHT + n * timedelta(hours=6)) for n in range(20)]
    assert growth_per_run(StorageBook(measured=nights), runs) == 600 / 4
    assert growth_per_run(StorageBook(measured=nights), []) is None
    assert growth_per_run(StorageBook(measured=nights[:1]), runs) is None

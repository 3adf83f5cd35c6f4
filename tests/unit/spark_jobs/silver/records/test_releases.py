"""Discogs' answers to typed rows, without Spark."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql.pandas.types import to_arrow_schema

from spark_jobs.runtime.arrow import record_batch
from spark_jobs.schemas.typed import RELEASE_ROWS
from spark_jobs.silver.reading.raw_lines import RawLine
from spark_jobs.silver.records.releases import from_master, from_release, from_search
from spark_jobs.silver.typed_rows import Typed, rows_of

KINDS: dict[str, Typed] = {"search": from_search, "release": from_release, "master": from_master}


def rows(kind: str, body: Any, *, status: int = 200, path: str = "/", **query: str) -> list[dict[str, Any]]:
    """Rows of an answer, as they leave for Spark."""
    request = {"path": path, "query": query}
    line = {"status": status, "fetched_at": "2026-11-20T06:30:00Z", "request": request, "body": body}
    raw = RawLine("d/a.jsonl.gz", 1, json.dumps(line), None)
    found = rows_of(raw, f"discogs/{kind}", KINDS[kind], with_shape=True)
    return record_batch(found, to_arrow_schema(RELEASE_ROWS)).to_pylist()


def result(number: int, title: str, **more: Any) -> dict[str, Any]:
    """A search result."""
    return {"id": number, "title": title, "year": "1999", "type": "release", **more}


def test_results_of_a_search() -> None:
    """Each release is a row with its place; results of other types and what is no object are passed over."""
    body = {
        "results": [
            result(
                1,
                "Hans Mori - Far Astray",
                format=["Vinyl"],
                style=["Score"],
                community={"have": 3, "want": 0},
            ),
            None,
            result(2, "Hans Mori - Amber", type="master"),
            "text",
            result(
                3, "Amber", barcode=["5 012345 678900", "CF-A-1", "0-19-852663-x"], genre=["Stage & Screen"]
            ),
        ]
    }
    one, other = rows("search", body)
    assert (one["release_id"], one["artist"], one["release_title"], one["item_no"]) == (
        1,
        "Hans Mori",
        "Far Astray",
        0,
    )
    assert (one["have"], one["want"], one["year"], one["is_soundtrack_like"]) == (3, 0, 1999, True)
    assert (other["barcodes"], other["identifiers"]) == (["5012345678900", "019852663X"], ["CF-A-1"])
    assert (other["item_no"], other["is_soundtrack_like"], other["is_various"]) == (4, True, True)
    assert json.loads(one["line"])["title"] == "Hans Mori - Far Astray"
    assert (one["shape"] is not None, other["shape"]) == (True, None)


def test_the_type_asked_for_holds_where_a_result_names_none() -> None:
    """Masters that were asked for are no releases."""
    item = {"id": 1, "title": "Amber"}
    assert rows("search", {"results": [item]}, type="master") == []
    assert len(rows("search", {"results": [item]}, type="release")) == 1
    assert rows("search", {"results": []}) == rows("search", {}) == []


def test_a_page_that_failed_is_one_row() -> None:
    """What is no page of results is refused as a whole, later."""
    (found,) = rows("search", {"message": "no"}, status=500)
    assert (found["http_status"], found["release_id"], found["item_no"]) == (500, None, 0)


def test_a_release_of_its_own() -> None:
    """Artists and title are its own, formats and identifiers are told apart."""
    body = {
        **{"id": 70, "title": "Far Astray", "artists_sort": "Tide, The", "master_id": 0, "country": " UK "},
        "artists": [
            {"name": "Quartz/Tide", "anv": "", "join": "Feat."},
            {"name": "Slow Parade (3)", "anv": "Slow P.", "join": ","},
            {"name": ""},
            {"name": "Ola", "join": "&"},
        ],
        "formats": [{"name": "Vinyl", "descriptions": ["LP", None]}, None, {"name": "All Media"}],
        "identifiers": [
            {"type": "Barcode", "value": "5012345678900"},
            {"type": "Matrix", "value": "A1"},
            None,
        ],
    }
    (found,) = rows("release", body, path="/releases/70")
    assert found["artist"] == "Quartz/Tide Feat. Slow P.*, Ola"
    assert found["title"] == f"{found['artist']} - Far Astray"
    assert found["formats"] == ["Vinyl", "All Media", "LP"]
    assert (found["barcodes"], found["identifiers"]) == (["5012345678900"], ["A1"])
    assert (found["master_id"], found["country"], found["asked_id"]) == (None, "UK", 70)


def test_a_release_that_is_gone_keeps_its_id() -> None:
    """A 404 says which release was asked for."""
    (found,) = rows("release", {"message": "gone"}, status=404, path="/releases/61")
    assert (found["release_id"], found["title"]) == (61, None)


def test_a_master_stands_for_its_main_release() -> None:
    """Its number is that of the release; another master than the one asked for is refused; a 404 says nothing."""
    body = {
        "id": 9,
        "main_release": 70,
        "title": "Far Astray",
        "artists": [{"name": "Hans Mori"}],
        "styles": ["Score"],
    }
    (found,) = rows("master", body, path="/masters/9")
    assert (found["release_id"], found["master_id"], found["title"]) == (70, 9, "Hans Mori - Far Astray")
    assert (found["formats"], found["asked_id"]) == ([], None)
    assert rows("master", body, path="/masters/8")[0]["asked_id"] == 0
    assert rows("master", {"message": "gone"}, status=404, path="/masters/9") == []


def test_a_title_out_of_all_measure_is_not_taken_apart() -> None:
    """It stays for the rule that refuses it."""
    (found,) = rows("search", {"results": [result(1, "x - " + "y" * 5_000)]})
    assert (found["clean_title"], found["artist"], len(found["title"])) == (None, None, 5_004)


def test_covers_are_addresses_at_discogs() -> None:
    """Of a search its own, of a release the first picture; the square that stands for none, and others, are none."""
    places = [
        "https://i.discogs.com/abc/cover.jpeg",
        "https://st.discogs.com/a/spacer.gif",
        "javascript:alert(1)",
        "",
    ]
    found = rows(
        "search", {"results": [result(n, "A - B", cover_image=place) for n, place in enumerate(places, 1)]}
    )
    assert [row["cover_url"] for row in found] == [places[0], None, None, None]
    images = [None, {"type": "primary", "uri": places[0]}, {"uri": "https://i.discogs.com/back.jpeg"}]
    (own,) = rows("release", {"id": 7, "title": "B", "images": images}, path="/releases/7")
    (bare,) = rows("release", {"id": 7, "title": "B"}, path="/releases/7")
    assert (own["cover_url"], bare["cover_url"]) == (places[0], None)


def test_a_search_leaves_the_lists_of_a_release_as_they_were() -> None:
    """It names neither tracks nor credits, which is not the same as having none; nor does a master of its release."""
    (listed,) = rows("search", {"results": [result(1, "Hans Mori - Far Astray")]})
    (master,) = rows("master", {"id": 7, "main_release": 1, "title": "Far Astray"}, path="/masters/7")
    assert [row["missing_parts"] for row in (listed, master)] == [["tracklist"]] * 2
    assert [row["tracks"] for row in (listed, master)] == [None, None]
    (gone,) = rows("release", {"message": "Release not found."}, status=404, path="/releases/1")
    assert (gone["tracks"], gone["missing_parts"]) == (None, [])


def test_a_line_of_a_dump_is_no_repetition_and_says_nothing_of_owners() -> None:
    """It has a kind of its own, no shape to compare, and leaves have and want as they were."""
    body = {"id": 1, "title": "Far Astray", "tracklist": [], "extraartists": []}
    line = {
        "status": 200,
        "fetched_at": "2026-11-01T00:00:00Z",
        "request": {"path": "/releases/1"},
        "body": body,
    }
    raw = RawLine("discogs/dump/ingest_date=2026-11-01/run_id=R/00000.jsonl.gz", 1, json.dumps(line), None)
    (row,) = rows_of(raw, "discogs/release", from_release, with_shape=True)
    assert (row["kind"], row["shape"], row["missing_parts"]) == ("dump", None, ["community", "images"])
    assert (row["tracks"], row["release_credits"]) == ([], [])


def test_a_piece_of_a_dump_that_is_no_release_keeps_its_fault() -> None:
    """Whoever landed the line says why it is none, and nothing of its body is read."""
    line = {
        "status": 200,
        "fetched_at": "2026-11-01T00:00:00Z",
        "fault": "byte 7 of the dump: no XML",
        "body": {"id": 5},
    }
    raw = RawLine("discogs/dump/a.jsonl.gz", 1, json.dumps(line), None)
    (row,) = rows_of(raw, "discogs/release", from_release, with_shape=True)
    assert (row["fault"], row["release_id"], row["tracks"]) == ("byte 7 of the dump: no XML", None, None)

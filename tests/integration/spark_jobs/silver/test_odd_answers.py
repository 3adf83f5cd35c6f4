"""Silver on answers that people who work with TMDB and Discogs report, and what is left after a second run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, details, page, record

FIRST, SECOND = "20261119T063000Z-0001", "20261120T063000Z-0002"
EARLY, LATE, LATEST = "2026-11-19T06:30:00Z", "2026-11-20T06:30:00Z", "2026-11-20T06:40:00Z"
UNSEEN = "\u200e\u00a0\u3000\u2066\u0085\u200b"


def whole(film_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A film's answer with all its parts."""
    crew = [{"id": 2, "name": "Ines Varga", "job": "Original Music Composer", "credit_id": "c1"}]
    return {
        **{"id": film_id, "title": title, "original_title": title, "release_date": "1998-03-06"},
        "credits": {"cast": [{"id": 1, "name": "Ola Brandt", "order": 0, "credit_id": "a1"}], "crew": crew},
        "keywords": {"keywords": [{"name": "ferry"}]},
        "alternative_titles": {"titles": [{"title": "Die Faehre"}]},
        "external_ids": {"imdb_id": "tt0900001"},
        "reviews": {"results": [{"id": "r1", "author": "Mo", "content": "A good film."}]},
        **more,
    }


def bare(film_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A film's answer whose parts are left out."""
    return {"id": film_id, "title": title, "release_date": "1998-03-06", **more}


ERROR = {"success": False, "status_code": 25, "status_message": "over the limit"}
DATES = {
    100: "1972-01-01", 101: "1972", 102: "1972-00-00", 103: "1972-05-00", 104: "1972-05", 105: "1972-05-03",
    106: "2023-10-06 14:00:15 UTC", 107: "", 108: "soon",
}  # fmt: skip
NO_OVERVIEW = (
    *(
        "No overview found.",
        "No Overview",
        "No movie overview available.",
        "N/A",
        "Overview not available yet.",
    ),
    "We don't have an overview translated in English. Help us expand our database by adding one.",
)
FIRST_FILMS = (
    *[whole(n, "The Amber Ferry") for n in (10, 11, 12, 13)],
    *[whole(n, f"Dated {n}", release_date=said) for n, said in DATES.items()],
    *[whole(200 + n, "Nine Wells", overview=said) for n, said in enumerate(NO_OVERVIEW)],
    whole(220, "No Wells", overview="No overview of the valley shows what lies below."),
    whole(20, "The Salt Road"),
    whole(21, "Brought Back"),
    whole(30, f" Far\u00a0\u3000Astray\u202c{UNSEEN}", release_date="1975-05-05", original_language="cn",
          runtime="51420.0", budget="1.0E8"),
    whole(31, UNSEEN),
    whole(32, "Unseen Names", keywords={"keywords": [{"name": UNSEEN}, {"name": f"a\u00a0\u2003b{UNSEEN}"}]},
          production_companies=[{"name": "Ox\u3000Films"}, {"name": "\u200fOx Films"}],
          credits={"cast": [{"name": f"Ola\u00a0Brandt{UNSEEN}", "order": 0}, {"name": UNSEEN}], "crew": []}),
    whole(33, "&#34;Harrow Heights&#34;", overview="Ada &amp; Bo don&#39;t talk &amp;lt;any&amp;gt; more."),
    whole(34, "!!!", original_language="xx", runtime=0),
    *[whole(300 + n, f"Filler {n}", release_date="1972-03-04", runtime=90 + n % 9) for n in range(40)],
)  # fmt: skip
RECORDS = (
    record(50, "Varios* - Amber"),
    record(51, "Various, Lisa Roe - Amber"),
    record(52, "Quartz/Tide - Amber"),
    record(53, "Lakeland, Rain & Fire - Amber"),
    record(54, "Pirkko Mori - Brita Roe - Far Astray (Original Soundtrack)"),
    record(
        55,
        "Hans Mori - Far Astray",
        barcode=["5 012345 678900", "5012345678900", "CF-A-1 MATRIX", "0-19-852663-x"],
    ),
    record(
        56,
        f"Hans\u00a0Mori - Far\u3000Astray{UNSEEN}",
        label=[f"Milo{UNSEEN}", UNSEEN],
        style=["Score\u200b"],
    ),
    record(60, "Hans Mori - Listed Though Gone"),
    record(61, "Hans Mori - Gone Since"),
    record(62, "Hans Mori - Merged For A Day"),
)
RELEASES: tuple[dict[str, Any], ...] = (
    {
        "id": 70, "title": "Far Astray", "artists_sort": "Hollow Tide, The",
        "artists": [{"name": "The Hollow Tide", "join": ""}],
        "formats": [
            {"name": "Vinyl", "descriptions": ["7\"", "45 RPM", "Single"]}, {"name": "All Media", "text": "Red"}, None,
        ],
        "identifiers": [
            {"type": "Barcode", "value": "5 012345 678900"}, {"type": "Barcode", "value": "5012345678900"},
            {"type": "Matrix / Runout", "value": "CF-A-1 MATRIX"}, {"type": "Rights Society", "value": "GEMA"},
            {"type": "Matrix / Runout", "value": "12345678901"}, {"type": "Barcode", "value": "none"}, None,
        ],
    },
    {
        "id": 71, "title": "Brita Roe - Far Astray (Original Soundtrack)",
        "artists": [
            {"name": "Quartz/Tide", "anv": "", "join": "Feat."},
            {"name": "Slow Parade (3)", "anv": "Slow P.", "join": ""},
        ],
    },
    {"id": 72, "title": "Night - Walk"},
    {"id": 73, "title": "Amber", "artists": [{"name": "Various", "join": ","}, {"name": "Lisa Roe (2)", "join": ""}]},
)  # fmt: skip


class Tables:
    """Both runs' tables."""

    def __init__(self, lake: Bronze) -> None:
        self.lake = lake

    def rows(self, table: str, run_id: str = FIRST) -> dict[int, dict[str, Any]]:
        """Rows by their first column; of a table of many rows a film, the last."""
        return {next(iter(row.values())): row for row in self.lake.rows(f"silver.{table}", run_id)}

    def broken(self, table: str, run_id: str) -> dict[str, int]:
        """Broken rules of a table with their counts."""
        found = self.lake.json(f"metrics/{run_id}/quality.json")["tables"][table]
        return {rule["name"]: rule["broken"] for rule in found["rules"] if rule["broken"]}


@pytest.fixture(scope="module")
def tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A full run and a second one in which parts are left out and records are gone."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    gone = answer("release", {"message": "Release not found."}, EARLY, 404, "/releases/60")
    lake.land(
        FIRST,
        {
            "details": {"a": blob(*[details(film, EARLY) for film in FIRST_FILMS])},
            "search": {"s": blob(page(*RECORDS, at="2026-11-19T06:35:00Z"))},
            "release": {
                "r": blob(
                    gone,
                    *[answer("release", each, EARLY, path=f"/releases/{each['id']}") for each in RELEASES],
                )
            },
        },
    )
    second = [
        details(bare(10, "The Amber Ferry II"), LATE),
        details(
            bare(
                11,
                "The Amber Ferry",
                **dict.fromkeys(("credits", "keywords", "external_ids", "reviews"), ERROR),
            ),
            LATE,
        ),
        details(whole(12, "The Amber Ferry", credits={"cast": [], "crew": []}), LATE),
        details(whole(13, "Twice", keywords={"keywords": [{"name": "new"}]}), LATE),
        details(bare(13, "Twice"), LATEST),
        details(bare(15, "New Without Parts"), LATE),
        details(whole(17, "Another Film"), LATE, asked=16),
        *[details({"success": False, "status_code": 34}, at, 404, n) for n, at in ((20, LATE), (21, LATE))],
        details(whole(21, "Brought Back"), LATEST),
    ]
    lake.land(
        SECOND,
        {
            "details": {"b": blob(*second)},
            "search": {
                "s": blob(
                    page(
                        record(60, "Hans Mori - Listed Though Gone"),
                        record(61, "Hans Mori - Gone Since"),
                        at=LATEST,
                    )
                )
            },
            "release": {
                "r": blob(
                    *[answer("release", {"message": "?"}, LATE, 404, f"/releases/{n}") for n in (61, 62)],
                    answer(
                        "release",
                        {"id": 62, "title": "Back", "artists": [{"name": "Hans Mori"}]},
                        LATEST,
                        path="/releases/62",
                    ),
                    answer("release", {"id": 99, "title": "Other", "artists": []}, LATE, path="/releases/98"),
                )
            },
        },
        "incremental",
    )
    for run_id in (FIRST, SECOND):
        run_silver(spark, run_id, lake.addresses, Gates(0, 0))
    return Tables(lake)


def test_a_date_is_as_precise_as_it_is_written(tables: Tables) -> None:
    """1 January, a bare year and zero days say how much of the date is known; a bare year is no day."""
    names = ("release_date", "release_year", "release_month", "release_date_precision")
    found = {n: tuple(tables.rows("movies")[n][name] for name in names) for n in DATES}
    assert found == {
        100: (date(1972, 1, 1), 1972, None, "year"),
        101: (None, 1972, None, "year"),
        102: (None, 1972, None, "year"),
        103: (None, 1972, 5, "month"),
        104: (None, 1972, 5, "month"),
        105: (date(1972, 5, 3), 1972, 5, "day"),
        106: (date(2023, 10, 6), 2023, 10, "day"),
        107: (None,) * 4,
        108: (None,) * 4,
    }
    assert tables.broken("movies", FIRST)["date_is_date"] == 1


def test_an_overview_that_says_there_is_none_is_none(tables: Tables) -> None:
    """Placeholders are null, without a mood; a text that only begins like one stays."""
    films = tables.rows("movies")
    found = {(films[200 + n]["overview"], films[200 + n]["overview_mood"]) for n in range(len(NO_OVERVIEW))}
    assert found == {(None, None)}
    assert films[220]["overview"].startswith("No overview of the valley")


def test_a_very_long_film_is_an_outlier(tables: Tables) -> None:
    """857 hours are kept and flagged; numbers sent as 51420.0 or 1.0E8 are numbers; 0 minutes are unknown."""
    long = tables.rows("movies")[30]
    assert (long["runtime_min"], long["budget"], long["language"]) == (51_420, 100_000_000, "cn")
    assert "runtime_min" in long["outliers"]
    assert (tables.rows("movies")[34]["runtime_min"], tables.rows("movies")[34]["language"]) == (None, "xx")
    assert "runtime_possible" not in tables.broken("movies", FIRST)


def test_what_nobody_sees_is_no_text(tables: Tables) -> None:
    """Spaces of all widths are one, marks go, in titles as in lists; a name of nothing else is none."""
    films, releases = tables.rows("movies"), tables.rows("releases")
    assert films[30]["title"] == films[30]["original_title"] == "Far Astray"
    assert 31 not in films
    assert (films[32]["keywords"], films[32]["companies"]) == (["a b"], ["Ox Films"])
    assert films[32]["top_cast"] == ["Ola Brandt"]
    assert (releases[56]["title"], releases[56]["labels"]) == ("Hans Mori - Far Astray", ["Milo"])
    assert releases[56]["styles"] == ["Score"]


def test_entities_are_decoded_once(tables: Tables) -> None:
    """TMDB's HTML entities are the signs they stand for, in titles and overviews."""
    film = tables.rows("movies")[33]
    assert (film["title"], film["clean_title"]) == ('"Harrow Heights"', "harrow heights")
    assert film["overview"] == "Ada & Bo don't talk &lt;any&gt; more."
    assert tables.rows("movies")[34]["clean_title"] is None


def test_artists_are_those_that_exist(tables: Tables) -> None:
    """'Various' is nobody in any language and company, and a credit is whole where nothing says it is several."""
    found = {n: (row["artists"], row["is_various"]) for n, row in tables.rows("releases").items()}
    assert {n: found[n] for n in (50, 51, 52, 53, 54, 70, 71, 73)} == {
        50: ([], True),
        51: (["Lisa Roe"], True),
        52: (["Quartz/Tide"], False),
        53: (["Lakeland, Rain & Fire"], False),
        54: (["Pirkko Mori", "Brita Roe"], False),
        70: (["The Hollow Tide"], False),
        71: (["Quartz/Tide", "Slow Parade"], False),
        73: (["Lisa Roe"], True),
    }
    assert tables.rows("releases")[54]["release_title"] == "Far Astray (Original Soundtrack)"


def test_a_releases_own_fields_are_believed(tables: Tables) -> None:
    """Artist and title come apart as Discogs has them; artists_sort is no name, and no artist is no separator."""
    rows = tables.rows("releases")
    names = ("title", "artist", "release_title")
    assert [tuple(rows[n][name] for name in names) for n in (70, 71, 72)] == [
        ("The Hollow Tide - Far Astray", "The Hollow Tide", "Far Astray"),
        (
            "Quartz/Tide Feat. Slow P.* - Brita Roe - Far Astray (Original Soundtrack)",
            "Quartz/Tide Feat. Slow P.*",
            "Brita Roe - Far Astray (Original Soundtrack)",
        ),
        ("Night - Walk", None, "Night - Walk"),
    ]


def test_a_format_without_descriptions_costs_its_own(tables: Tables) -> None:
    """The other formats keep theirs."""
    assert tables.rows("releases")[70]["formats"] == ["Vinyl", "All Media", '7"', "45 RPM", "Single"]


def test_barcodes_are_digits_and_the_rest_stands_apart(tables: Tables) -> None:
    """One barcode however it is printed, the same from a search and from a release; other identifiers as printed."""
    searched, own = (tables.rows("releases")[n] for n in (55, 70))
    assert searched["barcodes"] == ["5012345678900", "019852663X"]
    assert searched["identifiers"] == ["CF-A-1 MATRIX"]
    assert own["barcodes"] == ["5012345678900"]
    assert own["identifiers"] == ["CF-A-1 MATRIX", "GEMA", "12345678901", "none"]


def test_a_part_left_out_stays_as_it_was(tables: Tables) -> None:
    """Absent parts, and errors in their place, keep what an earlier answer said, and the film says which."""
    films = tables.rows("movies", SECOND)
    everything = ["credits", "keywords", "alternative_titles", "external_ids", "reviews"]
    assert films[10]["missing_parts"] == films[11]["missing_parts"] == everything
    assert (films[10]["title"], films[12]["missing_parts"]) == ("The Amber Ferry II", [])
    for film in (films[10], films[11]):
        assert (film["composers"], film["top_cast"], film["keywords"]) == (
            ["Ines Varga"],
            ["Ola Brandt"],
            ["ferry"],
        )
        assert (film["alternative_titles"], film["imdb_id"]) == (["Die Faehre"], "tt0900001")
    assert films[12]["composers"] == films[12]["top_cast"] == []
    assert (films[13]["keywords"], films[13]["composers"]) == (["new"], ["Ines Varga"])
    assert (films[15]["composers"], films[15]["keywords"], films[15]["imdb_id"]) == ([], [], None)
    assert tables.broken("movies", SECOND)["parts_answered"] == 4


def test_credits_and_reviews_of_parts_left_out_stay(tables: Tables) -> None:
    """Cast, crew and reviews keep the rows of films whose parts did not come; an empty part empties them."""
    for table, without in (("cast_credits", {12, 15}), ("crew_credits", {12, 15}), ("reviews", {15})):
        assert {10, 11, 12, 13, 15} - set(tables.rows(table, SECOND)) == without, table
    assert tables.rows("reviews", SECOND)[10]["mood"] == "positive"


def test_another_record_than_the_one_asked_for_is_refused(tables: Tables) -> None:
    """A film or release under the address of another is in the quarantine, not in the table."""
    assert not {16, 17} & set(tables.rows("movies", SECOND))
    assert not {98, 99} & set(tables.rows("releases", SECOND))
    assert tables.broken("movies", SECOND)["asked_for"] == tables.broken("releases", SECOND)["asked_for"] == 1


def test_gone_is_gone(tables: Tables) -> None:
    """A 404 marks films and releases, whatever a list still names; what answers again is back."""
    before, films, releases = (
        tables.rows("releases"),
        tables.rows("movies", SECOND),
        tables.rows("releases", SECOND),
    )
    at = {name: datetime.fromisoformat(said) for name, said in (("early", EARLY), ("late", LATE))}
    assert [before[n]["removed_at"] for n in (60, 61)] == [at["early"], None]
    assert (films[20]["removed_at"], films[20]["status"]) == (at["late"], "removed upstream")
    assert films[20]["fetched_at"] == at["early"]
    assert (films[21]["removed_at"], films[10]["removed_at"]) == (None, None)
    assert [releases[n]["removed_at"] for n in (60, 61, 62)] == [at["early"], at["late"], None]
    counts = tables.lake.json(f"metrics/{SECOND}/quality.json")["tables"]
    assert [counts[name]["removed_upstream"] for name in ("movies", "releases")] == [1, 1]

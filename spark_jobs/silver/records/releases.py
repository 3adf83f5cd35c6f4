"""Discogs search results and releases to the silver table `releases`."""

from __future__ import annotations

from itertools import starmap

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import arrow_udf
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import StructField, StructType

from spark_jobs.names.people import clean_artist, credited_artists, is_anyone, names_anyone, real_artists
from spark_jobs.names.titles import parse_title, split_artist
from spark_jobs.schemas.fields import BOOL, STRING, STRINGS
from spark_jobs.schemas.silver import RELEASES
from spark_jobs.silver.records.cleaning import asked, number, one_line, strings, text
from spark_jobs.silver.records.genres import release_genres

_RELEASE, _MASTER = "release", "master"  # types of a search's results, and kinds of answers
YEARS = (1877, 2100)  # the phonograph was invented in 1877
RELEASE_TITLE_LIMIT_CHARS = 4_000
_BARCODE = "^([0-9]{8,14}|[0-9]{9}X)$"
_SOUNDTRACK_STYLES = ("Soundtrack", "Score", "Theme", "Musical")
_SOUNDTRACK_TITLE = (
    r"(?i)\b(soundtrack|motion picture|film score|original score|music from the|bande originale|banda sonora|"
    r"colonna sonora|o\.?s\.?t\.?)\b"
)
_TITLE_PARTS = StructType(
    [
        StructField("artist", STRING),
        StructField("clean_artist", STRING),
        StructField("is_various", BOOL),
        StructField("artists", STRINGS),
        StructField("release_title", STRING),
        StructField("clean_title", STRING),
    ]
)


@arrow_udf(_TITLE_PARTS)  # type: ignore[call-overload, untyped-decorator]
def _title_parts(printed: pa.Array, titles: pa.Array, credits: pa.Array, names: pa.Array) -> pa.Array:
    columns = (column.to_pylist() for column in (printed, titles, credits, names))
    return pa.array(list(starmap(_parts, zip(*columns, strict=True))), to_arrow_type(_TITLE_PARTS))


def _parts(
    printed: str | None, title: str | None, credit: str | None, names: list[str] | None
) -> dict[str, object]:
    """Artist as printed, artists, title as printed and cleaned.

    `names` are the artists of a release's own fields, with its title and its credit; a search result has none of them
    and is taken apart.
    """
    if names is None:
        artist, title = split_artist(printed or "")
        artists, is_various = credited_artists(artist), names_anyone(artist)
    else:
        artist, title = credit or "", title or ""
        artists, is_various = real_artists(names), not names or any(map(is_anyone, names))
    return {
        "artist": artist or None,
        "clean_artist": clean_artist(artist) or None,
        "is_various": is_various,
        "artists": artists,
        "release_title": title or None,
        "clean_title": parse_title(artist, title).clean or None,
    }


def from_search(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/search (body: DISCOGS_SEARCH) to typed rows, one a release.

    A page that cannot be read stays one row with its fault; a page without results gives none, and neither does a
    result of another type: the number of a master is not that of a release.
    """
    is_readable = F.col("fault").isNull() & (F.col("status") == 200)
    result = F.posexplode_outer(F.when(is_readable, F.col("body.results")))
    items = parsed.select("*", result.alias("place", "item"))
    of_type = F.lower(F.coalesce("item.type", "asked_type", F.lit(_RELEASE)))
    is_release = F.col("item").isNotNull() & (of_type == _RELEASE)
    if "shape" in items.columns:  # a page's shape is counted once
        items = items.withColumn("shape", F.when(F.col("place") == 0, F.col("shape")))
    items = items.where(~is_readable | is_release)
    raw = F.when(F.col("item").isNotNull(), F.to_json("item")).otherwise(F.col("line"))
    return _typed(
        items.withColumn("line", raw).withColumn("kind", F.lit("search")),
        asked("/releases/"),
        title=text("item.title"),
        own_title=F.lit(None).cast(STRING),
        credit=F.lit(None).cast(STRING),
        names=F.lit(None).cast(STRINGS),
        formats=strings(F.col("item.format")),
        labels=strings(F.col("item.label")),
        genres=strings(F.col("item.genre")),
        styles=strings(F.col("item.style")),
        **_identified(F.col("item.barcode"), F.col("item.barcode")),
    )


def from_release(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/release (body: DISCOGS_RELEASE) to typed rows; a 404 keeps only the id asked for.

    Artists and title are the release's own: `artists_sort` ('Hollow Tide, The') is no name.
    """
    items = parsed.withColumns({"item": F.col("body"), "place": F.lit(0), "kind": F.lit(_RELEASE)})
    none = F.array().cast(STRINGS)
    details = F.transform(
        F.col("item.formats"), lambda f: F.coalesce(F.array_compact(f["descriptions"]), none)
    )
    identifiers = F.array_compact(F.coalesce("item.identifiers", F.array()))
    are_barcodes = F.filter(identifiers, lambda each: F.lower(each["type"]) == "barcode")["value"]
    return _typed(
        items,
        asked("/releases/"),
        **_own_title(),
        formats=strings(F.concat(F.col("item.formats.name"), F.coalesce(F.flatten(details), none))),
        labels=strings(F.col("item.labels.name")),
        genres=strings(F.col("item.genres")),
        styles=strings(F.col("item.styles")),
        **_identified(are_barcodes, identifiers["value"]),
    )


def from_master(parsed: DataFrame) -> DataFrame:
    """Parsed lines of discogs/master (body: DISCOGS_MASTER) to typed rows: each is the release it names as its main.

    What a master does not say of that release (labels, formats, country) is null, and `ranked` prefers what the release
    itself said. A 404 says nothing of any release, so it gives no row.
    """
    items = parsed.where(F.col("fault").isNotNull() | (F.col("status") != 404)).withColumns(
        {"item": _main_release(F.col("body")), "place": F.lit(0), "kind": F.lit(_MASTER)}
    )
    none = F.array().cast(STRINGS)
    is_other = asked("/masters/") != F.coalesce(number("item.master_id", "bigint"), F.lit(0))
    return _typed(
        items,
        F.when(
            is_other, F.lit(0)
        ),  # no release has this id: the row is refused as another than the one asked for
        **_own_title(),
        formats=none,
        labels=none,
        genres=strings(F.col("item.genres")),
        styles=strings(F.col("item.styles")),
        barcodes=none,
        identifiers=none,
    )


def _main_release(master: Column) -> Column:
    """The release that a master stands for, as far as the master knows it."""
    unknown = F.lit(None).cast(STRING)
    return F.struct(
        master["main_release"].alias("id"),
        master["id"].alias("master_id"),
        *[master[name] for name in ("title", "year", "artists", "genres", "styles")],
        unknown.alias("country"),
        F.struct(unknown.alias("have"), unknown.alias("want")).alias("community"),
    )


def _own_title() -> dict[str, Column]:
    """Title, artists and credit of an answer that has them apart."""
    own_title, credit = text("item.title"), _credit()
    return {
        "title": F.when(own_title.isNotNull(), F.concat_ws(" - ", credit, own_title)),
        "own_title": own_title,
        "credit": credit,
        "names": strings(F.col("item.artists.name")),
    }


def _credit() -> Column:
    """A release's artists as its sleeve and the search print them, with their joiners; null when it has none.

    Another spelling of a name ends in '*', and a joiner of the last artist joins nothing.
    """
    artists = F.filter(F.col("item.artists"), lambda artist: one_line(artist["name"]) != "")

    def printed(artist: Column, place: Column) -> Column:
        join, spelling = one_line(artist["join"]), one_line(artist["anv"])
        name = F.when(spelling != "", F.concat(spelling, F.lit("*"))).otherwise(one_line(artist["name"]))
        joiner = F.when(F.coalesce(join, F.lit(",")).isin("", ","), ", ").otherwise(
            F.concat(F.lit(" "), join, F.lit(" "))
        )
        return F.when(place < F.size(artists) - 1, F.concat(name, joiner)).otherwise(name)

    joined = F.array_join(F.transform(artists, printed), "")
    return F.when(joined != "", joined)


def _identified(candidates: Column, everything: Column) -> dict[str, Column]:
    """`barcodes`, the digits of those candidates that are one, and `identifiers`, everything else as printed."""
    return {
        "barcodes": F.array_distinct(
            F.filter(F.transform(strings(candidates), _digits), lambda code: code.isNotNull())
        ),
        "identifiers": F.array_except(
            strings(everything), F.filter(strings(candidates), lambda code: _digits(code).isNotNull())
        ),
    }


def _digits(code: Column) -> Column:
    """A barcode without the spaces and dashes it is printed with; null for what is none."""
    plain = F.upper(F.regexp_replace(code, r"[\s\p{Pd}]", ""))
    return F.when(plain.rlike(_BARCODE), plain)


def _typed(items: DataFrame, asked_id: Column, **arrays: Column) -> DataFrame:
    year = number("item.year", "int")
    said = {"year": "item.year", "have": "item.community.have", "want": "item.community.want"}
    arrays["genres"] = release_genres(arrays["genres"])
    carried = [F.col(name) for name in ("shape",) if name in items.columns]
    typed = items.select(
        F.when(F.col("status") == 404, asked_id).otherwise(number("item.id", "bigint")).alias("release_id"),
        asked_id.alias("asked_id"),
        number("item.master_id", "bigint", above=0).alias("master_id"),
        *[value.alias(name) for name, value in arrays.items()],
        F.when(year.between(*YEARS), year).alias("year"),
        text("item.country").alias("country"),
        number("item.community.have", "bigint", above=-1).alias("have"),
        number("item.community.want", "bigint", above=-1).alias("want"),
        F.struct(*[F.trim(path).alias(name) for name, path in said.items()]).alias("said"),
        *carried,
        *("kind", F.coalesce("place", F.lit(0)).alias("item_no")),
        *("fetched_at", "source_blob", "fault", "line", "line_no", F.col("status").alias("http_status")),
    )
    is_short = F.length("title") <= RELEASE_TITLE_LIMIT_CHARS
    short = [F.when(is_short, F.col(name)) for name in ("title", "own_title", "credit")]
    taken_apart = typed.select("*", _title_parts(*short, F.col("names")).alias("parts"))
    return taken_apart.select(
        "*",
        "parts.*",
        _is_soundtrack_like().alias("is_soundtrack_like"),
        F.lit(None).cast("timestamp").alias("removed_at"),
    ).drop("parts", "own_title", "credit", "names")


def _is_soundtrack_like() -> Column:
    """Stage & Screen music of a telling style, or a title that says so."""
    is_styled = F.arrays_overlap("styles", F.array(*map(F.lit, _SOUNDTRACK_STYLES)))
    is_staged = F.array_contains("genres", "Stage & Screen")
    return is_styled | is_staged | F.coalesce(F.col("title").rlike(_SOUNDTRACK_TITLE), F.lit(False))


def columns(rows: DataFrame) -> DataFrame:
    """Exactly the columns of `releases`, in order."""
    return rows.select([field.name for field in RELEASES])

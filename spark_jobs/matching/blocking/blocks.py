"""The blocks of a record: the rarest of its keys, and skewed names with a person, with a year, among known films.

A record looks its keys up from the rarest on, until it has met FILMS_PER_RECORD films, so a record costs the same in a
catalog of any size. A name that over NAME_CAP films bear ('Home') is a skewed block: it is looked up together with a
person, a year, or among well-known films only.

The `blocks` of a record depend on the whole catalog; the keys of a film depend on the film alone. This makes
increments.py exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from spark_jobs.matching.blocking.joining import Flags, codes, column, gathered, is_first, lines
from spark_jobs.matching.blocking.keys import HEAD, PAIR, PHONETIC, TAIL, WHOLE
from spark_jobs.runtime.arrow import Places
from spark_jobs.runtime.exchange import Part, Step, exchange, id_buckets, pack, text_buckets, unpack
from spark_jobs.schemas.fields import STRINGS

NAME_CAP = 60  # films that may bear one whole name; beyond, the name is looked up with a person or a year
WORD_CAP = 200  # films a word may occur in and still be a key
OTHER_CAP = 50  # films that may share a sound, an edge or two adjacent words
FILMS_PER_RECORD = 60  # films met under rare keys before a record stops looking
SUB = "|"
KNOWN = "known"
BLOCKS = StructField("blocks", STRINGS)
_OTHER_KINDS = pa.array([PAIR, PHONETIC, HEAD, TAIL])
_FILM_KEYS = pa.schema([("key", pa.string())])
_RECORD_KEYS = pa.schema([("release_id", pa.int64()), ("key", pa.string())])
_MET = pa.schema([*_RECORD_KEYS, ("films", pa.int64())])


def with_blocks(films: DataFrame, records: DataFrame, schema: StructType) -> DataFrame:
    """Records with `blocks`: the keys they are looked up under in this catalog, sorted; [] when there is none.

    `records` are their packs (`record_packs`), of rows of `schema`.
    """
    choice = Step({"records": to_arrow_schema(schema), "met": _MET}, _with_chosen)
    packs = pack(films.select("film_keys"), _film_parts).unionByName(records)
    met = packs.transform(exchange, Step({"film_keys": _FILM_KEYS, "record_keys": _RECORD_KEYS}, _met_parts))
    return met.transform(unpack, choice, StructType([*schema.fields, BLOCKS]))


def record_packs(
    records: DataFrame, prepare: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None
) -> DataFrame:
    """Prepared records as packs, or what `prepare` makes them of: the task that prepares them packs them."""
    return pack(records, _record_parts, prepare)


def _film_parts(films: pa.Table) -> Iterator[Part]:
    keys, _ = _distinct_keys(column(films, "film_keys"))
    yield Part("film_keys", pa.table([keys], schema=_FILM_KEYS), text_buckets(keys))


def _record_parts(records: pa.Table) -> Iterator[Part]:
    ids = column(records, "release_id")
    yield Part("records", records, id_buckets(ids))
    keys, places = _distinct_keys(column(records, "release_keys"))
    asked = pa.table([ids.take(pa.array(places)), keys], schema=_RECORD_KEYS)
    yield Part("record_keys", asked, text_buckets(keys))


def _distinct_keys(texts: pa.Array) -> tuple[pa.Array, Places]:
    """The different ones of the sorted keys of each row, and their rows."""
    keys, places = lines(texts)
    first = is_first(keys, pa.array(places))
    return keys.filter(pa.array(first)), places[first]


def _met_parts(parts: dict[str, pa.Table]) -> Iterator[Part]:
    """Keys of records that films have, with how many films, if few enough do or the key is a name."""
    asked, keys = parts["record_keys"], column(parts["record_keys"], "key")
    theirs, ours, size = codes(column(parts["film_keys"], "key"), keys)
    films = np.bincount(theirs, minlength=size)[ours]
    rows = asked.append_column("films", pa.array(films))
    met = rows.filter(pa.array((films > 0) & (is_name(keys) | (films <= _caps(keys)))))
    yield Part("met", met, id_buckets(met["release_id"]))


def is_name(keys: pa.Array) -> Flags:
    """Which keys are whole names."""
    return np.asarray(pc.starts_with(keys, WHOLE))


def _caps(keys: pa.Array) -> Places:
    """How many films may share a key that is no name."""
    is_other = np.asarray(pc.is_in(pc.utf8_slice_codeunits(keys, 0, 1), value_set=_OTHER_KINDS))
    return np.where(is_other, OTHER_CAP, WORD_CAP)


def _with_chosen(parts: dict[str, pa.Table]) -> Iterator[pa.Table]:
    records, met = parts["records"], parts["met"]
    yield records.append_column("blocks", chosen_blocks(records, met))


def chosen_blocks(records: pa.Table, met: pa.Table) -> pa.Array:
    """The blocks of each record; `met` are its keys that films have (release_id, key, films)."""
    names, films = is_name(column(met, "key")), np.asarray(met["films"])
    rare = [met.filter(pa.array(names & (films <= NAME_CAP))), _rarest(met.filter(pa.array(~names)))]
    keys = pa.concat_tables(rare).select(["release_id", "key"])
    skewed = _sub_keys(records, met.filter(pa.array(names & (films > NAME_CAP))))
    found = pa.concat_tables([keys, skewed])
    ids, places = np.asarray(records["release_id"]), _places_of(records, found)
    placed = pa.table({"place": places, "key": found["key"]}).sort_by(
        [("place", "ascending"), ("key", "ascending")]
    )
    first = pa.array(is_first(column(placed, "place"), column(placed, "key")))
    kept = placed.filter(first)
    return gathered(np.asarray(kept["place"]), column(kept, "key"), len(ids))


def _places_of(records: pa.Table, rows: pa.Table) -> Places:
    """The place in `records` of the record of each row."""
    ids = np.asarray(records["release_id"])
    order = np.argsort(ids)
    return order[np.searchsorted(ids, np.asarray(rows["release_id"]), sorter=order)]


def _rarest(met: pa.Table) -> pa.Table:
    """The rarest keys of each record, until they have so many films; ties by the key itself."""
    rows = met.sort_by([("release_id", "ascending"), ("films", "ascending"), ("key", "ascending")])
    films = np.asarray(rows["films"])
    total = np.cumsum(films)
    first = is_first(column(rows, "release_id"))
    before = total - films
    within = total - np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(films))))
    return rows.filter(pa.array(first | (within <= FILMS_PER_RECORD)))


def _sub_keys(records: pa.Table, skewed: pa.Table) -> pa.Table:
    """Skewed names of a record with each artist, with its year and the year before, and among known films."""
    rows = (
        records.select(["release_year", "artist_keys"])
        .take(pa.array(_places_of(records, skewed)))
        .to_pylist()
    )
    found = [
        (release, f"{name}{SUB}{sub}")
        for release, name, row in zip(
            *(skewed[each].to_pylist() for each in _RECORD_KEYS.names), rows, strict=True
        )
        for sub in [*row["artist_keys"], *_years(row["release_year"]), KNOWN]
    ]
    ids, keys = zip(*found, strict=True) if found else ((), ())
    return pa.table([pa.array(ids, pa.int64()), pa.array(keys, pa.string())], schema=_RECORD_KEYS)


def _years(year: int | None) -> list[str]:
    return [] if year is None else [str(year), str(year - 1)]

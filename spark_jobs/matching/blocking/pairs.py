"""Which pairs are compared: blocks on whole names, rare words, sounds and edges, in place of all films x records.

Two names close enough to match share the whole name or one of their rarest words (prefix filtering: Chaudhuri,
Ganti, Kaushik 2006, "A primitive operator for similarity joins in data cleaning"). What meets under a key of a record's
blocks (blocks.py) goes on if its names are near enough by length and edit distance, so that far-off names are never
scored. Functions over the parts of an exchange; films and records have `is_new`, and of two that are not nothing is
paired.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from spark_jobs.matching.blocking.blocks import KNOWN, SUB, is_name
from spark_jobs.matching.blocking.joining import Flags, codes, column, joined, lines
from spark_jobs.matching.evidence import NEAR_MISS
from spark_jobs.runtime.arrow import Places, values
from spark_jobs.runtime.exchange import Part, Step, id_buckets, text_buckets

WELL_KNOWN = 0.62  # prominence (some 500 votes) that makes a film answer to a skewed name alone
FILM_COLUMNS = (
    "film_id",
    "film_year",
    "film_keys",
    "film_forms",
    "composers",
    "players",
    "prominence",
    "is_new",
)
RECORD_COLUMNS = ("release_id", "release_keys", "release_forms", "version_group", "blocks", "is_new")
PAIRS = pa.schema([("film_id", pa.int64()), ("release_id", pa.int64()), ("goes_to", pa.int64())])
_REPLACED = 1 - NEAR_MISS
_FILM = [("film_id", pa.int64()), ("is_new", pa.bool_())]
_RECORD = [("release_id", pa.int64()), ("is_new", pa.bool_()), ("goes_to", pa.int64())]
_KEYED = [("key", pa.string()), ("form", pa.string())]
_ANSWERS, _WANTED = pa.schema([*_FILM, *_KEYED]), pa.schema([*_RECORD, *_KEYED])
_NAMED = pa.schema([*_FILM, ("name", pa.string()), ("subs", pa.list_(pa.string()))])
_WANTED_SUBS = pa.schema([*_RECORD, ("name", pa.string()), ("key", pa.string())])


def film_parts(films: pa.Table) -> Iterator[Part]:
    """The keys of films with the names they stand in, and their whole names with what skewed ones are asked with."""
    keys, places = lines(column(films, "film_keys"))
    forms, _ = lines(column(films, "film_forms"))
    rows = films.select([name for name, _ in _FILM])
    answers = _append(rows.take(pa.array(places)), _ANSWERS, keys, forms)
    yield Part("answers", answers, text_buckets(keys))
    names = is_name(keys)
    bearers, borne = pa.array(places[names]), keys.filter(pa.array(names))
    named = _append(rows.take(bearers), _NAMED, borne, _subs(films).take(bearers))
    yield Part("named", named, text_buckets(borne))


def record_parts(records: pa.Table) -> Iterator[Part]:
    """The blocks of records with the names they stand in, and those that are a skewed name with something else."""
    keys, places = lines(column(records, "release_keys"))
    forms, _ = lines(column(records, "release_forms"))
    lists = column(records, "blocks")
    blocks, owners = pc.list_flatten(lists), np.asarray(pc.list_parent_indices(lists)).astype(np.int64)
    goes_to = pa.array(text_buckets(column(records, "version_group")))
    rows = records.select(["release_id", "is_new"]).append_column("goes_to", goes_to)
    ours, theirs, size = codes(keys, blocks)
    is_block = np.isin(places * size + ours, owners * size + theirs)
    wanted = _append(rows.take(pa.array(places)), _WANTED, keys, forms).filter(pa.array(is_block))
    yield Part("wanted", wanted, text_buckets(column(wanted, "key")))
    is_sub = pc.match_substring(blocks, SUB)
    subs, owners = blocks.filter(is_sub), owners[np.asarray(is_sub)]
    names = pc.list_element(pc.split_pattern(subs, SUB, max_splits=1), 0)
    yield Part(
        "wanted_subs", _append(rows.take(pa.array(owners)), _WANTED_SUBS, names, subs), text_buckets(names)
    )


def _append(rows: pa.Table, schema: pa.Schema, *columns: pa.Array) -> pa.Table:
    return pa.Table.from_arrays([*rows.columns, *columns], schema=schema)


def _subs(films: pa.Table) -> pa.Array:
    """What skewed names of each film may be asked with: its people, its year, and whether it is well known."""
    facts = (values(films[name]) for name in ("composers", "players", "film_year", "prominence"))
    return pa.array(
        [
            [*composers, *players]
            + ([] if year is None else [str(year)])
            + ([KNOWN] if prominence >= WELL_KNOWN else [])
            for composers, players, year, prominence in zip(*facts, strict=True)
        ],
        pa.list_(pa.string()),
    )


def _met_pairs(parts: dict[str, pa.Table]) -> Iterator[Part]:
    """Distinct pairs that share a block and have names near enough."""
    plain = _joined(parts["answers"], parts["wanted"])
    near = _are_near(column(plain, "form"), column(plain, "asked_form")) | is_name(column(plain, "key"))
    asked = parts["wanted_subs"]
    subs = _joined(_skewed(parts["named"], pc.unique(asked["name"])), asked)
    found = pa.concat_tables([plain.filter(pa.array(near)).select(PAIRS.names), subs.select(PAIRS.names)])
    pairs = found.group_by(PAIRS.names).aggregate([]).select(PAIRS.names)
    yield Part("pairs", pairs, id_buckets(pairs["film_id"]))


PAIRING = Step(
    {"answers": _ANSWERS, "named": _NAMED, "wanted": _WANTED, "wanted_subs": _WANTED_SUBS}, _met_pairs
)
"""The parts of films and records to `pairs`."""


def _joined(answers: pa.Table, wanted: pa.Table) -> pa.Table:
    """Rows of both with one key, of which one is new."""
    is_new = [np.asarray(rows["is_new"]) for rows in (answers, wanted)]
    pieces = []
    for ours, theirs in ((np.ones(len(answers), bool), is_new[1]), (is_new[0], ~is_new[1])):
        films, records = answers.filter(pa.array(ours)), wanted.filter(pa.array(theirs))
        left, right = map(pa.array, joined(column(films, "key"), column(records, "key")))
        asked = records.drop_columns(["is_new", "key"]).take(right)
        if "form" in asked.column_names:
            asked = asked.rename_columns({"form": "asked_form"})
        met = films.take(left)
        for name in asked.column_names:
            met = met.append_column(name, asked[name])
        pieces.append(met)
    return pa.concat_tables(pieces)


def _skewed(named: pa.Table, asked: pa.Array) -> pa.Table:
    """Films that bear names which are asked with something else: a row for each that they answer to."""
    bearing = named.filter(pc.is_in(named["name"], value_set=asked))
    lists = column(bearing, "subs")
    owners = pc.list_parent_indices(lists)
    names = column(bearing, "name").take(owners)
    keys = pc.binary_join_element_wise(names, pc.list_flatten(lists), SUB)
    return bearing.select(["film_id", "is_new"]).take(owners).append_column("key", keys)


def _are_near(ours: pa.Array, theirs: pa.Array) -> Flags:
    """Whether two names can be NEAR_MISS alike: 30 % of the letters replaced, or the longer up to 85 % longer.

    An indel similarity of 0.7 allows s replaced and i added letters with s <= 0.3 longer - 0.65 i, hence an edit
    distance of at most 0.3 longer + 0.35 i; two more are granted for moved letters.
    """
    one, other = (np.asarray(pc.utf8_length(names)).astype(np.int64) for names in (ours, theirs))
    added, longer = np.abs(one - other), np.maximum(one, other)
    reach = np.floor(longer * _REPLACED + added * (0.65 - _REPLACED)).astype(np.int64) + 2
    is_near: Flags = added <= (one + other) * _REPLACED
    asked = pa.array(is_near)
    is_near[is_near] = _distances(ours.filter(asked), theirs.filter(asked)) <= reach[is_near]
    return is_near


def _distances(ours: pa.Array, theirs: pa.Array) -> Places:
    found: Places = process.cpdist(values(ours), values(theirs), scorer=Levenshtein.distance, dtype=np.int64)
    return found

"""Sections about soundtracks: how sure the matches are, and what goes with their diversity."""

from __future__ import annotations

from collections import Counter

import altair as alt

from spark_jobs.html.look import BLUE, GOLD, GREY, ORANGE, SOFT, TEAL
from spark_jobs.html.marks import bars, layered, log_scale, plot, sized, tips, verdicts
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, number, percent, plain
from spark_jobs.report.queries import MOST_STYLES, PROBABILITY_BIN, STYLES_BIN
from spark_jobs.schemas.gold import BANDS

MIN_BIN = 5  # films under which a median is not drawn
_BANDS = dict(zip(BANDS, (BLUE, TEAL, GOLD), strict=True))
_OUTCOMES = {"popularity": "popularity", "rating": "rating", "revenue": "revenue", "roi": "ROI"}


def confidence(rows: Rows) -> Section:
    """How sure the matches are."""
    anchor, title = "confidence", "How sure the matches are"
    total = sum(row["matches"] for row in rows)
    if not total:
        return Section(anchor, title, "No record was matched to a film.")
    bands = _by_band(rows)
    strong = next((row["matches"] for row in bands if row["band"] == "strong"), 0)
    ambiguous = sum(row["ambiguous"] for row in rows)
    reading = (
        f"{percent(strong / total)} of {count(total, 'match', 'matches')} are strong, and "
        f"{percent(ambiguous / total)} have a second film nearly as likely."
    )
    note = "Probability that the record is of the film, calibrated on labelled links, and its band."
    columns = (
        Column("band", lambda row: row["band"], False),
        Column("matches", lambda row: number(row["matches"])),
        Column("share", lambda row: percent(row["matches"] / total, 1)),
        Column("ambiguous", lambda row: number(row["ambiguous"])),
    )
    return Section(
        anchor, title, reading, [_histogram(rows)], Table("matches of each band", bands, columns), note
    )


def known(figures: Row | None) -> Section:
    """How well the matches agree with links known from elsewhere."""
    anchor, title = "known", "What is known from elsewhere"
    if not figures or not figures["records"]:
        return Section(
            anchor, title, "No link known from elsewhere is of a film and a record of this catalog."
        )
    reading = (
        f"Of {count(figures['records'], 'record')} whose film is known from elsewhere, "
        f"{percent(figures['recall'], 1)} have it, and {percent(figures['precision'], 1)} of those that have a film "
        "have the right one."
    )
    columns = (
        Column("known records", lambda row: number(row["records"])),
        Column("matched", lambda row: number(row["matched"])),
        Column("right", lambda row: number(row["right"])),
        *map(_share, ("precision", "recall", "f1")),
        Column("unreadable rows", lambda row: number(row["bad_rows"])),
    )
    note = "From the CSVs in control/known; links whose film or record is not in the catalog are left out."
    return Section(anchor, title, reading, (), Table("agreement with known links", [figures], columns), note)


def _share(name: str) -> Column:
    return Column(name, lambda row: number(row[name], 4))


def _by_band(rows: Rows) -> Rows:
    matches, ambiguous = Counter[str](), Counter[str]()
    for row in rows:
        matches[row["band"]] += row["matches"]
        ambiguous[row["band"]] += row["ambiguous"]
    ordered = sorted(
        matches, key=lambda band: ([*_BANDS].index(band) if band in _BANDS else len(_BANDS), band)
    )
    return [{"band": band, "matches": matches[band], "ambiguous": ambiguous[band]} for band in ordered]


def _histogram(rows: Rows) -> Picture:
    bins = [
        {**row, "low": row["bin"] * PROBABILITY_BIN, "high": (row["bin"] + 1) * PROBABILITY_BIN}
        for row in rows
    ]
    lowest = min(row["low"] for row in bins)
    color = alt.Color("band:N", sort=[*_BANDS], scale=alt.Scale(domain=[*_BANDS], range=[*_BANDS.values()]))
    told = tips(band="band:N", from_="low:Q|.2f", to="high:Q|.2f", matches="matches:Q|,")
    x = alt.X(
        "low:Q", title="probability of the match", scale=alt.Scale(domain=[min(lowest, 0.5), 1], nice=False)
    )
    y = alt.Y(
        "matches:Q",
        title="matches (square-root scale)",
        scale=alt.Scale(type="sqrt"),
        axis=alt.Axis(tickCount=5),
    )
    return sized(bars(bins).encode(x=x, x2="high:Q", y=y, color=color, tooltip=told))


def diversity(films: Rows, bins: Rows, effects: Rows) -> Section:
    """Diversity of soundtracks against popularity of films."""
    anchor, title = "diversity", "Diverse soundtracks and popularity"
    if not films:
        return Section(anchor, title, "No film with a popularity has a soundtrack with a style.")
    reading = _effect(effects, "popularity", "spearman").get("reading") or (
        f"{count(len(films), 'film')} with soundtracks are shown; what goes with diversity was not computed."
    )
    groups = [_styles_bin(row) for row in sorted(bins, key=lambda row: int(row["bin"]))]
    note = (
        "Effective styles: how many equally frequent Discogs styles would be as diverse as those of the film's "
        "records. Small dots are films (a sample if there are many); large ones are medians, with lines from "
        "quartile to quartile, where there are films enough."
    )
    columns = (
        Column("effective styles", lambda row: row["label"], False),
        Column("films", lambda row: number(row["films"])),
        Column("lower quartile", lambda row: number(row["low"], 1)),
        Column("median popularity", lambda row: number(row["median"], 1)),
        Column("upper quartile", lambda row: number(row["high"], 1)),
    )
    table = Table("popularity by effective styles", groups, columns)
    return Section(
        anchor,
        title,
        reading,
        [_diverse(films, [row for row in groups if row["films"] >= MIN_BIN])],
        table,
        note,
    )


def _effect(effects: Rows, outcome: str, model: str) -> Row:
    return next((row for row in effects if (row["outcome"], row["model"]) == (outcome, model)), {})


def _styles_bin(row: Row) -> Row:
    low = 1 + row["bin"] * STYLES_BIN
    label = f"{low:g} or more" if low >= MOST_STYLES else f"{low:g} to under {low + STYLES_BIN:g}"
    return {**row, "label": label}


def _diverse(films: Rows, groups: Rows) -> Picture:
    points = [{**row, "title": plain(row["film_title"])} for row in films]
    x = alt.X("effective_styles:Q", title="effective styles of the soundtracks", scale=alt.Scale(zero=False))
    y = alt.Y(
        "popularity:Q",
        title="TMDB popularity",
        scale=log_scale(),
        axis=alt.Axis(format="~r", values=[10.0**power for power in range(-3, 5)]),
    )
    told = tips(
        film="title:N", year="film_year:Q", popularity="popularity:Q|.1f", effective_styles="effective_styles:Q|.2f",
        releases="release_count:Q",
    )  # fmt: skip
    dots = plot(points).mark_circle(size=26, opacity=0.35, color=GREY).encode(x=x, y=y, tooltip=told)
    of_bin = tips(
        effective_styles="label:N",
        films="films:Q|,",
        median="median:Q|.1f",
        lower="low:Q|.1f",
        upper="high:Q|.1f",
    )
    span = plot(groups).mark_rule(strokeWidth=2.5, color=BLUE).encode(x="at:Q", y="low:Q", y2="high:Q")
    middle = (
        plot(groups)
        .mark_circle(size=110, opacity=1, color=BLUE)
        .encode(x="at:Q", y="median:Q", tooltip=of_bin)
    )
    return layered((dots, span, middle) if groups else (dots,))


def effects(rows: Rows) -> Section:
    """What diversity goes with, raw and controlled."""
    anchor, title = "effects", "What goes with diverse soundtracks"
    ordered = sorted(rows, key=lambda row: [*_OUTCOMES].index(row["outcome"]))
    known = [_interval(row) for row in ordered if row["model"] == "spearman" and row["estimate"] is not None]
    reading = _effect(rows, "popularity", "controlled").get("reading")
    if not reading:
        return Section(anchor, title, "How far diversity of soundtracks goes with success was not computed.")
    note = (
        "Rank correlations of effective styles with four outcomes, with 95 % intervals, nothing held constant; the "
        "table also has the regressions that hold budget, decade, votes, genre and number of releases (HC3 "
        "errors). None shows a cause."
    )
    columns = (
        Column("outcome", _outcome, False),
        Column("model", lambda row: row["model"], False),
        Column("films", lambda row: number(row["n"])),
        Column("estimate", lambda row: number(row["estimate"], 3)),
        Column("95 % interval", lambda row: f"{number(row['low'], 3)} to {number(row['high'], 3)}"),
        Column("p", lambda row: number(row["p"], 4)),
        Column("scale", lambda row: str(row["scale"]), False),
        Column("reading", lambda row: row["reading"], False),
    )
    charts = [_forest(known)] if known else []
    return Section(
        anchor, title, reading, charts, Table("every outcome and model", ordered, columns), note, is_wide=True
    )


def _outcome(row: Row) -> str:
    return _OUTCOMES[row["outcome"]]


def _interval(row: Row) -> Row:
    verdict = "could be chance" if row["low"] <= 0 <= row["high"] else "clear"
    return {**row, "name": _outcome(row), "verdict": verdict}


def _forest(rows: list[Row]) -> Picture:
    color, shape = verdicts(ORANGE)
    y = alt.Y("name:N", title=None, sort=[row["name"] for row in rows])
    x = alt.X("estimate:Q", title="rank correlation with effective styles")
    told = tips(
        outcome="name:N", correlation="estimate:Q|.3f", from_="low:Q|.3f", to="high:Q|.3f", films="n:Q|,"
    )
    zero = plot([{"estimate": 0.0}]).mark_rule(strokeDash=[5, 4], color=SOFT).encode(x=x)
    line = plot(rows).mark_rule(strokeWidth=2.5).encode(x="low:Q", x2="high:Q", y=y, color=color)
    dot = plot(rows).mark_point(size=90, opacity=1).encode(x=x, y=y, color=color, shape=shape, tooltip=told)
    return layered((zero, line, dot), 200)

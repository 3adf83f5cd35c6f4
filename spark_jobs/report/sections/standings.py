"""Sections that name single films: most voted, on the rise, the best and the worst."""

from __future__ import annotations

from collections.abc import Iterable

import altair as alt

from spark_jobs.html.look import BLUE, ORANGE
from spark_jobs.html.marks import ROW_PX, dollars_axis, layered, plot, ranked, sized, tips, told_apart
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, named, number, plain, year
from spark_jobs.views.films.trending import WINDOWS

SHOWN, MIN_FILMS, ENDS, MIN_ENDS = 15, 5, 8, 3
_LONGEST = 34  # characters of a title beside a bar
_MONEY = ("revenue", "profit")
_MEASURES = ("profit", "revenue", "roi", "rating", "popularity")
_BEST, _WORST = "best", "worst"


def most_voted(rows: Rows) -> Section:
    """The films of most votes."""
    anchor, title = "most-voted", "Films of most votes"
    if len(rows) < MIN_FILMS:
        return Section(anchor, title, f"Fewer than {MIN_FILMS} films have votes.")
    first = rows[0]
    reading = (
        f"{named(first['title'])} has most votes ({number(first['vote_count'])}), with a mean rating of "
        f"{number(first['rating'], 1)}."
    )
    shown = [{**row, "shown": number(row["vote_count"])} for row in labelled(rows[:SHOWN])]
    told = tips(film="film:N", year="release_year:Q", votes="vote_count:Q|,", rating="rating:Q|.1f")
    chart = ranked(shown, "vote_count", alt.Axis(title="votes of TMDB users", format=",d", tickCount=4), told)
    columns = (
        Column("film", lambda row: plain(row["title"]), False, is_film=True),
        Column("year", lambda row: year(row["release_year"])),
        Column("votes", lambda row: number(row["vote_count"])),
        Column("rating", lambda row: number(row["rating"], 2)),
    )
    return Section(
        anchor, title, reading, [chart], Table(f"the {count(len(rows), 'film')} of most votes", rows, columns)
    )


def labelled(rows: Rows) -> list[Row]:
    """Films with a short label of their own beside the whole title."""
    titles = [plain(row["title"]) for row in rows]
    short = [title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1].rstrip()}…" for title in titles]
    return [
        {**row, "film": title, "label": label}
        for row, title, label in zip(rows, titles, told_apart(short), strict=True)
    ]


def rising(rows: Rows) -> Section:
    """The films on the rise, by window."""
    anchor, title = "rising", "Films on the rise"
    by_window = {
        days: sorted((row for row in rows if row["window_days"] == days), key=lambda row: int(row["place"]))
        for days in WINDOWS
    }
    shown = {days: found for days, found in by_window.items() if len(found) >= MIN_FILMS}
    if not shown:
        return Section(
            anchor,
            title,
            f"Fewer than {MIN_FILMS} films were seen at both ends of {_list(WINDOWS)} days: too few runs lie behind.",
        )
    days, found = next(iter(shown.items()))
    reading = (
        f"Over {days} days {named(found[0]['title'])} rose most: from a popularity of "
        f"{number(found[0]['popularity_then'], 1)} to {number(found[0]['popularity'], 1)}."
    )
    note = (
        "The trend score weighs the change of popularity on a logarithm, so that a doubling counts the same at any "
        f"height, and a little that of the rating; -100 to 100, 0 for no change. The charts are of {_list(shown)} days."
    )
    if left := [days for days in WINDOWS if days not in shown]:
        note += f" Left out for want of history: {_list(left)} days."
    columns = (
        Column("days", lambda row: number(row["window_days"])),
        Column("film", lambda row: plain(row["title"]), False, is_film=True),
        Column("score", lambda row: number(row["trend_score"], 1)),
        Column("popularity then", lambda row: number(row["popularity_then"], 1)),
        Column("now", lambda row: number(row["popularity"], 1)),
        Column("gained a day", lambda row: number(row["velocity"], 2)),
        Column("rating gained", lambda row: number(row["rating_momentum"], 2)),
    )
    table = Table("films on the rise", [row for found in shown.values() for row in found], columns)
    return Section(
        anchor, title, reading, [_rising(days, found) for days, found in shown.items()], table, note
    )


def _list(days: Iterable[int]) -> str:
    *first, last = map(str, days)
    return f"{', '.join(first)} and {last}" if first else last


def _rising(days: int, rows: Rows) -> Picture:
    found = [{**row, "shown": number(row["trend_score"], 0)} for row in labelled(rows)]
    y = alt.Y(
        "label:N", sort=[row["label"] for row in found], title=None, axis=alt.Axis(grid=False, domain=False)
    )
    x = alt.X("trend_score:Q", title=f"trend score of {days} days")
    told = tips(
        film="film:N", score="trend_score:Q|.1f", then="popularity_then:Q|.1f", now="popularity:Q|.1f"
    )
    return sized(
        plot(found).mark_bar(color=BLUE, opacity=0.85).encode(x=x, y=y, tooltip=told),
        max(3, len(found)) * ROW_PX,
    )


def extremes(rows: Rows) -> Section:
    """The best and worst films by every measure; drawn by profit and by rating."""
    anchor, title = "extremes", "Best and worst"
    drawn = {name: found for name in ("profit", "rating") if (found := _ends(rows, name))}
    if not drawn:
        return Section(
            anchor, title, f"Fewer than {2 * MIN_ENDS} films have a known profit, and as few a rating."
        )
    name, found = next(iter(drawn.items()))
    reading = (
        f"By {name}, {named(found[0]['title'])} comes first ({_said(found[0])}) and "
        f"{named(found[-1]['title'])} last ({_said(found[-1])})."
    )
    note = (
        "Films from both ends of the list; budgets leave out advertising and cinemas keep a share, so a profit is that "
        "of revenue over budget, not of the studio. The table has the ends by revenue, ROI and popularity too."
    )
    ordered = sorted(rows, key=lambda row: (_MEASURES.index(row["measure"]), row["list"], int(row["place"])))
    columns = (
        Column("by", lambda row: "ROI" if row["measure"] == "roi" else row["measure"], False),
        Column("list", lambda row: row["list"], False),
        Column("place", lambda row: number(row["place"])),
        Column("film", lambda row: plain(row["title"]), False, is_film=True),
        Column("year", lambda row: year(row["release_year"])),
        Column("value", _said),
    )
    table = Table("both ends by every measure", ordered, columns)
    charts = [_both_ends(name, found) for name, found in drawn.items()]
    return Section(anchor, title, reading, charts, table, note, is_wide=True)


def _ends(rows: Rows, measure: str) -> list[Row]:
    """The best films of a measure, then the worst, from the highest value to the lowest; none where the ends meet."""
    best, worst = (
        sorted(
            (row for row in rows if (row["measure"], row["list"]) == (measure, end)),
            key=lambda row: row["place"],
        )
        for end in (_BEST, _WORST)
    )
    known = len({row["film_id"] for row in (*best, *worst)})
    shown = min(ENDS, known // 2)
    return [*best[:shown], *worst[:shown][::-1]] if shown >= MIN_ENDS else []


def _said(row: Row) -> str:
    return dollars(row["value"]) if row["measure"] in _MONEY else number(row["value"], 2)


def _both_ends(name: str, rows: list[Row]) -> Picture:
    found = [{**row, "end": row["list"], "shown": _said(row)} for row in labelled(rows)]
    y = alt.Y(
        "label:N", sort=[row["label"] for row in found], title=None, axis=alt.Axis(grid=True, domain=False)
    )
    axis = dollars_axis(name) if name in _MONEY else alt.Axis(title=f"{name}, points of 10")
    told = tips(film="film:N", year="release_year:Q", value="shown:N")
    ends = alt.Scale(domain=[_BEST, _WORST], range=[BLUE, ORANGE])
    base = plot(found).encode(y=y, x=alt.X("value:Q", axis=axis), tooltip=told)
    bars = base.mark_bar(opacity=0.85).encode(color=alt.Color("end:N", scale=ends))
    return layered((bars,), len(found) * ROW_PX)

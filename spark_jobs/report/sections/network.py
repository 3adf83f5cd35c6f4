"""Sections about who plays with whom: the largest communities of the actor network, and the network by decade."""

from __future__ import annotations

import math
from itertools import groupby

import altair as alt

from spark_jobs.html.look import BLUE, CARD, CATEGORIES, GREY, ORANGE
from spark_jobs.html.marks import layered, plot, sized, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, named, number, percent, plain
from spark_jobs.report.queries import COMMUNITIES

MIN_DECADES = 3  # two points are no trend
_COLUMNS = 2
_RADIUS = 0.3
_LABEL_DY = (-14, 18)  # the two best connected actors of a community are named: at the top, and at the bottom
_ROW_PX = 200
_HIDDEN = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)


def communities(size: Rows, groups: Rows, people: Rows, links: Rows) -> Section:
    """The largest communities with their best connected actors."""
    anchor, title = "network", "Communities of actors"
    if not groups or not people:
        return Section(anchor, title, "No two actors played together in a film of the catalog.")
    of, first = size[0], groups[0]
    reading = (
        f"{count(of['with_partners'], 'actor')} who played with others fall into "
        f"{count(of['communities'], 'community', 'communities')}; the largest "
        f"has {first['people']:,} people around {named(first['around'])}."
    )
    note = (
        f"The {min(COMMUNITIES, len(groups))} largest communities (Leiden) with the actors of most partners in each; "
        "larger dots have more partners, lines join actors who share a film, and grey ones cross communities."
    )
    placed = layout(people)
    charts = [_network(placed, lines(placed, links))]
    return Section(anchor, title, reading, charts, _table(placed, groups), note)


def layout(people: Rows) -> list[Row]:
    """Each actor with x and y: communities on a grid, their actors on a circle, the best connected one on top."""
    placed: list[Row] = []
    ordered = sorted(people, key=lambda row: (row["community"], -row["weighted_degree"], row["person_id"]))
    for cell, (_, members) in enumerate(groupby(ordered, key=lambda row: row["community"])):
        around = list(members)
        for place, row in enumerate(around):
            turn = 2 * math.pi * _slot(place, len(around)) / len(around)
            x = cell % _COLUMNS + _RADIUS * math.sin(turn) * (len(around) > 1)
            y = -(cell // _COLUMNS) + _RADIUS * math.cos(turn) * (len(around) > 1)
            label = plain(row["name"])
            group = f"community {row['community']}"
            placed.append({**row, "x": x, "y": y, "name": label, "group": group, "place": place})
    return placed


def _slot(place: int, count: int) -> int:
    """Where on the circle: by turns on its right half, from the top, and on its left half, from the bottom."""
    return place // 2 + (place % 2) * ((count + 1) // 2)


def lines(placed: Rows, links: Rows) -> list[Row]:
    """Each pair as a line between its two actors, with their community where they share one."""
    at = {row["person_id"]: row for row in placed}
    found = ((at.get(link["person_a"]), at.get(link["person_b"]), link) for link in links)
    return [
        {
            "x": one["x"],
            "y": one["y"],
            "x2": other["x"],
            "y2": other["y"],
            "group": one["group"] if one["community"] == other["community"] else "several",
            "pair": f"{one['name']} and {other['name']}",
            "films": link["films"],
        }
        for one, other, link in found
        if one and other
    ]


def _network(placed: list[Row], pairs: list[Row]) -> Picture:
    names = [*dict.fromkeys(row["group"] for row in placed)]
    colors = alt.Scale(domain=[*names, "several"], range=[*CATEGORIES[: len(names)], GREY])
    color = alt.Color("group:N", scale=colors, legend=None)
    rows = (len(names) + _COLUMNS - 1) // _COLUMNS
    x = alt.X(
        "x:Q",
        axis=_HIDDEN,
        scale=alt.Scale(domain=[-0.5, min(_COLUMNS, len(names)) - 0.5], nice=False, zero=False),
    )
    y = alt.Y("y:Q", axis=_HIDDEN, scale=alt.Scale(domain=[0.55 - rows, 0.5], nice=False, zero=False))
    links = plot(pairs).mark_rule(opacity=0.5).encode(
        x=x, y=y, x2="x2:Q", y2="y2:Q", color=color,
        strokeWidth=alt.StrokeWidth("films:Q", legend=None, scale=alt.Scale(range=[0.8, 4], zero=False)),
        tooltip=tips(actors="pair:N", films_together="films:Q"),
    )  # fmt: skip
    told = tips(actor="name:N", community="community:N", partners="degree:Q", films="films:Q")
    size = alt.Size("degree:Q", legend=None, scale=alt.Scale(range=[60, 360], zero=False))
    dots = (
        plot(placed)
        .mark_circle(opacity=1, stroke="var(--card)")
        .encode(x=x, y=y, color=color, size=size, tooltip=told)
    )
    names_of = [
        plot([row for row in placed if row["place"] == place])
        .mark_text(dy=dy, limit=150)
        .encode(x=x, y=y, text="name:N")
        for place, dy in enumerate(_LABEL_DY)
    ]
    return layered((links, dots, *names_of), _ROW_PX * rows)


def _table(placed: Rows, groups: Rows) -> Table:
    people = {row["community"]: row["people"] for row in groups}
    columns = (
        Column("community", lambda row: number(row["community"]), False),
        Column("its people", lambda row: number(people.get(row["community"]))),
        Column("actor", lambda row: str(row["name"]), False),
        Column("partners", lambda row: number(row["degree"])),
        Column("films", lambda row: number(row["films"])),
    )
    return Table("the actors shown", placed, columns)


def decades(rows: Rows) -> Section:
    """How the network grew."""
    anchor, title = "network-decades", "The actor network by decade"
    if len(rows) < MIN_DECADES:
        return Section(anchor, title, f"Fewer than {MIN_DECADES} decades have a film with a known cast.")
    ordered = sorted(
        ({**row, "label": f"{row['decade']}s"} for row in rows), key=lambda row: int(row["decade"])
    )
    most = max(ordered, key=lambda row: row["nodes"])
    reading = (
        f"Most actors are of the {most['label']} ({number(most['nodes'])}, who had {number(most['mean_degree'], 1)} "
        f"partners each); {percent(most['largest_component_share'])} of them hang together."
    )
    note = (
        "Of the first eight billed in each film of the decade. The light part of a bar is people whose first film is "
        "of the decade. Few films of a decade in the catalog make a small network, whatever was made then."
    )
    columns = (
        Column("decade", lambda row: row["label"], False),
        Column("actors", lambda row: number(row["nodes"])),
        Column("of them new", lambda row: number(row["new_actors"])),
        Column("pairs", lambda row: number(row["edges"])),
        Column("partners an actor", lambda row: number(row["mean_degree"], 1)),
        Column("density", lambda row: percent(row["density"], 2)),
        Column("in the largest part", lambda row: percent(row["largest_component_share"])),
    )
    charts = [_actors(ordered), _partners(ordered)]
    return Section(anchor, title, reading, charts, Table("every decade", ordered, columns), note)


def _decade_axis() -> alt.X:
    return alt.X("label:N", title=None, sort=None, axis=alt.Axis(labelAngle=0))


def _actors(rows: Rows) -> Picture:
    told = tips(decade="label:N", actors="nodes:Q|,", of_them_new="new_actors:Q|,", pairs="edges:Q|,")
    base = plot(rows).encode(x=_decade_axis(), tooltip=told)
    everybody = base.mark_bar(color=BLUE, opacity=0.85).encode(y=alt.Y("nodes:Q", title="actors"))
    new = base.mark_bar(color=CARD, opacity=0.55).encode(y="new_actors:Q")
    return layered((everybody, new), 160)


def _partners(rows: Rows) -> Picture:
    told = tips(
        decade="label:N", partners="mean_degree:Q|.1f", in_the_largest_part="largest_component_share:Q|.0%"
    )
    y = alt.Y("mean_degree:Q", title="partners an actor", scale=alt.Scale(zero=True))
    line = plot(rows).mark_line(color=ORANGE, point=alt.OverlayMarkDef(color=ORANGE, size=50))
    return sized(line.encode(x=_decade_axis(), y=y, tooltip=told), 120)

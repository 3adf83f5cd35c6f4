"""`metrics/RUN/quality.html`: the quality of a run for a person, as one page that needs nothing else.

Every value that came from outside is escaped; there is no script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from spark_jobs.html.quality_style import STYLE
from spark_jobs.silver.quality.findings import Quality

_POOR_UNDER, _GOOD_FROM = 0.9, 0.98
_NOTE_ON_MOODS = (
    "VADER is a word list made for English posts: it says how the words of an overview sound, knows no other "
    "language and no irony, and is no judgement of the film."
)
_NOTE_ON_SCORES = (
    "A score is the share of records that break no rule of the dimension; the mark on a bar is the gate."
)


def as_html(quality: Quality) -> str:
    """The report of a run's quality (quality_report.quality_json)."""
    cards = "".join(_card(name, table, quality["gates"]) for name, table in quality["tables"].items())
    parts = (
        _heading(quality),
        _verdict(quality),
        f'<div class="cards">{cards}</div>',
        *(_rules(name, table) for name, table in quality["tables"].items()),
        _drift(quality["drift"]),
        _alignment(quality["alignment"]),
        _outliers(quality),
        _moods(quality),
    )
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Quality of run {escape(quality['run_id'])}</title><style>{STYLE}</style>"
    )
    body = f"<body><main>{''.join(parts)}</main></body>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>{body}</html>\n'


def _heading(quality: Quality) -> str:
    checked = f"Checked {escape(quality['created_at'])}. {_NOTE_ON_SCORES}"
    return f'<h1>Quality of run {escape(quality["run_id"])}</h1><p class="soft">{checked}</p>'


def _verdict(quality: Quality) -> str:
    if quality["passed"]:
        return '<div class="verdict"><strong>Passed.</strong> Every gate is met.</div>'
    reasons = "".join(f"<li>{escape(text)}</li>" for text in quality["failures"])
    what = "<strong>Stopped.</strong> No table was changed; readers keep the last snapshot."
    return f'<div class="verdict stopped">{what}<ul>{reasons}</ul></div>'


def _card(name: str, table: Mapping[str, Any], gates: Mapping[str, float]) -> str:
    counts = (
        f"{table['records']:,} records arrived, {table['refused']:,} refused, {table['rows']:,} rows in the table, "
        f"{table['removed_upstream']:,} newly removed upstream"
    )
    bars = "".join(
        _bar(dimension, score, gates.get(dimension)) for dimension, score in table["scores"].items()
    )
    header = f'<header><h2>{escape(name)}</h2><span class="total">{_percent(table["score"])}</span></header>'
    return f'<section class="card">{header}<p class="soft">{counts}</p>{bars}</section>'


def _bar(dimension: str, score: float, gate: float | None) -> str:
    is_under = gate is not None and score < gate
    tone = "bad" if is_under or score < _POOR_UNDER else "poor" if score < _GOOD_FROM else ""
    mark = f'<b style="left:{gate * 100:.1f}%" title="gate {gate}"></b>' if gate else ""
    return (
        f'<div class="dimension"><span>{escape(dimension)}</span>'
        f'<span class="bar"><i class="{tone}" style="width:{score * 100:.1f}%"></i>{mark}</span>'
        f"<span>{_percent(score)}</span></div>"
    )


def _percent(share: float) -> str:
    """A share in percent, never rounded up to 100."""
    return "100 %" if share >= 1 else f"{int(share * 10_000 + 1e-6) / 100:.2f} %"


def _rules(name: str, table: Mapping[str, Any]) -> str:
    ordered = sorted(table["rules"], key=lambda rule: -rule["broken"])
    broken = [rule for rule in ordered if rule["broken"]]
    kept = [rule for rule in ordered if not rule["broken"]]
    shown = _rule_table(broken) if broken else "<p>No rule was broken.</p>"
    return f"<h2>Rules of {escape(name)}</h2>{shown}{_folded(f'{len(kept)} rules nothing broke', kept, _rule_table)}"


def _folded(summary: str, items: Sequence[Any], show: Any) -> str:
    return f"<details><summary>{summary}</summary>{show(items)}</details>" if items else ""


def _rule_table(rules: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            _number(rule["broken"]),
            _number(_percent(rule["share"])),
            _tag(rule["severity"]),
            _cell(rule["reason"]),
            _cell(rule["dimension"]),
            _code(rule["columns"]),
        ]
        for rule in rules
    ]
    return _table(("#records", "#share", "severity", "what", "dimension", "columns"), rows)


def _drift(drift: Mapping[str, Any]) -> str:
    looked = ", ".join(f"{count:,} of {escape(kind)}" for kind, count in drift["answers"].items()) or "none"
    read = [found for found in drift["findings"] if found["is_read"]]
    others = [found for found in drift["findings"] if not found["is_read"]]
    shown = (
        _drift_table(read) if read else "<p>Every field the tables are made of is there, with its type.</p>"
    )
    rest = _folded(f"{len(others)} differences in fields no table is made of", others, _drift_table)
    return f'<h2>Schema drift</h2><p class="soft">Answers looked at: {looked}.</p>{shown}{rest}'


def _drift_table(findings: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [
            _cell(found["difference"]),
            _code(found["path"]),
            _code(found["kind"]),
            _cell(found["expected"] or "-"),
            _cell(found["found"] or "-"),
            _number(_percent(found["share"])),
            _cell("stops the run" if found["is_fatal"] else ""),
        ]
        for found in findings
    ]
    return _table(("difference", "field", "answer", "expected", "found", "#share", ""), rows)


def _alignment(pairs: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        [_cell(pair["about"]), *_side(pair, "film"), *_side(pair, "release"), _agreement(pair)]
        for pair in pairs
    ]
    heads = (
        "about",
        "film column",
        "#null",
        "#repeated",
        "release column",
        "#null",
        "#repeated",
        "#agreement",
    )
    note = "Agreement: the share of the releases' distinct values that some film has too."
    return f'<h2>Schema alignment</h2><p class="soft">{note}</p>{_table(heads, rows)}'


def _side(pair: Mapping[str, Any], side: str) -> list[str]:
    column = f"<td><code>{escape(pair[f'{side}_column'])}</code> {escape(pair[f'{side}_type'])}</td>"
    return [column, _number(_percent(pair[f"{side}_null_share"])), _number(pair[f"{side}_duplicates"])]


def _agreement(pair: Mapping[str, Any]) -> str:
    return _number("-" if pair["agreement"] is None else _percent(pair["agreement"]))


def _outliers(quality: Quality) -> str:
    flagged = [[_code(name), _number(count)] for name, count in quality["outliers"]["films"].items()]
    note = f"Flagged, not removed: {escape(quality['outliers']['method'])}."
    return f'<h2>Outliers</h2><p class="soft">{note}</p>{_table(("column", "#films"), flagged)}'


def _moods(quality: Quality) -> str:
    heard = [[_cell(name), _number(count)] for name, count in quality["overview_moods"].items()]
    return (
        f'<h2>Moods of overviews</h2><p class="soft">{_NOTE_ON_MOODS}</p>{_table(("mood", "#films"), heard)}'
    )


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a head that begins with '#' is over numbers."""
    cells = "".join(
        f'<th class="n">{escape(head[1:])}</th>' if head.startswith("#") else f"<th>{escape(head)}</th>"
        for head in heads
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _code(text: str) -> str:
    return f"<td><code>{escape(text)}</code></td>"


def _number(value: int | str) -> str:
    return (
        f'<td class="n">{value:,}</td>' if isinstance(value, int) else f'<td class="n">{escape(value)}</td>'
    )


def _tag(severity: str) -> str:
    return f'<td><span class="tag {escape(severity)}">{escape(severity)}</span></td>'

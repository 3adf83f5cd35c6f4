"""How all pages look: the one style sheet, light and dark, and the theme of the charts, which take its colours.

Charts are SVG, whose colours may be CSS variables: a page that turns dark needs no second drawing.
"""

from __future__ import annotations

from typing import Any

INK, SOFT, LINE, CARD = "var(--ink)", "var(--soft)", "var(--line)", "var(--card)"
BLUE, ORANGE, GREEN, PLUM, GOLD, TEAL, GREY = (
    f"var(--{name})" for name in ("blue", "orange", "green", "plum", "gold", "teal", "grey")
)
CATEGORIES = [BLUE, ORANGE, GREEN, PLUM, GOLD, TEAL, GREY]

_RULES = """
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.25rem 1rem 4rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 .25rem}
h2,section h3{font-size:1.1rem;line-height:1.3;margin:0 0 .3rem}
h2.chapter{font-size:1.3rem;margin:2.2rem 0 .7rem;scroll-margin-top:.5rem}
p{margin:.35rem 0}
a{color:var(--blue)}
.soft,.note{color:var(--soft);font-size:.9rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;margin:1rem 0;padding:0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.6rem .8rem}
.tiles dt{color:var(--soft);font-size:.8rem;line-height:1.3}
.tiles dd{margin:.1rem 0 0;font-size:1.25rem;white-space:nowrap;font-weight:650;font-variant-numeric:tabular-nums}
nav{columns:15rem auto;column-gap:1.5rem;margin:1rem 0;font-size:.9rem}
nav div{break-inside:avoid;margin:0 0 .7rem}
nav a{display:block;padding:.1rem 0}
nav a.soft{font-size:inherit}
.left-out{margin:.8rem 0 0;padding-left:1.2rem}
.sections{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;min-width:0;
scroll-margin-top:.5rem}
section.wide{grid-column:1/-1}
.reading{max-width:46rem;overflow-wrap:anywhere}
figure{margin:.6rem 0 0}
.chart{width:100%;min-height:var(--height,8rem);overflow:hidden}
.chart svg{display:block;max-width:100%;height:auto}
.drawn svg{width:100%}
.scroll{overflow:auto;max-height:26rem;border:1px solid var(--line);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.4rem .65rem;text-align:left;border-top:1px solid var(--line);vertical-align:top}
.scroll td:not(.n){min-width:8rem}
.scroll td:last-child:not(.n){min-width:14rem}
thead th{border-top:0;color:var(--soft);font-weight:600;white-space:nowrap;position:sticky;top:0;background:var(--card)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
details summary{cursor:pointer;padding:.5rem 0 .4rem;color:var(--soft);font-size:.9rem}
.verdict{border-left:.4rem solid var(--green);border-radius:.6rem;padding:.8rem 1rem;margin:1rem 0;
background:var(--card);overflow-wrap:anywhere}
.verdict.stopped{border-color:var(--red)}
.verdict strong{display:block}
.verdict ul{margin:.4rem 0 0;padding-left:1.2rem}
.total{float:right;font-size:1.4rem;font-weight:650;font-variant-numeric:tabular-nums}
.dimension{display:grid;grid-template-columns:7.5rem 1fr 5rem;gap:.6rem;align-items:center;margin:.45rem 0}
.dimension span:last-child{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.bar{position:relative;height:.55rem;border-radius:.3rem;background:var(--line)}
.bar i{position:absolute;inset:0 auto 0 0;border-radius:.3rem;background:var(--green)}
.bar i.poor{background:var(--orange)}
.bar i.bad{background:var(--red)}
.bar b{position:absolute;top:-.2rem;bottom:-.2rem;width:2px;background:var(--ink)}
code{font:.85em ui-monospace,monospace}
td code{white-space:nowrap}
.tag{display:inline-block;padding:0 .45rem;border-radius:1rem;font-size:.8rem;border:1px solid currentColor}
.error{color:var(--red)}
.warning{color:var(--orange)}
.info{color:var(--soft)}
article{border-top:1px solid var(--line);padding:.6rem 0;overflow-wrap:anywhere}
article h3{font-size:1rem;margin:0}
.weights{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem;margin:.4rem 0 0;padding:0}
.weights li{border:1px solid var(--orange);border-radius:1rem;padding:0 .55rem;font-size:.8rem;
font-variant-numeric:tabular-nums}
.weights li.for{border-color:var(--blue)}
@media (max-width:30rem){.tiles{grid-template-columns:repeat(3,1fr);gap:.5rem}.tiles div{padding:.45rem .55rem}
.tiles dt{font-size:.75rem}.tiles dd{font-size:1rem}}
@media print{main{max-width:none;padding:0}body{font-size:10pt}details,noscript{display:none}
.sections{display:block;columns:2;column-gap:1.5rem}section.wide{column-span:all}
section{break-inside:avoid;margin:0 0 .8rem;border:0;border-top:1px solid var(--line);border-radius:0;padding:.5rem 0}
h2.chapter{break-after:avoid}nav{columns:3}.chart{min-height:0}a{color:inherit}}
:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
#vg-tooltip-element.vg-tooltip{background:var(--card);color:var(--ink);border:1px solid var(--line);
border-radius:.4rem;box-shadow:0 2px 8px rgb(0 0 0/.25);font:13px/1.4 system-ui,sans-serif;padding:.4rem .6rem;
max-width:min(20rem,90vw)}
#vg-tooltip-element.vg-tooltip td.key{color:var(--soft)}
#vg-tooltip-element.vg-tooltip table{width:auto}
#vg-tooltip-element.vg-tooltip td{border:0;padding:.05rem .3rem;overflow-wrap:anywhere;max-width:14rem}
"""
COLOURS = """
:root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--ink:#1d2327;--soft:#5b666e;--line:#e1e4e6;
--blue:#2563a8;--orange:#c2571a;--green:#2e7d4f;--plum:#8a4f9e;--gold:#a67c00;--teal:#177e89;--grey:#7d8790;
--red:#b91c1c}
@media (prefers-color-scheme:dark){:root{--ground:#14181b;--card:#1c2226;--ink:#e7ebee;--soft:#9aa7b0;
--line:#2e373d;--blue:#6aa5e8;--orange:#f0935a;--green:#69c08b;--plum:#c491d6;--gold:#d9b44a;--teal:#5fc4cf;
--grey:#8b969e;--red:#f87171}}
"""
STYLE = COLOURS + _RULES
_TEXT = {"font": "system-ui, sans-serif"}
_SIZE = 12
THEME: dict[str, Any] = {
    **_TEXT,
    "background": None,
    "aria": False,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "padding": {"left": 2, "right": 10, "top": 4, "bottom": 2},
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": _SIZE,
        "titleFontSize": _SIZE,
        "titleFontWeight": "normal",
        "labelOverlap": "greedy",
        "labelSeparation": 4,
        "titlePadding": 8,
    },
    "axisX": {"grid": False, "tickCount": 6},
    "legend": {
        "orient": "top",
        "labelColor": SOFT,
        "titleColor": SOFT,
        "labelFontSize": _SIZE,
        "titleFontSize": _SIZE,
        "titleFontWeight": "normal",
        "symbolType": "circle",
        "symbolStrokeWidth": 0,
        "title": None,
        "labelLimit": 200,
        "padding": 2,
        "rowPadding": 2,
    },
    "range": {"category": CATEGORIES},
    "text": {"color": INK, "fontSize": _SIZE},
    "rect": {"color": BLUE},
    "line": {"color": BLUE, "strokeWidth": 2},
    "point": {"color": BLUE, "filled": True},
    "circle": {"color": BLUE},
    "rule": {"color": SOFT},
}
SCRIPT = """
(() => {
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const legendColumn = 130, narrow = 480, ahead = "400px";
  const draw = box => {
    if (box.dataset.begun) return;
    box.dataset.begun = "yes";
    const config = read("theme"), width = box.clientWidth;
    config.legend.columns = Math.max(2, Math.floor(width / legendColumn));
    config.axisY = {labelLimit: width < narrow ? 135 : 200};
    vegaEmbed(box, read(box.dataset.spec), {
      actions: false, ast: true, config, renderer: "svg", tooltip: {theme: "report"}
    }).catch(error => { box.textContent = `This chart could not be drawn (${error.message}).`; });
  };
  // What is in view, or nearly, is drawn at once, the others one by one whenever the browser has nothing else to do.
  const boxes = [...document.querySelectorAll("[data-spec]")], left = [...boxes];
  const watch = new IntersectionObserver(seen => {
    for (const {isIntersecting, target} of seen) if (isIntersecting) { watch.unobserve(target); draw(target); }
  }, {rootMargin: ahead});
  for (const box of boxes) watch.observe(box);
  // A page that is busy all the time is never idle: after half a second it draws all the same.
  const whenIdle = work => window.requestIdleCallback?.(work, {timeout: 500}) ?? setTimeout(work, 50);
  const next = () => { if (left.length) { draw(left.shift()); whenIdle(next); } };
  addEventListener("load", () => whenIdle(next));
  addEventListener("beforeprint", () => boxes.forEach(draw));
  // In the dashboard's frame, which it cannot leave, the page tells whose page is asked for.
  if (parent !== window) addEventListener("click", event => {
    const link = event.target.closest?.('a[href^="#/films/"]');
    if (!link) return;
    event.preventDefault();
    parent.postMessage(link.getAttribute("href"), "*");
  });
})();
"""

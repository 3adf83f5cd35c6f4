"""How the quality report looks: one style sheet, light and dark, from a phone's width up."""

STYLE = """
:root{color-scheme:light dark;--ground:#fbfbfa;--card:#fff;--ink:#1d2327;--soft:#5b666e;--line:#e1e4e6;
--good:#15803d;--poor:#b45309;--bad:#b91c1c;--track:#e8ebed;--good-soft:#dcf3e3;--bad-soft:#fbe3e3}
@media (prefers-color-scheme:dark){:root{--ground:#14181b;--card:#1c2226;--ink:#e7ebee;--soft:#9aa7b0;
--line:#2e373d;--good:#4ade80;--poor:#fbbf24;--bad:#f87171;--track:#2b343a;--good-soft:#12331f;--bad-soft:#3b1a1a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.25rem 1rem 4rem}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 .25rem}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
.card h2{font-size:1rem;margin:0}
p{margin:.35rem 0}
.soft{color:var(--soft);font-size:.9rem}
.verdict{border-radius:.6rem;padding:.8rem 1rem;margin:1rem 0;background:var(--good-soft)}
.verdict.stopped{background:var(--bad-soft)}
.verdict strong{display:block}
.verdict ul{margin:.4rem 0 0;padding-left:1.2rem;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem}
.card header{display:flex;justify-content:space-between;align-items:baseline}
.total{font-size:1.4rem;font-weight:650;font-variant-numeric:tabular-nums}
.dimension{display:grid;grid-template-columns:7.5rem 1fr 4.2rem;gap:.6rem;align-items:center;margin:.45rem 0}
.dimension span:last-child{text-align:right;font-variant-numeric:tabular-nums}
.bar{position:relative;height:.55rem;border-radius:.3rem;background:var(--track)}
.bar i{position:absolute;inset:0 auto 0 0;border-radius:.3rem;background:var(--good)}
.bar i.poor{background:var(--poor)}.bar i.bad{background:var(--bad)}
.bar b{position:absolute;top:-.2rem;bottom:-.2rem;width:2px;background:var(--ink)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.6rem;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.45rem .7rem;text-align:left;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;color:var(--soft);font-weight:600;white-space:nowrap}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td code{white-space:nowrap}
code{font:.85em ui-monospace,monospace}
.tag{display:inline-block;padding:0 .45rem;border-radius:1rem;font-size:.8rem;border:1px solid currentColor}
.error{color:var(--bad)}.warning{color:var(--poor)}.info{color:var(--soft)}
tr.none td{color:var(--soft)}
details summary{cursor:pointer;padding:.5rem 0;color:var(--soft)}
"""

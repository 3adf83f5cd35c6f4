// How good the data is, run by run; what the app stands on; what is wrong right now.

import { columnChart, legend, lineChart } from "./charts.js";
import { byId, bytes, el, foreign, number, percent, show, when } from "./dom.js";

const BANDS = ["strong", "probable", "possible"];
const GATES = [0.9, 0.95];

export function showQuality(runs) {
  const scored = runs.filter((run) => Object.keys(run.scores).length).reverse();
  if (!scored.length) {
    show(byId("quality"), el("p", { class: "quiet" }, "No run has been checked yet."));
    return;
  }
  const tables = [...new Set(scored.flatMap((run) => Object.keys(run.scores)))].sort();
  const series = Object.fromEntries(tables.map((table) => [table, scored.map((run) => run.scores[table] ?? null)]));
  const lowest = Math.min(...scored.flatMap((run) => Object.values(run.scores)));
  const low = Math.max(0, Math.floor((Math.min(lowest, 0.98) - 0.01) * 50) / 50);
  const last = tables.map((table) => [table, series[table].findLast((score) => score !== null)]);
  const label = `Quality of ${scored.length} runs; last: ${last.map(([table, score]) => `${table} ${percent(score)}`).join(", ")}`;
  show(
    byId("quality"),
    el("div", { class: "plot" }, el("span", { class: "axis" }, percent(1, 0)), lineChart(series, low, 1, GATES, label), el("span", { class: "axis" }, percent(low, 0))),
    legend(last.map(([table, score], i) => [`s${i}`, `${table} ${percent(score, 2)}`])),
    fillRates(scored),
  );
}

/** How often each column has a value, over the runs: what is missing breaks no rule and moves no score. */
function fillRates(runs) {
  const last = runs.at(-1).fill ?? {};
  const columns = Object.entries(last).flatMap(([table, rates]) => Object.entries(rates).map(([column, rate]) => [table, column, rate]));
  if (!columns.length) return null;
  return el(
    "details", { class: "fill" },
    el("summary", {}, `How far ${columns.length} columns are filled`),
    el("ul", {}, columns.map(([table, column, rate]) => {
      const name = `${table}.${column}`;
      const rates = runs.map((run) => run.fill?.[table]?.[column] ?? null);
      return el("li", {}, el("code", {}, name), el("span", {}, percent(rate)), lineChart({ [name]: rates }, 0, 1, [], `${name}: ${percent(rate)} in the last of ${rates.length} runs`));
    })),
  );
}

export function showBands(runs) {
  const matched = runs.filter((run) => Object.keys(run.bands).length).reverse();
  if (!matched.length) {
    show(byId("bands"), el("p", { class: "quiet" }, "No run has matched yet."));
    return;
  }
  const last = matched.at(-1).bands;
  const label = `Matches of ${matched.length} runs; last: ${BANDS.map((band) => `${number(last[band])} ${band}`).join(", ")}`;
  show(
    byId("bands"),
    columnChart(matched.map((run) => BANDS.map((band) => run.bands[band] ?? 0)), BANDS, label),
    legend(BANDS.map((band) => [`b-${band}`, `${band} ${number(last[band])}`])),
  );
}

export function showHealth(report) {
  show(
    byId("health"),
    el("ul", { class: "health" }, report.dependencies.map((one) => el(
      "li", { class: one.status },
      el("i", { class: "light" }), el("b", {}, one.name), el("span", { class: "quiet" }, `${Math.round(one.latency_ms)} ms`),
      el("span", { class: "unseen" }, one.status), foreign(one.detail, "small"),
    ))),
    el("p", { class: "quiet" }, "checked at ", when(report.checked_at)),
  );
}

export function showHealthProblem(message) {
  show(byId("health"), foreign(message, "p", { class: "notice bad" }));
}

export function showAlerts(alerts) {
  byId("alerts").hidden = !alerts.length;
  show(byId("alerts"), alerts.map((alert) => el(
    "p", { class: `notice ${alert.severity === "critical" ? "bad" : "warn"}` },
    el("b", {}, alert.severity), " ", foreign(alert.reason), el("span", { class: "quiet" }, " since ", when(alert.opened_at)),
  )));
}

/** How scheduled runs did against their objective, what alerts there were lately, what the lake holds. */
export function showObjective({ objective, record, stored }) {
  const { runs, kept, share, target, budget_left: left, fresh_until: until, is_fresh: isFresh } = objective;
  const schedule = runs
    ? `${number(kept)} of the last ${number(runs)} scheduled runs completed in time (${percent(share)}, objective ${percent(target)}); error budget ${left < 0 ? "overspent" : `left ${percent(left, 0)}`}`
    : "No scheduled run yet";
  const age = until ? [isFresh ? "; tables count as fresh until " : "; tables are too old since ", when(until)] : [];
  show(
    byId("objective"),
    el("p", { class: runs && left < 0 ? "warn" : "quiet" }, schedule, ...age, "."),
    record?.length ? el("p", { class: "quiet" }, `Alerts of the last 30 days: ${record.map(alertRecord).join("; ")}.`) : null,
    stored ? el("p", { class: "quiet" }, storage(stored), when(stored.at), ".") : null,
  );
}

const alertRecord = (one) => `${one.rule} ${number(one.closed)} times, over after ${number(one.median_min)} minutes in the middle, ${number(one.longest_min)} at most`;

function storage({ areas, total_bytes: total, growth_per_run_bytes: growth }) {
  const largest = Object.entries(areas).sort(([, one], [, other]) => other - one).slice(0, 3);
  const grows = growth === null ? "" : `, ${bytes(growth)} more with each run`;
  return `The lake holds ${bytes(total)}${grows} (${largest.map(([area, size]) => `${area.replace("_", " ")} ${bytes(size)}`).join(", ")}), measured `;
}

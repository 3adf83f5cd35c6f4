// Recent runs: durations by stage, results, and the details of one that is opened.

import { ask } from "./api.js";
import { Share, byId, bytes, duration, el, foreign, number, percent, show, when } from "./dom.js";
import { STAGES, canReplay, failures, isActive, link, tag } from "./live.js";
import { openReport } from "./report.js";

const opened = new Map(); // run id -> details, or null while they load

export function showRuns(runs, next, actions) {
  if (!runs.length) {
    show(byId("runs"), el("p", { class: "quiet" }, "No run yet."));
    return;
  }
  const longest = Math.max(1, ...runs.map(total));
  const again = () => showRuns(runs, next, actions);
  show(
    byId("runs"),
    el("ul", { class: "runs" }, runs.map((run) => row(run, longest, actions, again))),
    stagesLegend(),
    next ? el("button", { id: "older", type: "button", on: { click: actions.older } }, "Older runs") : null,
  );
}

const total = (run) => STAGES.reduce((sum, stage) => sum + (run.stages[stage]?.seconds ?? 0), 0);

function stagesLegend() {
  return el("ul", { class: "legend" }, STAGES.map((stage) => el("li", {}, el("i", { class: `stage ${stage}` }), stage)));
}

function row(run, longest, actions, again) {
  const isOpen = opened.has(run.run_id);
  const toggle = async () => {
    if (isOpen) opened.delete(run.run_id);
    else {
      opened.set(run.run_id, null);
      again();
      opened.set(run.run_id, await ask(`runs/${encodeURIComponent(run.run_id)}`).catch((error) => ({ error: error.message })));
    }
    again();
  };
  return el(
    "li", { class: "run" },
    el(
      "button", { type: "button", class: "summary", id: `run-${run.run_id}`, "aria-expanded": String(isOpen), on: { click: toggle } },
      el("span", { class: "what" }, tag(run.state), when(run.created_at), el("span", { class: "quiet" }, run.mode)),
      bar(run, longest),
      el("span", { class: "numbers" }, result(run)),
    ),
    isOpen ? details(run, opened.get(run.run_id), actions) : null,
  );
}

/** One bar: a part for each stage, as long as the stage took. */
function bar(run, longest) {
  const parts = STAGES.filter((stage) => run.stages[stage]?.seconds);
  const text = parts.map((stage) => `${stage} ${duration(run.stages[stage].seconds)}`).join(", ");
  return el(
    "span", { class: "stack", role: "img", "aria-label": text || "nothing begun", title: text },
    parts.map((stage) => el("i", { class: `stage ${stage}`, width: new Share(run.stages[stage].seconds / longest) })),
    el("small", {}, parts.length ? duration(total(run)) : ""),
  );
}

function result(run) {
  const scores = Object.values(run.scores);
  return [
    run.counts.matches !== undefined && el("span", {}, `${number(run.counts.matches)} matches`),
    scores.length && el("span", { class: "quiet" }, `quality ${percent(Math.min(...scores))}`),
    run.reason && foreign(run.reason, "span", { class: run.state === "failed" ? "bad cut" : "quiet cut" }),
  ].filter(Boolean);
}

function details(run, found, actions) {
  if (!found) return el("p", { class: "quiet" }, "Loading …");
  if (found.error) return foreign(found.error, "p", { class: "notice bad" });
  const buttons = found.reports.map((report) =>
    el("button", { type: "button", id: `report-${report}-${run.run_id}`, on: { click: () => openReport(run.run_id, report) } }, REPORTS[report]));
  if (canReplay(found)) {
    buttons.push(el("button", { type: "button", id: `replay-${run.run_id}`, on: { click: () => actions.replay(found) } }, "Replay what failed"));
  }
  return el(
    "div", { class: "details" },
    buttons.length ? el("div", { class: "row" }, buttons) : null,
    found.reason ? foreign(found.reason, "p", { class: found.state === "failed" ? "notice bad" : "notice" }) : null,
    failures(found), facts(found), gates(found), lineage(found),
  );
}

const REPORTS = { silver: "Quality report", gold: "Films and music report" };

function facts(run) {
  const jobs = STAGES.filter((stage) => run.stages[stage]?.url).map((stage) => link(run.stages[stage].url, `${stage} job run`));
  const entries = [
    ["run", el("code", {}, run.run_id)],
    ["began", when(run.created_at)],
    !isActive(run) && ["ended", when(run.ended_at)],
    ["trigger", run.trigger],
    run.replays && ["replays", el("code", {}, run.replays)],
    ...Object.entries(run.progress).map(([name, source]) => [name, `${number(source.requests)} requests, ${percent(source.rate_used)} of the rate, ${number(source.retries)} retries, ${number(source.throttled)} times 429`]),
    jobs.length && ["jobs", el("span", { class: "links" }, jobs)],
    ...Object.entries(run.quality?.tables ?? {}).map(([table, found]) => [`${table} quality`, Object.entries(found.scores).map(([name, score]) => `${name} ${percent(score)}`).join(", ")]),
    ...figures(run.figures),
    run.matching && ["matching", `${number(run.matching.candidates)} pairs considered, ${percent(run.matching.match_rate)} of records matched, ${number(run.matching.ambiguous)} ambiguous`],
    run.matching?.known_links && ["known links", agreement(run.matching.known_links)],
    run.matching?.reviews?.kept && ["reviews", `${number(run.matching.reviews.confirmed)} confirmed, ${number(run.matching.reviews.rejected)} rejected, ${number(run.matching.reviews.contested)} contested`],
  ].filter(Boolean);
  return el("dl", { class: "facts" }, entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function agreement(known) {
  const bad = known.bad_rows ? `, ${number(known.bad_rows)} rows unreadable` : "";
  return `precision ${percent(known.precision)}, recall ${percent(known.recall)} of ${number(known.records)} records whose film is known${bad}`;
}

/** Where the time went, what it cost, what Spark counted; parts that are not over are left out. */
function figures({ latency_s: parts, sources, cost_usd: cost, jobs }) {
  const saved = Object.entries(sources).filter(([, use]) => use.saved_requests);
  const dollars = Object.values(cost).reduce((sum, one) => sum + one, 0);
  const spark = Object.entries(jobs).filter(([, job]) => job.spark);
  return [
    Object.keys(parts).length && ["time", Object.entries(parts).map(([part, seconds]) => `${part.replace("_", " ")} ${duration(seconds)}`).join(", ")],
    saved.length && ["still fresh", saved.map(([name, use]) => `${number(use.saved_requests)} answers of ${name} were not asked again`).join(", ")],
    dollars && ["cost", `about ${dollars.toFixed(2)} US dollars, at assumed prices`],
    ...spark.map(([stage, { spark: work }]) => [`${stage} job`, `${number(work.tasks)} tasks, ${number(work.failed_tasks)} failed, ${duration(work.gc_s)} of garbage collection, ${bytes(work.spilled_bytes)} spilled, ${bytes(Math.max(work.peak_heap_bytes, work.peak_task_bytes))} of memory at most`]),
  ];
}

function gates(run) {
  const failed = run.quality?.failures ?? [];
  return failed.length ? el("ul", { class: "failures" }, failed.map((text) => foreign(text, "li"))) : null;
}

function lineage(run) {
  const { raw, silver, gold } = run.lineage;
  const version = (found) => (found.version === null ? "" : ` version ${found.version},`);
  const table = ([, found]) => el("li", {}, el("code", {}, found.table), `${version(found)} ${number(found.rows)} rows`);
  const columns = [
    ["raw", raw.map((slice) => el("li", {}, el("code", {}, slice.prefix), ` ${number(slice.blobs)} blobs, ${number(slice.records)} records`))],
    ["silver", Object.entries(silver).map(table)],
    ["gold", Object.entries(gold).map(table)],
  ].filter(([, entries]) => entries.length);
  if (!columns.length) return null;
  return el("details", { class: "lineage" }, el("summary", {}, "Lineage: from raw blobs to gold tables"),
    columns.map(([name, entries]) => el("div", {}, el("h4", {}, name), el("ul", {}, entries))));
}

// The active run, or the last one: stages, sources with their rates, what failed.

import { rateChart } from "./charts.js";
import { Share, byId, duration, el, foreign, number, percent, show } from "./dom.js";

export const ENDED = new Set(["completed", "failed", "cancelled"]);
export const STAGES = ["bulk", "ingest", "silver", "gold"]; // the first in runs that read a dump
const NAMES = { tmdb: "TMDB", discogs: "Discogs" };
const TROUBLES = { unreachable: "unreachable", pauses: "asking for a pause", slow: "slow" };
const SHOWN_FAILURES = 12;
const MISSING = { gone: "gone", never_listed: "counted but on no page", over_cap: "behind the last page", undated: "without a date", moved: "moved while it was read" };

export const isActive = (run) => !ENDED.has(run.state);
export const tag = (state) => el("span", { class: `tag ${state}` }, state);

/** A link only where it leads to a web page. */
export function link(url, text) {
  const isWeb = /^https?:\/\//i.test(url ?? "");
  return isWeb ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}

export function showLive(run, actions) {
  byId("live-title").textContent = run && isActive(run) ? "Active run" : "Last run";
  if (!run) {
    show(byId("live"), el("p", { class: "quiet" }, "No run yet. Start one above, or wait for the timer."));
    return;
  }
  show(byId("live"), head(run, actions), stepper(run), sources(run), troubles(run), reasonOf(run), failures(run, actions), outcome(run));
}

function head(run, actions) {
  const about = [run.mode, `by ${run.trigger}`, run.replays && `replays ${run.replays}`, run.overdue && "overdue"];
  const buttons = isActive(run)
    ? el("button", { id: "cancel", type: "button", class: "danger", on: { click: () => actions.cancel(run) } }, "Cancel run")
    : canReplay(run) && el("button", { id: "replay", type: "button", on: { click: () => actions.replay(run) } }, "Replay what failed");
  return el(
    "div", { class: "row head" },
    tag(run.state), el("code", {}, run.run_id), el("span", { class: "quiet" }, about.filter(Boolean).join(" · ")),
    el("span", { class: "grow" }), buttons || null,
  );
}

/** Whether an ended run left something that can be sent again. */
export const canReplay = (run) =>
  !isActive(run) && (run.state !== "completed" || Boolean(run.failures?.length));

function stepper(run) {
  return el("ol", { class: "steps" }, STAGES.filter((name) => name !== "bulk" || run.stages.bulk).map((name) => {
    const stage = run.stages[name] ?? {};
    const kind = stageKind(run, name);
    return el(
      "li", { class: kind, "aria-current": kind === "now" && "step" },
      el("b", {}, name), el("span", {}, stage.started_at ? duration(stage.seconds) : "waits"),
      stage.url ? el("small", {}, link(stage.url, "job run")) : null,
    );
  }));
}

/** How a stage is: an ended run without success stopped in the last stage that began. */
function stageKind(run, name) {
  const stage = run.stages[name] ?? {};
  if (!stage.started_at) return "wait";
  if (!stage.ended_at) return "now";
  const last = STAGES.filter((other) => run.stages[other]?.started_at).at(-1);
  return name === last && ["failed", "cancelled"].includes(run.state) ? "bad" : "done";
}

function sources(run) {
  const known = Object.entries(run.progress);
  if (!known.length) return isActive(run) && el("p", { class: "quiet" }, "Waiting for the first answers …");
  return el("div", { class: "sources" }, known.map(([name, source]) => sourceRow(name, source, run)));
}

function sourceRow(name, source, run) {
  const ended = source.done + source.failed;
  const share = source.tasks ? ended / source.tasks : 0;
  const left = isActive(run) && source.seconds_left ? `at least ${duration(source.seconds_left)} left` : ended === source.tasks ? "all read" : "";
  const trouble = [["failed", source.failed], ["retries", source.retries], ["times 429", source.throttled]].filter(([, n]) => n);
  const rate = `${number(Math.round(source.requests_per_min))} of ${number(source.permitted_per_min)} requests/min, ${percent(source.rate_used)}`;
  return el(
    "article", { class: "source" },
    el("h3", {}, NAMES[name] ?? name, el("small", {}, `${number(source.records)} records`)),
    el("div", { class: "bar", role: "progressbar", "aria-label": `${name} tasks`, "aria-valuemin": 0, "aria-valuemax": source.tasks, "aria-valuenow": ended },
      el("i", { width: new Share(share), class: source.failed ? "some-bad" : "" })),
    el("p", {}, `${number(ended)} of ${number(source.tasks)} tasks`, left && ` · ${left}`),
    el("p", { class: "quiet" }, rate),
    rateChart(source.samples, source.permitted_per_min, `${name}: ${rate}`),
    trouble.length ? el("p", { class: "warn" }, trouble.map(([what, n]) => `${number(n)} ${what}`).join(" · ")) : null,
    completenessOf(run.completeness?.[name], name === "tmdb" ? run.unfound : null),
  );
}

/** How many records the source reports, how many of them were found, and why the others are missing. */
function completenessOf(lists, unfound) {
  if (!lists) return null;
  const missing = Object.entries(lists.missing).filter(([, n]) => n).map(([why, n]) => `${number(n)} ${MISSING[why] ?? why}`);
  if (unfound) missing.push(`${number(unfound)} of the id export not found`);
  const text = `${number(lists.found)} of ${number(lists.reported)} records on its lists found`;
  return el("p", { class: missing.length ? "warn" : "quiet" }, [text, ...missing].join(" · "));
}

/** Sources that do not answer, want a pause or are slow: which, since when, and when each is tried again. */
function troubles(run) {
  const known = Object.entries(run.troubles ?? {});
  if (!known.length) return null;
  return el("div", { class: "body" }, known.map(([name, trouble]) => {
    const again = trouble.again_at ? `, tried again at ${clock(trouble.again_at)}` : "";
    return el("p", { class: "notice bad" }, `${NAMES[name] ?? name} is ${TROUBLES[trouble.kind] ?? trouble.kind} since ${clock(trouble.since)}${again}: `, foreign(trouble.reason));
  }));
}

const clock = (moment) => new Date(moment).toLocaleTimeString();

function reasonOf(run) {
  if (!run.reason && !run.note) return null;
  return el(
    "div", { class: "body" },
    run.reason ? foreign(run.reason, "p", { class: run.state === "failed" ? "notice bad" : "notice" }) : null,
    run.note ? foreign(run.note, "p", { class: "notice" }) : null,
  );
}

/** Tasks that did not land, each with its reason; dead letters are marked. */
export function failures(run) {
  if (!run.failures.length) return null;
  const shown = run.failures.slice(0, SHOWN_FAILURES);
  const more = run.failures.length - shown.length;
  return el(
    "div", { class: "failures" },
    el("h3", {}, `${number(run.failures.length)}${run.failures.length === 100 ? " or more" : ""} failed tasks`),
    el("ul", {}, shown.map((failure) => el(
      "li", {},
      failure.reason.startsWith("dead letter") || failure.reason.startsWith("unreadable") ? el("span", { class: "tag failed" }, "dead letter") : null,
      el("code", {}, failure.task_id), foreign(failure.reason),
    ))),
    more > 0 ? el("p", { class: "quiet" }, `and ${number(more)} more`) : null,
  );
}

function outcome(run) {
  const counts = Object.entries(run.counts);
  if (!counts.length) return null;
  return el("dl", { class: "counts" }, counts.map(([name, count]) =>
    el("div", {}, el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, number(count)))));
}

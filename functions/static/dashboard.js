// The page as a whole: the key, what is asked when, and what people do to runs.

import { ApiError, ask, forgetKey, hasKey, keepKey, post } from "./api.js";
import { byId, duration, el, number, say, show } from "./dom.js";
import { showAlerts, showBands, showHealth, showHealthProblem, showObjective, showQuality } from "./insight.js";
import { isActive, showLive } from "./live.js";
import { place, showPage } from "./pages.js";
import { showRuns } from "./runs.js";
import { startSearch } from "./search.js";

const BUSY_MS = 2_000;
const IDLE_MS = 15_000;
const SLOWEST_MS = 60_000;
const HEALTH_MS = 60_000;
const PAGE = 20;

const state = { runs: [], next: null, detail: null, older: 0, failures: 0, healthAt: 0, listAt: 0, timer: 0, isPolling: false };

const actions = { cancel, replay, older };

// What is asked, and when.

async function poll() {
  clearTimeout(state.timer);
  if (document.hidden || !hasKey() || state.isPolling) return;
  state.isPolling = true;
  try {
    await look();
    state.failures = 0;
    problem("");
  } catch (error) {
    state.failures += 1;
    failed(error);
  } finally {
    state.isPolling = false;
  }
  if (hasKey()) state.timer = setTimeout(poll, pause());
}

function pause() {
  const usual = state.detail && isActive(state.detail) ? BUSY_MS : IDLE_MS;
  return Math.min(SLOWEST_MS, usual * 2 ** state.failures);
}

async function look() {
  const isBusy = state.detail && isActive(state.detail);
  if (!isBusy || Date.now() - state.listAt > IDLE_MS) await lookAtRuns();
  const newest = state.runs[0];
  const known = state.detail;
  const isSame = known && newest && known.run_id === newest.run_id && known.updated_at === newest.updated_at;
  if (newest && !(isSame && !isActive(newest))) {
    state.detail = await ask(`runs/${encodeURIComponent(newest.run_id)}`);
    tell(known, state.detail);
    state.runs[0] = state.detail;
    if (isActive(newest) && !isActive(state.detail)) await lookAtRuns();
    else showRuns(state.runs, state.next, actions);
  }
  showLive(state.detail, actions);
  pulse();
  if (Date.now() - state.healthAt > HEALTH_MS) lookAtHealth();
}

async function lookAtRuns() {
  const [page, open] = await Promise.all([ask(`runs?limit=${PAGE}`), ask("alerts")]);
  const kept = state.older ? state.runs.filter((run) => run.run_id < page.runs.at(-1)?.run_id) : [];
  state.runs = [...page.runs, ...kept];
  if (!kept.length) state.next = page.next;
  state.listAt = Date.now();
  showAll();
  showAlerts(open.alerts);
  showObjective(open);
}

function showAll() {
  showRuns(state.runs, state.next, actions);
  showQuality(state.runs);
  showBands(state.runs);
}

async function lookAtHealth() {
  state.healthAt = Date.now();
  try {
    showHealth(await ask("health", {}, [503]));
  } catch (error) {
    showHealthProblem(error.message);
  }
}

async function older() {
  const page = await ask(`runs?limit=${PAGE}&before=${encodeURIComponent(state.next)}`).catch(failed);
  if (!page) return;
  state.older += page.runs.length;
  state.runs = [...state.runs, ...page.runs];
  state.next = page.next;
  showAll();
}

// What is said.

function tell(before, now) {
  if (before?.run_id === now.run_id && before.state === now.state) return;
  say(before ? `Run ${now.run_id} is ${now.state}.` : "");
}

function pulse() {
  const run = state.detail;
  const text = !run ? "no run yet" : isActive(run) ? `${run.state}, begun ${ago(run.created_at)}` : `idle, last run ${run.state} ${ago(run.ended_at)}`;
  show(byId("pulse"), el("span", {}, text));
  byId("refresh").disabled = Boolean(run && isActive(run));
}

const ago = (iso) => `${duration(Math.max(0, (Date.now() - new Date(iso)) / 1000))} ago`;

function problem(text) {
  byId("problem").hidden = !text;
  if (byId("problem").textContent !== text) byId("problem").textContent = text;
}

function failed(error) {
  if (error instanceof ApiError && error.status === 401) {
    lock("The key is not accepted.");
    return;
  }
  const wait = state.failures ? ` Next try in ${duration(pause() / 1000)}.` : "";
  problem(`${error.message}${wait}`);
}

// What people do.

async function act(path, body, done) {
  try {
    const answer = await post(path, body);
    problem("");
    say(done(answer));
  } catch (error) {
    failed(error);
    return;
  }
  state.detail = null;
  await poll();
}

function start() {
  return act("refresh", { mode: byId("mode").value }, (begun) => `Run ${begun.run_id} has begun.`);
}

async function cancel(run) {
  if (!(await sure(`Cancel run ${run.run_id}? What it has landed is kept; a replay takes it on.`))) return;
  await act(`runs/${encodeURIComponent(run.run_id)}/cancel`, null, (stopped) => `Run ${stopped.run_id} is ${stopped.state}.`);
}

function replay(run) {
  const done = (answer) => (answer.run_id ? `Run ${answer.run_id} does ${number(answer.tasks)} tasks again.` : "Nothing is left to do again.");
  return act(`runs/${encodeURIComponent(run.run_id)}/replay`, null, done);
}

function sure(question) {
  const dialog = byId("asked");
  byId("asked-text").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

// The key.

function open() {
  byId("actions").hidden = !hasKey();
  byId("door").hidden = hasKey();
  turn();
  if (hasKey()) poll();
  else byId("key").focus();
}

/** The board, or the page of the film or record that the address names. */
function turn() {
  const isPage = hasKey() && place() !== null;
  byId("board").hidden = !hasKey() || isPage;
  byId("page").hidden = !isPage;
  if (isPage) showPage(failed);
  else byId("page").replaceChildren();
}

/** Whoever comes back from a page stands where they left the board. */
function turnBack() {
  const left = byId("page").hidden ? null : document.activeElement;
  turn();
  scrollTo(0, 0);
  if (left && !byId("board").hidden) byId("query").focus();
}

function lock(text) {
  forgetKey();
  clearTimeout(state.timer);
  Object.assign(state, { runs: [], next: null, detail: null, older: 0, failures: 0, healthAt: 0 });
  for (const id of ["live", "health", "quality", "bands", "runs", "found", "alerts", "objective", "pulse"]) byId(id).replaceChildren();
  byId("query").value = "";
  problem("");
  open();
  byId("key-problem").textContent = text;
}

byId("door").addEventListener("submit", (event) => {
  event.preventDefault();
  const key = byId("key").value.trim();
  byId("key").value = "";
  byId("key-problem").textContent = "";
  if (!key) return;
  keepKey(key);
  open();
  if (!place()) byId("main").focus();
});
byId("refresh").addEventListener("click", start);
byId("lock").addEventListener("click", () => lock(""));
document.addEventListener("visibilitychange", poll);
addEventListener("online", poll);
addEventListener("hashchange", turnBack);
startSearch();
open();

// The page of reviews: one pair after another, by keyboard: y yes, n no, s skip, o other film, u undo.

import { ApiError, ask, forgetKey, hasKey, post } from "./api.js";
import { byId, el, foreign, number, show } from "./dom.js";
import { evidence, filmSide, recordSide } from "./pair.js";

const NAME = "crossfade-reviewer";
const TYPING_MS = 250;
const SAYS = { yes: "yes", no: "no", skip: "skipped", undo: "undone" };

const state = { item: null, runId: null, ids: new Map(), last: null, isSending: false, timer: 0, asked: 0 };

// What is shown.

async function next() {
  const name = byId("reviewer").value.trim();
  const query = name ? `?reviewer=${encodeURIComponent(name)}` : "";
  const own = (state.asked += 1);
  try {
    const answer = await ask(`reviews/next${query}`);
    if (own !== state.asked) return; // asked before something was said, and overtaken
    showNext(answer);
    problem("");
  } catch (error) {
    if (own === state.asked) failed(error);
  }
}

function showNext(answer) {
  if (!isSamePair(state.item, answer.item)) byId("why").value = ""; // asked again under another name, the words stay
  Object.assign(state, { item: answer.item, runId: answer.run_id, ids: new Map() });
  byId("pulse").textContent = answer.run_id ? `${number(answer.left)} to look at, from run ${answer.run_id}` : "";
  byId("pair").hidden = !answer.item;
  byId("nothing").hidden = Boolean(answer.item);
  closeSearch();
  if (answer.item) {
    show(byId("sides"), filmSide(answer.item.film), recordSide(answer.item.record));
    show(byId("evidence"), evidence(answer.item), answer.reviews.map(told));
  } else {
    byId("nothing").textContent = answer.run_id ? "Nothing is left to review until the next run." : "Nothing to review yet: no run has matched.";
  }
}

const isSamePair = (one, other) =>
  one?.film.film_id === other?.film.film_id && one?.record.release_id === other?.record.release_id;

const told = (review) => el("p", { class: "notice" }, foreign(review.reviewer, "b"), ` said ${review.verdict} of film ${review.film_id}`, review.why ? [": ", foreign(review.why)] : null);

function problem(text) {
  byId("problem").hidden = !text;
  byId("problem").textContent = text;
}

function failed(error) {
  if (error instanceof ApiError && error.status === 401) forgetKey();
  if (!hasKey()) {
    byId("pair").hidden = true;
    problem("The dashboard asks for the function key: enter it there, then come back in this tab.");
    return;
  }
  problem(error.message);
}

/** What was said last, what others say of it, and a way back. */
function showLast(kept) {
  const { review, contradicts } = kept;
  state.last = review.verdict === "undo" || review.verdict === "skip" ? null : review;
  byId("last").hidden = false;
  byId("last").className = contradicts.length ? "notice warn" : "notice";
  show(
    byId("last"),
    el("span", {}, `Film ${review.film_id}, record ${review.release_id}: ${SAYS[review.verdict]}.`),
    contradicts.map((other) => el("span", {}, " ", foreign(other.reviewer, "b"), ` said ${other.verdict}; both are kept, yours decides.`)),
    state.last ? el("button", { id: "undo", type: "button", "aria-keyshortcuts": "u", on: { click: undo } }, "Undo ", el("kbd", {}, "U")) : null,
  );
}

// What is said.

/** Keeps one verdict. Sent again, for a double click or after an error, it has the same id and is kept once. */
async function say(verdict, film, release, shown) {
  const reviewer = byId("reviewer").value.trim();
  if (!reviewer) {
    problem("Say who you are first: your name stands beside what you say.");
    byId("reviewer").focus();
    return false;
  }
  if (state.isSending) return false;
  const own = `${verdict} ${film} ${release}`;
  if (!state.ids.has(own)) state.ids.set(own, crypto.randomUUID());
  state.isSending = true;
  state.asked += 1; // what was asked before is no longer wanted
  try {
    const body = { review_id: state.ids.get(own), film_id: film, release_id: release, verdict, reviewer, why: byId("why").value.trim(), shown };
    showLast(await post("reviews", body));
    problem("");
    return true;
  } catch (error) {
    failed(error);
    return false;
  } finally {
    state.isSending = false;
  }
}

async function decide(verdict, film = state.item?.film.film_id) {
  if (!state.item) return;
  const { item } = state;
  const { probability, margin, reason, rivals } = item;
  const shown = { run_id: state.runId, film_id: item.film.film_id, probability, margin, reason, rivals: rivals.map((rival) => rival.film_id) };
  if (await say(verdict, film, item.record.release_id, shown)) await next();
}

async function undo() {
  if (!state.last) return;
  const { film_id: film, release_id: release, review_id: id } = state.last;
  await say("undo", film, release, { undoes: id });
}

// Another film.

function openSearch() {
  byId("films").hidden = false;
  byId("other").setAttribute("aria-expanded", "true");
  byId("words").focus();
}

function closeSearch() {
  byId("films").hidden = true;
  byId("other").setAttribute("aria-expanded", "false");
  byId("words").value = "";
  byId("found").replaceChildren();
  if (byId("films").contains(document.activeElement)) byId("main").focus();
}

async function search() {
  clearTimeout(state.timer);
  const query = byId("words").value.trim();
  if (!query) return;
  try {
    const { films } = await ask(`search?limit=8&q=${encodeURIComponent(query)}`);
    if (query !== byId("words").value.trim()) return;
    show(byId("found"), films.length ? films.map(choice) : el("li", { class: "quiet" }, "No film has these words."));
  } catch (error) {
    failed(error);
  }
}

const choice = (film) => el(
  "li", {},
  el("button", { type: "button", on: { click: () => decide("yes", film.film_id) } }, foreign(film.title), film.year ? ` (${film.year})` : "", el("small", {}, ` film ${film.film_id}`)),
);

const rememberName = () => localStorage.setItem(NAME, byId("reviewer").value.trim());

// The keyboard.

const KEYS = { y: () => decide("yes"), n: () => decide("no"), s: () => decide("skip"), o: openSearch, u: undo };

function pressed(event) {
  if (event.key === "Escape") {
    closeSearch();
    document.activeElement?.blur();
    return;
  }
  const isTyping = event.target.closest("input, textarea, select");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const act = KEYS[event.key.toLowerCase()];
  if (!act || !state.item && act !== undo) return;
  event.preventDefault();
  act();
}

for (const verdict of ["yes", "no", "skip"]) {
  // The second click of a double click would be of the pair that came meanwhile.
  byId(verdict).addEventListener("click", (event) => event.detail > 1 || decide(verdict));
}
byId("other").addEventListener("click", () => (byId("films").hidden ? openSearch() : closeSearch()));
byId("films").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
byId("words").addEventListener("input", () => {
  clearTimeout(state.timer);
  state.timer = setTimeout(search, TYPING_MS);
});
byId("reviewer").addEventListener("change", () => {
  rememberName();
  if (hasKey()) next();
});
document.addEventListener("keydown", pressed);
byId("reviewer").value ||= localStorage.getItem(NAME) ?? ""; // a name typed while the page was loading stays
rememberName();
if (hasKey()) next();
else failed(new ApiError(401, ""));

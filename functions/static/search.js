// Films and the records that belong to them, with the evidence.

import { ask } from "./api.js";
import { Share, byId, el, foreign, number, percent, show } from "./dom.js";
import { filmLink, recordLink } from "./pages.js";

const TYPING_MS = 250;
let timer;
let asked;

export function startSearch() {
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  byId("query").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, TYPING_MS);
  });
}

async function run() {
  clearTimeout(timer);
  asked?.abort();
  const query = byId("query").value.trim();
  if (!query) {
    show(byId("found"), el("p", { class: "quiet" }, "Three letters of a word are enough."));
    return;
  }
  const own = (asked = new AbortController());
  try {
    const answer = await ask(`search?limit=12&q=${encodeURIComponent(query)}`, { signal: own.signal });
    show(byId("found"), results(answer));
  } catch (error) {
    if (!own.signal.aborted) show(byId("found"), foreign(error.message, "p", { class: "notice bad" }));
  }
}

function results(answer) {
  if (!answer.snapshot) return el("p", { class: "quiet" }, "Nothing to search yet: no run has completed.");
  if (!answer.films.length && !answer.records.length) return el("p", { class: "quiet" }, "No film and no record has these words.");
  return [
    answer.films.length ? el("ul", { class: "films" }, answer.films.map(film)) : null,
    answer.records.length ? el("h3", {}, "Records of no film") : null,
    answer.records.length ? el("ul", { class: "films alone" }, answer.records.map(alone)) : null,
  ].filter(Boolean);
}

function film(found) {
  const other = found.original_title && found.original_title !== found.title ? foreign(found.original_title, "small") : null;
  const left = found.release_count - found.releases.length;
  return el(
    "li", {},
    el(
      "h3", {}, filmLink(found.film_id, el("span", { dir: "auto" }, found.title || `film ${found.film_id}`)), found.year ? el("small", {}, String(found.year)) : null, other,
      found.releases.length ? null : el("small", { class: "none" }, found.why ? `no record: ${found.why}` : "no record found"),
    ),
    found.releases.length ? el("ul", { class: "records" }, found.releases.map(record)) : null,
    left > 0 ? el("p", { class: "quiet" }, `and ${number(left)} more records`) : null,
  );
}

function record(found) {
  const text = [found.artist, found.title].filter(Boolean).join(": ");
  return el(
    "li", {},
    el("span", { class: `tag band ${found.band}` }, found.band),
    el("span", { class: "meter", role: "img", "aria-label": `probability ${percent(found.probability)}` },
      el("i", { class: `b-${found.band}`, width: new Share(found.probability) })),
    el("b", { class: "probability" }, found.probability.toFixed(3)),
    el("span", { class: "record" }, el("span", { dir: "auto" }, recordLink(found.release_id, text)), found.year ? ` (${found.year})` : "", foreign(found.reason, "small")),
  );
}

function alone(found) {
  const text = [found.artist, found.title].filter(Boolean).join(": ");
  const nearest = found.nearest_film_id
    ? el("small", {}, "nearest ", filmLink(found.nearest_film_id, found.nearest_film_title), ` ${found.nearest_score?.toFixed(3) ?? ""}`)
    : null;
  return el("li", {}, el("h4", {}, recordLink(found.release_id, text), found.year ? ` (${found.year})` : ""), foreign(found.why, "small"), nearest);
}

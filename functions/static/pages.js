// The page of a film or a record: what belongs to it, all that was considered, and its figures over time.

import { ask } from "./api.js";
import { legend, lineChart } from "./charts.js";
import { Share, byId, el, foreign, number, percent, show } from "./dom.js";
import { DISCOGS, TMDB, away, isWeb } from "./pair.js";

const IMDB = "https://www.imdb.com/title/";
const MASTER = "https://www.discogs.com/master/";
const PLACE = /^#\/(films|records)\/([1-9][0-9]{0,9})$/;
const LOUD = 6; // log-odds at which the bar of a piece of evidence is full
let asked;

/** The film or record that the address names: [kind, id]; null for the board. */
export const place = () => PLACE.exec(location.hash)?.slice(1) ?? null;

export const filmLink = (id, text) => el("a", { href: `#/films/${id}`, dir: "auto" }, text || `film ${id}`);
export const recordLink = (id, text) => el("a", { href: `#/records/${id}`, dir: "auto" }, text || `record ${id}`);

/** Show the film or record that the address names. `failed` hears of a key that is not accepted. */
export async function showPage(failed) {
  asked?.abort();
  const [kind, id] = place();
  const own = (asked = new AbortController());
  byId("page").replaceChildren(back(), el("p", { class: "quiet" }, "Loading …"));
  try {
    const found = await ask(kind === "films" ? `films/${id}` : `releases/${id}`, { signal: own.signal });
    show(byId("page"), back(), ...(kind === "films" ? filmPage(found) : recordPage(found)));
  } catch (error) {
    if (own.signal.aborted) return;
    if (error.status === 401) return failed(error);
    show(byId("page"), back(), heading(kind === "films" ? `Film ${id}` : `Record ${id}`), foreign(error.message, "p", { class: "notice bad", role: "alert" }));
  }
  byId("page-title")?.focus();
}

const back = () => el("p", {}, el("a", { href: "#", id: "page-back" }, "← Runs and search"));
const heading = (...parts) => el("h2", { id: "page-title", tabindex: "-1" }, ...parts);
const source = (found) => el("p", { class: "quiet" }, "As of run ", el("code", {}, found.run_id), ".");

function part(title, ...children) {
  return el("section", { class: "body part" }, el("h3", {}, title), ...children);
}

function facts(entries) {
  const known = entries.filter(([, value]) => value || value === 0);
  return el("dl", { class: "facts" }, known.map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, typeof value === "string" ? foreign(value) : value))));
}

function filmPage(found) {
  const { film, links, considered } = found;
  const others = considered.filter((each) => !each.is_match);
  const other = film.original_title && film.original_title !== film.title ? film.original_title : null;
  return [
    heading(foreign(film.title ?? `Film ${film.film_id}`), film.year ? el("small", {}, ` ${film.year}`) : null),
    facts([["original title", other], ["TMDB", away(`${TMDB}${film.film_id}`, String(film.film_id))], ["IMDb", film.imdb_id && away(`${IMDB}${film.imdb_id}`, film.imdb_id)]]),
    part(
      links.length === 1 ? "1 record" : `${number(links.length)} records`,
      links.length
        ? el("ul", { class: "records" }, links.map((link) => linkRow(link, recordLink(link.release_id, recordText(link)), considered)))
        : el("p", { class: "notice" }, `No record: ${found.why ?? "none was found"}.`),
    ),
    others.length ? part("Other records that were considered", rivals(others, (each) => [
      recordLink(each.release_id, recordText(each)),
      each.went_to_film_id ? el("span", { class: "quiet" }, " went to ", filmLink(each.went_to_film_id)) : null,
    ])) : null,
    trends(found),
    source(found),
  ];
}

function recordPage(found) {
  const { record, links, considered } = found;
  const others = considered.filter((each) => !each.is_match);
  return [
    heading(foreign(recordText(record)), record.year ? el("small", {}, ` ${record.year}`) : null),
    facts([
      ["formats", record.formats.join(", ")], ["labels", record.labels.join(", ")], ["country", record.country],
      ["Discogs", discogs(record)],
    ]),
    part(
      "Film",
      links.length
        ? el("ul", { class: "records" }, links.map((link) => linkRow(link, filmLink(link.film_id, titled(link.film_title, link.film_year)), considered)))
        : el("p", { class: "notice" }, `No film: ${found.why ?? "none was found"}.`),
    ),
    others.length ? part("Other films that were considered", rivals(others, (each) => [filmLink(each.film_id, titled(each.title, each.year))])) : null,
    source(found),
  ];
}

const discogs = (record) => el(
  "span", { class: "links" },
  away(`${DISCOGS}${record.release_id}`, `release ${record.release_id}`),
  record.master_id ? away(`${MASTER}${record.master_id}`, `master ${record.master_id}`) : null,
  isWeb(record.cover) ? away(record.cover, "cover") : null,
);
const titled = (title, year) => (year ? `${title} (${year})` : title);
const recordText = (found) => [found.artist, found.title].filter(Boolean).join(": ") || "Untitled record";

/** A link with its probability, its evidence and what each piece of it added. */
function linkRow(link, name, considered) {
  const same = considered.find((each) => each.is_match && [each.release_id ?? link.release_id, each.film_id ?? link.film_id].join() === [link.release_id, link.film_id].join());
  const about = [link.kind, link.year, ...link.formats].filter(Boolean).join(" · ");
  return el(
    "li", {},
    el("span", { class: `tag band ${link.band}` }, link.band),
    meter(link.probability, `b-${link.band}`),
    el("b", { class: "probability" }, link.probability.toFixed(3)),
    el("span", { class: "record" }, name, link.is_ambiguous ? el("span", { class: "tag" }, "ambiguous") : null,
      el("small", {}, about), foreign(link.evidence, "small"), same ? evidence(same) : null),
  );
}

function meter(share, kind) {
  return el("span", { class: "meter", role: "img", "aria-label": `probability ${percent(share)}` }, el("i", { class: kind, width: new Share(share) }));
}

function rivals(found, name) {
  return el("ul", { class: "records" }, found.map((each) => el(
    "li", {},
    el("span", { class: "quiet" }, `place ${each.rank}`),
    meter(each.score, "b-possible"),
    el("b", { class: "probability" }, each.score.toFixed(3)),
    el("span", { class: "record" }, ...name(each), foreign(each.evidence, "small"), evidence(each)),
  )));
}

/** What each piece of evidence added to the log-odds, the weightiest first. */
function evidence(found) {
  const pieces = [...found.contributions].sort((one, two) => Math.abs(two.adds) - Math.abs(one.adds));
  const person = found.person ? `${found.person} (${found.person_role})` : null;
  return el(
    "details", {},
    el("summary", {}, `Evidence: ${pieces.length} pieces`),
    el("ul", { class: "pieces" }, pieces.map((piece) => el(
      "li", {},
      el("span", {}, piece.name.replaceAll("_", " ")),
      el("span", { class: "meter" }, el("i", { class: piece.adds < 0 ? "b-against" : "b-strong", width: new Share(Math.abs(piece.adds) / LOUD) })),
      el("span", { class: "probability" }, `${piece.adds > 0 ? "+" : ""}${piece.adds.toFixed(2)}`),
    ))),
    facts([
      ["title found as", found.title_found_as], ["title similarity", found.title_similarity === null ? null : percent(found.title_similarity)],
      ["person", person], ["years apart", found.year_gap === null ? null : String(found.year_gap)],
      ["ahead by", found.margin === null ? null : found.margin.toFixed(3)],
    ]),
  );
}

const FIGURES = [["popularity", "Popularity"], ["rating", "Rating"], ["votes", "Votes"]];

function trends(found) {
  const { days, windows } = found;
  if (days.length < 2) return part("Over time", el("p", { class: "quiet" }, "Its figures have not changed since it was first seen."));
  return part(
    "Over time",
    el("div", { class: "sources" }, FIGURES.map(([name, title]) => figure(days, name, title))),
    windows.length ? el("ul", { class: "legend" }, windows.map((window) =>
      el("li", {}, `${window.window_days} days: trend ${window.trend_score?.toFixed(1) ?? "–"}, popularity ${signed(window.popularity_change)}`))) : null,
  );
}

const signed = (share) => `${share > 0 ? "+" : ""}${percent(share)}`;
const rounded = (value) => number(Math.round(value * 100) / 100);

function figure(days, name, title) {
  const values = days.map((day) => day[name]);
  const known = values.filter((value) => value !== null);
  if (!known.length) return null;
  const text = `${rounded(known[0])} on ${days[0].on}, ${rounded(known.at(-1))} on ${days.at(-1).on}`;
  return el("div", { class: "plot" }, el("h4", {}, title), lineChart({ [name]: values }, Math.min(...known), Math.max(...known), [], `${title}: ${text}`), legend([["s0", text]]));
}

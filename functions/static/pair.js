// A film and a record for people who compare them: facts side by side, evidence for and against.

import { el, foreign, number, percent } from "./dom.js";

export const TMDB = "https://www.themoviedb.org/movie/";
export const DISCOGS = "https://www.discogs.com/release/";

const FILM_FACTS = [["original title", "original_title"], ["year", "year"], ["composers", "composers"], ["directors", "directors"], ["countries", "countries"], ["series", "collection"]];
const RECORD_FACTS = [["artist", "artist"], ["year", "year"], ["country", "country"], ["formats", "formats"], ["labels", "labels"], ["genres", "genres"], ["styles", "styles"]];

export function filmSide(film) {
  const links = [away(`${TMDB}${film.film_id}`, "TMDB"), picture(film.poster_url, "poster")];
  return side("film", film.title, film, FILM_FACTS, links, film.overview);
}

export function recordSide(record) {
  const links = [away(`${DISCOGS}${record.release_id}`, "Discogs"), picture(record.cover_url, "cover")];
  return side("record", record.title, record, RECORD_FACTS, links, null);
}

function side(kind, title, facts, shown, links, text) {
  const rows = shown.map(([name, key]) => [name, facts[key]]).filter(([, value]) => value && value.length !== 0);
  return el(
    "section", { "aria-label": kind, class: kind },
    el("small", {}, kind), foreign(title, "h2"),
    el("dl", {}, rows.flatMap(([name, value]) => [el("dt", {}, name), foreign([value].flat().join(", "), "dd")])),
    el("p", { class: "row" }, links),
    text ? foreign(text, "p", { class: "overview" }) : null,
  );
}

/** A picture's address: pictures lie with the sources, and whoever wants to see one asks them. */
const picture = (address, name) => (isWeb(address) ? away(address, name) : el("span", { class: "quiet" }, `no ${name}`));

export const isWeb = (address) => /^https:\/\//.test(address ?? "");

export const away = (address, text) => el("a", { href: address, target: "_blank", rel: "noreferrer noopener" }, text);

const CAUSES = { contested: "People disagree on this pair.", ambiguous: "Another film is nearly as likely.", unsure: "The matcher is not sure." };

export function evidence(item) {
  const parts = Object.entries(item.evidence).sort((one, other) => Math.abs(other[1]) - Math.abs(one[1]));
  const versions = item.releases > 1 ? ` The answer counts for ${number(item.releases)} versions of the record.` : "";
  return el(
    "div", { class: "body" },
    el("p", {}, el("b", {}, percent(item.probability)), ` likely, ${percent(item.margin)} ahead of the next film. ${CAUSES[item.cause]}${versions}`),
    item.reason ? foreign(item.reason, "p", { class: "quiet" }) : null,
    el("div", { class: "weights" }, weights("for", parts.filter(([, part]) => part > 0)), weights("against", parts.filter(([, part]) => part < 0))),
    item.rivals.length ? el("div", { class: "rivals" }, el("h3", {}, "Other films"), el("ul", {}, item.rivals.map(rival))) : null,
  );
}

function weights(name, parts) {
  const rows = parts.map(([piece, part]) => el("li", {}, el("span", {}, piece.replaceAll("_", " ")), el("b", {}, `${part > 0 ? "+" : "−"}${Math.abs(part).toFixed(2)}`)));
  return el("div", { class: name }, el("h3", {}, name), rows.length ? el("ul", {}, rows) : el("p", { class: "quiet" }, "nothing"));
}

const rival = (film) => el("li", {}, `${percent(film.probability)} `, away(`${TMDB}${film.film_id}`, film.title ?? `film ${film.film_id}`), film.year ? ` (${film.year})` : "", film.reason ? [": ", foreign(film.reason)] : null);

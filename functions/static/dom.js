// Elements are made here, and text only ever becomes a text node: nothing in data can turn into markup.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "line", "rect", "circle", "text", "title", "polyline"]);

/** Make an element. Properties: `on` maps events to handlers, `class`, ARIA and other attributes by name. */
export function el(tag, properties = {}, ...children) {
  const node = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "width" && value instanceof Share) node.style.width = value.css;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A width as a share of its parent, 0 to 1. */
export class Share {
  constructor(value) {
    this.css = `${(100 * Math.min(1, Math.max(0, value))).toFixed(2)}%`;
  }
}

/** Show children in a container. Whoever works by keyboard stays where they are, if that is still there. */
export function show(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  container.replaceChildren(...children.flat().filter(Boolean));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

export const byId = (id) => document.getElementById(id);

/** Text that somebody else wrote, in whatever direction it runs. */
export const foreign = (text, tag = "span", properties = {}) => el(tag, { dir: "auto", ...properties }, text ?? "");

export const number = (value) => (value ?? 0).toLocaleString("en");

export const percent = (share, digits = 1) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;

/** Bytes in the unit that leaves one to three digits before the point. */
export function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, Math.abs(count))) / 3));
  return `${number(Math.round((count / 1000 ** power) * 10) / 10)} ${units[power]}`;
}

/** Seconds for people: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

/** When something was, as the reader's clock has it. */
export function when(iso) {
  const moment = new Date(iso);
  const isToday = moment.toDateString() === new Date().toDateString();
  const options = { hour: "2-digit", minute: "2-digit" };
  const text = moment.toLocaleString("en-GB", isToday ? options : { day: "numeric", month: "short", ...options });
  return el("time", { datetime: iso, title: moment.toISOString() }, text);
}

/** Say something to people who do not see the page. */
export function say(text) {
  byId("said").textContent = text;
}

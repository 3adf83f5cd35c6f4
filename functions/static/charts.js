// Small charts in SVG. Each has a text for people who do not see it.

import { el } from "./dom.js";

const WIDTH = 320;
const WINDOW_S = 60; // the limits hold for a minute, and workers report in batches
const LEAST_S = 5;

const points = (pairs) => pairs.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

function frame(height, label, ...children) {
  const view = `0 0 ${WIDTH} ${height}`;
  return el("svg", { viewBox: view, class: "chart", role: "img", "aria-label": label, preserveAspectRatio: "none" }, ...children);
}

/** Requests a minute, as means of up to a minute, of samples [unix s, requests so far], against the permitted rate. */
export function rateChart(samples, permitted, label) {
  const rates = samples.flatMap(([at, count], i) => {
    const [since, had] = samples.findLast(([before], k) => k < i && at - before >= WINDOW_S) ?? samples[0];
    return at - since < LEAST_S ? [] : [[at, (60 * (count - had)) / (at - since)]];
  });
  if (rates.length < 2) return null;
  const height = 44;
  const [from, until] = [rates[0][0], rates.at(-1)[0]];
  const top = Math.max(permitted * 1.15, ...rates.map(([, rate]) => rate)) || 1;
  const place = ([at, rate]) => [(WIDTH * (at - from)) / Math.max(until - from, 0.001), height - (height * rate) / top];
  const line = rates.map(place);
  const limit = height - (height * permitted) / top;
  return frame(
    height, label,
    el("polyline", { class: "area", points: points([[0, height], ...line, [WIDTH, height]]) }),
    el("polyline", { class: "line", points: points(line) }),
    el("line", { class: "limit", x1: 0, x2: WIDTH, y1: limit.toFixed(1), y2: limit.toFixed(1) }),
  );
}

/** Lines of values over runs, oldest first. `series` maps a name to its values; null leaves a gap. */
export function lineChart(series, low, high, gates, label) {
  const height = 120;
  const count = Math.max(...Object.values(series).map((values) => values.length));
  const x = (i) => (count > 1 ? 4 + ((WIDTH - 8) * i) / (count - 1) : WIDTH / 2);
  const y = (value) => 6 + (height - 12) * (1 - (value - low) / (high - low || 1));
  const nodes = gates
    .filter((gate) => gate > low && gate < high)
    .map((gate) => el("line", { class: "limit", x1: 0, x2: WIDTH, y1: y(gate).toFixed(1), y2: y(gate).toFixed(1) }));
  Object.entries(series).forEach(([name, values], index) => {
    const placed = values.map((value, i) => (value === null ? null : [x(i), y(value)])).filter(Boolean);
    nodes.push(el("polyline", { class: `line s${index}`, points: points(placed) }));
    const [cx, cy] = placed.at(-1).map((place) => place.toFixed(1));
    nodes.push(el("line", { class: `dot s${index}`, x1: cx, x2: cx, y1: cy, y2: cy })); // a circle would be stretched
  });
  return frame(height, label, ...nodes);
}

/** Stacked columns over runs, oldest first: `columns` are arrays of parts, in the order of `names`. */
export function columnChart(columns, names, label) {
  const height = 120;
  const top = Math.max(1, ...columns.map((parts) => parts.reduce((sum, part) => sum + part, 0)));
  const step = WIDTH / Math.max(columns.length, 12);
  const nodes = columns.flatMap((parts, i) => {
    let base = height;
    return parts.map((part, k) => {
      const tall = ((height - 4) * part) / top;
      base -= tall;
      return el("rect", {
        class: `b-${names[k]}`, x: (i * step + step * 0.12).toFixed(1), y: base.toFixed(1),
        width: (step * 0.76).toFixed(1), height: tall.toFixed(1),
      });
    });
  });
  return frame(height, label, ...nodes);
}

/** What the colours of a chart mean. */
export function legend(entries) {
  return el("ul", { class: "legend" }, entries.map(([kind, text]) => el("li", {}, el("i", { class: kind }), text)));
}

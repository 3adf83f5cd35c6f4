// Shows a report of a job. It is fetched with the key, and put into a frame that is this app's own blank page: there a
// report may style itself, and neither the sandbox nor the policy of that page lets it run a script.

import { askText } from "./api.js";
import { byId, el } from "./dom.js";

const BLANK = "dashboard/report.html";
const UNWANTED = "script, link, meta, base, iframe, object, embed, form";

export async function openReport(runId, report) {
  byId("report-title").textContent = `${report === "silver" ? "Quality" : "Matching"} of ${runId}`;
  const body = byId("report-body");
  body.replaceChildren(el("p", { class: "quiet" }, "Loading …"));
  byId("report").showModal();
  try {
    const html = await askText(`runs/${encodeURIComponent(runId)}/reports/${report}`);
    const frame = el("iframe", { src: BLANK, sandbox: "allow-same-origin", title: "Report", on: { load: () => fill(frame, html) } });
    body.replaceChildren(frame);
  } catch (error) {
    body.replaceChildren(el("p", { class: "notice bad", role: "alert" }, error.message));
  }
}

function fill(frame, html) {
  const page = frame.contentDocument;
  const parsed = new frame.contentWindow.DOMParser().parseFromString(html, "text/html");
  parsed.querySelectorAll(UNWANTED).forEach((node) => node.remove());
  page.replaceChild(page.adoptNode(parsed.documentElement), page.documentElement);
}

byId("report-close").addEventListener("click", () => byId("report").close());
byId("report").addEventListener("close", () => byId("report-body").replaceChildren());

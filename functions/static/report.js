// Shows a report of a job. It is fetched with the key and handed to a frame, where it may style itself and draw its
// charts: the frame has an origin of its own, so it reaches neither this page nor its key, and may fetch nothing.

import { askText } from "./api.js";
import { byId, el } from "./dom.js";

const BLANK = "dashboard/report.html";

export async function openReport(runId, report) {
  byId("report-title").textContent = `${report === "silver" ? "Quality" : "Films and music"} of ${runId}`;
  const body = byId("report-body");
  body.replaceChildren(el("p", { class: "quiet" }, "Loading …"));
  byId("report").showModal();
  try {
    const html = await askText(`runs/${encodeURIComponent(runId)}/reports/${report}`);
    const frame = el("iframe", { src: BLANK, sandbox: "allow-scripts", title: "Report" });
    frame.addEventListener("load", () => frame.contentWindow.postMessage(html, "*"), { once: true });
    body.replaceChildren(frame);
  } catch (error) {
    body.replaceChildren(el("p", { class: "notice bad", role: "alert" }, error.message));
  }
}

byId("report-close").addEventListener("click", () => byId("report").close());
byId("report").addEventListener("close", () => byId("report-body").replaceChildren());

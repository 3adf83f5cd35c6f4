// Shows a report of a job. It is fetched with the key and handed to a frame, where it may style itself and draw its
// charts: the frame has an origin of its own, so it reaches neither this page nor its key, and may fetch nothing.

import { askText } from "./api.js";
import { byId, el } from "./dom.js";

const BLANK = "dashboard/report.html";
// A report may not leave its frame, so it tells which film's page is asked for.
const PLACE = /^#\/films\/[1-9][0-9]{0,9}$/;
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

addEventListener("message", (event) => {
  const frame = byId("report-body").querySelector("iframe");
  if (!frame || event.source !== frame.contentWindow || !PLACE.test(event.data)) return;
  byId("report").close();
  location.hash = event.data;
});
byId("report-close").addEventListener("click", () => byId("report").close());
byId("report").addEventListener("close", () => byId("report-body").replaceChildren());

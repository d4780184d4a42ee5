/** The public status page, as a customer sees it. */

import { h } from "./dom.js";
import { clock, nothing, paragraphs } from "./words.js";

const COMPONENT = {
  operational: ["Operational", "good"],
  under_maintenance: ["Under maintenance", "note"],
  degraded_performance: ["Degraded performance", "warn"],
  partial_outage: ["Partial outage", "warn"],
  major_outage: ["Major outage", "bad"],
};
const STEP = { investigating: "Investigating", identified: "Identified", monitoring: "Monitoring", resolved: "Resolved", postmortem: "Post-mortem" };
const IMPACT = { none: "note", maintenance: "note", minor: "warn", major: "warn", critical: "bad" };

const over = (incident) => incident.status === "resolved" || incident.status === "postmortem";

export const status = {
  id: "status",
  title: "Status page",
  count: (state) => (state.statuspage?.incidents ?? []).reduce((sum, incident) => sum + incident.incident_updates.length, 0),
  draw: (state) => {
    const held = state.statuspage;
    if (!held) return nothing("This demo has no status page.");
    const incidents = [...held.incidents].reverse();
    const open = incidents.filter((incident) => !over(incident));
    const past = incidents.filter(over);
    return [h("div", { class: "public", data: { keep: "status" } },
      h("h2", { class: "public-name" }, held.page.name),
      banner(held.components, open),
      open.map(incidentBox),
      h("ul", { class: "components" }, held.components.map(component)),
      h("h3", { class: "public-past" }, "Past incidents"),
      past.length ? past.map(incidentBox) : h("p", { class: "muted" }, "No incidents reported."))];
  },
};

function banner(components, open) {
  if (open.length) return h("p", { class: `banner ${IMPACT[open[0].impact] ?? "warn"}` }, open[0].name);
  const ill = components.filter((each) => each.status !== "operational");
  if (ill.length) return h("p", { class: "banner warn" }, "Some systems have problems");
  return h("p", { class: "banner good" }, "All systems operational");
}

function component(each) {
  const [words, look] = COMPONENT[each.status] ?? [each.status, "note"];
  return h("li", { class: "component" }, h("span", {}, each.name), h("span", { class: `level ${look}` }, words));
}

function incidentBox(incident) {
  const touched = incident.components.map((each) => each.name).join(", ");
  return h("article", { class: "incident" },
    h("h4", { class: over(incident) ? "incident-name" : `incident-name ${IMPACT[incident.impact] ?? "warn"}-ink` }, incident.name),
    touched && h("p", { class: "muted small" }, `Affects ${touched}`),
    incident.incident_updates.map((update) => h("div", { class: "step" },
      h("b", {}, STEP[update.status] ?? update.status), h("div", { class: "step-words" }, ...paragraphs(update.body)),
      h("span", { class: "muted small" }, clock(update.created_at)))));
}

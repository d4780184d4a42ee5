/** The traffic inspector: what travelled between the workspace and its apps. */

import { getJson } from "./api.js";
import { h, icon } from "./dom.js";

const EVERY_MS = 2000;

/** A drawer at the bottom that refreshes while it is open. */
export class Traffic {
  constructor(app) {
    this.app = app;
    this.rows = [];
    this.filter = "";
    this.table = h("div", { class: "traffic-table" });
    const box = h("input", { class: "menu-filter", type: "text", placeholder: "Filter", "aria-label": "Filter traffic",
      oninput: () => ((this.filter = box.value.toLowerCase()), this.paint()) });
    this.node = h("section", { class: "traffic", hidden: true, "aria-label": "Traffic" },
      h("header", { class: "traffic-head" }, icon("pulse"), h("b", {}, "Traffic"), box,
        h("button", { class: "icon-button", type: "button", "aria-label": "Close traffic", onclick: () => app.toggle("traffic") }, icon("close"))),
      this.table);
  }

  /** Open or close the drawer as the page's state says. */
  draw() {
    const open = this.app.ui.traffic;
    if (this.node.hidden === !open) return;
    this.node.hidden = !open;
    clearInterval(this.timer);
    if (!open) return;
    this.refresh();
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
  }

  async refresh() {
    try {
      const answer = await getJson("/page/traffic");
      const rows = Array.isArray(answer) ? answer : (answer.traffic ?? answer.items ?? []);
      if (JSON.stringify(rows) === JSON.stringify(this.rows)) return;
      this.rows = rows;
      this.paint();
    } catch {
      // The next turn asks again; the page already shows that the connection is lost.
    }
  }

  paint() {
    const shown = this.rows.filter((row) => JSON.stringify(row).toLowerCase().includes(this.filter)).reverse();
    const line = (row) => h("tr", { class: /^(ok|200|acked?|delivered)$/i.test(String(row.status)) ? "" : "traffic-bad" },
      h("td", {}, moment(row.at, this.app.store.clock)), h("td", {}, h("span", { class: `way way-${String(row.direction).replace(/\W/g, "")}` }, String(row.direction))),
      h("td", { class: "mono" }, String(row.name)), h("td", {}, String(row.status)),
      h("td", { class: "at-right" }, row.ms === null || row.ms === undefined ? "" : `${Math.round(row.ms)} ms`), h("td", { class: "traffic-summary" }, brief(row.summary)));
    const heads = ["Time", "Way", "Name", "Status", "Took", "Summary"].map((name) => h("th", {}, name));
    this.table.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...shown.map(line))));
  }
}

function brief(summary) {
  return typeof summary === "string" ? summary : JSON.stringify(summary ?? "");
}

function moment(at, clock) {
  return clock.seconds(typeof at === "string" && Number.isNaN(Number(at)) ? Date.parse(at) / 1000 : at);
}

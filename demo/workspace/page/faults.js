/** The foldable strip of fault switches across the top of the page. */

import { h, icon, whenNew } from "./dom.js";

/** Redraw the strip; without a panel it stays away. */
export function drawFaults(node, app) {
  const { panel } = app.store.state;
  node.hidden = !panel || !app.ui.faults;
  if (node.hidden) return;
  whenNew(node, panel, () => paint(node, panel, app));
}

function paint(node, panel, app) {
  node.replaceChildren(
    h("div", { class: "faults-head" }, icon("bolt"), h("span", {}, panel.title),
      h("button", { class: "icon-button", type: "button", "aria-label": "Fold the faults away", onclick: () => app.toggle("faults") }, icon("close"))),
    h("div", { class: "faults-row" }, ...panel.items.map((item) => fault(item, app))));
}

function fault(item, app) {
  const look = `fault${item.active ? " on" : ""}${item.busy ? " busy" : ""}`;
  return h("button", { class: look, type: "button", disabled: item.busy, "aria-pressed": String(Boolean(item.active)), title: item.description,
    data: { fault: item.id }, onclick: () => app.act({ act: "panel", id: item.id }) },
  h("span", { class: "fault-switch", "aria-hidden": "true" }),
  h("span", { class: "fault-words" }, h("span", { class: "fault-title" }, item.title), h("span", { class: "fault-detail" }, item.description)));
}

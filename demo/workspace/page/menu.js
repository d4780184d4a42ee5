/** A menu that drops from a control: options with groups, a filter, keys and the mouse. */

import { h, icon } from "./dom.js";
import { layer } from "./layers.js";

/**
 * Open a menu under `anchor`. Items are {label, detail, sign, group, chosen, danger, value};
 * `load(query)` replaces the items as the person types; `onPick(item)` returning true keeps the menu open.
 */
export function openMenu(anchor, { items = [], load = null, filter = false, placeholder = "Filter", onPick, name = "Menu" }) {
  const list = h("div", { class: "menu-list", role: "listbox" });
  const box = filter || load ? h("input", { class: "menu-filter", type: "text", placeholder, "aria-label": placeholder }) : null;
  const panel = h("div", { class: "menu", "aria-label": name, tabindex: "-1" }, box, list);
  const view = { all: items, shown: [], at: 0, wanted: 0 };
  const close = layer(() => {
    panel.remove();
    document.removeEventListener("mousedown", outside, true);
    if (document.body.contains(anchor)) anchor.focus?.({ preventScroll: true });
  });
  const outside = (event) => {
    if (!panel.contains(event.target)) close();
  };
  const pick = (item) => {
    if (item && !onPick(item)) close();
    else draw();
  };
  const draw = () => drawItems(list, view, box?.value ?? "", !load, pick, () => place(panel, anchor));
  const refresh = async () => {
    view.wanted += 1;
    const turn = view.wanted;
    const found = await load(box.value);
    if (turn !== view.wanted) return;
    view.all = found;
    view.at = 0;
    draw();
  };
  box?.addEventListener("input", () => (load ? refresh() : ((view.at = 0), draw())));
  panel.addEventListener("keydown", (event) => onKey(event, view, list, pick));
  document.body.append(panel);
  document.addEventListener("mousedown", outside, true);
  draw();
  if (load) refresh();
  (box ?? panel).focus({ preventScroll: true });
  return close;
}

function drawItems(list, view, query, filtering, pick, settle) {
  const wanted = query.trim().toLowerCase();
  const fits = (item) => !filtering || !wanted || `${item.label} ${item.detail ?? ""}`.toLowerCase().includes(wanted);
  view.shown = view.all.filter(fits);
  const rows = [];
  let group = null;
  view.shown.forEach((item, index) => {
    if (item.group && item.group !== group) rows.push(h("div", { class: "menu-group" }, (group = item.group)));
    rows.push(row(item, index === view.at, () => pick(item)));
  });
  list.replaceChildren(...(rows.length ? rows : [h("div", { class: "menu-empty" }, "Nothing found")]));
  settle();
}

function row(item, active, onclick) {
  const look = `menu-item${active ? " active" : ""}${item.danger ? " danger" : ""}`;
  return h("button", { class: look, type: "button", role: "option", "aria-selected": String(Boolean(item.chosen)), onclick },
    item.sign && h("span", { class: "menu-sign" }, item.sign),
    h("span", { class: "menu-words" }, h("span", {}, item.label), item.detail && h("span", { class: "menu-detail" }, item.detail)),
    item.chosen && icon("check"));
}

function onKey(event, view, list, pick) {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    view.at = (view.at + step + view.shown.length) % Math.max(1, view.shown.length);
    const rows = [...list.querySelectorAll(".menu-item")];
    rows.forEach((node, index) => node.classList.toggle("active", index === view.at));
    rows[view.at]?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "Enter") {
    pick(view.shown[view.at]);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(panel, anchor) {
  // A redraw may have replaced the control; the menu then stays where it was.
  if (!anchor.isConnected) return;
  const at = anchor.getBoundingClientRect();
  const width = Math.max(220, Math.min(380, at.width));
  panel.style.minWidth = `${width}px`;
  panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - panel.offsetWidth - 8))}px`;
  const below = innerHeight - at.bottom - 12;
  const above = at.top - 12;
  const drop = below >= Math.min(panel.scrollHeight, 260) || below >= above;
  panel.style.maxHeight = `${Math.max(120, Math.min(360, drop ? below : above))}px`;
  panel.style.top = drop ? `${at.bottom + 4}px` : "";
  panel.style.bottom = drop ? "" : `${innerHeight - at.top + 4}px`;
}

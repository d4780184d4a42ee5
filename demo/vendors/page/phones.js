/** People's phones: pages from PagerDuty, which can be acknowledged, and text messages. */

import { h } from "./dom.js";
import { clock, linked, nothing } from "./words.js";

const rings = (state) => state.pagerduty?.phones ?? [];
const texts = (state) => state.twilio?.messages ?? [];
const STATUS = { triggered: ["Rings", "bad"], acknowledged: ["Acknowledged", "note"], resolved: ["Resolved", "good"] };

export const phones = {
  id: "phones",
  title: "Phones",
  count: (state) => rings(state).length + texts(state).length,
  draw: (state, page) => {
    const owners = phonesOf(state);
    if (!owners.length) return nothing("No phone has rung.");
    return [h("div", { class: "phones", data: { keep: "phones" } }, owners.map(([name, items]) => phone(name, items, state, page)))];
  },
};

function phonesOf(state) {
  const owners = new Map();
  const add = (name, item) => owners.set(name, [...(owners.get(name) ?? []), item]);
  for (const ring of rings(state)) add(ring.name, { at: ring.at, ring });
  for (const text of texts(state)) add(state.names?.[text.to] ?? text.to, { at: text.date_created, text });
  for (const items of owners.values()) items.sort((a, b) => new Date(b.at) - new Date(a.at));
  return [...owners].sort(([a], [b]) => a.localeCompare(b));
}

function phone(name, items, state, page) {
  return h("section", { class: "phone", "aria-label": `Phone of ${name}` },
    h("header", { class: "phone-head" }, name),
    h("div", { class: "phone-screen", data: { keep: `phone ${name}` } }, items.map((item) => (item.ring ? pageItem(item.ring, state, page) : textItem(item.text)))));
}

function pageItem(ring, state, page) {
  const incident = state.pagerduty.incidents.find((each) => each.id === ring.incident);
  const [words, look] = STATUS[incident?.status] ?? ["", "note"];
  return h("article", { class: "notice" },
    h("p", { class: "notice-by" }, h("b", {}, "PagerDuty"), h("span", { class: "muted small" }, clock(ring.at))),
    h("p", { class: "notice-words" }, ring.text),
    h("p", { class: "notice-foot" }, h("span", { class: `level ${look}` }, words),
      incident?.status === "triggered" && h("button", { class: "button small primary", onclick: () => page.press(incident.id, "acknowledge", ring.user) }, "Acknowledge")));
}

function textItem(text) {
  return h("article", { class: "notice" },
    h("p", { class: "notice-by" }, h("b", {}, "Text message"), h("span", { class: "muted small" }, clock(text.date_created))),
    h("p", { class: "notice-words lines" }, ...linked(text.body)));
}

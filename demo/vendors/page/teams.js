/** The Teams channel: Adaptive Cards, drawn simply. */

import { h, link } from "./dom.js";
import { clock, nothing } from "./words.js";

const cards = (state) => state.teams?.cards ?? [];

export const teams = {
  id: "teams",
  title: "Teams",
  count: (state) => cards(state).length,
  draw: (state) => {
    if (!cards(state).length) return nothing("No card has been posted.");
    return [h("div", { class: "teams", data: { keep: "teams" } },
      h("h2", {}, state.teams.channel), [...cards(state)].reverse().map(({ at, card }) => h("article", { class: "card" },
        h("p", { class: "card-by" }, h("b", {}, "Workflows"), h("span", { class: "muted small" }, ` ${clock(at)}`)),
        h("div", { class: "card-box" }, (card.body ?? []).map(element), actions(card.actions ?? [])))))];
  },
};

function element(part) {
  if (part.type !== "RichTextBlock") return h("p", { class: "muted" }, `(${part.type})`);
  return h("p", { class: "card-line" }, part.inlines.map(run));
}

function run(part) {
  if (typeof part === "string") return part;
  const look = ["run", part.weight === "Bolder" && "run-bold", part.size === "Large" && "run-large", part.color && `run-${part.color.toLowerCase()}`];
  return h("span", { class: look.filter(Boolean).join(" ") }, part.text);
}

function actions(list) {
  if (!list.length) return null;
  return h("div", { class: "card-actions" }, list.map((action) => h("span", { class: "button small" }, link(action.url, action.title))));
}

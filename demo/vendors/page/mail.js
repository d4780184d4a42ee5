/** Everybody's mailbox: the mails on the left, the open one on the right. */

import { h } from "./dom.js";
import { clock, mailHtml, nothing, paragraphs } from "./words.js";

const mails = (state) => state.mail?.mails ?? [];

export const mail = {
  id: "mail",
  title: "Mail",
  count: (state) => mails(state).length,
  draw: (state, page) => {
    const all = mails(state);
    if (!all.length) return nothing("No mail has arrived.");
    const owner = page.chosen.mailbox ?? "";
    const shown = all.filter((each) => !owner || each.to === owner);
    const open = shown.find((each) => key(each) === page.chosen.mail) ?? shown[0];
    return [h("div", { class: "inbox" },
      h("div", { class: "inbox-side" }, owners(all, owner, page),
        h("ul", { class: "inbox-list", data: { keep: "inbox" } }, shown.map((each) => row(each, each === open, page)))),
      open && reading(open))];
  },
};

function key(each) {
  return `${each.id} ${each.to}`;
}

function owners(all, owner, page) {
  const names = [...new Set(all.map((each) => each.to))].sort();
  const choices = [["", "Every mailbox"], ...names.map((name) => [name, name])];
  return h("select", { class: "inbox-owner", "aria-label": "Whose mailbox", onchange: (event) => page.choose("mailbox", event.target.value) },
    choices.map(([value, label]) => h("option", { value, selected: value === owner }, label)));
}

function row(each, on, page) {
  return h("li", {}, h("button", { class: on ? "inbox-row on" : "inbox-row", onclick: () => page.choose("mail", key(each)) },
    h("span", { class: "inbox-to" }, each.to), h("span", { class: "inbox-at" }, clock(each.at)),
    h("span", { class: "inbox-subject" }, each.subject), h("span", { class: "inbox-start" }, each.text.slice(0, 110))));
}

function reading(each) {
  const again = each.copies > 1 && h("span", { class: "muted" }, ` · arrived ${each.copies} times with one Message-ID, kept once`);
  return h("article", { class: "reading", data: { keep: `mail ${key(each)}` } },
    h("h2", {}, each.subject),
    h("p", { class: "reading-head" }, "From ", h("b", {}, each.from), " to ", h("b", {}, each.to), ` · ${clock(each.at)}`, again),
    h("div", { class: "reading-body" }, ...(each.html ? mailHtml(each.html) : paragraphs(each.text))));
}

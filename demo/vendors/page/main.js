/** The page of everything outside Slack: a tab for each place, fetched again every second. */

import { h, place, whenNew } from "./dom.js";
import { mail } from "./mail.js";
import { phones } from "./phones.js";
import { status } from "./status.js";
import { teams } from "./teams.js";
import { tickets } from "./tickets.js";

const EVERY_MS = 1000;
const TABS = [mail, phones, status, tickets, teams];

const ui = { state: null, lost: false, seen: new Map(), chosen: {} };
const tabs = h("nav", { class: "tabs", role: "tablist" });
const room = h("main", { class: "room" });
const lost = h("span", { class: "lost", hidden: true }, "The demo does not answer.");

function current() {
  return TABS.find((tab) => tab.id === location.hash.slice(2)) ?? TABS[0];
}

/** Press a button on somebody's phone, then look at what came of it. */
async function press(incident, act, user) {
  await fetch(`/phone/${encodeURIComponent(incident)}/${act}`, { method: "POST",
    headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user }) });
  await refresh();
}

/** Remember a choice of the person, such as the mail that is open, and draw. */
function choose(name, value) {
  ui.chosen[name] = value;
  draw();
}

function draw() {
  if (!ui.state) return;
  const open = current();
  ui.seen.set(open.id, open.count(ui.state));
  whenNew(tabs, [open.id, TABS.map((tab) => [tab.count(ui.state), ui.seen.get(tab.id)])], () => place(tabs, TABS.map((tab) => button(tab, open))));
  whenNew(room, [open.id, ui.state, ui.chosen], () => {
    const kept = [...room.querySelectorAll("[data-keep]")].map((node) => [node.dataset.keep, node.scrollTop]);
    place(room, [h("section", { class: `screen screen-${open.id}`, "aria-label": open.title }, open.draw(ui.state, { press, choose, chosen: ui.chosen }))]);
    for (const [name, top] of kept) {
      const node = room.querySelector(`[data-keep="${name}"]`);
      if (node) node.scrollTop = top;
    }
  });
  lost.hidden = !ui.lost;
}

function button(tab, open) {
  const count = tab.count(ui.state);
  const fresh = count - (ui.seen.get(tab.id) ?? 0);
  return h("a", { class: tab === open ? "tab on" : "tab", href: `#/${tab.id}`, role: "tab", "aria-selected": String(tab === open) },
    tab.title, fresh > 0 ? h("span", { class: "badge" }, String(fresh)) : h("span", { class: "tab-count" }, String(count)));
}

async function refresh() {
  try {
    const response = await fetch("/state");
    ui.lost = !response.ok;
    if (response.ok) ui.state = await response.json();
  } catch {
    ui.lost = true;
  }
  lost.hidden = !ui.lost;
  draw();
}

function start() {
  const head = h("header", { class: "head" },
    h("h1", {}, "Outside Slack"),
    h("p", { class: "head-words" }, "What reaches people who are not in the channel: ops-monitor sent all of it, to stand-ins of these services."), lost);
  place(document.getElementById("page"), [head, tabs, room]);
  addEventListener("hashchange", draw);
  refresh();
  setInterval(refresh, EVERY_MS);
}

start();

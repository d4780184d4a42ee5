/** The dark column on the left: channels, direct messages, apps and the "act as" switch. */

import { avatar } from "./avatar.js";
import { h, icon, link, whenNew } from "./dom.js";
import { openMenu } from "./menu.js";

/** Redraw the sidebar when something in it changed. */
export function drawSidebar(node, app) {
  const { team, me, channels, users, apps, links } = app.store.state;
  whenNew(node, [team, me, channels, users, apps, links, app.ui.channel, app.ui.home], () => paint(node, app));
}

function paint(node, app) {
  const { state } = app.store;
  const rooms = state.channels.filter((channel) => !channel.is_im && !channel.is_archived);
  const talks = state.channels.filter((channel) => channel.is_im);
  const scroll = node.querySelector(".side-scroll")?.scrollTop ?? 0;
  node.replaceChildren(
    h("div", { class: "side-head" }, h("span", { class: "side-team" }, state.team.name), icon("caret")),
    h("nav", { class: "side-scroll", "aria-label": "Channels" },
      part("Channels", rooms.map((channel) => room(channel, app))),
      part("Direct messages", [
        ...talks.map((channel) => talk(channel, app)),
        sideButton("New message", () => pickPerson(node, app)),
      ]),
      part("Apps", state.apps.map((each) => appRow(each, app))),
      state.links?.length > 0 && part("Outside", state.links.map(outside))),
    actAs(app));
  node.querySelector(".side-scroll").scrollTop = scroll;
}

function part(title, rows) {
  return h("section", { class: "side-part" }, h("h2", { class: "side-title" }, icon("caret"), title), ...rows);
}

function row({ href, active, unread, face, name, label }) {
  const look = `side-row${active ? " active" : ""}${unread ? " unread" : ""}`;
  return h("a", { class: look, href, "aria-current": active ? "page" : null, data: { name: label ?? "" } },
    h("span", { class: "side-face" }, face), h("span", { class: "side-name" }, name),
    unread > 0 && h("span", { class: "badge", "aria-label": `${unread} unread` }, String(Math.min(unread, 99))));
}

function room(channel, app) {
  return row({ href: `#/${channel.id}`, active: app.ui.channel === channel.id, unread: channel.unread,
    face: icon(channel.is_private ? "lock" : "hash"), name: channel.name, label: channel.name });
}

function talk(channel, app) {
  const person = app.store.partner(channel);
  const self = person.id === app.store.state.me.id;
  return row({ href: `#/${channel.id}`, active: app.ui.channel === channel.id, unread: channel.unread,
    face: avatar(person, "tiny"), label: person.name,
    name: [person.real_name || person.name, self && h("span", { class: "side-you" }, "you")].filter(Boolean) });
}

function appRow(each, app) {
  return row({ href: `#/home/${each.id}`, active: app.ui.home === each.id, unread: 0, label: each.name,
    face: avatar({ name: each.name, avatar_emoji: each.icon_emoji, color: "e8e8e8" }, "tiny"), name: each.name });
}

// What lies beyond the workspace opens beside it.
function outside({ title, url }) {
  const made = link(url, h("span", { class: "side-face" }, "🌍"), h("span", { class: "side-name" }, title));
  made.classList.add("side-row");
  return made;
}

function sideButton(text, onclick) {
  return h("button", { class: "side-row side-add", type: "button", onclick },
    h("span", { class: "side-face" }, "+"), h("span", { class: "side-name" }, text));
}

function personItem(user) {
  return { label: user.real_name || user.name, detail: user.title, sign: user.avatar_emoji, value: user.id };
}

function pickPerson(node, app) {
  const items = app.store.state.users.map(personItem);
  openMenu(node.querySelector(".side-add"), { items, filter: true, name: "New message",
    onPick: (item) => void app.openDm(item.value) });
}

function actAs(app) {
  const { me, users } = app.store.state;
  const button = h("button", { class: "act-as", type: "button", "aria-label": "Act as another person" },
    avatar(me, "small"),
    h("span", { class: "act-words" }, h("span", { class: "act-hint" }, "Acting as"),
      h("span", { class: "act-name" }, me.real_name || me.name)), icon("caret"));
  const items = users.filter((user) => !user.is_bot).map((user) => ({ ...personItem(user), chosen: user.id === me.id }));
  button.addEventListener("click", () => openMenu(button, { items, name: "Act as",
    onPick: (item) => void app.become(item.value) }));
  return h("div", { class: "side-foot" }, button);
}

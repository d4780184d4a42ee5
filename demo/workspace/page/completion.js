/** Suggestions while one types: slash commands with their help, people, channels and emoji. */

import { emojiSign, findEmoji } from "./emoji.js";
import { h } from "./dom.js";

const MOST = 8;

/** The list above a composer's text box. */
export class Completion {
  constructor(box, host, app) {
    Object.assign(this, { box, app, items: [], at: 0, hit: null });
    this.node = h("div", { class: "completion", role: "listbox", hidden: true });
    host.append(this.node);
    box.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  close() {
    this.items = [];
    this.node.hidden = true;
  }

  /** Look at the words before the caret and offer what fits. */
  update() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    this.hit = this.box === document.activeElement ? readTrigger(before) : null;
    this.items = this.hit ? offers(this.hit, this.app.store) : [];
    this.at = 0;
    this.draw();
  }

  draw() {
    this.node.hidden = this.items.length === 0;
    const title = { "/": "Commands", "@": "People", "#": "Channels", ":": "Emoji" }[this.hit?.sign];
    this.node.replaceChildren(h("div", { class: "completion-title" }, title ?? ""), ...this.items.map((item, index) =>
      h("button", { class: `completion-item${index === this.at ? " active" : ""}`, type: "button", role: "option",
        "aria-selected": String(index === this.at), onmousedown: (event) => {
          event.preventDefault();
          this.pick(item);
        } },
      item.sign && h("span", { class: "menu-sign" }, item.sign),
      h("span", { class: "completion-name" }, item.name),
      item.hint && h("span", { class: "completion-hint" }, item.hint),
      item.detail && h("span", { class: "completion-detail" }, item.detail))));
  }

  pick(item) {
    const caret = this.box.selectionStart;
    const words = item.insert + (this.box.value[caret] === " " ? "" : " ");
    this.box.setRangeText(words, caret - this.hit.query.length - 1, caret, "end");
    this.box.dispatchEvent(new Event("input"));
    this.box.focus();
  }

  /** Handle a key while the list is open; returns whether it was used. */
  onKey(event) {
    if (!this.items.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.items.length) % this.items.length;
      this.draw();
    } else if (event.key === "Tab" || (event.key === "Enter" && !this.complete())) {
      this.pick(this.items[this.at]);
    } else if (event.key === "Escape") {
      this.close();
      event.stopPropagation();
    } else return false;
    event.preventDefault();
    return true;
  }

  // A command typed in full is meant to be sent by Enter, not completed once more.
  complete() {
    const item = this.items[this.at];
    return this.hit.sign === "/" && (item.usage || item.insert === `/${this.hit.query}`);
  }
}

function readTrigger(before) {
  if (before.startsWith("/")) return { sign: "/", query: before.slice(1) };
  const word = /(?:^|[\s(])([@#:])([\p{L}\p{N}_+.-]*)$/u.exec(before);
  if (!word || (word[1] === ":" && word[2].length < 2)) return null;
  return { sign: word[1], query: word[2] };
}

function offers({ sign, query }, store) {
  if (sign === "/") return commandOffers(query, store);
  const wanted = query.toLowerCase();
  if (sign === ":") return findEmoji(wanted, MOST).map((name) => ({ sign: emojiSign(name), name: `:${name}:`, insert: `:${name}:` }));
  const all = sign === "@" ? peopleOffers(store) : store.state.channels.filter((channel) => !channel.is_im)
    .map((channel) => ({ name: `#${channel.name}`, insert: `#${channel.name}`, detail: channel.topic }));
  return all.filter((item) => `${item.name} ${item.insert}`.toLowerCase().includes(wanted)).slice(0, MOST);
}

function commandOffers(query, store) {
  const [name, ...rest] = `/${query}`.split(" ");
  const { commands } = store.state;
  if (rest.length) return usageOffers(query, rest.join(" "), commands.find((each) => each.command === name), store);
  return commands.filter((each) => each.command.startsWith(name)).slice(0, MOST).map((each) =>
    ({ name: each.command, insert: each.command, hint: each.usage_hint, detail: each.description, sign: store.app(each.app_id)?.icon_emoji }));
}

// Once the command itself is typed, its usage hint becomes a list of ways to go on.
function usageOffers(query, typed, command, store) {
  if (!command) return [];
  const ways = (command.usage_hint ?? "").split("|").map((way) => way.trim().replace(/^\[|\]$/g, "")).filter(Boolean);
  const fits = ways.filter((way) => way.startsWith(typed));
  const sign = store.app(command.app_id)?.icon_emoji;
  return fits.slice(0, MOST).map((way) => ({ name: `${command.command} ${way}`, insert: `${command.command} ${way}`, usage: true, sign }));
}

function peopleOffers(store) {
  const { state } = store;
  const bots = new Set(state.apps.map((app) => app.bot_user_id));
  const users = state.users.filter((user) => !bots.has(user.id)).map((user) =>
    ({ sign: user.avatar_emoji, name: user.real_name || user.name, insert: `@${user.name}`, detail: user.title }));
  const apps = state.apps.map((app) => ({ sign: app.icon_emoji, name: app.name, insert: `@${app.name}`, detail: "App" }));
  const groups = (state.usergroups ?? []).map((group) => ({ sign: "👥", name: `@${group.handle}`, insert: `@${group.handle}`, detail: "Group" }));
  return [...apps, ...users, ...groups];
}

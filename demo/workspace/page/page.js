/** The page's frame: top bar, sidebar, the main column, the thread panel and the drawers. */

import { avatar } from "./avatar.js";
import { CanvasView } from "./canvas.js";
import { Composer } from "./composer.js";
import { h, icon, whenNew } from "./dom.js";
import { drawFaults } from "./faults.js";
import { HomeTab } from "./home.js";
import { watchEscape } from "./layers.js";
import { openMenu } from "./menu.js";
import { Modals } from "./modal.js";
import { drawRoomBar } from "./room_bar.js";
import { drawSidebar } from "./sidebar.js";
import { listKey } from "./store.js";
import { Timeline } from "./timeline.js";
import { Traffic } from "./traffic.js";

/** Everything on screen; `draw()` brings it in line with the store. */
export class Page {
  constructor(root, app) {
    this.app = app;
    this.top = h("header", { class: "top" });
    this.side = h("aside", { class: "side" });
    this.faults = h("section", { class: "faults", hidden: true, "aria-label": "Faults" });
    this.head = h("header", { class: "room-head" });
    this.bar = h("div", { class: "room-bar", hidden: true });
    this.canvas = new CanvasView(app);
    this.list = new Timeline(app);
    this.write = new Composer(app);
    this.home = new HomeTab(app);
    this.talk = h("div", { class: "talk" }, this.list.node, this.write.node);
    this.main = h("main", { class: "main" }, this.head, this.bar, this.talk, this.canvas.node, this.home.node);
    this.threadHead = h("header", { class: "room-head" });
    this.threadList = new Timeline(app);
    this.threadWrite = new Composer(app, { thread: true });
    this.thread = h("section", { class: "thread", hidden: true, "aria-label": "Thread" },
      this.threadHead, this.threadList.node, this.threadWrite.node);
    this.traffic = new Traffic(app);
    this.modals = new Modals(app);
    root.replaceChildren(this.top, this.side,
      h("div", { class: "stage" }, this.faults, h("div", { class: "columns" }, this.main, this.thread), this.traffic.node));
    document.body.append(app.toasts);
    watchEscape(() => app.closeThread());
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        this.jump();
      }
    });
  }

  composer(thread) {
    return thread ? this.threadWrite : this.write;
  }

  /** Bring the whole page in line with the store. */
  draw() {
    const { ui, store } = this.app;
    document.title = `${this.placeName()} · ${store.state.team.name}`;
    whenNew(this.top, [ui, store.state.panel, store.state.team], () => this.drawTop());
    drawSidebar(this.side, this.app);
    drawFaults(this.faults, this.app);
    this.talk.hidden = Boolean(ui.home || ui.canvas);
    this.canvas.node.hidden = Boolean(ui.home || !ui.canvas);
    drawRoomBar(this.bar, store.channel(ui.channel), ui);
    if (ui.canvas) this.canvas.draw(ui.canvas);
    this.home.node.hidden = !ui.home;
    if (ui.home) this.drawHome();
    else if (ui.channel) this.drawRoom();
    this.drawThread();
    this.traffic.draw();
    this.modals.draw();
  }

  placeName() {
    const { ui, store } = this.app;
    if (ui.home) return store.app(ui.home)?.name ?? "App";
    const channel = store.channel(ui.channel);
    if (!channel) return "";
    return channel.is_im ? store.partner(channel).real_name || store.partner(channel).name : `#${channel.name}`;
  }

  drawTop() {
    const { ui, store } = this.app;
    const active = store.state.panel?.items.filter((item) => item.active).length ?? 0;
    const toggle = (name, sign, words, count) => h("button", { class: `top-button${ui[name] ? " on" : ""}`, type: "button",
      "aria-pressed": String(ui[name]), data: { toggle: name }, onclick: () => this.app.toggle(name) },
    icon(sign), words, count > 0 && h("span", { class: "badge" }, String(count)));
    const search = h("button", { class: "top-search", type: "button", onclick: () => this.jump() },
      icon("search"), `Jump to a channel or person in ${store.state.team.name}`, h("kbd", {}, "Ctrl K"));
    this.top.replaceChildren(h("div", { class: "top-left" }), search, h("div", { class: "top-right" },
      ui.lost && h("span", { class: "top-lost", role: "status" }, "Reconnecting…"),
      store.state.panel && toggle("faults", "bolt", "Faults", active), toggle("traffic", "pulse", "Traffic", 0)));
    this.search = search;
  }

  jump() {
    const { state } = this.app.store;
    const channels = state.channels.filter((channel) => !channel.is_im).map((channel) =>
      ({ label: `#${channel.name}`, detail: channel.topic, go: () => (location.hash = `#/${channel.id}`) }));
    const people = state.users.map((user) => ({ label: user.real_name || user.name, detail: user.title, sign: user.avatar_emoji,
      go: () => this.app.openDm(user.id) }));
    openMenu(this.search, { items: [...channels, ...people], filter: true, placeholder: "Jump to…", name: "Jump to",
      onPick: (item) => void item.go() });
  }

  drawHome() {
    const { ui, store } = this.app;
    whenNew(this.head, ["home", ui.home, store.state.me.id], () => this.drawHomeHead(store.app(ui.home)));
    this.home.draw(ui.home);
  }

  drawHomeHead(each) {
    const tab = (words, active, onclick) => h("button", { class: `tab${active ? " on" : ""}`, type: "button", onclick }, words);
    this.head.replaceChildren(
      h("h1", { class: "room-name" }, avatar({ name: each?.name, avatar_emoji: each?.icon_emoji, color: "e8e8e8" }, "small"), each?.name ?? "App"),
      h("div", { class: "tabs" }, tab("Home", true, () => {}), tab("Messages", false, () => this.app.openDm(each.bot_user_id))));
  }

  drawRoom() {
    const { ui, store } = this.app;
    const channel = store.channel(ui.channel);
    if (!channel) return;
    const partner = channel.is_im ? store.partner(channel) : null;
    const face = () => (partner ? avatar(partner, "small") : icon(channel.is_private ? "lock" : "hash"));
    whenNew(this.head, ["room", channel, partner, store.state.users], () => this.drawRoomHead(channel, partner, face()));
    this.list.draw(channel.id, null, () => intro(channel, partner, face()));
    this.write.aim(channel.id, null, this.placeName());
    this.write.suggest(store.prompts.get(listKey(channel.id, null)));
  }

  drawRoomHead(channel, partner, face) {
    const app = partner && this.app.store.appOfBot(partner.id);
    this.head.replaceChildren(
      h("h1", { class: "room-name" }, face, this.placeName().replace(/^#/, "")),
      h("span", { class: "room-topic" }, partner ? partner.title : channel.topic),
      app ? h("button", { class: "button small", type: "button", onclick: () => (location.hash = `#/home/${app.id}`) }, "Home") : this.members(channel));
  }

  members(channel) {
    if (channel.is_im) return null;
    const people = (channel.members ?? []).map((id) => this.app.store.users.get(id)).filter(Boolean);
    return h("span", { class: "room-members", title: people.map((user) => user.real_name || user.name).join(", ") },
      ...people.slice(0, 3).map((user) => avatar(user, "tiny")), String(people.length));
  }

  drawThread() {
    const { ui, store } = this.app;
    const open = Boolean(ui.thread && !ui.home);
    this.thread.hidden = !open;
    if (!open) return;
    whenNew(this.threadHead, this.placeName(), () => this.threadHead.replaceChildren(h("h1", { class: "room-name" }, "Thread"), h("span", { class: "room-topic" }, this.placeName()),
      h("button", { class: "icon-button", type: "button", "aria-label": "Close thread", onclick: () => this.app.closeThread() }, icon("close"))));
    this.threadList.draw(ui.channel, ui.thread);
    this.threadWrite.aim(ui.channel, ui.thread, "");
    this.threadWrite.suggest(store.prompts.get(listKey(ui.channel, ui.thread)));
  }
}

function intro(channel, partner, face) {
  const name = partner ? partner.real_name || partner.name : channel.name;
  return h("div", { class: "intro" }, h("h2", {}, face, name),
    h("p", {}, partner ? `This is the start of your conversation with ${name}.` : channel.purpose || "This is the start of the channel."));
}

/** A scrolling list of messages with day lines and grouping; it redraws only the messages that changed. */

import { h, place } from "./dom.js";
import { author, drawMessage } from "./message.js";
import { statusLine } from "./status.js";
import { listKey } from "./store.js";

const GROUP_SECONDS = 300;
const NEAR_END = 90;

/** One list on the page: a channel's or a thread's. */
export class Timeline {
  constructor(app) {
    this.app = app;
    this.inner = h("div", { class: "timeline-inner" });
    this.node = h("div", { class: "timeline", tabindex: "0" }, this.inner);
    this.drawn = new Map();
    this.key = "";
    this.pinned = true;
    this.node.addEventListener("scroll", () => {
      this.pinned = this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_END;
    });
    // Pictures, folding blocks and drawers change the height after the fact.
    const keeper = new ResizeObserver(() => this.pinned && this.toEnd());
    keeper.observe(this.inner);
    keeper.observe(this.node);
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }

  /** Draw the messages of a channel or, with `thread`, of one thread. */
  draw(channel, thread, intro) {
    const { store } = this.app;
    const key = `${store.state.me.id}:${listKey(channel, thread)}`;
    if (key !== this.key) {
      this.drawn.clear();
      this.key = key;
      this.pinned = true;
    }
    const messages = store.list(channel, thread);
    const nodes = messages ? this.rows(messages, channel, thread) : [h("div", { class: "empty" }, "Loading…")];
    if (intro && messages) nodes.unshift(this.keep("intro", channel, () => intro()));
    const status = store.status.get(listKey(channel, thread));
    if (status) nodes.push(this.keep("status", status, () => statusLine(status, this.app)));
    place(this.inner, nodes);
    if (this.pinned) this.toEnd();
  }

  rows(messages, channel, thread) {
    const { clock } = this.app.store;
    const nodes = [];
    let before = null;
    for (const message of messages) {
      const day = clock.dayKey(message.ts);
      const newDay = !before || clock.dayKey(before.ts) !== day;
      if (newDay && !thread) nodes.push(this.keep(`day ${day}`, day, () => dayLine(clock.day(message.ts))));
      nodes.push(this.message(message, before, { channel, thread, newDay }));
      if (thread && message.ts === thread && messages.length > 1) nodes.push(this.replies(messages.length - 1));
      before = message;
    }
    return nodes;
  }

  message(message, before, { channel, thread, newDay }) {
    const { store } = this.app;
    const compact = !newDay && before?.ts !== thread && grouped(message, before, store);
    const status = thread ? null : store.status.get(listKey(channel, message.ts));
    return this.keep(`m ${message.ts}`, [message, compact, status], () => drawMessage(message, this.app, { channel, compact, thread }));
  }

  replies(count) {
    return this.keep("replies", count, () =>
      h("div", { class: "reply-line" }, h("span", {}, count === 1 ? "1 reply" : `${count} replies`)));
  }

  keep(key, basis, draw) {
    const parts = [basis].flat();
    const old = this.drawn.get(key);
    if (old && old.parts.length === parts.length && old.parts.every((part, i) => part === parts[i])) return old.node;
    const node = draw();
    this.drawn.set(key, { parts, node });
    return node;
  }

  /** Scroll to a message and flash it once. */
  reveal(ts) {
    const node = this.node.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    if (!node) return;
    this.pinned = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("flash");
  }
}

function grouped(message, before, store) {
  if (!before || message.ephemeral || before.ephemeral || message.subtype === "thread_broadcast") return false;
  const close = Number(message.ts) - Number(before.ts) < GROUP_SECONDS;
  return close && author(message, store).key === author(before, store).key && !(before.reply_count > 0);
}

function dayLine(name) {
  return h("div", { class: "day-line", role: "separator" }, h("span", {}, name));
}

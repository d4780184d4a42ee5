/** The box one writes in: sending, editing, slash commands, mentions and emoji. */

import { Completion } from "./completion.js";
import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { openPicker } from "./reactions.js";
import { fromWire, toWire } from "./wire_text.js";

const TALLEST = 240;

/** One composer, for a channel or for the thread panel. */
export class Composer {
  constructor(app, { thread = false } = {}) {
    this.app = app;
    this.place = { channel: null, thread: null };
    this.drafts = new Map();
    this.editing = null;
    this.inThread = thread;
    this.box = h("textarea", { class: "composer-box", rows: 1, "aria-label": thread ? "Reply in thread" : "Message" });
    this.prompts = h("div", { class: "prompts" });
    this.note = h("div", { class: "composer-note", hidden: true });
    this.sendButton = h("button", { class: "send", type: "button", title: "Send", "aria-label": "Send", onclick: () => this.submit() }, icon("send"));
    this.node = h("div", { class: "composer" }, this.prompts,
      h("div", { class: "composer-frame" }, this.note, this.box, this.bar()));
    this.completion = new Completion(this.box, this.node, app);
    this.box.addEventListener("input", () => this.changed());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
  }

  bar() {
    const smile = this.tool("smile", "Emoji", () => openPicker(smile, (name) => this.insert(`:${name}: `)));
    return h("div", { class: "composer-bar" }, smile,
      this.tool("at", "Mention someone", () => this.insert("@")),
      this.tool("slash", "Run a command", () => this.startCommand()), this.shortcuts(), this.sendButton);
  }

  shortcuts() {
    const { store } = this.app;
    const items = (store.state.shortcuts ?? []).filter((each) => each.type === "global").map((each) =>
      ({ label: each.name, detail: store.app(each.app_id)?.name, value: each.callback_id }));
    const node = this.tool("bolt", "Shortcuts", () => openMenu(node, { items, name: "Shortcuts",
      onPick: (item) => void this.app.act({ act: "shortcut", callback_id: item.value }) }));
    return items.length ? node : "";
  }

  tool(sign, name, onclick) {
    return h("button", { class: "icon-button", type: "button", title: name, "aria-label": name, onclick }, icon(sign));
  }

  /** Point the composer at a channel or thread; unsent words are kept for when one comes back. */
  aim(channel, thread, name) {
    const key = `${channel}/${thread ?? ""}`;
    if (this.key !== key) {
      if (this.key && !this.editing) this.drafts.set(this.key, this.box.value);
      this.stopEdit();
      this.key = key;
      this.place = { channel, thread };
      this.box.value = this.drafts.get(key) ?? "";
      this.changed();
    }
    this.box.placeholder = thread ? "Reply…" : `Message ${name}`;
  }

  /** Show suggested prompts above the box; a click sends one. */
  suggest(prompts) {
    if (this.shownPrompts === prompts) return;
    this.shownPrompts = prompts;
    this.prompts.replaceChildren(...(prompts?.prompts?.length ? [
      prompts.title && h("div", { class: "prompts-title" }, prompts.title),
      ...prompts.prompts.map((each) => h("button", { class: "prompt", type: "button",
        onclick: () => this.app.post(this.place, toWire(each.message, this.app.store)) }, each.title)),
    ].filter(Boolean) : []));
  }

  insert(words) {
    this.box.focus();
    this.box.setRangeText(words, this.box.selectionStart, this.box.selectionEnd, "end");
    this.changed();
  }

  startCommand() {
    if (!this.box.value.startsWith("/")) this.box.value = `/${this.box.value}`;
    this.box.focus();
    this.box.setSelectionRange(1, 1);
    this.changed();
  }

  changed() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST)}px`;
    this.sendButton.classList.toggle("ready", this.box.value.trim() !== "");
    this.completion.update();
  }

  onKey(event) {
    // While an input method is composing Korean, Enter belongs to it and not to the page.
    if (event.isComposing || this.completion.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && this.editing) {
      event.stopPropagation();
      this.stopEdit();
    } else if (event.key === "ArrowUp" && !this.box.value) {
      this.app.editLast(this.place);
    }
  }

  async submit() {
    const words = this.box.value.trim();
    if (!words) return;
    const { editing } = this;
    this.stopEdit();
    this.box.value = "";
    this.changed();
    const done = editing
      ? await this.app.act({ act: "edit", channel: this.place.channel, ts: editing, text: toWire(words, this.app.store) })
      : await this.send(words);
    if (done.ok === false && !this.box.value) {
      this.box.value = words;
      this.changed();
    }
  }

  send(words) {
    if (!/^\/\S/.test(words)) return this.app.post(this.place, toWire(words, this.app.store));
    const [name] = words.split(/\s/);
    if (!this.app.store.state.commands.some((each) => each.command === name)) {
      this.app.toast(`${name} is not a valid command.`, "error");
      return { ok: false };
    }
    return this.app.slash(this.place, words);
  }

  /** Load one of the person's own messages for editing. */
  startEdit(message) {
    this.editing = message.ts;
    this.note.hidden = false;
    this.note.replaceChildren("Editing a message. Escape cancels.");
    this.box.value = fromWire(message.text, this.app.store);
    this.changed();
    this.box.focus();
  }

  stopEdit() {
    if (!this.editing) return;
    this.editing = null;
    this.note.hidden = true;
    this.box.value = "";
    this.changed();
  }
}

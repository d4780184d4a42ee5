/** The page's actions: going places, acting as a person, and keeping up with the server's events. */

import { followEvents, getJson, postAct } from "./api.js";
import { FormState } from "./form.js";
import { rememberedOpen, rememberOpen, rememberUser } from "./remember.js";
import { readRoute, writeRoute } from "./route.js";
import { Store } from "./store.js";
import { sentence, toaster } from "./toast.js";

const REFRESH_MS = 250;

/** Ties the store, the address and the server together; `page` draws. */
export class App {
  constructor(state) {
    this.store = new Store(state);
    this.forms = new Map();
    this.ui = { channel: null, thread: null, canvas: null, home: null, lost: false,
      faults: rememberedOpen("faults", true), traffic: rememberedOpen("traffic", false) };
    const { node, toast } = toaster();
    this.toasts = node;
    this.toast = toast;
  }

  /** Start drawing and listening. */
  show(page) {
    this.page = page;
    addEventListener("hashchange", () => this.follow());
    this.listen();
    this.follow();
  }

  /** Redraw at the next frame; many changes make one redraw. */
  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.page.draw();
    });
  }

  listen() {
    this.stop?.();
    this.stop = followEvents(this.store.state.me.id, (event) => this.onEvent(event), () => this.onOpen(), () => {
      this.ui.lost = true;
      this.redraw();
    });
  }

  onOpen() {
    this.ui.lost = false;
    // What was said before the events began to flow is in nobody's hands: ask for it.
    this.reload();
    this.redraw();
  }

  onEvent(event) {
    if (event.type === "toast") return this.toast(event.text, event.level);
    // A channel that is new or has changed comes as its id only: the state tells the rest.
    if (event.type === "channel" && typeof event.channel === "string") return this.refreshSoon();
    this.store.apply(event);
    if (event.type === "message") this.noticed(event);
    this.redraw();
  }

  // The server keeps the unread counts: reading tells it, anything else asks it.
  noticed({ channel }) {
    if (channel === this.ui.channel && document.visibilityState === "visible") this.send({ act: "read", channel });
    else this.refreshSoon();
  }

  refreshSoon() {
    this.refreshTimer ??= setTimeout(async () => {
      this.refreshTimer = null;
      await this.refresh();
    }, REFRESH_MS);
  }

  async refresh() {
    try {
      this.store.take(await getJson(`/page/state?user=${encodeURIComponent(this.store.state.me.id)}`));
      this.redraw();
    } catch (problem) {
      this.toast(problem.message, "error");
    }
  }

  /** Fetch the state and everything on screen again. */
  async reload() {
    await this.refresh();
    const { channel, thread, canvas } = this.ui;
    this.store.forgetOthers(channel, thread);
    if (!channel) return;
    await Promise.all([this.fetch(channel, null), thread && this.fetch(channel, thread), canvas && this.fetchCanvas(canvas)]);
  }

  /** Go where the address says. */
  async follow() {
    const route = readRoute(location.hash);
    if (!route.home && !this.store.channel(route.channel)) return this.goFirst();
    Object.assign(this.ui, route);
    this.redraw();
    if (route.home) {
      await this.act({ act: "open_home", app_id: route.home });
      return;
    }
    await Promise.all([this.need(route.channel, null), route.thread && this.need(route.channel, route.thread),
      route.canvas && this.fetchCanvas(route.canvas)]);
    if (this.store.channel(route.channel)?.unread) this.read(route.channel);
  }

  goFirst() {
    const first = this.store.state.channels.find((channel) => !channel.is_im) ?? this.store.state.channels[0];
    if (first) location.replace(writeRoute(first.id));
  }

  read(channel) {
    this.store.apply({ type: "channel", channel: { id: channel, unread: 0 } });
    this.send({ act: "read", channel });
    this.redraw();
  }

  async need(channel, thread) {
    if (!this.store.list(channel, thread)) await this.fetch(channel, thread);
  }

  async fetch(channel, thread) {
    this.store.expect(channel, thread);
    const query = new URLSearchParams({ user: this.store.state.me.id, channel });
    if (thread) query.set("thread_ts", thread);
    try {
      const { messages } = await getJson(`/page/messages?${query}`);
      this.store.load(channel, thread, messages);
    } catch (problem) {
      this.toast(problem.message, "error");
    }
    this.redraw();
  }

  async fetchCanvas(id) {
    const query = new URLSearchParams({ user: this.store.state.me.id, id });
    try {
      this.store.apply({ type: "canvas", ...(await getJson(`/page/canvas?${query}`)) });
    } catch (problem) {
      this.toast(problem.message, "error");
    }
    this.redraw();
  }

  openThread(channel, ts) {
    location.hash = writeRoute(channel, ts);
  }

  closeThread() {
    if (this.ui.thread) location.hash = writeRoute(this.ui.channel);
  }

  toggle(name) {
    this.ui[name] = !this.ui[name];
    rememberOpen(name, this.ui[name]);
    this.redraw();
  }

  /** Act as another person from now on. */
  async become(id) {
    rememberUser(id);
    this.store.lists.clear();
    this.store.status.clear();
    this.forms.clear();
    this.store.state.me = this.store.users.get(id);
    await this.refresh();
    this.listen();
    await this.follow();
  }

  async openDm(id) {
    const done = await this.act({ act: "open_dm", user_id: id });
    if (done.ok === false) return;
    const channel = done.channel?.id ?? done.channel;
    if (!this.store.channel(channel)) await this.refresh();
    location.hash = writeRoute(channel);
  }

  /** Send an act without telling the person about failures. */
  send(fields) {
    return postAct({ user: this.store.state.me.id, ...fields });
  }

  /** Send an act; a failure becomes a notice. */
  async act(fields) {
    const done = await this.send(fields);
    if (done.ok === false) {
      const words = sentence(done.error);
      if (words) this.toast(words, "error");
    }
    return done;
  }

  post({ channel, thread }, text) {
    return this.act({ act: "post", channel, text, ...(thread && { thread_ts: thread }) });
  }

  slash({ channel, thread }, text) {
    return this.act({ act: "slash", channel, text, ...(thread && { thread_ts: thread }) });
  }

  /** Take an "only visible to you" message off the screen; the server does not keep those. */
  dismiss(channel, ts) {
    this.store.apply({ type: "message_deleted", channel, ts });
    this.redraw();
  }

  startEdit(channel, message, thread) {
    this.page.composer(Boolean(thread)).startEdit(message);
  }

  editLast({ channel, thread }) {
    const own = (this.store.list(channel, thread) ?? []).filter((each) => each.user === this.store.state.me.id && !each.ephemeral);
    if (own.length) this.startEdit(channel, own.at(-1), thread);
  }

  /** Build what blocks need to draw and act: names, pickers' lists, the form, and where actions go. */
  context(container, form = null) {
    const key = JSON.stringify(container);
    if (!form && !this.forms.has(key)) this.forms.set(key, new FormState());
    return {
      container,
      names: this.store.names,
      form: form ?? this.forms.get(key),
      act: (fields) => this.act(fields),
      people: () => this.store.state.users.filter((user) => !user.is_bot),
      channels: () => this.store.state.channels.filter((channel) => !channel.is_im),
    };
  }
}

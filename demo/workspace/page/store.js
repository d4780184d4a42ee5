/** What the page knows: the workspace's state, the loaded messages, and how each event changes them. */

import { clockFor } from "./format.js";

const BY_TIME = (a, b) => Number(a.ts) - Number(b.ts) || (a.ts < b.ts ? -1 : 1);

/** Name the list of a channel, or of one thread in it. */
export function listKey(channel, thread) {
  return thread ? `${channel}/${thread}` : channel;
}

/** One person's view of the workspace. */
export class Store {
  constructor(state) {
    this.lists = new Map();
    this.early = new Map();
    this.status = new Map();
    this.prompts = new Map();
    this.canvases = new Map();
    this.take(state);
  }

  /** Take over a fresh state from the server. */
  take(state) {
    this.state = state;
    this.clock = clockFor(state.me);
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.groups = new Map((state.usergroups ?? []).map((group) => [group.id, group]));
    this.names = {
      me: state.me.id,
      clock: this.clock,
      user: (id) => this.users.get(id),
      channel: (id) => this.channel(id),
      group: (id) => this.groups.get(id),
    };
    this.takeThreads(state.threads ?? []);
  }

  takeThreads(threads) {
    for (const { channel, thread_ts: ts, status, prompts } of threads) {
      if (status) statusSet(this, { channel, thread_ts: ts, ...status });
      if (prompts) this.prompts.set(listKey(channel, ts), prompts);
    }
  }

  channel(id) {
    return this.state.channels.find((channel) => channel.id === id);
  }

  app(id) {
    return this.state.apps.find((app) => app.id === id);
  }

  appOfBot(userId) {
    return this.state.apps.find((app) => app.bot_user_id === userId);
  }

  /** Return the other person of a direct conversation. */
  partner(channel) {
    return this.users.get((channel.members ?? []).find((id) => id !== this.state.me.id)) ?? this.state.me;
  }

  list(channel, thread) {
    return this.lists.get(listKey(channel, thread)) ?? null;
  }

  /** Keep what arrives for a list from now on, until it is loaded. */
  expect(channel, thread) {
    this.early.set(listKey(channel, thread), []);
  }

  /** Remember a freshly fetched list, with what happened since it was asked for. */
  load(channel, thread, messages) {
    const key = listKey(channel, thread);
    // What has not changed stays the same object, so that it is not drawn again under somebody's pointer.
    const before = new Map((this.lists.get(key) ?? []).map((message) => [message.ts, message]));
    const kept = messages.map((message) => (same(before.get(message.ts), message) ? before.get(message.ts) : message));
    this.lists.set(key, kept.sort(BY_TIME));
    const changes = this.early.get(key) ?? [];
    this.early.delete(key);
    for (const change of changes) change();
  }

  /** Forget all lists but one channel's and one thread's. */
  forgetOthers(channel, thread) {
    const kept = new Set([channel, listKey(channel, thread)]);
    for (const key of this.lists.keys()) if (!kept.has(key)) this.lists.delete(key);
  }

  find(channel, ts) {
    for (const [key, list] of this.lists) {
      const hit = key.split("/")[0] === channel && list.find((message) => message.ts === ts);
      if (hit) return hit;
    }
    return null;
  }

  /** Change the state by one event; unknown types change nothing. */
  apply(event) {
    const change = Object.hasOwn(CHANGES, event.type) ? CHANGES[event.type] : null;
    change?.(this, event);
    return Boolean(change);
  }

  upsert(key, message, { add = true } = {}) {
    this.early.get(key)?.push(() => this.upsert(key, message, { add }));
    const list = this.lists.get(key);
    if (!list) return;
    const at = list.findIndex((each) => each.ts === message.ts);
    if (at < 0 && !add) return;
    const next = at < 0 ? [...list, message] : list.with(at, message);
    this.lists.set(key, at < 0 ? next.sort(BY_TIME) : next);
  }

  setView(view) {
    const at = this.state.views.findIndex((each) => each.id === view.id);
    this.state.views = at < 0 ? [...this.state.views, view] : this.state.views.with(at, view);
  }

  closeView(id) {
    this.state.views = this.state.views.filter((view) => view.id !== id);
  }
}

const same = (a, b) => Boolean(a) && JSON.stringify(a) === JSON.stringify(b);
const isReply = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);

function arrived(store, { channel, message }) {
  if (isReply(message)) {
    store.upsert(listKey(channel, message.thread_ts), message);
    if (message.subtype === "thread_broadcast" || message.reply_broadcast) store.upsert(channel, message);
    if (!message.ephemeral) countReply(store, channel, message);
  } else {
    store.upsert(channel, message);
    store.upsert(listKey(channel, message.ts), message);
  }
  // Slack drops an app's status line as soon as the app says something in that thread.
  if (message.bot_id) store.status.delete(listKey(channel, message.thread_ts));
}

// The root's own change event may come before or after the reply: its latest_reply tells which.
function countReply(store, channel, message) {
  const root = store.find(channel, message.thread_ts);
  if (!root || Number(root.latest_reply ?? 0) >= Number(message.ts)) return;
  const people = new Set([...(root.reply_users ?? []), message.user ?? message.bot_id]);
  changed(store, { channel, message: { ...root, thread_ts: root.ts, latest_reply: message.ts,
    reply_count: (root.reply_count ?? 0) + 1, reply_users: [...people] } });
}

function changed(store, { channel, message }) {
  store.upsert(channel, message, { add: false });
  store.upsert(listKey(channel, message.thread_ts ?? message.ts), message, { add: false });
}

function deleted(store, { channel, ts }) {
  const drop = (key) => store.lists.set(key, (store.lists.get(key) ?? []).filter((message) => message.ts !== ts));
  for (const [key, changes] of store.early) if (key.split("/")[0] === channel) changes.push(() => drop(key));
  for (const key of store.lists.keys()) if (key.split("/")[0] === channel) drop(key);
}

function streamed(store, event) {
  if (store.find(event.channel, event.message.ts)) changed(store, event);
  else arrived(store, event);
  if (event.message.streaming) store.status.delete(listKey(event.channel, event.message.thread_ts));
}

function statusSet(store, event) {
  const key = listKey(event.channel, event.thread_ts);
  const words = [event.text, ...(event.loading_messages ?? [])].filter(Boolean);
  if (words.length) store.status.set(key, event);
  else store.status.delete(key);
}

function channelSet(store, { channel }) {
  const at = store.state.channels.findIndex((each) => each.id === channel.id);
  const { channels } = store.state;
  store.state.channels = at < 0 ? [...channels, channel] : channels.with(at, { ...channels[at], ...channel });
}

const CHANGES = {
  message: arrived,
  ephemeral: arrived,
  message_changed: changed,
  reaction: changed,
  message_deleted: deleted,
  stream: streamed,
  status: statusSet,
  prompts: (store, event) => store.prompts.set(listKey(event.channel, event.thread_ts), event),
  // A newly opened view starts a stack of its own.
  view_opened: (store, { view }) => (store.state.views = [view]),
  view_pushed: (store, { view }) => store.setView(view),
  view_updated: (store, { view }) => {
    if (store.state.views.some((each) => each.id === view.id)) store.setView(view);
  },
  view_closed: (store, { view_id: id }) => store.closeView(id),
  home: (store, event) => (store.state.home = { ...store.state.home, [event.app_id]: event.view }),
  channel: channelSet,
  canvas: (store, { canvas }) => store.canvases.set(canvas.id, canvas),
  panel: (store, { panel }) => (store.state.panel = panel),
};

/** One message: who said it, what it says, its pictures, reactions, thread line and tools. */

import { attachments } from "./attachments.js";
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { files } from "./files.js";
import { markdown } from "./markdown.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { plan, taskCard } from "./plan.js";
import { reactions, openPicker } from "./reactions.js";
import { writeRoute } from "./route.js";
import { statusLine } from "./status.js";
import { listKey } from "./store.js";

/** Tell who wrote a message: {name, bot, …face of an avatar}. */
export function author(message, store) {
  const user = store.users.get(message.user);
  const bot = store.appOfBot(message.user) ?? store.app(message.app_id ?? message.bot_profile?.app_id);
  const name = message.username || user?.real_name || user?.name || bot?.name || message.bot_profile?.name || "Unknown";
  return {
    key: `${message.user ?? message.bot_id}|${message.username ?? ""}`,
    name,
    id: message.user,
    bot: Boolean(message.bot_id || user?.is_bot || bot),
    color: user?.color,
    avatar_emoji: message.icons?.emoji || user?.avatar_emoji || bot?.icon_emoji,
  };
}

/** Draw a message; `compact` leaves out the face and name, `thread` tells that it stands in the thread panel. */
export function drawMessage(message, app, { channel, compact = false, thread = null }) {
  const who = author(message, app.store);
  const look = ["message", compact && "compact", message.ephemeral && "ephemeral", message.streaming && "streaming"];
  return h("article", { class: look.filter(Boolean).join(" "), data: { ts: message.ts }, "aria-label": `Message from ${who.name}` },
    message.ephemeral && h("div", { class: "only-you" }, icon("eye"), "Only visible to you"),
    h("div", { class: "message-row" },
      gutter(message, who, app, compact),
      h("div", { class: "message-main" },
        !compact && heading(message, who, app, channel),
        message.subtype === "thread_broadcast" && shared(message, app, channel, thread),
        h("div", { class: "message-body" }, ...body(message, app, channel)),
        message.files?.length > 0 && files(message.files),
        reactions(message, app, channel),
        !thread && threadLine(message, app, channel))),
    tools(message, app, { channel, thread }));
}

function gutter(message, who, app, compact) {
  if (!compact) return h("div", { class: "message-gutter" }, avatar(who, "medium"));
  return h("div", { class: "message-gutter" }, h("time", { class: "hover-time", title: app.store.clock.full(message.ts) },
    app.store.clock.short(message.ts)));
}

function heading(message, who, app, channel) {
  const { clock } = app.store;
  return h("div", { class: "message-head" },
    h("span", { class: "message-name" }, who.name),
    who.bot && h("span", { class: "app-badge" }, "APP"),
    h("a", { class: "message-time", title: clock.full(message.ts), href: writeRoute(channel, message.thread_ts ?? message.ts) },
      clock.time(message.ts)));
}

// A reply that was also sent to the channel says where it comes from, or where else it stands.
function shared(message, app, channel, thread) {
  if (thread) return h("div", { class: "shared" }, "Also sent to the channel");
  const root = app.store.list(channel, null)?.find((each) => each.ts === message.thread_ts);
  const link = h("a", { href: writeRoute(channel, message.thread_ts) }, ...mrkdwn(root?.text || "Thread", app.store.names));
  return h("div", { class: "shared" }, "replied to a thread: ", link);
}

/** Draw what a message says, without its frame. */
function body(message, app, channel) {
  const ctx = app.context({ type: "message", channel, ts: message.ts });
  const blocks = typed(message) ? [] : (message.blocks ?? []);
  const nodes = [];
  nodes.push(...steps(message.chunks, ctx));
  if (showsText(message, blocks)) nodes.push(words(message, ctx));
  nodes.push(...drawBlocks(blocks, { ...ctx, fileUrl: (id) => message.files?.find((file) => file.id === id)?.url_private
    ?? (id ? `/files/${encodeURIComponent(id)}/image` : null) }));
  nodes.push(...attachments(message.attachments ?? [], ctx));
  if (message.streaming) nodes.push(...writing(nodes.at(-1), message, app, channel));
  if (message.edited) nodes.push(h("span", { class: "edited", title: app.store.clock.full(message.edited.ts) }, "(edited)"));
  return nodes;
}

function steps(chunks, ctx) {
  if (chunks?.mode === "timeline") return (chunks.tasks ?? []).map((task) => taskCard(task, ctx));
  return chunks?.tasks?.length || chunks?.title ? [plan(chunks, ctx)] : [];
}

// The cursor belongs behind the last word; the way to stop an answer stands below it.
function writing(last, message, app, channel) {
  const cursor = h("span", { class: "cursor" });
  const end = last?.querySelector(".markdown > :last-child");
  end?.append(cursor);
  // Every piece of the answer redraws the button, so it acts when pressed and not when let go.
  const halt = () => app.act({ act: "stop_stream", channel, ts: message.ts });
  const stop = h("button", { class: "link-button small", type: "button", onpointerdown: halt,
    onkeydown: (event) => event.key === "Enter" && halt() }, "Stop");
  return [end ? null : cursor, h("div", { class: "stop-line" }, stop)].filter(Boolean);
}

// What a person typed comes with one rich text block of the same words; the text keeps their formatting marks.
function typed(message) {
  return !message.bot_id && message.text && message.blocks?.length === 1 && message.blocks[0].type === "rich_text";
}

// With blocks, the text is only the fallback for notifications; a streamed answer keeps both.
function showsText(message, blocks) {
  if (!message.text) return false;
  if (!blocks.length) return true;
  return message.streaming !== undefined && !blocks.some((block) => block.type === "markdown" || block.type === "rich_text");
}

function words(message, ctx) {
  if (message.streaming !== undefined) return h("div", { class: "markdown" }, ...markdown(message.text, ctx.names));
  const quiet = message.subtype && /_(join|leave|topic|purpose|name|archive)$/.test(message.subtype);
  return h("div", { class: `text${quiet ? " muted" : ""}` }, ...mrkdwn(message.text, ctx.names));
}

function threadLine(message, app, channel) {
  const status = app.store.status.get(listKey(channel, message.ts));
  const count = message.reply_count ?? 0;
  if (!count) return status ? statusLine(status, app) : null;
  const faces = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(app.store.users.get(id) ?? author({ user: id }, app.store), "tiny"));
  return h("div", {}, h("button", { class: "thread-line", type: "button", onclick: () => app.openThread(channel, message.ts) },
    ...faces, h("span", { class: "thread-count" }, count === 1 ? "1 reply" : `${count} replies`),
    h("span", { class: "thread-last" }, message.latest_reply ? `Last reply ${app.store.clock.ago(message.latest_reply)}` : ""),
    h("span", { class: "thread-view" }, "View thread")), status && statusLine(status, app));
}

function tools(message, app, { channel, thread }) {
  if (message.ephemeral) return h("div", { class: "message-tools" },
    tool("close", "Dismiss", () => app.dismiss(channel, message.ts)));
  const own = message.user === app.store.state.me.id;
  const react = tool("smile", "Add reaction", () => openPicker(react, (name) => app.act({ act: "react", channel, ts: message.ts, name })));
  return h("div", { class: "message-tools" }, react,
    !thread && tool("reply", "Reply in thread", () => app.openThread(channel, message.thread_ts ?? message.ts)),
    own && tool("pencil", "Edit message", () => app.startEdit(channel, message, thread)),
    own && tool("trash", "Delete message", () => app.act({ act: "delete", channel, ts: message.ts })),
    more(message, app, channel));
}

function more(message, app, channel) {
  const items = (app.store.state.shortcuts ?? []).filter((each) => each.type === "message").map((each) =>
    ({ label: each.name, detail: app.store.app(each.app_id)?.name, run: () =>
      app.act({ act: "shortcut", callback_id: each.callback_id, message: { channel, ts: message.ts } }) }));
  const address = new URL(writeRoute(channel, message.thread_ts ?? message.ts), location.href).href;
  items.push({ label: "Copy link", run: () => navigator.clipboard?.writeText(address) });
  const node = tool("more", "More actions", () => openMenu(node, { items, name: "More actions", onPick: (item) => void item.run() }));
  return node;
}

function tool(sign, name, onclick) {
  return h("button", { class: "icon-button", type: "button", title: name, "aria-label": name, onclick }, icon(sign));
}

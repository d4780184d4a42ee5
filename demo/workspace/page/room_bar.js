/** The bar under a channel's head: its messages, its canvases and its bookmarks. */

import { h, icon, link, whenNew } from "./dom.js";
import { emojiSign } from "./emoji.js";
import { writeRoute } from "./route.js";

/** Redraw the bar; a channel with neither canvases nor bookmarks has none. */
export function drawRoomBar(node, channel, ui) {
  const { bookmarks = [], canvases = [] } = channel ?? {};
  node.hidden = Boolean(ui.home) || bookmarks.length + canvases.length === 0;
  if (node.hidden) return;
  whenNew(node, [channel.id, bookmarks, canvases, ui.canvas], () => node.replaceChildren(
    tab(writeRoute(channel.id), "Messages", "reply", !ui.canvas),
    ...canvases.map((each) => tab(`#/${channel.id}/${each.id}`, each.title, "page", ui.canvas === each.id)),
    bookmarks.length > 0 && h("nav", { class: "bookmarks", "aria-label": "Bookmarks" }, ...bookmarks.map(bookmark))));
}

function tab(href, words, sign, active) {
  return h("a", { class: `room-tab${active ? " on" : ""}`, href, "aria-current": active ? "page" : null }, icon(sign), words);
}

function bookmark({ title, link: address, emoji }) {
  const name = emoji?.replaceAll(":", "");
  const sign = name ? (emojiSign(name) ?? `:${name}:`) : "🔗";
  const made = link(address, h("span", { class: "emoji" }, sign), h("span", { class: "bookmark-name" }, title));
  made.classList.add("bookmark");
  return made;
}

/** The row of reactions under a message, and the picker that adds one. */

import { emojiSign, FAVOURITES, findEmoji } from "./emoji.js";
import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";

/** Draw a message's reactions, or nothing. */
export function reactions(message, app, channel) {
  const list = message.reactions ?? [];
  if (!list.length) return null;
  const add = h("button", { class: "reaction reaction-add", type: "button", title: "Add reaction", "aria-label": "Add reaction" }, icon("smile"));
  add.addEventListener("click", () => openPicker(add, (name) => app.act({ act: "react", channel, ts: message.ts, name })));
  return h("div", { class: "reactions" }, ...list.map((reaction) => pill(reaction, message, app, channel)), add);
}

function pill(reaction, message, app, channel) {
  const own = reaction.users?.includes(app.store.state.me.id);
  const people = (reaction.users ?? []).map((id) => app.store.users.get(id)?.real_name ?? id).join(", ");
  return h("button", { class: `reaction${own ? " own" : ""}`, type: "button", title: `${people} reacted with :${reaction.name}:`,
    "aria-pressed": String(Boolean(own)), data: { name: reaction.name },
    onclick: () => app.act({ act: own ? "unreact" : "react", channel, ts: message.ts, name: reaction.name }) },
  h("span", { class: "emoji" }, emojiSign(reaction.name) ?? `:${reaction.name}:`), h("span", {}, String(reaction.count)));
}

/** Open the emoji picker under a control; `onPick(name)` gets the shortcode. */
export function openPicker(anchor, onPick) {
  const item = (name) => ({ label: `:${name}:`, sign: emojiSign(name), value: name });
  const load = async (query) => (query ? findEmoji(query.replaceAll(":", ""), 40) : FAVOURITES).map(item);
  openMenu(anchor, { load, placeholder: "Search emoji", name: "Emoji", onPick: (chosen) => void onPick(chosen.value) });
}

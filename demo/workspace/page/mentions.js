/** People, channels and groups named inside text, drawn as Slack's coloured names. */

import { h } from "./dom.js";

/** Draw a person's name; a mention of the person looking stands out. */
export function mention(id, names, label = null) {
  const person = names.user(id);
  const shown = person ? person.real_name || person.name : label || id;
  const own = id === names.me ? " mention-own" : "";
  return h("span", { class: `mention${own}`, data: { user: id } }, `@${shown.replace(/^@/, "")}`);
}

/** Draw a link to a channel of this workspace. */
export function channelMention(id, names, label = null) {
  const channel = names.channel(id);
  const shown = `#${channel?.name ?? label ?? id}`;
  if (!channel) return h("span", { class: "mention" }, shown);
  return h("a", { class: "mention", href: `#/${id}` }, shown);
}

/** Draw a user group's handle. */
export function groupMention(id, names, label = null) {
  const handle = names.group(id)?.handle ?? label ?? id;
  return h("span", { class: "mention" }, `@${handle.replace(/^@/, "")}`);
}

/** Draw @here, @channel or @everyone. */
export function broadcast(range) {
  return h("span", { class: "mention mention-own" }, `@${range}`);
}

/** Typed words to the references that the server keeps, and stored text back to words. */

import { unescapeText } from "./mrkdwn.js";

/** Turn `@name` and `#name` of known people and channels into references; the server escapes the rest. */
export function toWire(words, store) {
  return words
    .replace(/(^|[\s(])@([\p{L}\p{N}._-]+)/gu, (whole, before, name) => {
      const found = person(name, store);
      return found ? `${before}${found}` : whole;
    })
    .replace(/(^|[\s(])#([\p{L}\p{N}._-]+)/gu, (whole, before, name) => {
      const channel = store.state.channels.find((each) => each.name === name && !each.is_im);
      return channel ? `${before}<#${channel.id}|${channel.name}>` : whole;
    });
}

function person(name, store) {
  const wanted = name.toLowerCase();
  if (["here", "channel", "everyone"].includes(wanted)) return `<!${wanted}>`;
  const user = store.state.users.find((each) => each.name.toLowerCase() === wanted)
    ?? store.state.users.find((each) => (each.real_name ?? "").toLowerCase() === wanted);
  if (user) return `<@${user.id}>`;
  const app = store.state.apps.find((each) => each.name.toLowerCase() === wanted);
  if (app) return `<@${app.bot_user_id}>`;
  const group = store.state.usergroups?.find((each) => each.handle.toLowerCase() === wanted);
  return group ? `<!subteam^${group.id}>` : null;
}

/** Turn wire text into words that can be edited and sent again. */
export function fromWire(text, store) {
  const words = text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (whole, id) => nameOr(store.users.get(id)?.name, "@", whole))
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (whole, id) => nameOr(store.channel(id)?.name, "#", whole))
    .replace(/<!subteam\^(\w+)(?:\|[^>]*)?>/g, (whole, id) => nameOr(store.groups.get(id)?.handle, "@", whole))
    .replace(/<!(here|channel|everyone)>/g, "@$1");
  return unescapeText(words);
}

function nameOr(name, sign, otherwise) {
  return name ? sign + name : otherwise;
}

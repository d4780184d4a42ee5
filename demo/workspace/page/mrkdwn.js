/** Slack's mrkdwn turned into nodes; everything unknown stays plain text. */

import { h, link } from "./dom.js";
import { emojiSign } from "./emoji.js";
import { mention, broadcast, channelMention, groupMention } from "./mentions.js";

const MARKS = { "*": "b", _: "i", "~": "s" };
const REACH = 3000;
const WORD = /[\p{L}\p{N}]/u;
const BARE_URL = /^https?:\/\/[^\s<>|`]+[^\s<>|`.,;:!?'")\]*_~]/;

/** Decode the three entities that Slack escapes. */
export function unescapeText(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

/** Render mrkdwn as a list of nodes. */
export function mrkdwn(text, names) {
  const parts = String(text ?? "").split(/```/);
  const nodes = [];
  parts.forEach((part, index) => {
    const closed = index < parts.length - 1;
    if (index % 2 === 1 && closed) nodes.push(fence(part));
    else nodes.push(...lines(index % 2 === 1 ? "```" + part : trimmed(part, index, parts.length), names));
  });
  return nodes;
}

function fence(text) {
  return h("pre", { class: "fence" }, h("code", {}, unescapeText(text.replace(/^\n/, "").replace(/\n$/, ""))));
}

// A fence is a block of its own, so the line breaks around it would otherwise show as empty lines.
function trimmed(part, index, total) {
  let out = part;
  if (index > 0) out = out.replace(/^\n/, "");
  if (index < total - 1) out = out.replace(/\n$/, "");
  return out;
}

function lines(text, names) {
  const nodes = [];
  let quote = null;
  let fresh = true;
  for (const line of text === "" ? [] : text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/s.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else nodes.push((quote = h("blockquote", { class: "quote" })));
      quote.append(...inline(quoted[1], names));
      fresh = true;
    } else {
      quote = null;
      if (!fresh) nodes.push(h("br"));
      nodes.push(...inline(line, names));
      fresh = false;
    }
  }
  return nodes;
}

/** Render one line of mrkdwn. */
export function inline(text, names, depth = 0) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(unescapeText(plain));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const hit = token(text, at, names, depth);
    if (hit) {
      flush();
      nodes.push(hit.node);
      at += hit.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function token(text, at, names, depth) {
  const sign = text[at];
  if (sign === "<") return angle(text, at, names);
  if (sign === "`") return code(text, at);
  if (sign === ":") return shortcode(text, at);
  if (sign === "h") return bareUrl(text, at);
  if (sign in MARKS && depth < 8) return marked(text, at, names, depth);
  return null;
}

function code(text, at) {
  const hit = /^`([^`\n]+)`/.exec(text.slice(at));
  return hit && { length: hit[0].length, node: h("code", {}, unescapeText(hit[1])) };
}

/** Read a `:shortcode:` at a position; shared by the Markdown reader. */
export function shortcode(text, at) {
  const hit = /^:([a-z0-9_+'-]{1,60}):/.exec(text.slice(at, at + 64));
  const sign = hit && emojiSign(hit[1]);
  return sign && { length: hit[0].length, node: h("span", { class: "emoji", title: hit[0] }, sign) };
}

/** Read a bare http address at a position; shared by the Markdown reader. */
export function bareUrl(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  const hit = BARE_URL.exec(text.slice(at, at + 2100));
  return hit && { length: hit[0].length, node: link(unescapeText(hit[0])) };
}

function marked(text, at, names, depth) {
  const sign = text[at];
  if (at > 0 && (WORD.test(text[at - 1]) || text[at - 1] === sign)) return null;
  if (/[\s]|^$/.test(text[at + 1] ?? "") || text[at + 1] === sign) return null;
  // The look-ahead is bounded so that a long line of lone marks costs little.
  for (let end = text.indexOf(sign, at + 2); end > 0 && end - at < REACH; end = text.indexOf(sign, end + 1)) {
    const after = text[end + 1] ?? "";
    if (/\s/.test(text[end - 1]) || WORD.test(after) || after === sign) continue;
    const body = inline(text.slice(at + 1, end), names, depth + 1);
    return { length: end + 1 - at, node: h(MARKS[sign], {}, ...body) };
  }
  return null;
}

/** Read `<…>` at a position: mentions, dates and links; shared by the Markdown reader. */
export function angle(text, at, names) {
  const end = text.slice(at, at + REACH).indexOf(">");
  if (end < 2) return null;
  const [target, ...rest] = text.slice(at + 1, at + end).split("|");
  const label = rest.length ? unescapeText(rest.join("|")) : null;
  const node = reference(unescapeText(target), label, names);
  return node && { length: end + 1, node };
}

function reference(target, label, names) {
  if (/^@[UWB]\w+$/.test(target)) return mention(target.slice(1), names, label);
  if (/^#[CDG]\w+$/.test(target)) return channelMention(target.slice(1), names, label);
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9), names, label);
  if (target.startsWith("!date^")) return dated(target, label, names);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (/^(https?:\/\/|mailto:)/i.test(target)) return link(target, label ?? target.replace(/^mailto:/, ""));
  return null;
}

function dated(target, fallback, names) {
  const [, seconds, format, url] = target.split("^");
  // More digits than this lie beyond the last date that exists.
  if (!/^\d{1,12}$/.test(seconds ?? "") || !format) return document.createTextNode(fallback ?? "");
  const shown = h("time", { title: names.clock.full(seconds) }, names.clock.slackDate(seconds, format));
  return url ? link(url, shown) : shown;
}

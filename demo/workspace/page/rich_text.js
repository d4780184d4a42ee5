/** The rich_text block: sections, lists, quotes and preformatted text with styled runs. */

import { h, link, safeUrl } from "./dom.js";
import { emojiSign } from "./emoji.js";
import { broadcast, channelMention, groupMention, mention } from "./mentions.js";

const STYLES = { code: "code", strike: "s", italic: "i", bold: "b", underline: "u" };

/** Render a rich_text block. */
export function richText(block, names) {
  return h("div", { class: "rich" }, ...(block.elements ?? []).map((part) => section(part, names)));
}

function section(part, names) {
  const runs = () => (part.elements ?? []).map((run) => element(run, names));
  switch (part.type) {
    case "rich_text_section":
      return h("div", { class: "rich-section" }, ...runs());
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, ...runs());
    case "rich_text_preformatted":
      return h("pre", { class: "fence" }, h("code", {}, ...runs()));
    case "rich_text_list":
      return list(part, names);
    default:
      return h("div", { class: "unknown-block" }, `Unknown rich text part: ${part.type}`);
  }
}

function list(part, names) {
  const ordered = part.style === "ordered";
  const indent = Math.min(8, part.indent ?? 0);
  const items = (part.elements ?? []).map((item) => h("li", {}, section(item, names)));
  return h(ordered ? "ol" : "ul", { class: `rich-list depth-${indent % 3}`, style: { marginLeft: `${indent * 22}px` },
    start: ordered && part.offset ? part.offset + 1 : null }, ...items);
}

function element(run, names) {
  const node = bare(run, names);
  return Object.entries(STYLES).reduce(
    (inner, [name, tag]) => (run.style?.[name] ? h(tag, {}, inner) : inner), node);
}

function bare(run, names) {
  switch (run.type) {
    case "text":
      return h("span", { class: "run" }, run.text);
    case "link":
      return safeUrl(run.url) ? link(run.url, run.text || run.url) : h("span", {}, run.text || run.url);
    case "user":
      return mention(run.user_id, names);
    case "channel":
      return channelMention(run.channel_id, names);
    case "usergroup":
      return groupMention(run.usergroup_id, names);
    case "broadcast":
      return broadcast(run.range);
    case "emoji":
      return h("span", { class: "emoji", title: `:${run.name}:` }, emojiSign(run.name) ?? fromCode(run));
    case "date":
      return h("time", {}, names.clock.slackDate(run.timestamp, run.format ?? run.fallback ?? ""));
    case "color":
      return h("span", { class: "run" }, swatch(run.value), run.value);
    default:
      return h("span", { class: "run" }, run.text ?? run.fallback ?? `[${run.type}]`);
  }
}

function swatch(value) {
  const colour = /^#[0-9a-f]{3,8}$/i.test(value) ? value : "transparent";
  return h("span", { class: "swatch", style: { backgroundColor: colour } });
}

// Slack names an emoji's code points in hexadecimal, joined by dashes.
function fromCode(run) {
  const codes = (run.unicode ?? "").split("-").map((part) => Number.parseInt(part, 16));
  const valid = codes.every((code) => code > 0 && code <= 0x10ffff);
  return valid ? String.fromCodePoint(...codes) : `:${run.name}:`;
}

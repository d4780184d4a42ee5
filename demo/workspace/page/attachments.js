/** The older message attachments: a coloured bar beside text, fields, pictures or blocks. */

import { drawBlocks } from "./blocks.js";
import { h, link, pictureUrl } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

const NAMED = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

/** Draw a message's attachments. */
export function attachments(list, ctx) {
  return list.map((part) => h("div", { class: "attachment" },
    h("div", { class: "attachment-bar", style: { backgroundColor: colour(part.color) } }),
    h("div", { class: "attachment-main" }, ...content(part, ctx))));
}

function colour(value = "") {
  if (Object.hasOwn(NAMED, value)) return NAMED[value];
  const code = value.replace(/^#/, "");
  return /^[0-9a-f]{3,8}$/i.test(code) ? `#${code}` : "#ddd";
}

function content(part, ctx) {
  if (part.blocks) return drawBlocks(part.blocks, ctx);
  const picture = pictureUrl(part.image_url ?? null);
  const line = (value, look) => value && h("div", { class: look }, ...mrkdwn(value, ctx.names));
  return [
    line(part.pretext, "attachment-pretext"),
    part.author_name && h("div", { class: "muted" }, part.author_name),
    part.title && h("div", { class: "attachment-title" }, part.title_link ? link(part.title_link, part.title) : part.title),
    line(part.text, "text"),
    part.fields?.length > 0 && h("div", { class: "b-fields" }, ...part.fields.map((field) =>
      h("div", { class: "b-field" }, h("b", {}, field.title), h("br"), ...mrkdwn(field.value, ctx.names)))),
    part.image_url && picture && h("img", { src: picture, class: "b-image", alt: part.fallback ?? "", referrerpolicy: "no-referrer" }),
    part.footer && h("div", { class: "muted small" }, part.footer),
  ].filter(Boolean);
}

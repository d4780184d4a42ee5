/** The boxed blocks: alert, card, carousel, container and context_actions. */

import { h, icon } from "./dom.js";
import { element, picture } from "./elements.js";
import { richText } from "./rich_text.js";
import { label, textNodes } from "./text.js";

const LEVELS = { default: "•", info: "i", warning: "!", error: "✕", success: "✓" };

/** Draw an alert box of one of five levels. */
export function alert(block, ctx) {
  const level = Object.hasOwn(LEVELS, block.level) ? block.level : "default";
  return h("div", { class: `b-alert b-alert-${level}`, role: "note" },
    h("span", { class: "b-alert-sign" }, LEVELS[level]),
    h("div", {}, ...textNodes(block.text, ctx.names)));
}

/** Draw a card with optional pictures, words and up to three buttons. */
export function card(block, ctx) {
  const words = (part, name) => part && h("div", { class: name }, ...textNodes(part, ctx.names));
  return h("div", { class: "b-card" },
    block.hero_image && picture(block.hero_image, "b-card-hero"),
    h("div", { class: "b-card-head" },
      block.icon && picture(block.icon, "b-card-icon"),
      h("div", {}, words(block.title, "b-card-title"), words(block.subtitle, "b-card-subtitle"))),
    words(block.body, "b-card-body"),
    block.actions?.length && h("div", { class: "b-actions" }, ...block.actions.map((part) => element(part, ctx, block))));
}

/** Draw cards side by side in a row that scrolls. */
export function carousel(block, ctx) {
  return h("div", { class: "b-carousel" }, ...(block.elements ?? []).map((part) => card(part, ctx)));
}

/** Draw a titled box around other blocks, foldable when the block says so. */
export function container(block, ctx, drawBlocks) {
  const title = block.rich_text_title ? richText(block.rich_text_title, ctx.names) : label(block.title);
  const head = [
    block.icon && picture(block.icon, "b-card-icon"),
    h("div", { class: "b-container-words" }, h("div", { class: "b-container-title" }, title),
      block.subtitle && h("div", { class: "muted" }, ...textNodes(block.subtitle, ctx.names))),
  ];
  const look = `b-container width-${/^\w+$/.test(block.width ?? "") ? block.width : "standard"}`;
  const lined = block.has_header_divider ? " lined" : "";
  const body = h("div", { class: "b-container-body" }, ...drawBlocks(block.child_blocks, ctx));
  if (!block.is_collapsible) return h("div", { class: look }, h("div", { class: `b-container-head${lined}` }, ...head), body);
  return h("details", { class: look, open: !block.default_collapsed },
    h("summary", { class: `b-container-head${lined}` }, ...head, icon("caret")), body);
}

/** Draw the small row of feedback and icon buttons under an answer. */
export function contextActions(block, ctx) {
  return h("div", { class: "b-context-actions" }, ...(block.elements ?? []).map((part) => element(part, ctx, block)));
}

/** Block Kit's layout blocks drawn one after another; a block that is not known shows as a visible placeholder. */

import { alert, card, carousel, container, contextActions } from "./blocks_rich.js";
import { dataTable, table } from "./tables.js";
import { plan, taskCard } from "./plan.js";
import { h, icon, link, pictureUrl } from "./dom.js";
import { element, picture } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { openLightbox } from "./lightbox.js";
import { markdown } from "./markdown.js";
import { richText } from "./rich_text.js";
import { textNodes, textOf } from "./text.js";

const LONG_SECTION = 700;

const DRAWN_BY = {
  header: (block) => h("h3", { class: "b-header" }, ...textNodes(block.text, null)),
  section,
  divider: () => h("hr", { class: "divider" }),
  context,
  actions: (block, ctx) => h("div", { class: "b-actions" }, ...each(block.elements, (part) => element(part, ctx, block))),
  image,
  input: inputBlock,
  rich_text: (block, ctx) => richText(block, ctx.names),
  markdown: (block, ctx) => h("div", { class: "markdown" }, ...markdown(block.text, ctx.names)),
  table,
  data_table: dataTable,
  plan,
  task_card: taskCard,
  alert,
  card,
  carousel,
  container: (block, ctx) => container(block, ctx, drawBlocks),
  context_actions: contextActions,
  file,
  video,
};

/** Draw a list of blocks inside the given context. */
export function drawBlocks(blocks, ctx) {
  return each(blocks, (block) => {
    const draw = Object.hasOwn(DRAWN_BY, block?.type) ? DRAWN_BY[block.type] : unknown;
    return h("div", { class: "block", data: { block: block?.type ?? "none", blockId: block?.block_id ?? "" } }, attempt(draw, block, ctx));
  });
}

// A malformed block of one app must not take the whole list of messages with it.
function attempt(draw, block, ctx) {
  try {
    return draw(block, ctx);
  } catch (problem) {
    return h("div", { class: "unknown-block" }, `This ${block.type} block cannot be drawn: ${problem.message}`);
  }
}

function each(list, draw) {
  return Array.isArray(list) ? list.map(draw) : [];
}

function unknown(block) {
  return h("div", { class: "unknown-block" }, `Unsupported block: ${block?.type ?? "no type"}`);
}

function section(block, ctx) {
  const text = block.text && longText(block, ctx);
  const fields = block.fields?.length && h("div", { class: "b-fields" },
    ...block.fields.map((field) => h("div", { class: "b-field" }, ...textNodes(field, ctx.names))));
  const accessory = block.accessory && h("div", { class: "b-accessory" }, element(block.accessory, ctx, block));
  return h("div", { class: "b-section" }, h("div", { class: "b-section-main" }, text, fields), accessory);
}

function longText(block, ctx) {
  const body = h("div", { class: "b-text" }, ...textNodes(block.text, ctx.names));
  if (block.expand || ctx.unfold || textOf(block.text).length < LONG_SECTION) return body;
  body.classList.add("b-text-folded");
  const more = h("button", { class: "link-button", type: "button", onclick: () => {
    const folded = body.classList.toggle("b-text-folded");
    more.textContent = folded ? "See more" : "See less";
  } }, "See more");
  return h("div", {}, body, more);
}

function context(block, ctx) {
  return h("div", { class: "b-context" }, ...each(block.elements, (part) =>
    part.type === "image"
      ? picture(part, "b-context-image")
      : h("span", { class: "b-context-text" }, ...textNodes(part, ctx.names))));
}

function image(block, ctx) {
  const url = pictureUrl(block.image_url ?? block.slack_file?.url ?? ctx.fileUrl?.(block.slack_file?.id));
  const title = textOf(block.title);
  const alt = block.alt_text ?? title;
  if (!url) return h("div", { class: "unknown-block" }, `Picture not available: ${alt}`);
  const img = h("img", { src: url, alt, title: alt, loading: "lazy", referrerpolicy: "no-referrer", class: "b-image" });
  const opener = h("button", { class: "picture-button", type: "button", "aria-label": `Enlarge: ${alt}`,
    onclick: () => openLightbox(url, alt, title) }, img);
  return h("figure", { class: "b-figure" }, title && h("figcaption", {}, title), opener);
}

function file(block) {
  return h("div", { class: "file-card" }, icon("file"), h("span", {}, "Remote file ", h("code", {}, String(block.external_id))));
}

function video(block) {
  const thumb = pictureUrl(block.thumbnail_url);
  const title = textOf(block.title) || "Video";
  return h("div", { class: "file-card" },
    thumb ? h("img", { src: thumb, alt: block.alt_text ?? title, class: "video-thumb" }) : icon("file"),
    h("span", {}, block.title_url ? link(block.title_url, title) : title,
      block.description && h("span", { class: "muted" }, ` ${textOf(block.description)}`)));
}

/** Block Kit's interactive elements outside forms: buttons, menus, feedback and pictures. */

import { askConfirm } from "./confirm.js";
import { h, icon, pictureUrl, safeUrl } from "./dom.js";
import { drawInput } from "./inputs.js";
import { fieldOf } from "./form.js";
import { openMenu } from "./menu.js";
import { label, textNodes, textOf } from "./text.js";

const DRAWN_BY = {
  button,
  workflow_button: button,
  overflow,
  image: (part) => picture(part, "b-thumb"),
  feedback_buttons: feedback,
  icon_button: iconButton,
};

/** Draw one element of a section, an actions row or a card. */
export function element(part, ctx, block) {
  if (Object.hasOwn(DRAWN_BY, part?.type)) return DRAWN_BY[part.type](part, ctx, block);
  if (part && fieldOf(part.type)) {
    return drawInput(part, ctx, block, (fields) => fire(ctx, block, part, fields));
  }
  return h("span", { class: "unknown-block" }, `Unsupported element: ${part?.type ?? "no type"}`);
}

/** Draw an image element, or its description when the address is not safe. */
export function picture(part, look) {
  const url = pictureUrl(part.image_url ?? part.slack_file?.url);
  const alt = part.alt_text ?? "";
  if (!url) return h("span", { class: "muted" }, alt);
  return h("img", { src: url, alt, title: alt, class: look, loading: "lazy", referrerpolicy: "no-referrer" });
}

/** Ask for confirmation when the element wants it, then send the action. */
export async function fire(ctx, block, part, fields) {
  if (part.confirm && !(await askConfirm(part.confirm, ctx.names))) return { ok: false, error: "declined" };
  return ctx.act({
    act: "block_action", container: ctx.container, block_id: block.block_id, action_id: part.action_id,
    ...fields, state: ctx.form.values(),
  });
}

function button(part, ctx, block) {
  const look = `button${part.style === "primary" || part.style === "danger" ? ` ${part.style}` : ""}`;
  const node = h("button", { class: look, type: "button", "aria-label": part.accessibility_label,
    data: { action: part.action_id ?? "" } }, label(part.text));
  node.addEventListener("click", () => press(node, ctx, block, part));
  return node;
}

async function press(node, ctx, block, part) {
  // The window opens before the call: browsers only allow it inside the click itself.
  const url = part.url && safeUrl(part.url);
  if (url && !part.confirm) window.open(url, "_blank", "noopener,noreferrer");
  node.classList.add("busy");
  const done = await fire(ctx, block, part, { value: part.value ?? part.agent_prompt });
  node.classList.remove("busy");
  if (url && part.confirm && done.ok) window.open(url, "_blank", "noopener,noreferrer");
}

function overflow(part, ctx, block) {
  const node = h("button", { class: "button overflow", type: "button", "aria-label": "More actions",
    data: { action: part.action_id ?? "" } }, icon("more"));
  const items = (part.options ?? []).map((option) => ({ label: label(option.text), detail: textOf(option.description), option }));
  node.addEventListener("click", () => openMenu(node, { items, name: "More actions", onPick: ({ option }) => {
    const url = option.url && safeUrl(option.url);
    if (url) window.open(url, "_blank", "noopener,noreferrer");
    fire(ctx, block, part, { selected_option: option });
  } }));
  return node;
}

function feedback(part, ctx, block) {
  const one = (choice, sign) => {
    const name = choice.accessibility_label ?? label(choice.text);
    const node = h("button", { class: "icon-button feedback", type: "button", title: label(choice.text), "aria-label": name,
      data: { action: part.action_id ?? "", value: choice.value ?? "" } }, icon(sign));
    node.addEventListener("click", async () => {
      node.parentElement.querySelectorAll(".chosen").forEach((other) => other.classList.remove("chosen"));
      node.classList.add("chosen");
      await fire(ctx, block, part, { value: choice.value });
    });
    return node;
  };
  return h("span", { class: "feedback-pair" }, one(part.positive_button, "up"), one(part.negative_button, "down"));
}

function iconButton(part, ctx, block) {
  if (part.visible_to_user_ids && !part.visible_to_user_ids.includes(ctx.names.me)) return "";
  const sign = ["trash", "copy", "pencil"].includes(part.icon) ? part.icon : "more";
  return h("button", { class: "icon-button", type: "button", title: label(part.text),
    "aria-label": part.accessibility_label ?? label(part.text), data: { action: part.action_id ?? "" },
    onclick: () => fire(ctx, block, part, { value: part.value }) }, icon(sign), h("span", {}, ...textNodes(part.text)));
}

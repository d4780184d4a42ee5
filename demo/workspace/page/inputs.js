/** Block Kit's inputs, bound to a form: text, dates, checkboxes, radio buttons and selects. */

import { h } from "./dom.js";
import { asRichText, fieldOf, fromRichText } from "./form.js";
import { selectControl } from "./select.js";
import { label, textNodes, textOf } from "./text.js";

const TEXT_TYPES = { plain_text_input: "text", email_text_input: "email", url_text_input: "url", number_input: "number" };

/** Draw an input block: label, control, hint and the place for an error. */
export function inputBlock(block, ctx) {
  const part = block.element ?? {};
  const notify = block.dispatch_action
    ? (fields) => ctx.act({ act: "block_action", container: ctx.container, block_id: block.block_id,
      action_id: part.action_id, ...fields, state: ctx.form.values() })
    : () => {};
  const error = ctx.errors?.[block.block_id];
  return h("div", { class: `field${error ? " field-wrong" : ""}`, data: { field: block.block_id ?? "" } },
    h("div", { class: "field-label" }, label(block.label),
      block.optional && h("span", { class: "muted" }, " (optional)")),
    fieldOf(part.type ?? "")
      ? drawInput(part, ctx, block, notify)
      : h("div", { class: "unknown-block" }, part.type === "file_input"
        ? "Attaching files is not possible in this workspace."
        : `Unsupported input: ${part.type}`),
    error && h("div", { class: "field-error", role: "alert" }, error),
    block.hint && h("div", { class: "field-hint" }, label(block.hint)));
}

/** Draw the control of an input element; `notify(fields)` runs when the person settles on a value. */
export function drawInput(part, ctx, block, notify) {
  const field = fieldOf(part.type)[0];
  const bound = {
    value: ctx.form.read(block, part),
    store: (value) => ctx.form.write(block, part, value),
    settle: (value) => {
      ctx.form.write(block, part, value);
      notify({ [field]: value });
    },
    name: label(block.label) || textOf(part.placeholder) || part.action_id,
  };
  if (part.type in TEXT_TYPES || part.type === "rich_text_input") return textInput(part, bound, block);
  if (part.type === "checkboxes" || part.type === "radio_buttons") return choices(part, ctx, bound);
  if (part.type === "datetimepicker") return dateTime(part, bound);
  if (part.type === "datepicker" || part.type === "timepicker") return dateOrTime(part, bound);
  return selectControl(part, ctx, block, bound);
}

function textInput(part, bound, block) {
  const rich = part.type === "rich_text_input";
  const tall = rich || part.multiline;
  const wrap = (words) => (rich ? asRichText(words) : words || null);
  const node = h(tall ? "textarea" : "input", {
    class: "text-input", type: tall ? null : TEXT_TYPES[part.type], rows: tall ? 4 : null, "aria-label": bound.name,
    placeholder: textOf(part.placeholder), maxlength: part.max_length, min: part.min_value, max: part.max_value,
    step: part.type === "number_input" ? (part.is_decimal_allowed ? "any" : "1") : null,
    data: { action: part.action_id ?? "", autofocus: part.focus_on_load ? "yes" : "" },
  });
  node.value = (rich ? fromRichText(bound.value) : bound.value) ?? "";
  node.addEventListener("input", () => bound.store(wrap(node.value)));
  const triggers = part.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (block.dispatch_action && triggers.includes("on_character_entered")) {
    node.addEventListener("input", () => bound.settle(wrap(node.value)));
  }
  if (block.dispatch_action && triggers.includes("on_enter_pressed")) {
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      bound.settle(wrap(node.value));
    });
  }
  return node;
}

function choices(part, ctx, bound) {
  const several = part.type === "checkboxes";
  const options = part.options ?? [];
  const chosen = new Set((several ? bound.value : [bound.value]).filter(Boolean).map((option) => option.value));
  const group = `${part.action_id}-${Math.random().toString(36).slice(2)}`;
  const changed = (option, on) => {
    if (!several) chosen.clear();
    if (on) chosen.add(option.value);
    else chosen.delete(option.value);
    const picked = options.filter((each) => chosen.has(each.value));
    bound.settle(several ? picked : (picked[0] ?? null));
  };
  return h("div", { class: "choices", role: several ? "group" : "radiogroup", "aria-label": bound.name },
    ...options.map((option) => h("label", { class: "choice" },
      h("input", { type: several ? "checkbox" : "radio", name: group, checked: chosen.has(option.value), value: option.value,
        onchange: (event) => changed(option, event.target.checked) }),
      h("span", {}, h("span", {}, ...textNodes(option.text, ctx.names)),
        option.description && h("span", { class: "choice-detail" }, ...textNodes(option.description, ctx.names))))));
}

function dateOrTime(part, bound) {
  const node = h("input", { class: "text-input picker", type: part.type === "datepicker" ? "date" : "time",
    "aria-label": bound.name, title: textOf(part.placeholder), data: { action: part.action_id ?? "" } });
  node.value = bound.value ?? "";
  node.addEventListener("change", () => bound.settle(node.value || null));
  return node;
}

// Slack sends epoch seconds here; the browser's control works in the machine's own zone.
function dateTime(part, bound) {
  const node = h("input", { class: "text-input picker", type: "datetime-local", "aria-label": bound.name,
    data: { action: part.action_id ?? "" } });
  if (bound.value) {
    const at = new Date(bound.value * 1000);
    node.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
  node.addEventListener("change", () => bound.settle(node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null));
  return node;
}

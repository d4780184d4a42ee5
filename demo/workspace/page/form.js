/** What a person has filled in so far, in Slack's `state.values` shape; it survives redraws of the same view. */

import { textOf } from "./text.js";

const PICKERS = {
  static: ["selected_option", "initial_option"],
  external: ["selected_option", "initial_option"],
  users: ["selected_user", "initial_user"],
  conversations: ["selected_conversation", "initial_conversation"],
  channels: ["selected_channel", "initial_channel"],
};

const FIELDS = {
  plain_text_input: ["value", "initial_value"],
  email_text_input: ["value", "initial_value"],
  url_text_input: ["value", "initial_value"],
  number_input: ["value", "initial_value"],
  rich_text_input: ["rich_text_value", "initial_value"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  radio_buttons: ["selected_option", "initial_option"],
  checkboxes: ["selected_options", "initial_options"],
};

/** Name the payload field of an input element and the key of its first value; null for buttons and the like. */
export function fieldOf(type) {
  const select = /^(multi_)?(static|external|users|conversations|channels)_select$/.exec(type);
  if (!select) return Object.hasOwn(FIELDS, type) ? FIELDS[type] : null;
  const suffix = select[1] ? "s" : "";
  return PICKERS[select[2]].map((name) => name + suffix);
}

/** The answers of one view or message. */
export class FormState {
  constructor() {
    this.entries = new Map();
    this.live = new Set();
  }

  /** Forget which inputs are on screen, before a redraw names them again. */
  startDraw() {
    this.live.clear();
  }

  /** Return the current value of an input, its initial value at first. */
  read(block, element) {
    const key = keyOf(block, element);
    this.live.add(key);
    const [field, initial] = fieldOf(element.type);
    if (!this.entries.has(key)) {
      const first = element[initial] ?? (field.endsWith("s") ? [] : null);
      this.entries.set(key, { block: block.block_id, action: element.action_id, value: { type: element.type, [field]: first } });
    }
    return this.entries.get(key).value[field];
  }

  /** Remember a new value of an input. */
  write(block, element, value) {
    const [field] = fieldOf(element.type);
    const entry = { type: element.type, [field]: value };
    this.entries.set(keyOf(block, element), { block: block.block_id, action: element.action_id, value: entry });
  }

  /** Return the answers on screen as `{block_id: {action_id: {type, …}}}`. */
  values() {
    const out = {};
    for (const key of this.live) {
      const entry = this.entries.get(key);
      out[entry.block] = { ...out[entry.block], [entry.action]: entry.value };
    }
    return out;
  }
}

function keyOf(block, element) {
  return `${block.block_id}\n${element.action_id}\n${element.type}`;
}

/** Say in the person's words what is missing, by block id; optional inputs may stay empty. */
export function missing(blocks, values) {
  const errors = {};
  for (const block of flat(blocks)) {
    if (block.type !== "input" || block.optional) continue;
    const answer = values[block.block_id]?.[block.element?.action_id];
    const field = fieldOf(block.element?.type ?? "")?.[0];
    if (field && empty(answer?.[field])) errors[block.block_id] = "Please complete this required field.";
    else if (field === "value") Object.assign(errors, lengthError(block, answer.value));
  }
  return errors;
}

function flat(blocks) {
  return blocks.flatMap((block) => [block, ...(block.child_blocks ?? [])]);
}

function empty(value) {
  return value === null || value === undefined || value.length === 0;
}

function lengthError(block, value) {
  const { min_length: least = 0, max_length: most = Infinity } = block.element;
  if (value.length < least) return { [block.block_id]: `Use at least ${least} characters.` };
  if (value.length > most) return { [block.block_id]: `Use at most ${most} characters.` };
  return {};
}

/** Wrap typed words as the rich text value that Slack sends. */
export function asRichText(words) {
  if (!words) return null;
  return { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text: words }] }] };
}

/** Return the words of a rich text value, for an input that edits them as plain lines. */
export function fromRichText(value) {
  return (value?.elements ?? []).flatMap((part) => part.elements ?? []).map((run) => textOf(run)).join("");
}

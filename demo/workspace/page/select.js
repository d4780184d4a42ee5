/** The select menus of Block Kit: fixed, external, people, channels and conversations, single and multiple. */

import { h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { label, textOf } from "./text.js";

/** Draw a select control for an element whose value is bound to a form. */
export function selectControl(part, ctx, block, bound) {
  const multi = part.type.startsWith("multi_");
  const source = /(static|external|users|conversations|channels)_select$/.exec(part.type)[1];
  const node = h("button", { class: `select${multi ? " select-multi" : ""}`, type: "button", "aria-haspopup": "listbox",
    "aria-label": bound.name, data: { action: part.action_id ?? "" } });
  const view = { value: bound.value };
  const show = () => node.replaceChildren(...face(part, ctx, source, multi, view.value), icon("caret"));
  node.addEventListener("click", () => open(node, { part, ctx, block, bound, multi, source, view, show }));
  show();
  return node;
}

function face(part, ctx, source, multi, value) {
  const hint = () => [h("span", { class: "placeholder" }, textOf(part.placeholder) || "Choose an option")];
  if (!multi) return value ? [h("span", { class: "select-face" }, nameOf(value, ctx, source))] : hint();
  return value?.length ? value.map((one) => h("span", { class: "chip" }, nameOf(one, ctx, source))) : hint();
}

function nameOf(value, ctx, source) {
  if (typeof value !== "string") return label(value.text);
  const person = ctx.names.user(value);
  if (person) return person.real_name || person.name;
  const channel = ctx.names.channel(value);
  return channel ? `#${channel.name}` : value;
}

const idOf = (value) => (typeof value === "string" ? value : value?.value);

function open(node, it) {
  const { part, ctx, block, bound, multi, source, view, show } = it;
  const chosen = () => new Set((multi ? (view.value ?? []) : [view.value]).filter(Boolean).map(idOf));
  const marked = (items) => items.map((item) => ({ ...item, chosen: chosen().has(idOf(item.value)) }));
  let items = marked(fixedItems(part, ctx, source));
  const load = source === "external" ? async (query) => {
    items = marked(await suggested(part, ctx, block, query));
    return items;
  } : null;
  openMenu(node, { items, load, filter: items.length > 7, placeholder: "Type to search", name: bound.name, onPick: (item) => {
    view.value = multi ? toggled(view.value ?? [], item.value, part.max_selected_items) : item.value;
    items.forEach((each) => (each.chosen = chosen().has(idOf(each.value))));
    bound.settle(view.value);
    show();
    return multi;
  } });
}

function toggled(values, value, most = Infinity) {
  if (values.some((one) => idOf(one) === idOf(value))) return values.filter((one) => idOf(one) !== idOf(value));
  return values.length < most ? [...values, value] : values;
}

function fixedItems(part, ctx, source) {
  const people = () => ctx.people().map((user) =>
    ({ label: user.real_name || user.name, detail: user.title, sign: user.avatar_emoji, value: user.id }));
  const channels = () => ctx.channels().map((channel) => ({ label: `#${channel.name}`, detail: channel.topic, value: channel.id }));
  if (source === "users") return people();
  if (source === "channels") return channels();
  if (source === "conversations") return [...channels(), ...people()];
  return source === "static" ? optionItems(part) : [];
}

function optionItems(holder) {
  const one = (group) => (option) =>
    ({ label: label(option.text), detail: textOf(option.description), group, value: option });
  const groups = (holder.option_groups ?? []).flatMap((group) => group.options.map(one(label(group.label))));
  return [...(holder.options ?? []).map(one(null)), ...groups];
}

async function suggested(part, ctx, block, query) {
  if (query.length < (part.min_query_length ?? 3)) return [];
  const answer = await ctx.act({ act: "suggest", container: ctx.container, block_id: block.block_id,
    action_id: part.action_id, value: query });
  return answer.ok === false ? [] : optionItems(answer);
}

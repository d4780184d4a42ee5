/** The table and data_table blocks. */

import { h } from "./dom.js";
import { richText } from "./rich_text.js";

const PAGE_SIZE = 10;

function cell(part, names) {
  return part?.type === "rich_text" ? richText(part, names) : (part?.text ?? "");
}

// A column of numbers stands to the right unless the block says otherwise, its heading too.
function look(settings, part) {
  const align = settings?.align ?? (part?.type === "raw_number" ? "right" : "left");
  return `at-${align}${settings?.is_wrapped === false ? " nowrap" : ""}`;
}

/** Draw a table block; its first row is the heading. */
export function table(block, ctx) {
  const settings = block.column_settings ?? [];
  const [head, ...rest] = block.rows ?? [];
  const line = (tag) => (row) => h("tr", {}, ...row.map((part, i) =>
    h(tag, { class: look(settings[i], tag === "th" ? rest[0]?.[i] : part) }, cell(part, ctx.names))));
  return h("div", { class: "table-frame" }, h("table", { class: "table" },
    head && h("thead", {}, line("th")(head)), h("tbody", {}, ...rest.map(line("td")))));
}

/** Draw a data_table block: sortable by column, shown page by page. */
export function dataTable(block, ctx) {
  const [head = [], ...rows] = block.rows ?? [];
  const view = { rows, page: 0, size: Math.max(1, block.page_size ?? PAGE_SIZE), sorted: -1, up: true };
  const frame = h("div", { class: "table-frame" });
  const show = () => frame.replaceChildren(sheet(block, head, view, ctx, show), pager(view, show));
  show();
  return frame;
}

function sheet(block, head, view, ctx, show) {
  const shown = view.rows.slice(view.page * view.size, (view.page + 1) * view.size);
  const title = (part, i) => h("th", { class: look(null, view.rows[0]?.[i]), scope: "col" },
    h("button", { class: "sort-button", type: "button", onclick: () => sortBy(view, i, show) },
      cell(part, ctx.names), i === view.sorted ? (view.up ? " ↑" : " ↓") : ""));
  return h("table", { class: "table" },
    h("caption", {}, block.caption ?? ""),
    h("thead", {}, h("tr", {}, ...head.map(title))),
    h("tbody", {}, ...shown.map((row) => h("tr", {}, ...row.map((part, i) =>
      h(i === block.row_header_column_index ? "th" : "td", { class: look(null, part) }, cell(part, ctx.names)))))));
}

function pager(view, show) {
  const pages = Math.ceil(view.rows.length / view.size);
  if (pages < 2) return "";
  const go = (step) => () => {
    view.page = Math.min(pages - 1, Math.max(0, view.page + step));
    show();
  };
  return h("div", { class: "pager" },
    h("button", { class: "button small", type: "button", disabled: view.page === 0, onclick: go(-1) }, "Previous"),
    h("span", {}, `${view.page + 1} of ${pages}`),
    h("button", { class: "button small", type: "button", disabled: view.page === pages - 1, onclick: go(1) }, "Next"));
}

function sortBy(view, column, show) {
  view.up = view.sorted === column ? !view.up : true;
  view.sorted = column;
  const key = (row) => row[column]?.value ?? row[column]?.text ?? JSON.stringify(row[column] ?? "");
  const order = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  view.rows = [...view.rows].sort((a, b) => order(key(a), key(b)) * (view.up ? 1 : -1));
  view.page = 0;
  show();
}

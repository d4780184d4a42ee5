/** Standard Markdown, as the markdown block and streamed answers use it, turned into nodes. */

import { h, link } from "./dom.js";
import { angle, bareUrl, shortcode } from "./mrkdwn.js";

const REACH = 3000;
const WORD = /[\p{L}\p{N}]/u;
const BULLET = /^(\s*)(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const SEPARATOR = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Render Markdown as a list of nodes. */
export function markdown(text, names) {
  const rows = String(text ?? "").replace(/\r\n?/g, "\n").split("\n");
  const nodes = [];
  for (let at = 0; at < rows.length; ) {
    const [node, used] = block(rows, at, names);
    if (node) nodes.push(node);
    at += used;
  }
  return nodes;
}

function block(rows, at, names) {
  const row = rows[at];
  if (!row.trim()) return [null, 1];
  if (/^\s*(```|~~~)/.test(row)) return fence(rows, at);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(row);
  if (heading) return [h(`h${heading[1].length}`, { class: "md-heading" }, ...inline(heading[2], names)), 1];
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(row)) return [h("hr", { class: "divider" }), 1];
  if (/^\s*>/.test(row)) return quote(rows, at, names);
  if (row.includes("|") && SEPARATOR.test(rows[at + 1] ?? "") && rows[at + 1].includes("-")) return table(rows, at, names);
  if (BULLET.test(row)) return list(rows, at, names);
  return paragraph(rows, at, names);
}

function fence(rows, at) {
  const mark = rows[at].trim().slice(0, 3);
  let end = at + 1;
  while (end < rows.length && !rows[end].trim().startsWith(mark)) end += 1;
  return [h("pre", { class: "fence" }, h("code", {}, rows.slice(at + 1, end).join("\n"))), end + 1 - at];
}

function quote(rows, at, names) {
  let end = at;
  while (end < rows.length && /^\s*>/.test(rows[end])) end += 1;
  const inner = rows.slice(at, end).map((row) => row.replace(/^\s*> ?/, ""));
  // Nested quotes are cut to one level so that a line of ten thousand ">" cannot exhaust the stack.
  const flat = inner.map((row) => row.replace(/^[\s>]+/, "")).join("\n");
  return [h("blockquote", { class: "quote" }, ...markdown(flat, names)), end - at];
}

function cells(row) {
  const marked = row.trim().replace(/^\|/, "").replace(/\|$/, "").replace(/\\\|/g, "\u0000");
  return marked.split("|").map((cell) => cell.replaceAll("\u0000", "|").trim());
}

function table(rows, at, names) {
  const aligns = cells(rows[at + 1]).map((cell) =>
    cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : "left");
  let end = at + 2;
  while (end < rows.length && rows[end].includes("|")) end += 1;
  const line = (tag) => (row) =>
    h("tr", {}, ...cells(row).map((cell, i) => h(tag, { class: `at-${aligns[i] ?? "left"}` }, ...inline(cell, names))));
  const head = h("thead", {}, line("th")(rows[at]));
  const body = h("tbody", {}, ...rows.slice(at + 2, end).map(line("td")));
  return [h("div", { class: "table-frame" }, h("table", { class: "table" }, head, body)), end - at];
}

function list(rows, at, names) {
  const items = [];
  let end = at;
  for (; end < rows.length; end += 1) {
    const hit = BULLET.exec(rows[end]);
    if (hit) items.push({ depth: hit[1].replace(/\t/g, "  ").length, ordered: hit[3], text: [hit[4]] });
    else if (/^\s{2,}\S/.test(rows[end]) && items.length) items.at(-1).text.push(rows[end].trim());
    else break;
  }
  return [nested(items, names), end - at];
}

function nested(items, names) {
  const make = (item) =>
    h(item.ordered ? "ol" : "ul", { class: "rich-list", start: item.ordered && item.ordered !== "1" ? item.ordered : null });
  const root = make(items[0]);
  const stack = [{ depth: items[0].depth, node: root }];
  for (const item of items) {
    while (stack.length > 1 && item.depth < stack.at(-1).depth) stack.pop();
    const top = stack.at(-1);
    if (item.depth > top.depth + 1 && top.node.lastChild && stack.length < 8) {
      const inner = make(item);
      top.node.lastChild.append(inner);
      stack.push({ depth: item.depth, node: inner });
    }
    stack.at(-1).node.append(h("li", {}, ...listItem(item.text.join(" "), names)));
  }
  return root;
}

function listItem(text, names) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
  if (!task) return inline(text, names);
  return [h("span", { class: "md-task" }, task[1] === " " ? "☐" : "☑"), " ", ...inline(task[2], names)];
}

function paragraph(rows, at, names) {
  let end = at + 1;
  while (end < rows.length && rows[end].trim() && !/^\s*(>|```|~~~|#{1,6}\s)/.test(rows[end]) && !BULLET.test(rows[end])) {
    end += 1;
  }
  const kids = rows.slice(at, end).flatMap((row, i) => (i ? [h("br"), ...inline(row, names)] : inline(row, names)));
  return [h("p", { class: "md-paragraph" }, ...kids), end - at];
}

/** Render one line of Markdown. */
export function inline(text, names, depth = 0) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const hit = depth < 8 ? token(text, at, names, depth) : null;
    if (hit?.node) {
      flush();
      nodes.push(hit.node);
    } else {
      plain += hit ? hit.text : text[at];
    }
    at += hit ? hit.length : 1;
  }
  flush();
  return nodes;
}

function token(text, at, names, depth) {
  const sign = text[at];
  if (sign === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) return { length: 2, text: text[at + 1] };
  if (sign === "`") return code(text, at);
  if (sign === "[" || (sign === "!" && text[at + 1] === "[")) return named(text, at, names, depth);
  if (sign === "<") return angle(text, at, names);
  if (sign === ":") return shortcode(text, at);
  if (sign === "h") return bareUrl(text, at);
  if ("*_~".includes(sign)) return emphasis(text, at, names, depth);
  return null;
}

function code(text, at) {
  const ticks = /^`+/.exec(text.slice(at))[0];
  const end = text.indexOf(ticks, at + ticks.length);
  if (end < 0 || end === at + ticks.length) return null;
  return { length: end + ticks.length - at, node: h("code", {}, text.slice(at + ticks.length, end).trim() || " ") };
}

function named(text, at, names, depth) {
  const hit = /^!?\[([^\]]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/.exec(text.slice(at, at + 4000));
  if (!hit) return null;
  const label = inline(hit[1] || hit[2], names, depth + 1);
  return { length: hit[0].length, node: link(hit[2], ...label) };
}

function emphasis(text, at, names, depth) {
  const run = /^(\*\*\*|\*\*|\*|___|__|_|~~)/.exec(text.slice(at, at + 3))?.[0];
  if (!run || /^\s?$/.test(text[at + run.length] ?? "")) return null;
  if (run[0] === "_" && at > 0 && WORD.test(text[at - 1])) return null;
  for (let end = text.indexOf(run, at + run.length + 1); end > 0 && end - at < REACH; end = text.indexOf(run, end + 1)) {
    const after = text[end + run.length] ?? "";
    if (/\s/.test(text[end - 1]) || after === run[0] || (run[0] === "_" && WORD.test(after))) continue;
    const body = inline(text.slice(at + run.length, end), names, depth + 1);
    return { length: end + run.length - at, node: styled(run, body) };
  }
  return null;
}

function styled(run, body) {
  if (run === "~~") return h("s", {}, ...body);
  if (run.length === 3) return h("b", {}, h("i", {}, ...body));
  return h(run.length === 2 ? "b" : "i", {}, ...body);
}

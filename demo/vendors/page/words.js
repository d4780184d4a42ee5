/** Times, links in plain text, and text from mails and documents, as nodes. */

import { h, link } from "./dom.js";

const URL_IN_TEXT = /https?:\/\/[^\s<>"'`|\\^{}]+/g;
const MAIL_TAGS = new Map([["P", "p"], ["BR", "br"], ["UL", "ul"], ["LI", "li"], ["B", "b"], ["STRONG", "b"], ["H1", "h3"],
  ["H2", "h3"], ["H3", "h3"], ["TABLE", "table"], ["TR", "tr"], ["TD", "td"], ["TH", "th"], ["TBODY", "tbody"]]);

/** Return the clock time of a moment, with the day when it is not today. */
export function clock(at) {
  const moment = new Date(at);
  const time = moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (moment.toDateString() === new Date().toDateString()) return time;
  return `${moment.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

/** Build the nodes of one line of plain text in which addresses are links. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(URL_IN_TEXT)) {
    const url = match[0].replace(/[.,;:!?)\]]+$/, "");
    nodes.push(text.slice(end, match.index), link(url));
    end = match.index + url.length;
  }
  return [...nodes, text.slice(end)].filter((node) => node !== "");
}

/** Build paragraphs of plain text. */
export function paragraphs(text) {
  return text.split(/\n{2,}/).map((part) => h("p", { class: "lines" }, ...linked(part.trim())));
}

/** Build the content of a mail's HTML part: only its words, lists, tables and links, as a careful mail program would. */
export function mailHtml(html) {
  // The page's own policy reports every style that it meets, even one that is thrown away.
  const parsed = new DOMParser().parseFromString(html.replace(/\sstyle="[^"]*"/gi, ""), "text/html");
  return [...parsed.body.childNodes].flatMap(kept);
}

function kept(node) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data];
  if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE", "TITLE"].includes(node.tagName)) return [];
  const inner = [...node.childNodes].flatMap(kept);
  if (node.tagName === "A") return [link(node.getAttribute("href"), ...inner)];
  const tag = MAIL_TAGS.get(node.tagName);
  return tag ? [h(tag, {}, ...inner)] : inner;
}

/** Build the nodes of an Atlassian document. */
export function documentNodes(node) {
  if (!node || typeof node !== "object") return [];
  if (node.type === "text") return [textNode(node)];
  if (node.type === "hardBreak") return [h("br")];
  const inner = (node.content ?? []).flatMap(documentNodes);
  const tag = { paragraph: "p", bulletList: "ul", listItem: "li" }[node.type];
  return tag ? [h(tag, {}, ...inner)] : inner;
}

function textNode(node) {
  const target = (node.marks ?? []).find((mark) => mark.type === "link")?.attrs?.href;
  return target ? link(target, node.text) : node.text;
}

/** Build the words for a place where nothing has arrived. */
export function nothing(words) {
  return h("p", { class: "empty" }, words);
}

/** Building of page nodes: the only door through which text, links and pictures enter the document. */

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "open", "hidden"]);
const LINK_PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
const LOCAL_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Build an element; children are nodes or plain text, never markup. */
export function h(tag, props, ...kids) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) assign(element, key, value);
  element.append(...solid(kids));
  return element;
}

/** Drop the empty values from a nested list of children. */
export function solid(kids) {
  return kids.flat(Infinity).filter((kid) => kid !== null && kid !== undefined && kid !== false);
}

function assign(element, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key === "class") element.className = value;
  else if (key === "style") Object.assign(element.style, value);
  else if (key === "data") Object.assign(element.dataset, value);
  else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (PROPERTIES.has(key)) element[key] = value;
  else element.setAttribute(key, value === true ? "" : value);
}

/** Make `parent` hold exactly `nodes` in order, without touching the ones that stay. */
export function place(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

const shownFor = new WeakMap();

/** Run `draw` only when its basis differs from last time: replacing a control under a finger loses the click. */
export function whenNew(node, basis, draw) {
  const key = JSON.stringify(basis);
  if (shownFor.get(node) === key) return;
  shownFor.set(node, key);
  draw();
}

/** Return a URL that is safe to follow, or null. */
export function safeUrl(raw) {
  const url = parsed(raw);
  if (!url || !LINK_PROTOCOLS.has(url.protocol)) return null;
  return ownFile(url) ?? url.href;
}

/** Return a URL that is safe to load as a picture, or null. */
export function pictureUrl(raw) {
  const url = parsed(raw);
  if (!url) return null;
  if (url.protocol === "data:") return /^data:image\/(png|jpeg|gif|webp);/.test(url.href) ? url.href : null;
  return LINK_PROTOCOLS.has(url.protocol) && url.protocol !== "mailto:" ? (ownFile(url) ?? url.href) : null;
}

// Addresses inside messages are absolute; only the server's own files may leave out the host.
function parsed(raw) {
  if (typeof raw !== "string") return null;
  try {
    return raw.startsWith("/files/") ? new URL(raw, location.origin) : new URL(raw);
  } catch {
    return null;
  }
}

// The server names its files by its public address; the login cookie only travels to the page's own origin.
function ownFile(url) {
  return LOCAL_HOSTS.has(url.hostname) && url.pathname.startsWith("/files/") ? url.pathname + url.search : null;
}

// A link to a place on this very page leads there without opening the page a second time.
function placeHere(href) {
  return href?.startsWith(`${location.origin}/#/`) ? href.slice(location.origin.length + 1) : null;
}

/** Build a link that opens in a new tab, or plain text when the address is not safe. */
export function link(url, ...label) {
  const href = safeUrl(url);
  const shown = label.length ? label : [String(url)];
  const place = placeHere(href);
  if (place) return h("a", { href: place }, ...shown);
  if (!href) return h("span", { class: "dead-link" }, ...shown);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...shown);
}

/** Build a small inline icon from path data drawn on a 20 by 20 grid. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const ICONS = {
  hash: "M4 7.5h12M4 12.5h12M8.2 3.5l-1.6 13M13.4 3.5l-1.6 13",
  lock: "M5.5 9h9v7.5h-9zM7 9V6.5a3 3 0 0 1 6 0V9",
  close: "M5 5l10 10M15 5L5 15",
  caret: "M6 8l4 4 4-4",
  back: "M12 5l-5 5 5 5",
  send: "M3.5 4l13 6-13 6 2-6zM5.5 10h6",
  smile: "M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14M7.4 8.2v.1M12.6 8.2v.1M6.8 11.6c1.6 2.6 4.8 2.6 6.4 0",
  reply: "M4 4.5h12v8.5h-6l-3.5 3v-3H4z",
  at: "M13 10a3 3 0 1 0-6 0a3 3 0 1 0 6 0v1.2c0 2.2 4 2.2 4-1.2a7 7 0 1 0-2.6 5.5",
  slash: "M12.5 3.5l-5 13M4 3.5h12.5v13H3.5v-13z",
  more: "M4.5 10v.1M10 10v.1M15.5 10v.1",
  search: "M8.8 3.5a5.3 5.3 0 1 0 0 10.6a5.3 5.3 0 1 0 0-10.6M12.8 12.8l3.7 3.7",
  bolt: "M11 2.5l-6 8.5h4.5l-1 6.5 6.5-9H10.5z",
  pulse: "M2.5 10.5h3.5l2-5.5 3.5 10 2-4.5h4",
  eye: "M2.5 10c3.4-5.6 11.6-5.6 15 0c-3.4 5.6-11.6 5.6-15 0M10 8a2 2 0 1 0 0 4a2 2 0 1 0 0-4",
  page: "M5 3h7l3.5 3.5V17H5zM12 3v3.5h3.5M7.5 10.5h5M7.5 13.5h5",
  check: "M4.5 10.5l3.6 3.6 7.4-8",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4l.8-10.5",
  pencil: "M4 16l.8-3.4L13 4.4l2.6 2.6-8.2 8.2zM11.5 6l2.6 2.6",
  up: "M6.5 9v7H3.5V9zM6.5 9l3-6c1.8 0 2 1.4 1.6 3l-.4 2h5l-1.4 8H6.5",
  down: "M13.5 11V4h3v7zM13.5 11l-3 6c-1.8 0-2-1.4-1.6-3l.4-2h-5l1.4-8h6.8",
  copy: "M7 7h9v9H7zM4 13V4h9",
  file: "M5 2.5h6.5l3.5 3.5v11.5H5zM11.5 2.5V6H15",
};

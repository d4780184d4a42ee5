/** Files attached to a message: pictures shown in place, everything else as a card to download. */

import { bytes } from "./format.js";
import { h, icon, pictureUrl, safeUrl } from "./dom.js";
import { openLightbox } from "./lightbox.js";

/** Draw a message's files. */
export function files(list) {
  return h("div", { class: "files" }, ...list.map((file) =>
    (file.mimetype ?? "").startsWith("image/") && file.mimetype !== "image/svg+xml" ? shown(file) : listed(file)));
}

function shown(file) {
  const url = pictureUrl(file.url_private);
  const title = file.title || file.name;
  const alt = file.alt_txt || title;
  if (!url) return listed(file);
  return h("details", { class: "file-picture", open: true },
    h("summary", {}, title, icon("caret")),
    h("button", { class: "picture-button", type: "button", "aria-label": `Enlarge: ${alt}`, onclick: () => openLightbox(url, alt, title) },
      h("img", { src: url, alt, title: alt, class: "b-image", referrerpolicy: "no-referrer" })));
}

function listed(file) {
  const href = safeUrl(file.url_private ?? "");
  const words = h("span", {}, h("b", {}, file.title || file.name || "File"), h("br"),
    h("span", { class: "muted" }, [file.mimetype, bytes(file.size)].filter(Boolean).join(" · ")));
  return h(href ? "a" : "div", { class: "file-card", href, target: href && "_blank", rel: href && "noopener noreferrer" }, icon("file"), words);
}

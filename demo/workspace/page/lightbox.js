/** The enlarged view of a picture, closed by Escape or a click. */

import { h, icon } from "./dom.js";
import { layer } from "./layers.js";

/** Show a picture large. */
export function openLightbox(url, alt, title) {
  const shade = h("div", { class: "lightbox", role: "dialog", "aria-label": alt || "Picture" });
  const close = layer(() => shade.remove());
  shade.addEventListener("click", close);
  shade.append(
    h("button", { class: "icon-button lightbox-close", type: "button", "aria-label": "Close" }, icon("close")),
    h("img", { src: url, alt }),
    h("div", { class: "lightbox-words" }, title || alt));
  document.body.append(shade);
}

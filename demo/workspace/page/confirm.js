/** The small dialog that asks "are you sure" before an action is sent. */

import { h } from "./dom.js";
import { layer } from "./layers.js";
import { label, textNodes } from "./text.js";

/** Show a confirm object and resolve to whether the person agreed. */
export function askConfirm(confirm, names) {
  return new Promise((resolve) => {
    let agreed = false;
    const shade = h("div", { class: "shade shade-confirm" });
    const close = layer(() => {
      shade.remove();
      resolve(agreed);
    });
    const yes = h("button", { class: `button ${confirm.style === "danger" ? "danger solid" : "primary"}`, type: "button",
      onclick: () => {
        agreed = true;
        close();
      } }, label(confirm.confirm) || "Yes");
    shade.append(h("div", { class: "dialog confirm", role: "alertdialog", "aria-modal": "true" },
      h("h2", { class: "dialog-title" }, label(confirm.title) || "Are you sure?"),
      h("div", { class: "confirm-text" }, ...textNodes(confirm.text, names)),
      h("div", { class: "dialog-foot" },
        h("button", { class: "button", type: "button", onclick: close }, label(confirm.deny) || "Cancel"), yes)));
    document.body.append(shade);
    yes.focus();
  });
}

/** The stack of modal views: drawing the top one, checking and sending its answers, closing it. */

import { drawBlocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { FormState, missing } from "./form.js";
import { layer } from "./layers.js";
import { label } from "./text.js";

/** Shows the newest open view of the person looking. */
export class Modals {
  constructor(app) {
    this.app = app;
    this.forms = new Map();
    this.shown = null;
    this.release = null;
    this.shade = h("div", { class: "shade", hidden: true });
    document.body.append(this.shade);
  }

  /** Bring the page in line with the stack of open views. */
  draw() {
    const { views } = this.app.store.state;
    for (const id of this.forms.keys()) if (!views.some((view) => view.id === id)) this.forms.delete(id);
    const top = views.at(-1) ?? null;
    if (top === this.shown) return;
    const fresh = top && top.id !== this.shown?.id;
    this.shown = top;
    if (!top) return this.hide();
    if (fresh) this.errors = {};
    this.paint(views.length > 1);
    if (fresh) this.focusFirst();
  }

  hide() {
    this.shade.hidden = true;
    this.shade.replaceChildren();
    this.release?.();
    this.release = null;
  }

  formOf(view) {
    if (!this.forms.has(view.id)) this.forms.set(view.id, new FormState());
    return this.forms.get(view.id);
  }

  paint(stacked) {
    const view = this.shown;
    const form = this.formOf(view);
    const scroll = this.shade.querySelector(".dialog-body")?.scrollTop ?? 0;
    form.startDraw();
    const ctx = { ...this.app.context({ type: "view", view_id: view.id }, form), errors: this.errors, unfold: true };
    const body = h("form", { class: "dialog-body", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      this.submit();
    } }, ...drawBlocks(view.blocks, ctx));
    this.shade.replaceChildren(h("div", { class: "dialog", role: "dialog", "aria-modal": "true", "aria-label": label(view.title), data: { view: view.id } },
      h("header", { class: "dialog-head" },
        stacked && h("button", { class: "icon-button", type: "button", "aria-label": "Back", onclick: () => this.close() }, icon("back")),
        h("h2", { class: "dialog-title" }, label(view.title)),
        h("button", { class: "icon-button dialog-close", type: "button", "aria-label": "Close", onclick: () => this.close() }, icon("close"))),
      body, this.foot(view)));
    this.shade.hidden = false;
    body.scrollTop = scroll;
    this.release ??= layer(() => {
      this.release = null;
      if (this.shown) this.close();
    });
  }

  foot(view) {
    const inputs = view.blocks.some((block) => block.type === "input");
    const send = (view.submit || inputs) && h("button", { class: "button primary dialog-submit", type: "button",
      onclick: () => this.submit() }, label(view.submit) || "Submit");
    return h("footer", { class: "dialog-foot" }, h("div", { class: "dialog-problem", role: "alert" }),
      h("button", { class: "button", type: "button", onclick: () => this.close() }, label(view.close) || (send ? "Cancel" : "Close")), send);
  }

  focusFirst() {
    const body = this.shade.querySelector(".dialog-body");
    const wanted = body?.querySelector("[data-autofocus=yes]") ?? body?.querySelector("input, textarea");
    (wanted ?? this.shade.querySelector(".dialog-close"))?.focus({ preventScroll: true });
  }

  async submit() {
    const view = this.shown;
    const values = this.formOf(view).values();
    const errors = missing(view.blocks, values);
    if (Object.keys(errors).length) return this.showErrors(errors);
    const button = this.shade.querySelector(".dialog-submit");
    button?.classList.add("busy");
    const done = await this.app.send({ act: "view_submit", view_id: view.id, state: values });
    button?.classList.remove("busy");
    this.settle(view, done);
  }

  settle(view, done) {
    const failed = done.errors && Object.keys(done.errors).length > 0;
    if (failed) return this.shown?.id === view.id && this.showErrors(done.errors);
    if (done.ok === false) return this.problem(`That did not work: ${done.error}`);
    if (done.response_action === "clear") this.app.store.state.views = [];
    else if (!done.response_action) this.app.store.closeView(view.id);
    this.app.redraw();
  }

  showErrors(errors) {
    this.errors = errors;
    this.paint(this.app.store.state.views.length > 1);
    this.shade.querySelector(".field-wrong")?.scrollIntoView({ block: "nearest" });
    const unplaced = Object.keys(errors).filter((id) => !this.shade.querySelector(`[data-field="${CSS.escape(id)}"]`));
    if (unplaced.length) this.problem(unplaced.map((id) => errors[id]).join(" "));
  }

  problem(text) {
    const node = this.shade.querySelector(".dialog-problem");
    if (node) node.textContent = text;
  }

  async close() {
    const view = this.shown;
    if (!view) return;
    this.app.store.closeView(view.id);
    this.app.redraw();
    await this.app.send({ act: "view_close", view_id: view.id });
  }
}

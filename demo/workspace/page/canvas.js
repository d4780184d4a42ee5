/** A canvas: a document of the channel, drawn in place of its messages. */

import { avatar } from "./avatar.js";
import { h, whenNew } from "./dom.js";
import { markdown } from "./markdown.js";

/** Draws one canvas; people read it here, apps write it. */
export class CanvasView {
  constructor(app) {
    this.app = app;
    this.paper = h("article", { class: "canvas-paper" });
    this.node = h("div", { class: "canvas", tabindex: "0", hidden: true }, this.paper);
  }

  /** Draw a canvas by its id; until it has arrived, say so. */
  draw(id) {
    const { store } = this.app;
    const canvas = store.canvases.get(id);
    whenNew(this.paper, [id, canvas, store.state.me.id], () => this.paint(canvas));
  }

  paint(canvas) {
    const { store } = this.app;
    if (!canvas) return this.paper.replaceChildren(h("p", { class: "empty" }, "Loading…"));
    const owner = store.users.get(canvas.owner);
    this.paper.replaceChildren(
      h("h1", { class: "canvas-title" }, canvas.title),
      h("p", { class: "canvas-by muted small" }, owner && avatar(owner, "tiny"), owner?.real_name ?? "",
        ` · last changed ${store.clock.full(`${canvas.updated}.000000`)}`),
      h("div", { class: "canvas-body" }, ...markdown(canvas.markdown, store.names)));
  }
}

/** An app's Home tab. */

import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { FormState } from "./form.js";

/** Draws the Home view of one app and keeps what is filled in there. */
export class HomeTab {
  constructor(app) {
    this.app = app;
    this.node = h("div", { class: "home", tabindex: "0" });
    this.forms = new Map();
  }

  /** Draw the Home view of an app. */
  draw(appId) {
    const view = this.app.store.state.home?.[appId] ?? null;
    const key = `${this.app.store.state.me.id}/${appId}`;
    if (this.key === key && this.view === view) return;
    if (!this.forms.has(key)) this.forms.set(key, new FormState());
    Object.assign(this, { key, view });
    const form = this.forms.get(key);
    form.startDraw();
    const blocks = view ? drawBlocks(view.blocks, this.app.context({ type: "view", view_id: view.id }, form)) : [this.empty(appId)];
    this.node.replaceChildren(h("div", { class: "home-inner" }, ...blocks));
  }

  empty(appId) {
    const each = this.app.store.app(appId);
    return h("div", { class: "empty" }, avatar({ name: each?.name, avatar_emoji: each?.icon_emoji, color: "e8e8e8" }, "large"),
      h("p", {}, `${each?.name ?? "This app"} has not published anything here yet.`));
  }
}

/** The page's start: find out who is looking, build the app, show it. */

import { App } from "./app.js";
import { getJson } from "./api.js";
import { h } from "./dom.js";
import { Page } from "./page.js";
import { rememberedUser } from "./remember.js";

async function firstState() {
  const user = rememberedUser();
  if (user) {
    try {
      return await getJson(`/page/state?user=${encodeURIComponent(user)}`);
    } catch {
      // The remembered person may belong to an earlier workspace; the server then chooses.
    }
  }
  return getJson("/page/state");
}

async function start() {
  const root = document.getElementById("page");
  try {
    const app = new App(await firstState());
    app.show(new Page(root, app));
  } catch (problem) {
    root.replaceChildren(h("p", { class: "empty" }, `The workspace did not open. ${problem.message}`));
  }
}

start();

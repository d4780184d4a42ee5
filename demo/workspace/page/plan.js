/** Plans and task cards: the live list of steps that an agent works through. */

import { h, link } from "./dom.js";
import { inline, markdown } from "./markdown.js";
import { richText } from "./rich_text.js";
import { label } from "./text.js";

const SIGNS = { pending: "", in_progress: "", complete: "✓", error: "!" };

/** Draw a plan block, or the plan that a streaming message builds up. */
export function plan(block, ctx) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((task) => task.status === "complete").length;
  const busy = tasks.some((task) => task.status === "in_progress" || task.status === "pending");
  const mood = state(tasks, busy);
  const head = h("summary", { class: "plan-head" },
    h("span", { class: `task-sign task-${mood}` }, SIGNS[mood]),
    h("span", { class: "plan-title" }, label(block.title) || "Working on it"),
    tasks.length > 0 && h("span", { class: "plan-count" }, `${done} of ${tasks.length}`));
  return h("details", { class: "plan", open: ctx.openPlans ?? true }, head,
    h("div", { class: "plan-tasks" }, ...tasks.map((task) => taskCard(task, ctx))));
}

function state(tasks, busy) {
  if (tasks.some((task) => task.status === "error")) return "error";
  return busy ? "in_progress" : "complete";
}

/** Draw one task with its status, details, output and sources. */
export function taskCard(task, ctx) {
  const status = Object.hasOwn(SIGNS, task.status) ? task.status : "pending";
  return h("div", { class: `task task-is-${status}`, data: { task: task.id ?? task.task_id ?? "" } },
    h("span", { class: `task-sign task-${status}`, title: status.replace("_", " ") }, SIGNS[status]),
    h("div", { class: "task-body" },
      h("div", { class: "task-title" }, ...inline(label(task.title), ctx.names)),
      task.details && h("div", { class: "task-details" }, detail(task.details, ctx)),
      task.output && h("div", { class: "task-output" }, detail(task.output, ctx)),
      task.sources?.length > 0 && h("div", { class: "task-sources" },
        ...task.sources.map((source) => link(source.url, source.text || source.url)))));
}

// A finished block carries rich text here, a streamed chunk a piece of Markdown.
function detail(value, ctx) {
  return value.type === "rich_text" ? richText(value, ctx.names) : markdown(label(value), ctx.names);
}

/** The issue tracker's list, each issue with its description, comments and links. */

import { h } from "./dom.js";
import { clock, documentNodes, nothing } from "./words.js";

const LOOK = { Done: "good", "In Progress": "note" };

const issues = (state) => state.jira?.issues ?? [];

export const tickets = {
  id: "tickets",
  title: "Tickets",
  count: (state) => issues(state).length,
  draw: (state) => {
    const all = issues(state);
    if (!all.length) return nothing("No ticket has been opened.");
    return [h("div", { class: "tickets", data: { keep: "tickets" } }, h("h2", {}, `Project ${state.jira.project}`), all.map(issue))];
  },
};

function issue({ key, fields }) {
  const others = fields.issuelinks.map((each) => (each.inwardIssue ?? each.outwardIssue).key);
  return h("article", { class: "ticket" },
    h("header", { class: "ticket-head" },
      h("span", { class: "ticket-key" }, key), h("b", { class: "ticket-name" }, fields.summary),
      h("span", { class: `level ${LOOK[fields.status.name] ?? "note"}` }, fields.status.name)),
    h("p", { class: "muted small" }, [fields.issuetype?.name, ...others.map((other) => `relates to ${other}`), clock(fields.created)].filter(Boolean).join(" · ")),
    h("div", { class: "ticket-words" }, ...documentNodes(fields.description)),
    fields.comments.map((comment) => h("div", { class: "ticket-comment" },
      h("span", { class: "muted small" }, `Comment, ${clock(comment.created)}`), ...documentNodes(comment.body))));
}

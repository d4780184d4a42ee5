# Actions on cards, their buttons and dialogs, and the commands around them. Arguments arrive escaped.
deed-undo-of = Undo: { $title }
deed-reversible = reversible
deed-irreversible = cannot be undone
deed-unit-pods = { $count ->
    [one] 1 pod
   *[other] { $count } pods
 }
deed-unit-keys = { $count ->
    [one] 1 key
   *[other] { $count } keys
 }
deed-unit-nodes = { $count ->
    [one] 1 node
   *[other] { $count } nodes
 }
deed-unit-alerts = { $count ->
    [one] 1 alert
   *[other] { $count } alerts
 }
deed-unit-certificates = { $count ->
    [one] 1 certificate
   *[other] { $count } certificates
 }
deed-unit-connections = { $count ->
    [one] 1 connection
   *[other] { $count } connections
 }
deed-unit-jobs = { $count ->
    [one] 1 job
   *[other] { $count } jobs
 }
deed-unit-sessions = { $count ->
    [one] 1 session
   *[other] { $count } sessions
 }
deed-unit-queries = { $count ->
    [one] 1 query
   *[other] { $count } queries
 }
deed-unit-percent = { $count } per cent of the traffic
deed-unit-listeners = { $count ->
    [one] 1 listener
   *[other] { $count } listeners
 }
deed-risk-low = low risk
deed-risk-medium = medium risk
deed-risk-high = high risk
deed-after = { $words } after { $span }
deed-suggested = only suggested
deed-forbidden = not allowed
deed-waiting = waits for approval
deed-queued = accepted, about to be checked again
deed-queued-approved = approved, about to be checked again
deed-running = running
deed-running-of = running { $done }/{ $of }
deed-verifying = verifying
deed-succeeded = done
deed-undoing = being undone
deed-undone = undone
deed-failed = failed
deed-unknown = not known whether it happened
deed-rejected = rejected
deed-expired = expired without enough votes
deed-stale = out of date
deed-cancelled = cancelled
deed-votes = { $done } of { $count }, waiting for { $groups }
deed-votes-not-requester = { $done } of { $count }, waiting for { $groups } (not the requester)
deed-votes-all = { $done } of { $count } from { $groups }
deed-needs-one = { $count } of { $groups }
deed-recovery-step = step { $number } of { $count } of { $name }: { $step }
deed-recovery-next = next: { $step }
deed-recovery-running = { $name }: step { $number } of { $count }
deed-recovery-rolling_back = { $name }: things are normal again, its actions are taken back
deed-recovery-succeeded = { $name }: done
deed-recovery-stopped = { $name }: stopped
deed-recovery-failed = { $name }: failed
deed-head-suggested = 💡 *Suggested, { $handle }:*
deed-head-forbidden = ⛔ *Not allowed, { $handle }:*
deed-head-waiting = ✋ *Waits for your approval, { $handle }:*
deed-head-queued = ⏳ *Approved, { $handle }:*
deed-head-running = ⏳ *Running, { $handle }:*
deed-head-verifying = ⏳ *Verifying, { $handle }:*
deed-head-succeeded = ✅ *Done, { $handle }:*
deed-head-undoing = ⏳ *Being undone, { $handle }:*
deed-head-undone = ↩️ *Undone, { $handle }:*
deed-head-failed = ❌ *Failed, { $handle }:*
deed-head-unknown = ❓ *Did it happen? { $handle }:*
deed-head-rejected = 🚫 *Rejected, { $handle }:*
deed-head-expired = ⌛ *Expired, { $handle }:*
deed-head-stale = ♻️ *Out of date, { $handle }:*
deed-head-cancelled = 🚫 *Cancelled, { $handle }:*
deed-why = *Why:* { $reason }
deed-evidence = { $count ->
    [one] 1 piece of evidence
   *[other] { $count } pieces of evidence
 }
deed-asked-by = asked for by { $who }
deed-changes = *What changes:*
deed-changes-none = nothing that a preview can show
deed-change = { $path }: { $before } → { $after }
deed-absent = nothing
deed-changes-more = and { $count } more under Why?
deed-policy = *Policy:* { $reasons }
deed-votes-line = *Votes:* { $votes }
deed-expires = expires { $time }
deed-approved-by = approved by { $who }
deed-rejected-by = rejected by { $who }
deed-would-need = Nobody can run it from here: this environment only gets suggestions. It would need { $needs }.
deed-would-need-none = Nobody can run it from here: this environment only gets suggestions. It would need no vote.
deed-replaces = Takes the place of { $handle }.
deed-replaces-changed = Takes the place of { $handle }, because its target changed meanwhile:
deed-moved = { $path } was { $before } then, is { $after } now
deed-step-accepted = accepted
deed-step-checked = checked again
deed-step-running = running
deed-step-verifying = verifying
deed-step-verifying-alert = verifying against { $alert }’s own expression
deed-recovered = recovered in { $span }
deed-also = also: { $actions }
deed-also-one = { $handle } { $title } ({ $standing })
deed-undo-at = taken back by itself at { $time }
deed-options = *It happened* has the result verified as usual. *It did not happen* ends this action, so that it can be proposed again. Look at the target first: the bot could not tell.
deed-warning = ⚠️ { $warning }
deed-approval-asked = { $mentions } { $name } needs you: { $title } ({ $handle }). Approve or reject it on the card above.
deed-approval-over = { $title } ({ $handle }) needs nobody's approval any more: { $where }.
deed-recovery = ⚙️ *Recovery:* { $line }
button-approve = Approve
button-reject = Reject
button-change = Change…
button-why = Why?
button-undo = Undo
button-cancel-action = Cancel it
button-stop-verifying = Stop verifying
button-dismiss = Dismiss
button-happened = It happened
button-not-happened = It did not happen
button-act = Act…
button-propose = Propose
button-next = Next
confirm-approve-title = Approve { $handle }?
confirm-approve-text = { $title }. This is a high-risk action; it begins with the last vote that is needed.
confirm-undo-title = Undo { $handle }?
confirm-undo-text = { $title } is taken back, if the policy lets it.
confirm-happened-title = Did { $handle } happen?
confirm-happened-text = Only say so after you have looked at the target. The result is then verified.
confirm-not-happened-title = Did { $handle } not happen?
confirm-not-happened-text = Only say so after you have looked at the target. It may then be proposed again.
why-title = Why { $handle }
why-changes = *Everything that changes*
why-evidence = { $count ->
    [0] No piece of evidence stands behind it.
    [one] 1 piece of evidence stands behind it.
   *[other] { $count } pieces of evidence stand behind it.
 }
why-votes = *Votes*
why-vote-approve = { $who } approved at { $time }
why-vote-reject = { $who } rejected at { $time }
change-title = Change { $handle }
change-fixed = *What it works on stays:* { $fields }
change-nothing = Nothing about this action can be changed. Reject it, or propose another one with Act…
change-only-waiting = { $handle } can no longer be changed.
change-note = The changed action takes the place of { $handle } and is decided anew; votes for the old one do not count.
act-title = Act on { $name }
act-choose = What shall be done?
act-choose-hint = Choose an action
act-none = No action is configured for writes here.
act-reason = Why?
act-reason-hint = Shown on the card and kept in the audit record
act-risk = { $risk } · { $undo }
act-policy = The policy decides who must approve it before anything happens.
form-list-hint = One per line, such as name=value
form-matchers-hint = One per line, such as service="payment" or pod=~"payment-.*"
form-yes = Yes
form-no = No
form-needs-number = Write a whole number.
form-needs-decimal = Write a number.
form-needs-value = Fill this in.
form-needs-lines = Write one per line, such as name=value.
form-needs-matchers = Write one matcher per line, such as service="payment".
param-kind = Kind
param-namespace = Namespace
param-name = Name
param-container = Container
param-image = Image
param-revision = Revision (empty: the one before)
param-replicas = Replicas
param-variable = Variable
param-value = Value
param-key = Key
param-pod = Pod
param-route = Route
param-weights = Weights in per cent
param-consecutive_errors = Errors in a row before an instance is ejected
param-interval_seconds = Look every (seconds)
param-ejection_seconds = Eject for (seconds)
param-max_ejection_percent = Eject at most (per cent)
param-gateway = Gateway
param-secret = Name of the secret with the certificate
param-cronjob = CronJob
param-database = Database
param-prefix = Key prefix
param-longer_than_seconds = Running longer than (seconds)
param-application = Application
param-role = Role
param-limit = Limit
param-matchers = Matchers
param-minutes = For how long (minutes)
param-comment = Comment
param-id = Id
timeline-action_proposed = proposed { $what }
timeline-action_decided = policy on { $what }
timeline-action_voted = { $actor } voted on { $what }
timeline-action_started = began { $what }
timeline-action_applied = did { $what }
timeline-action_ended = ended { $what }
timeline-recovery_started = recovery began: { $what }
timeline-recovery_ended = recovery ended: { $what }
timeline-mitigated = mitigated { $what }
usage-actions = what was proposed, done and undone
usage-approvals = what waits for votes
usage-undo = take back an action that was done
usage-freeze = hold changes back for a while; alone it shows what holds
usage-thaw = lift the freezes that people declared
usage-stop = stop every action at once
usage-resume = let actions run again
usage-audit = who did what in an incident, from the audit record
problem-recovery-off = Nothing can be changed from here: guarded recovery is not switched on. An administrator can set it up as docs/recovery.md says.
problem-bot-acts = A bot cannot do this; a person must.
problem-foreign-team = Only people of this workspace can do this.
problem-no-such-action = There is no action { $name }. /ops actions lists them.
problem-which-action = Say which action, for example A-7. /ops actions lists them.
problem-freeze-reason = Say why, for example: /ops freeze 2h release of the new checkout
problem-freeze-long = A freeze lasts at most 14 days.
problem-stop-reason = Say why, for example: /ops stop something behaves oddly
done-frozen = Changes are frozen for { $span }. /ops thaw lifts it.
done-thawed = { $count ->
    [0] No freeze by people was in force.
    [1] 1 freeze is lifted.
   *[other] { $count } freezes are lifted.
 }
done-undo = { $handle } is asked to be taken back: { $standing }.
done-stopped = Everything is stopped: nothing queued begins, nothing is tried again. /ops resume lets actions run again.
done-resumed = Actions may run again.
done-proposed = { $handle } is { $standing }. { $why }
actions-of = Actions of **{ $name }**
actions-recent = The newest actions
actions-none = No action has been proposed yet.
approvals-waiting = { $count ->
    [0] Nothing waits for approval.
    [one] **1 action** waits for approval. Vote on its card.
   *[other] **{ $count } actions** wait for approval. Vote on their cards.
 }
brakes-held = **Held back** now:
brakes-none = Nothing holds actions back now.
brake-freeze = freeze
brake-window = freeze window
brake-stop = stop switch
audit-of = { $count ->
    [0] No entry about **{ $name }** yet.
    [one] **1 entry** about **{ $name }**
   *[other] **{ $count } entries** about **{ $name }**, the newest last
 }
audit-sound = The chain of all { $count } entries is whole: nothing was changed, removed or put in another order.
audit-broken = ⚠️ **The audit chain is broken:** { $problem }
column-action = Action
column-by = By
column-time = Time (UTC)
column-votes = Votes
column-expires = Expires in
column-brake = Brake
column-reason = Reason
column-until = Until (UTC)
column-entry = Entry
audit-requested = asked for
audit-decided = policy decided
audit-voted = voted
audit-vote_refused = vote refused
audit-granted = approval complete
audit-refused = refused
audit-expired = expired
audit-started = began
audit-applied = did it
audit-reconciled = compared with the world
audit-verified = verified
audit-undo_started = began to undo
audit-undone = undone
audit-failed = failed
audit-unknown = not known whether it happened
audit-settled = a person said what happened
audit-cancelled = cancelled
audit-frozen = froze changes
audit-thawed = lifted a freeze
audit-stopped = stopped everything
audit-resumed = let actions run again
audit-recovery_started = recovery began
audit-recovery_step = recovery step
audit-recovery_ended = recovery ended
audit-policy_changed = policy changed
home-approvals = { $count ->
    [one] *1 action waits for your approval*
   *[other] *{ $count } actions wait for your approval*
 }
home-approval = *{ $handle }* { $title }
    { $votes } · expires { $time }
home-stopped = 🛑 *Everything is stopped* by { $who }: { $reason }
home-frozen = 🧊 *Changes are frozen* until { $time } by { $who }: { $reason }
home-window = 🧊 *Freeze window:* { $name }
audit-choice-approve = in favour
audit-choice-reject = against

# People's work in an incident as Slack shows it: living replies, calls, tasks, updates, the live line of a card.
hand-title = Sub-agents on { $name }
hand-line = { $mark } *{ $agent }* { $question } — { $standing }
hand-asked = asked by { $who } at { $time }
hand-owner = { $who } cares for it
hand-q-inform = what the audiences may know ({ $why })
hand-q-inform-some = what { $who } may know
hand-q-assess = how risky is { $action }?
hand-q-review = does this cause recur?
hand-q-explain = what was released of { $service }?
hand-q-plan-roll_back = how to roll { $service } back
hand-q-plan-emergency_patch = an emergency patch of { $service }
hand-moment-opened = the incident opened
hand-moment-changed = something changed
hand-moment-due = an update is due
hand-moment-mitigated = the harm is held off
hand-moment-resolved = it is over
hand-moment-by_hand = asked by a person
hand-waiting = waits
hand-accepted = at work, until { $time }
hand-refused = refused: { $why }
hand-timed_out = no answer by { $time }
hand-answered = answered
hand-risk = { $mark } risk *{ $level }* ({ $score } of 100)
hand-risks = risk register: { $entries }
hand-planned = proposed { $action }; it waits for what the policy demands
hand-unplanned = nothing could be proposed
hand-update = update { $number } for { $who }: { $state }
hand-statement = { $text } ({ $count ->
    [one] 1 source
   *[other] { $count } sources
 })
tasks-title = *Tasks of { $name }* · { $done } of { $count } ended
task-line = *{ $name }* { $text }
task-owner = { $who }
task-nobody = nobody yet
task-due = due { $time }
task-late = was due { $time }
task-reminds = reminder at { $time }
task-done = ✓ { $name } { $text } ({ $who })
task-dropped = – { $name } { $text } (taken back by { $who })
task-reminder = ⏰ { $who }, a reminder for { $name }: { $task }
button-task-add = Add a task
button-task-done = Done
button-task-take = I take it
button-task-later = In 30 minutes
update-head = { $mark } *Update { $number } of { $name } for { $who }* ({ $language }) · { $state }
update-state-waiting = waits for approval
update-state-sending = being sent
update-state-sent = sent
update-state-withdrawn = withdrawn
update-state-failed = not sent
update-components = Components: { $components }
update-sources = { $count ->
    [0] Rests on no source.
    [one] Rests on 1 source.
   *[other] Rests on { $count } sources.
 }
update-public = Goes outside: { $places }
update-inside = Goes to: { $places }
update-needs = Somebody of { $groups } has to agree.
update-approved = agreed by { $who } at { $time }
update-delivered = ✓ { $where } at { $time }
update-withdrawn = withdrawn by { $who }
button-update-approve = Approve & send
button-update-edit = Edit
button-update-withdraw = Withdraw
confirm-send-title = Send update { $number }?
confirm-send-public = It leaves the company and cannot be taken back.
confirm-send-inside = It is sent at once.
language-en = English
language-ko = Korean
audience-executives = executives
audience-product = product
audience-support = support
audience-customers = customers
audience-technical = the technical team
audience-internal = internal readers
way-slack = Slack
way-email = mail
way-statuspage = status page
way-teams = Teams
page-call = 📟 { $who }, you are called for *{ $name }* ({ $priority }) { $title }: { $why }
page-because-opened = it has just opened, and { $target } is on call.
page-because-escalated = nobody has answered so far, and { $target } is next.
page-because-priority_raised = its priority was raised, and { $target } is on call.
page-because-target_near = the target for its end is near, and it is told to { $target }.
page-because-target_missed = the target for its end was missed, and it is told to { $target }.
page-because-by_hand = somebody asked for { $target }.
page-because-back_up = the first call did not get through to { $target }.
page-over-answered = ✓ { $who } has answered. ({ $why })
page-over-failed = ✗ { $who } could not be reached. ({ $why })
page-over-withdrawn = – { $who } need not answer any more. ({ $why })
button-escalate = Escalate
live-commander = 🧭 { $who } leads
live-called = 📟 { $who } called { $time }
live-answered = 📟 { $who } called { $time }, answered { $answered }
live-call-failed = 📟 { $who } not reached { $time }
live-update = next update { $time }
live-update-late = update was due { $time }
live-approvals = { $count ->
    [one] 1 update waits for approval
   *[other] { $count } updates wait for approval
 }
live-tasks = { $count ->
    [one] 1 task open
   *[other] { $count } tasks open
 }
target-near = ⏳ *{ $name }* ({ $priority }) should be over by { $time }.
target-missed = ⌛ *{ $name }* ({ $priority }) should have been over by { $time }.
button-more = More…

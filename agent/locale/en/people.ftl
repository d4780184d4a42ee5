# People's work in an incident as Slack shows it: living replies, calls, tasks, updates, the live line of a card.
hand-title = Sub-agents on { $name }
hand-line = { $mark } *{ $agent }* { $question }
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
told-head = { $mark } *Update { $number } of { $name } for { $who }* ({ $language }) · { $state }
told-written = What audiences without a place of their own would read of { $name }
told-written-for = *Update { $number } for { $who }* ({ $language })
told-state-waiting = waits for approval
told-state-sending = being sent
told-state-sent = sent
told-state-withdrawn = withdrawn
told-state-failed = not sent
told-components = Components: { $components }
told-sources = { $count ->
    [0] Rests on no source.
    [one] Rests on 1 source.
   *[other] Rests on { $count } sources.
 }
told-public = Goes outside: { $places }
told-inside = Goes to: { $places }
told-needs = Somebody of { $groups } has to agree.
told-approved = agreed by { $who } at { $time }
told-delivered = ✓ { $where } at { $time }
told-withdrawn = withdrawn by { $who }
button-update-approve = Approve & send
button-update-edit = Edit
button-update-withdraw = Withdraw
confirm-send-title = Send update { $number }?
confirm-send-public = It leaves the company and cannot be taken back.
confirm-send-inside = It is sent at once.
language-en = English
language-ko = Korean
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
target-near = ⏳ *{ $name }* ({ $priority }) should be over within { $within }, and little of that is left.
target-missed = ⌛ *{ $name }* ({ $priority }) should have been over within { $within }.
button-more = More…
told-state-written = written, goes nowhere
told-superseded = a newer one took its place
button-save = Save
button-add = Add
button-merge = Merge
button-split = Split
button-review = Review
button-again = Send again
field-incident = Incident
field-commander = Who leads?
field-next-level = Whoever comes next by the policy
field-callee = Whom to call?
field-reason = Why?
field-task = What has to be done?
field-owner = Who does it?
field-remind = Remind after
field-audience = Who is told?
field-all-audiences = Everybody whom the priority concerns
field-words = Your own words
field-words-hint = They are added to what the evidence says. Leave it empty to tell what is known.
field-update = Text, a line for each sentence
field-update-title = Title
field-ask-agent = What do you want to know?
field-ask-detail = Action or image
field-ask-detail-hint = A-7 for its risk; the image for an emergency patch
field-merge-into = Into which incident?
field-split = Which alerts go?
field-risk-state = State
field-review = Look at it again on
field-note = Note
dialog-command = Take command
dialog-escalate = Call further people
dialog-priority = Change the priority
dialog-task = Add a task
dialog-tasks = Tasks of { $name }
dialog-update = Tell people
dialog-update-edit = Edit update { $number }
dialog-update-edit-note = Keep it in { $language }; names of services and machines must not go outside. It waits on for approval.
dialog-handoff = Ask a sub-agent
dialog-merge = Merge { $name }
dialog-merge-note = Its alerts move over and it ends; such alerts are put together from then on.
dialog-split = Split { $name }
dialog-split-note = They get an incident of their own, and such alerts are kept apart from then on.
dialog-risk = Risk R-{ $number }
dialog-more = More about { $name }
ask-agent-explain_release = What was released lately, and what changed?
ask-agent-roll_back = Plan a roll-back
ask-agent-emergency_patch = Plan an emergency patch
ask-agent-assess_action = How risky is an action?
ask-agent-review_recurrence = Does this cause recur?
more-command = Take command
more-command-what = *Lead the incident,* or hand the lead to somebody.
more-escalate = Escalate
more-escalate-what = *Call further people:* the next level, a role or somebody in particular.
more-priority = Change priority
more-priority-what = *More or less urgent than it looks?* Say why.
more-mute = Mute 1 h
more-mute-what = *Keep its alerts silent for an hour.*
more-tasks = Tasks
more-tasks-what = *Who does what by when.*
more-task = Add a task
more-update = Update stakeholders
more-update-what = *Tell executives, product, support or customers* how it stands.
more-handoff = Ask a sub-agent
more-handoff-what = *What was released? How risky is it? Does it recur?*
more-channel = Own channel
more-channel-what = *Open a channel of its own* and ask the people who work on it in.
more-merge = Merge
more-merge-what = *The same trouble as another incident?* Put them together.
more-split = Split
more-split-what = *Two troubles in one?* Give some alerts an incident of their own.
more-postmortem = Post-mortem
more-postmortem-what = *Draft what is to be learnt* from timeline and evidence.
more-archive = Archive channel
more-archive-what = *Close the channel of this incident;* it stays readable.
merge-no-other = There is no other open incident.
done-command = { $name } has a leader now. The card says who.
done-released = { $name } has no leader any more.
done-priority = { $name } is { $priority } now.
done-escalated = { $who } is being called for { $name }.
done-task = { $task } is on the list of { $name }.
done-later = You are reminded again in { $span }.
done-room = A channel for { $name } is being opened. The card shows it in a moment.
done-archived = The channel of { $name } is archived.
done-update-asked = The stakeholder-communicator writes it; the thread of { $name } shows it.
done-handoff = { $agent } was asked; the thread of { $name } shows the answer.
done-risk = R-{ $number } is kept.
done-redelivered = It is sent again.
problem-not-here = This is not set up here.
problem-audience = There is no audience { $name }. There are: { $names }.
problem-no-such-task = There is no such task.
problem-no-such-risk = There is no such risk.
problem-no-such-update = There is no such update.
problem-no-next-level = The policy names nobody further for this priority. Say whom to call.
problem-none-open = No incident is open.
problem-who = I do not know { $who }. Choose the person from the list that appears after @, or use the dialog.
problem-task-words = Say what has to be done.
problem-which-image = Say which image, for example registry.example/payment:1.4.3.
problem-which-agent = Say what to ask: release, rollback, patch, assess or review.
problem-which-language = Say ko, en or default, and `here` for the whole channel.
problem-no-room = { $name } has no channel of its own.
problem-room-open = { $name } is still open; resolve it first.
usage-command = lead an incident, or hand the lead to somebody; `nobody` gives it up
usage-escalate = call the next level, a role or a person
usage-priority = change the priority, with the reason
usage-task = add a task, with an owner and a reminder
usage-tasks = the tasks of an incident, or your own
usage-channel = open a channel of the incident's own
usage-update = have stakeholders told
usage-handoff = ask a sub-agent about releases and risks
usage-oncall = who is on call, until when, and who is next
usage-deploys = what was released lately, and what the watch after it said
usage-risks = the risk register, with owners and reviews
usage-postmortem = draft what is to be learnt
usage-redeliver = messages to the outside that were given up, to be sent again
usage-language = the language in which I answer you, or with `here` that of the channel
oncall-title = *On call now*
oncall-none = Nobody stands in oncall.yaml yet, so only the pager's own service is called.
oncall-service = the pager's service
oncall-nobody = nobody
column-oncall = Schedule or role
column-oncall-now = Now
column-oncall-until = Until
column-oncall-next = Next
risks-title = { $count ->
    [0] *The risk register is empty.*
    [one] *1 risk* in the register
   *[other] *{ $count } risks* in the register
 }
risk-entry = { $mark } *R-{ $number }* { $title } · { $score } of 25 · { $state }
    { $owner } · { $review }
risk-nobody = nobody looks after it
risk-review-on = review on { $day }
risk-review-late = review was due on { $day }
risk-state-open = open
risk-state-accepted = accepted
risk-state-mitigated = mitigated
risk-state-closed = closed
letters-title = { $count ->
    [0] *Nothing was given up.* Every message was delivered or is on its way.
    [one] *1 message was given up*
   *[other] *{ $count } messages were given up*
 }
letter-line = *{ $channel }* to { $address } · { $time }
    { $why }
tasks-none-mine = *Nothing is on your list.* `/ops tasks INC-3` shows the tasks of an incident.
tasks-mine = { $count ->
    [one] *1 task is yours*
   *[other] *{ $count } tasks are yours*
 }
postmortem-posted = Post-mortem draft of { $name }, asked for by { $who }. Every statement says what it rests on; correct it where you know better.
language-now = I answer you in { $language }. `/ops language ko` or `/ops language en` changes that, with `here` for this channel.
language-chosen = I answer you in { $language } from now on.
language-chosen-here = Cards and threads in this channel are in { $language } from now on.
language-forgotten = I answer you in the language that Slack knows of you.
language-forgotten-here = Cards and threads in this channel are in the team's language again.
room-topic = { $mark } { $priority } · { $name } · { $status }
room-led = led by { $who }
room-unled = nobody leads yet
room-card = Card of { $name }
room-welcome = *This channel is for { $name }:* { $title }
    The card and its thread are in { $where }. Ask me here with a mention, and put 📌 on a message to keep it on the timeline.
room-refused = I could not open a channel for this incident ({ $why }). Everything works without; the thread here is the place.
page-anybody = whoever is on call
home-tasks = *Your tasks*
home-pages = *You are called*
home-page = 📟 *{ $name }* ({ $priority }) { $title } · { $time }
home-oncall = *On call now*
home-oncall-line = • { $schedule }: { $who }
home-updates = { $count ->
    [one] *1 update waits for approval*
   *[other] *{ $count } updates wait for approval*
 }
home-update = ✋ *{ $name }* for { $who } ({ $language }): { $title }
home-risks = { $count ->
    [one] *1 risk is overdue for review*
   *[other] *{ $count } risks are overdue for review*
 }
home-figures = *In figures*
home-open = Open now: { $counts }

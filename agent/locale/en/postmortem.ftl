# The draft of what is to be learnt from an incident. Every sentence stands beside what it rests on.
pm-title = Post-mortem of { $name }: { $title }
pm-draft-note = A draft, written from the records of the incident. S1, S2 … name what each sentence rests on. Correct it where you know better.
pm-cut = This is shortened; the file in the thread holds everything.
pm-nobody = nobody yet
pm-part-summary = Summary
pm-part-impact = Impact
pm-part-spans = Detection, response, mitigation, resolution
pm-part-causes = Cause
pm-part-actions = What was done
pm-part-well = What went well
pm-part-badly = What did not
pm-part-follow = Follow-ups
pm-part-open = Open questions
pm-part-timeline = Timeline
pm-part-sources = Sources
pm-head-services = Services: { $services }
pm-head-priority = Priority: { $priority }
pm-head-time = Time: { $start } to { $end } { $zone } ({ $span })
pm-head-running = Time: since { $start } { $zone }, not over yet
pm-head-commander = Incident commander: { $who }
pm-head-responder = First responder: { $who }
pm-head-called = Called: { $who }
pm-summary-over = { $name } ({ $title }) began at { $start } { $zone } and lasted { $span }.
pm-summary-running = { $name } ({ $title }) began at { $start } { $zone } and is not over.
pm-summary-peak = At its worst { $peak } of the requests to { $service } failed.
pm-summary-cause = The likely cause: { $claim }
pm-summary-no-cause = No cause was found.
pm-ended-action = { $action } ended it: { $deed }.
pm-ended-words = { $who } resolved it with the words: { $words }
pm-ended-alerts = It ended when its alerts did; what brought that about is not recorded.
pm-impact-budget = { $service }: for { $bad } more requests failed than { $objective } allows. Weighed with the share that failed, this is { $lost } of a full outage, { $share } of the { $minutes } minutes that a month allows.
pm-impact-peak = { $service }: at most { $peak } of the requests failed, at { $at }.
pm-impact-requests = { $service }: about { $failed } of { $asked } requests failed.
pm-impact-no-requests = { $service }: how many requests failed is not measured, because nothing tells their rate over this time.
pm-impact-gap = { $service }: measured for { $seen } of { $span }; the rest is unknown and counted as nothing.
pm-impact-unmeasured = { $services }: not measured. No error rate over the time of the incident is known.
pm-impact-left = { $service }: { $left } of its error budget was left when this was looked up.
pm-impact-users = How many people were affected is not measured: nothing that is read here counts people.
pm-impact-how = How it is computed: the error rate (5xx) of each point holds until the next one. Bad time is the time above the objective; the weighed time is the sum of error rate times duration; the objective of { $objective } leaves { $minutes } minutes of a mean month.
pm-span-detection = Detection (MTTD): { $span } after it began, at { $at }.
pm-span-response = Response (MTTA): { $span } after it was opened, at { $at }.
pm-span-mitigation = Mitigation (MTTM): { $span } after it began, at { $at }.
pm-span-resolution = Resolution (MTTR): { $span } after it began, at { $at }.
pm-span-detection-none = Detection (MTTD): not known.
pm-span-response-none = Response (MTTA): nobody acknowledged it.
pm-span-mitigation-none = Mitigation (MTTM): no mitigation was recorded.
pm-span-resolution-none = Resolution (MTTR): it is not over.
pm-span-reopened = { $count ->
    [one] It was over once and came back.
   *[other] It was over and came back { $count } times.
 }
pm-cause-likely = Likely cause ({ $sure } sure): { $claim }
pm-cause-none = The evidence carries no cause.
pm-cause-confirmed = { $who } says that this is right.
pm-cause-denied = { $who } says that this is wrong.
pm-cause-truth = { $who } says what it was: { $truth }
pm-finding-symptom = Seen ({ $sure } sure): { $claim }
pm-finding-cause = Also possible ({ $sure } sure): { $claim }
pm-finding-change = Changed just before ({ $sure } sure): { $claim }
pm-finding-ruled_out = Ruled out ({ $sure } sure): { $claim }
pm-action = { $action }: { $deed } – { $outcome }
pm-lesson-answered-in-time = Somebody answered after { $span }; the target is { $limit }.
pm-lesson-answered-late = Somebody answered only after { $span }; the target is { $limit }.
pm-lesson-answered-never = Nobody acknowledged it; the target is { $limit }.
pm-lesson-resolved-in-time = It was resolved after { $span }, within its target of { $limit }.
pm-lesson-resolved-late = It was resolved after { $span }; the target is { $limit }.
pm-lesson-reopened = { $count ->
    [one] It was declared over once before it was.
   *[other] It was declared over { $count } times before it was.
 }
pm-lesson-no-cause = No cause was found.
pm-lesson-cause-found = A cause with evidence was named { $span } after it was opened.
pm-lesson-cause-denied = The named cause was wrong, say people.
pm-lesson-action-helped = { $action } helped: { $deed } – { $outcome }.
pm-lesson-action-failed = { $action } did not help: { $deed } – { $outcome }.
pm-lesson-calls-arrived = { $count ->
    [one] The one call to people got through.
   *[other] All { $count } calls to people got through.
 }
pm-lesson-calls-failed = { $failed } of { $count } calls to people failed.
pm-lesson-escalated = { $count ->
    [one] Nobody answered at first: it was escalated once.
   *[other] Nobody answered at first: it was escalated { $count } times.
 }
pm-lesson-updates-sent = { $count ->
    [one] 1 update reached its audience, { $span } after it was opened.
   *[other] { $count } updates reached { $audiences } audiences, the first one { $span } after it was opened.
 }
pm-lesson-updates-failed = { $count ->
    [one] 1 update could not be delivered everywhere.
   *[other] { $count } updates could not be delivered everywhere.
 }
pm-lesson-updates-unapproved = { $count ->
    [one] 1 update was still waiting for approval when it was over.
   *[other] { $count } updates were still waiting for approval when it was over.
 }
pm-lesson-handoffs-late = { $count ->
    [one] 1 question to a sub-agent was not answered in time.
   *[other] { $count } questions to sub-agents were not answered in time.
 }
pm-lesson-undelivered = { $count ->
    [one] 1 message to the outside was given up.
   *[other] { $count } messages to the outside were given up.
 }
pm-lesson-blind = Not everything could be seen: { $backends } did not answer.
pm-follow-suggested = Suggested: { $words }
pm-follow-task = { $task } ({ $state }, { $owner }, issue { $ticket }): { $words }
pm-task-open = open
pm-task-done = done
pm-task-dropped = taken back
pm-follow-release = Let releases of { $service } reach a small share first, and stop them when errors rise.
pm-follow-memory = Find what eats the memory of { $service }, and alert before its limit is reached.
pm-follow-pool = Size the connection pool of { $service } to its load, and alert before it is exhausted.
pm-follow-dependency = Give the calls of { $service } timeouts and a way to do without the slow dependency.
pm-follow-load = Plan capacity for such a load on { $service }, or limit what it accepts.
pm-follow-cache = Keep the cache of { $service } from emptying at once, and test it without one.
pm-follow-node = Keep noisy neighbours away from { $service } with requests and limits.
pm-follow-certificate = Renew the certificates of { $service } automatically, and alert weeks before they end.
pm-follow-container = Test the start of { $service } before it is released, and find why its containers end.
pm-follow-service = Find why { $service } went away, and let it survive the loss of an instance.
pm-follow-logs = Find what the new errors of { $service } mean, and test for it.
pm-follow-fault = Remove the cause of { $name } in { $service }, and test that it cannot come back unseen.
pm-follow-cause = Find the true cause of { $name }, and write it into the incident.
pm-follow-answer = Look at who is called for { $service } and by which ways, so that somebody answers in time.
pm-follow-calls = Mend the ways by which people are called: some calls of { $name } failed.
pm-follow-approval = Agree on who approves updates at once; some of { $name } waited until it was over.
pm-follow-delivery = Mend the ways out of the house: some messages of { $name } were given up.
pm-follow-blind = Make the backends that did not answer during { $name } available when things go wrong.
pm-follow-action = Find why the action that did not help { $name } was chosen, and mend the policy or the runbook.
pm-follow-reopened = Find a sign by which { $service } is really well; { $name } was declared over too early.
pm-follow-detection = Add an alert on { $service } that would have told of { $name } earlier.
pm-follow-review = Go through the post-mortem of { $name } together and decide what is done.
pm-open-cause = What caused it?
pm-open-unconfirmed = Is the named cause right? Nobody has confirmed it.
pm-open-missing = What would have been seen here: { $what }
pm-open-action = Did { $action } take place ({ $deed })? Nobody can tell.
pm-open-update = Does the update for { $audience } still have to be told? It waits for approval.
pm-open-task = Does { $task } still have to be done? { $words }
pm-line-alert_added = { $count } alerts joined
pm-line-alert_resolved = { $count } alerts ended
pm-line-alert_refired = { $count } alerts fired again
pm-line-left-out = … { $count } more things happened here …
pm-line-handoff = { $agent }: { $outcome }
pm-handoff-refused = refused a question
pm-handoff-timed_out = did not answer in time
pm-handoff-late = answered too late
pm-line-resolved = resolved by { $who }: { $why }
pm-line-diagnosed = a diagnosis was made
pm-line-cause = likely cause named: { $claim }
pm-line-proposed = { $action } proposed by { $who }: { $deed }
pm-line-proposed-here = { $action } proposed: { $deed }
pm-line-approved = { $action } may run: { $deed }
pm-line-applied = { $action } done: { $deed }
pm-line-ended = { $action } ended: { $deed } – { $outcome }
pm-line-update = update to { $audience } ({ $language }) by { $ways }: { $title }
pm-source-evidence = reading: { $summary }
pm-source-event = timeline no. { $number }, { $at }: { $what }
pm-source-action = action { $action }: { $deed }
pm-source-page = call of { $who } by { $way } at { $at }
pm-source-update = update { $number } for { $audience } ({ $ways })
pm-source-task = task { $task }, added by { $who }
pm-source-handoff = hand-off { $number } to { $agent }
pm-source-policy = the team's rule in policies/{ $file }
pm-source-doc = the definition in docs/{ $file }
pm-source-person = what { $who } said of the diagnosis
pm-source-incident = the whole record of { $name }, which holds nothing about it
pm-source-notification = undelivered message { $key }
# The message in the thread, the issues, and what can go wrong.
pm-told = *A post-mortem draft of { $name } is written:* { $summary }
pm-told-plain = Post-mortem draft of { $name }: { $summary }
pm-told-follow = { $count ->
    [0] It suggests no follow-ups.
    [one] It has 1 follow-up.
   *[other] It has { $count } follow-ups.
 }
pm-told-where = The canvas of { $room } holds it.
pm-button = Show the draft
pm-ticket = Follow-up { $task } of { $name } ({ $priority }, { $title }), added by { $who }. Incident: { $services }, { $start } to { $end }.
pm-ticket-cause = Likely cause: { $claim }
pm-too-early = { $name } has only begun; there is nothing to learn from yet.

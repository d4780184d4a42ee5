# What people and sub-agents did in an incident; the older kinds of events stand in card.ftl.
timeline-task-for = { $task } (for { $who })
timeline-pinned = kept what { $who } wrote: { $what }
timeline-command_taken = { $actor } took command
timeline-command_given = { $actor } gave command to { $what }
timeline-command_released = { $actor } gave up command
timeline-escalated = { $actor } escalated: { $what }
timeline-paged = called: { $what }
timeline-page_answered = { $actor } answered a call
timeline-page_failed = a call failed: { $what }
timeline-target_near = a target is near: { $what }
timeline-target_missed = a target was missed: { $what }
timeline-task_added = { $actor } added the task { $what }
timeline-task_assigned = { $actor } gave away the task { $what }
timeline-task_done = { $actor } finished the task { $what }
timeline-task_dropped = { $actor } took back the task { $what }
timeline-task_filed = a task is in the tracker: { $what }
timeline-handoff_asked = { $actor } asked a sub-agent: { $what }
timeline-handoff_accepted = { $actor } took up a question: { $what }
timeline-handoff_ended = { $actor } is done with a question: { $what }
timeline-update_written = an update was written: { $what }
timeline-update_sent = an update was sent: { $what }
timeline-update_withdrawn = { $actor } withdrew an update: { $what }
timeline-update_unlike = an update reads differently than agreed: { $what }
timeline-reads-gone = { $what }, gone from { $to }
timeline-deployment_seen = released: { $what }
timeline-deployment_judged = the watch after a release is over: { $what }
timeline-room_opened = { $actor } opened a channel: { $what }
timeline-postmortem_written = { $actor } wrote a post-mortem draft
timeline-closed = closed by { $actor }
timeline-asks-inform_audiences = what audiences may know
timeline-asks-assess_action = how risky an action is
timeline-asks-review_recurrence = whether the cause recurs
timeline-asks-explain_release = what was released
timeline-asks-plan_release = a way back
timeline-outcome-answered = answered
timeline-outcome-refused = refused
timeline-outcome-timed_out = no answer in time
timeline-outcome-late = answered too late
timeline-waiting = { $what } ({ $count ->
    [one] 1 waits for approval
   *[other] { $count } wait for approval
 })

## Checklists: the words that every check shares
check-unseen = could not be looked at
check-no-data = no data
check-no-data-of = no data about { $what }
check-too-slow = no answer within { $seconds } s
check-failed = the check itself failed
check-gone = this item no longer stands in the policy

## The message of a checklist
check-headline = *{ $title }* · { $time }
check-running = ⏳ { $done } of { $count } looked at
check-all-well = { $count ->
    [one] ✅ The one item is done
   *[other] ✅ All { $count } items are done
}
check-open = { $what } · { $well } of { $count } done
check-taken-over = (the next check has taken over)
check-count-attention = { $count ->
    [one] ⚠️ 1 needs attention
   *[other] ⚠️ { $count } need attention
}
check-count-unknown = ❔ { $count } unknown
check-count-todo = 👤 { $count } for somebody
check-count-waiting = ⏳ { $count } not looked at
check-asked = Asked for by { $who }
check-again = All looked at again, asked for by { $who }, { $time }
check-late = Late: it was due at { $due } and began { $began }
check-missed = { $count ->
    [one] Missed while the bot was away: { $times }
   *[other] { $count } missed while the bot was away: { $times }
}
check-left-over = { $count ->
    [one] Left over from the last one: { $names }
   *[other] { $count } left over from the last one: { $names }
}
check-done-by = done by { $who }, { $time }
check-taken-back = { $who } took back the tick of { $whose }, { $time }
check-reminder = { $count ->
    [one] One item of the check is still open: { $names }
   *[other] { $count } items of the check are still open: { $names }
}
button-check-done = Done
button-check-now = What now?
button-check-details = Details
button-check-again = Look again
button-check-undo = Take the tick back
button-check-all = Look at all again
button-check-incident = Open an incident
button-check-task = Make a task
button-check-propose = Propose { $action }
dialog-check = Check
dialog-check-done = Done
dialog-check-task = Task
done-check-task = { $task } is noted.
done-check-begun = { $title } has begun in { $where }.
done-check-again = { $title } of today is looked at again, in its own message: { $where }.
home-checks = *Today's checks*

## /ops checks
usage-checks = the daily and weekly checks: when, how the last went, and looking now
checks-title = { $count ->
    [one] *1 checklist*
   *[other] *{ $count } checklists*
}
checks-line = *{ $title }* (`{ $name }`) · next { $next } · { $where }
    Last { $last }: { $went }
checks-line-new = *{ $title }* (`{ $name }`) · next { $next } · { $where }
    There was none yet.
checks-never = There was none yet.
checks-none = There are no checklists: write one in policies/checks.
checks-next = *{ $title }*: the next occurrences
problem-no-checklist = There is no checklist called “{ $name }”. There are: { $known }.
problem-check-verb = “{ $word }” is none of run, last and next.
problem-check-gone = This proposal is gone: the item was looked at again.
problem-check-incident = An incident was opened from this item already.
error-check-waiting = The bot is still looking at this.
error-check-nothing-again = There is nothing here that the bot looks at.
error-check-left = A newer one has taken over.
error-no-check-item = There is no such item.
error-no-checklist = There is no such checklist.

## What the checks say
check-services-well = { $count ->
    [one] the one service is up, no alert about it
   *[other] all { $count } services are up, no alert about any
}
check-services-bad = { $bad ->
    [one] 1 of { $count } services needs a look
   *[other] { $bad } of { $count } services need a look
}: { $names }
check-services-unseen = no figures of { $names }
check-service-line = { $service }: up { $up }, errors { $errors }, P95 { $p95 }
check-service-alerting = { $service }: up { $up }, errors { $errors }, P95 { $p95 }, and an alert fires
check-alerts-none = no incident since { $since }
check-alerts-handled = { $count ->
    [one] 1 incident since { $since }, handled
   *[other] { $count } incidents since { $since }, all handled
}
check-alerts-unanswered = { $count ->
    [one] 1 incident has no answer yet
   *[other] { $count } incidents have no answer yet
} ({ $total } since { $since })
check-incident-over = { $name } { $priority } { $title }: over after { $lasted }
check-incident-held = { $name } { $priority } { $title }: { $who } has it
check-incident-unanswered = { $name } { $priority } { $title }: nobody has answered for { $age }
check-metrics-well = { $objectives } objectives hold, the key figures are as on other days
check-metrics-bad = { $missed } of { $objectives } objectives missed, { $worse } key figures worse than on other days
check-metrics-unmeasured = no data of { $names }
check-objective-missed = { $name }: { $sli } against { $target }, { $spent } of the budget spent
check-objective-short = { $name }: { $spent } of the budget spent
check-figure-worse = { $figure }: { $now }, yesterday { $yesterday }, a week ago { $week }
check-figure-same = { $figure }: { $now } (yesterday { $yesterday }, a week ago { $week })
check-figure-requests = requests per second
check-figure-errors = failed requests
check-figure-latency = P95 latency
check-speed-well = no service slower than { $limit } at P95; the slowest is { $service } with { $p95 }
check-speed-bad = { $count ->
    [one] 1 service slower than { $limit } at P95
   *[other] { $count } services slower than { $limit } at P95
}
check-speed-line = { $service }: P95 { $p95 }
check-speed-objective = { $name }: { $sli } of requests are fast enough, { $target } are promised
check-planned-none = nothing is planned for { $day }
check-planned = { $count ->
    [one] 1 thing for { $day }
   *[other] { $count } things for { $day }
}
check-planned-window = freeze: { $name }
check-planned-freeze = freeze by { $who } until { $until }: { $reason }
check-planned-maintenance = maintenance: { $name }, { $start } to { $end } ({ $services })
check-planned-release = release: { $service } { $release } by { $who }, { $at }
check-planned-handover = on call for { $schedule }: { $who } from { $at }
check-planned-task = task { $task }: { $text }
check-planned-everything = all services

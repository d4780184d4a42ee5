# Answers to look-ups and questions. Everything that comes from outside arrives as data.
answer-yes = yes
answer-no = no
answer-ago = { $span } ago
answer-change-deployment = deployment
answer-change-config = configuration
answer-change-scale = scaling
answer-change-restart = restart
answer-signal = **{ $title }** is { $now }, normally { $normal } (last { $span })
answer-signal-alone = **{ $title }** is { $now } (last { $span })
answer-overview = **{ $service }** now and normally:
answer-services-title = the services
answer-all-services = all services
health-good = { $count ->
    [one] **The one service is healthy.**
   *[other] **All { $count } services are healthy.**
 }
health-rest = { $count ->
    [one] The other one is healthy.
   *[other] The other { $count } are healthy.
 }
health-bad = **{ $count } of { $total } services need a look:** { $names }.
health-unseen = No numbers come from { $names }.
answer-all-logs = all logs
answer-logs = **{ $total } lines** in the last { $span } for { $title }; of the newest { $shown }, equal ones in one row:
answer-pattern-more = { $count }× `{ $sample }`, { $before }× in the hour before
answer-pattern-new = { $count }× `{ $sample }`, never in the hour before
answer-patterns = **What stands out:**
answer-pods = **{ $title }**: { $ready } of { $total } pods are ready
answer-changes = { $count ->
    [one] **{ $title }**: one change in the last { $span }
   *[other] **{ $title }**: { $count } changes in the last { $span }, newest first
 }
answer-no-changes = **{ $title }**: nothing changed in the last { $span }
answer-alerts = { $count ->
    [one] **One alert** is firing
   *[other] **{ $count } alerts** are firing
 }
answer-no-alerts = No alert is firing.
answer-alerts-heard = { $reason }. This is what the bot heard last.
answer-incidents = **{ $open } open** and { $ended } recently ended incidents:
answer-failed = **{ $title }**: no answer. { $reason }
answer-nothing = **{ $title }**: there are no data in this window. That is an empty answer, not an error.
answer-read-as = (I read “{ $written }” as { $meant }.)
answer-too-late = This took too long, so I stopped. Try a shorter window or one service.
answer-not-understood = I did not understand that, and no model is configured to try harder.
answer-help = No model is configured, so I answer these kinds of questions:
    - **Why** is checkout slow? Why does payment fail?
    - **What changed** in the last 2 hours?
    - **Is** payment **healthy**?
    - Show **logs** of payment errors 15m
    - Show **latency** of checkout 30m
    - Which **alerts** fire? Which **incidents** are open? Show the **pods** of payment
    - **Who** is on it? What should we do **next**? Was there a **similar** incident?
    - How is everything? (**status**)
answer-unknown-service = Which service do you mean? I know { $services }.
answer-no-services = I cannot see any service now: { $reason }.
answer-why-cause = **Likely cause** ({ $confidence } sure): { $claim }
answer-why-cause-of = **Likely cause** ({ $confidence } sure, as on the card of { $name }): { $claim }
answer-why-elsewhere = **Read again just now, the evidence says instead:** { $claim } ({ $confidence } sure)
answer-why-unsure = Read again just now, the evidence alone no longer carries this cause.
answer-why-over = Read again just now, the signals of { $service } are back in their normal range.
answer-why-unread = The metrics could not be read again just now.
answer-why-signs = **Why:** { $signs }.
answer-why-next = **Next:** { $step }
answer-why-none = **Inconclusive.** The evidence does not carry a cause for { $service }.
answer-why-well = **{ $service } looks healthy** in the last { $span }: none of its signals left the normal range.
answer-why-symptoms = What is certain:
answer-why-measured = Measured just now:
answer-why-ruled-out = Ruled out:
answer-why-missing = **Missing:** { $what }
answer-healthy = **{ $service } is healthy**: nothing is out of its normal range.
answer-unhealthy = **{ $service } is not healthy:**
answer-health-unknown = **{ $service }**: no metrics in this window, so I cannot tell.
answer-who = **{ $name }**: { $who } is on it.
answer-who-none = **{ $name }**: nobody has acknowledged it yet.
answer-who-paged = To be paged: { $paged }.
answer-who-commander = { $who } commands it.
answer-similar = **Seen before:**
answer-similar-one = { $name } { $title }: { $cause }
answer-similar-none = I remember no similar incident.
answer-cause-unknown = cause not recorded
answer-next = **Next:** { $step }
answer-next-none = There is no diagnosis yet. Ask why a service is slow or failing.
answer-no-incident = No incident is open.
step-first = Read metrics, changes, events and pods
step-logs = Read logs, resources and the call graph
step-callees = Read what it calls
step-deepest = Look at the deepest failing service
step-last = Read the last words of ended containers
step-weigh = Weigh the evidence
step-look = Look it up
step-reads = { $ok } of { $count } reads brought data
status-calm = **No open incident.**
status-open = { $count ->
    [one] **One open incident:**
   *[other] **{ $count } open incidents:**
 }
status-incident = { $name } { $priority } { $title }, for { $age }, acknowledged by { $who }
status-incident-new = { $name } { $priority } { $title }, for { $age }, not acknowledged yet
status-alerts = **Alerts firing:** { $count }
status-services = **Services with metrics:** { $count } ({ $names })
status-services-unknown = **Services:** unknown. { $reason }
status-backends-good = **Backends:** all { $count } answer
status-backends-absent = **Not configured:** { $names }
status-backend-bad = **{ $name }:** { $detail }
status-queues = **Queues:** { $inbox } deliveries, { $jobs } jobs ({ $dead } dead), { $outbox } messages wait
column-series = Series
column-now = Now
column-normal = Normally
column-signal = Signal
column-threshold = Threshold
column-lowest = Lowest
column-highest = Highest
column-pod = Pod
column-ready = Ready
column-restarts = Restarts
column-up = Up
column-requests = Requests
column-errors = Errors
column-latency = Latency (p95)
column-state = State
column-node = Node
column-image = Image
column-age = Age
column-cpu = CPU cores
column-memory = Memory
column-count = Times
column-last = Last (UTC)
column-level = Level
column-service = Service
column-message = Message
column-alert = Alert
column-where = Where
column-severity = Severity
column-since = Since
column-summary = Summary
column-when = When
column-kind = Kind
column-what = What
column-incident = Incident
column-priority = Priority
column-title = Title
column-who = Who
column-channel = Channel

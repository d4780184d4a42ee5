# Reports about a day, a week or a month, and how each of their figures is computed.
report-name-monthly = Monthly operations report
report-name-sla = Service level report
report-name-weekly = Weekly operations digest
report-name-daily = Daily operations report
report-time-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
 } { $year } · { $first } to { $last } · { $zone }
report-time-week = Week { $week } of { $year } · { $first } to { $last } · { $zone }
report-time-day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
 } { $year } · { $zone }
report-so-far = { $time } · so far, until { $until }
report-part-availability = 1. Availability
report-part-performance = 2. Performance
report-part-resources = 3. Resources
report-part-incidents = 4. Main incidents
report-part-improvements = 5. Improvements
report-part-success = 6. Success figures of the operation
report-part-how = How each figure was computed
report-part-agreements = What was promised to customers
report-part-standing = Where we stand
report-part-week-incidents = Incidents and what customers felt
report-part-next-week = Next week
report-part-day-incidents = Incidents
report-head-availability = Services were available for { $value } of requests; the longest unplanned down time of one service is { $down }.
report-head-unmeasured = Availability could not be measured.
report-head-incidents = { $count ->
    [0] No incident was opened.
    [one] One incident was opened; { $felt ->
        [0] customers felt nothing of it.
       *[other] customers felt it.
     }
   *[other] { $count } incidents were opened; { $felt ->
        [0] customers felt none of them.
       *[other] customers felt { $felt } of them.
     }
 }
report-head-targets = { $met } of { $measured } measured targets are met; { $count } are tracked.
report-head-agreements = { $count ->
    [one] One promise to customers, { $measured } measured, { $broken } broken.
   *[other] { $count } promises to customers, { $measured } measured, { $broken } broken.
 }
report-head-credit = { $title }: a service credit of { $credit } is due.
report-figure-availability = Overall availability
report-figure-downtime = Unplanned down time
report-figure-maintenance = Planned maintenance
report-figure-latency = Mean response time
report-figure-p95 = P95 response time
report-figure-requests = Requests per day
report-figure-cpu = CPU, mean
report-figure-memory = Memory, mean
report-figure-storage = Storage used
report-figure-incidents = Incidents
report-figure-felt = Incidents customers felt
report-figure-resolution = Time to resolution (MTTR)
report-figure-early = Early detection
report-figure-false = False positives
report-figure-mttd = Time to detection (MTTD)
report-figure-mttr = Resolved within target
report-figure-sla = Promised availability kept
report-figure-budget = Error budget spent
report-figure-promise = Measured
report-figure-breached = Down time that counts
report-figure-covered = Time with data
report-figure-excluded = Planned maintenance left out
report-figure-credit = Service credit
report-how-availability = good requests of all services over all their requests, by the availability objective of each service ({ $measured } of { $services } measured); services counted in slices of time are averaged.
report-how-downtime = share of bad requests or slices of the availability objective times the time with data, of the service with most of it ({ $service }); { $excluded ->
    [yes] planned maintenance is left out.
   *[no] that objective counts planned maintenance as well.
 }
report-how-maintenance = time of the maintenance that maintenance.yaml plans within the period, whatever service it is for; what overlaps counts once.
report-how-latency = sum of all response times over the number of requests, all services together; a request that calls another service counts in both.
report-how-p95 = 95th percentile of the histogram of all requests of the period, all services together.
report-how-requests = mean of the daily requests of all services together, over the { $days } of { $of } whole days with data.
report-how-cpu = 1 less the idle share, averaged over the period and over { $count } hosts.
report-how-memory = used over total memory, averaged over the period and over { $count } hosts.
report-how-storage = used over total bytes of all real file systems at the end of the period.
report-how-incidents = incidents that were opened in the period, those joined to another left out; { $judged } of them were judged false alarms.
report-how-felt = P0 and P1 incidents, and others of which customers were told in public ({ $told }); false alarms left out.
report-how-resolution = mean time from the beginning of the trouble to its end, over { $count } resolved incidents; of one that came back the last opening counts.
report-how-early = { $found } of { $count } incidents were opened by an alert, the bot's own watch or the watch over a release; the others were declared by a person first. Trouble that nobody ever opened an incident for is not known here.
report-how-false = of { $count } ended incidents opened by alerts or the watch: { $said } that people called a false alarm when they resolved them or named the cause, and { $muted } that people muted while nobody led, changed or noted anything. Those that simply ended by themselves are not counted as false.
report-how-mttd = mean time from the beginning of the trouble, as measured, to the incident, over { $count } incidents that alerts or the watch opened.
report-how-mttr = share of { $count } incidents that were resolved within the time of their route, from their (last) opening; one that goes on beyond it counts as late, one that has time left is not counted.
report-how-sla = lowest of { $count } availabilities promised to customers: { $service }.
report-how-budget = share of the error budget of the whole period that is used, the worst of { $count } availability objectives and agreements: { $objective }.
report-how-promise = { $unit_of ->
    [slices] slices of time that were good, of all with data
   *[other] good requests of all requests
 }, as the objective defines them.
report-how-breached = share of what the objective counts as bad, times the time with data.
report-how-covered = share of the period so far, without planned maintenance, for which there are data; the rest is counted neither as good nor as bad.
report-how-excluded = time of planned maintenance within the period, which the agreement leaves out.
report-how-credit = by the tiers of the agreement, for the whole period.
report-why-no-data = there are no data for this time
report-why-no-record = the bot kept no record then
report-why-no-incident = no incident to measure it on
report-why-no-objective = no objective is set up
report-not-measured = Not measured: { $why }.
report-no-data = no data
report-met = met
report-missed = missed
report-unmeasured = not measured
report-window = Window: { $start } to { $end } ({ $zone }). No value stands where nothing was measured.
report-storage = { $used } of { $total }
report-column-figure = Figure
report-column-value = Value
report-column-target = Target
report-column-judged = Judgement
report-column-objective = Objective
report-column-measured = Measured
report-column-budget-left = Budget left
report-column-covered = Data for
report-column-service = Service
report-column-requests = Requests a day
report-column-average = Mean
report-column-p95 = P95
report-column-errors = Errors (5xx)
report-column-priority = Priority
report-column-count = Incidents
report-column-detect = MTTD
report-column-acknowledge = MTTA
report-column-resolve = MTTR
report-column-within = Target
report-column-kept = In time
report-column-agreement = Agreement
report-column-promised = Promised
report-column-excluded = Left out
report-column-credit = Credit
report-column-tier = Measured between
report-column-this = This period
report-column-incident = Incident
report-column-began = Began
report-column-share = Share
report-column-down = Down time
report-title-down = What the down time consists of
report-down-rest = while no known incident lasted
report-how-down = Share of all that was bad in the period, measured from ten minutes before an incident began until two minutes after its end. { $overlap ->
    [yes] Incidents overlapped here and share the same time, so the shares are more than the whole together.
   *[no] Incidents that overlap share the same time.
 }
report-chart-budget = Error budget left
report-chart-incidents = Incidents per day
report-chart-resolution = MTTR per week
report-chart-requests = Requests per day
report-alt-budget = Share of the error budget that was left each day; at the end { $ends }.
report-alt-incidents = { $count } incidents over the period, at most { $most } on one day.
report-alt-resolution = Mean time to resolution of each week, at most { $longest }.
report-alt-requests = Requests of each day, between { $least } and { $most }.
report-goes-on = goes on
report-case-when = Began
report-case-lasted = Lasted
report-case-service = Service
report-case-cause = Cause
report-case-cure = Solution
report-case-judged = Judged
report-case-customers = Customers
report-cause-unknown = not known
report-false-said = false alarm, as people said
report-false-muted = false alarm: muted, and nobody had to do anything
report-customers-told = were told in public
report-title-done = Done
report-title-planned = Planned
report-title-open = Still open
report-done-task = { $task } done: { $text }
report-open-task = { $task }, open since { $since }: { $text }
report-open-task-due = { $task }, due { $due }: { $text }
report-risk-open = Risk R-{ $number } is open (score { $score }): { $title }
report-risk-accepted = Risk R-{ $number } is accepted (score { $score }): { $title }
report-risk-mitigated = Risk R-{ $number } is mitigated: { $title }
report-risk-closed = Risk R-{ $number } is closed: { $title }
report-releases = { $count ->
    [one] One release ({ $services }), { $worse } of them with a regression or a failure.
   *[other] { $count } releases ({ $services }), { $worse } of them with a regression or a failure.
 }
report-nothing-done = No follow-up was finished, no risk changed and nothing was released.
report-nothing-planned = Nothing is planned and no follow-up is open.
report-more = and { $count } more
report-cases-left = { $count ->
    [one] One more incident stands in the figures only.
   *[other] { $count } more incidents stand in the figures only.
 }
report-rows-left = { $count ->
    [one] One more row is left out.
   *[other] { $count } more rows are left out.
 }
report-no-record = The bot kept no record then, so nobody can tell whether there were incidents.
report-no-incidents = No incident was opened in this time.
report-cut = There were more incidents than a report reads; the newest are counted.
report-no-agreement = No objective is marked as an agreement with customers.
report-no-breach = No incident of this service in this period may have broken the promise.
report-credit-none = none agreed
report-tier = { $lowest ->
    [yes] below { $high }
   *[no] { $low } to { $high }
 }
report-tier-here = this period
report-written = Written { $at }
report-page = Page { $page } of { $pages }
report-figures = Figures
report-files-below = The whole report is below, in the thread.
report-asked-by = Asked for by { $who }
report-which = Say which report: { $kinds }.
report-ordered = { $title } ({ $period }) is being written; it comes with its files.
usage-report = a report: monthly (2026-10), weekly (2026-W43), sla (2026-10) or daily (2026-10-23); alone, the last month
error-which-period = That is no such period; write it like { $example }.
error-period-ahead = { $period } has not begun yet.
report-maintenance = { $start } to { $end }, planned maintenance: { $text }

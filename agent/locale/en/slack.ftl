# What the Slack app says beside the card.
answer-working = Looking …
answer-none = I found nothing to say about that.
ask-what = What would you like to know? For example: why is checkout slow?
ask-title = Ask about { $name }
ask-label = Your question
ask-hint = For example: what changed in { $service } before this?
asked-by = { $who } asks: { $question }
button-close = Close
declare-title = Declare an incident
declare-what = What is wrong?
declare-service = Service
declare-service-hint = Choose or type a service
declare-priority = Priority
declare-description = What else do you know?
declare-submit = Declare
declare-needs-title = Say in a few words what is wrong.
declare-needs-service = Choose the service that is hit most.
declare-needs-priority = Choose a priority.
priority-P0 = P0 · critical
priority-P0-means = Complete outage, data loss or a security breach
priority-P1 = P1 · high
priority-P1-means = An important function fails for many people
priority-P2 = P2 · medium
priority-P2-means = A part is degraded; people can work around it
priority-P3 = P3 · low
priority-P3-means = Cosmetic, or an improvement
did-you-mean = Did you mean { $guess }?
try-help = Try `/ops help`.
done-acknowledged = You are on { $name }. The card says so.
done-resolved = { $name } is resolved. The card turns green.
done-reopened = { $name } is open again. The bot looks at it anew.
done-noted = Noted in the timeline of { $name }.
done-muted = Alerts like those of { $name } stay silent for { $span }.
done-declared = { $name } is declared. Its card is in { $channel }.
evidence-title = Evidence of { $name }
evidence-none = Nothing has been read for this incident yet.
evidence-page = Page { $page } of { $pages }
evidence-newer = ← Newer
evidence-older = Older →
evidence-origin = { $tool } from { $backend }
evidence-open = open
help-title = *What I can do.* Everything is answered to you alone; cards go to the channels.
help-mention = In a channel, ask me by name: @ops-monitor why is checkout slow? In an incident's thread I know which incident you mean.
help-examples = For example:
usage-help = this list; after a subcommand, its own help
usage-status = open incidents, services and backends
usage-incidents = what is open and what was lately
usage-show = the card of an incident
usage-metrics = a signal of a service as a chart, with its query
usage-logs = what stands out in the logs, and the newest lines
usage-pods = the pods of a service: ready, restarts, reasons
usage-alerts = what fires now
usage-ask = a question in your own words
usage-ack = say that you are on it
usage-resolve = end an incident
usage-reopen = bring an ended incident back
usage-note = add a line to the timeline
usage-mute = keep alerts like these silent for a while
usage-declare = open an incident by hand
welcome = *I turn alerts into incidents with one living card each, and answer questions about your services.* Choose, or type `/ops help`.
welcome-short = What would you like to do?
shortcut-status = Status
shortcut-incidents = Incidents
shortcut-alerts = Alerts
shortcut-declare = Declare an incident
shortcut-help = All commands
mute-no-reason = no reason given
problem-unexpected = That did not work, and it is our fault. It is in the log; please try again.
problem-no-such-incident = There is no incident { $name }. /ops incidents lists them.
problem-which-incident = Say which incident, for example INC-3. /ops incidents lists them.
problem-how-long = Say for how long, for example 30m, 2h or 1d (at most 30 days).
problem-no-card-yet = { $name } has no card yet. Please try again in a moment.
problem-unknown-command = I know no { $word }.
home-title = How we are doing
home-updated = Updated { $time }
home-incidents = { $count ->
    [0] *Nothing is on fire.* No incident is open.
    [one] *1 open incident*
   *[other] *{ $count } open incidents*
 }
home-incident = *{ $priority } · { $name }* { $title }
    since { $since } · { $where } · { $who }
home-new = not acknowledged yet
home-services = *Services*
home-unknown = Not known right now: the backends did not answer in time.
home-backends = *What I can see:* { $good } of { $count } backends answer
home-backends-good = *What I can see:* all { $count } backends answer
home-watches = *Where cards go*
home-how = *How to use me*
    • Ask me in any channel: @ops-monitor why is checkout slow?
    • `/ops` shows what I can do; `/ops help` lists it all
    • On a card: Acknowledge when you take it, Evidence to see what I saw, Ask to dig
    • Write to me directly, in English or Korean

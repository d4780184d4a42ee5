# What becomes of work that is handed to a sub-agent.
handoff-nobody = Nobody here answers as { $agent }.
handoff-slow = { $agent } did not answer in time.
handoff-failed = It failed: { $why }

# The risk register.
risk-recurs = It happened { $times } times in { $days } days ({ $incidents } before).
risk-title = Unexplained alerts come back
risk-no-entry = There is no risk R-{ $number }.
risk-bad-owner = Say who looks after the risk.
risk-bad-review = The review must lie in the future.
risk-digest-head = Risks, week { $week }: { $open } open, { $overdue } overdue for review
risk-digest-line = R-{ $number } · { $score } of 25, { $level } · { $title }
risk-digest-owner = looked after by { $owner }
risk-digest-nobody = nobody looks after it
risk-digest-review = review by { $date }
risk-digest-overdue = review overdue since { $date }
risk-digest-more = and { $count } more
risk-no-incident = There is no such incident.
risk-not-mine = The risk-manager does not answer { $kind }.
risk-no-action = { $incident } has no such action to assess.

# How risky an action is, and why.
risk-level-low = low
risk-level-moderate = moderate
risk-level-high = high
risk-level-severe = severe
risk-line = risk { $score } of 100, { $level }: { $reasons }
risk-line-bare = risk { $score } of 100, { $level }
risk-rule = the risk is { $level }
risk-forbids = may not run, because risk.yaml forbids what is this risky
risk-unassessable = may not run, because its risk cannot be assessed ({ $why })

risk-factor-share = touches { $share } of the capacity ({ $what })
risk-factor-count = touches { $what }
risk-factor-services = touches { $count } services ({ $services })
risk-factor-irreversible = cannot be taken back
risk-factor-harm = { $harm ->
    [low] can do little harm
    [medium] can do some harm
   *[high] can do great harm
 }
risk-factor-budget = error budget { $left } left
risk-factor-budget-unknown = error budget unknown
risk-factor-freeze = changes are frozen ({ $reason })
risk-factor-outside-hours = outside business hours
risk-factor-dependants = { $count ->
    [1] { $services } calls this service
   *[other] { $count } services call this one ({ $services })
 }
risk-factor-untried = not done here in the last { $days } days
risk-factor-history = done here in the last { $days } days: { $succeeded } times well, { $failed } times in vain, { $undone } times taken back
risk-factor-priority = for a { $priority } incident

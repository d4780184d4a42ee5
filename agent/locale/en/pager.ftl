# What PagerDuty tells of an incident.
timeline-pager_said = PagerDuty: { $what }
pager-said-resolved = { $who } resolved it there; it stays open here until its alerts end or somebody resolves it
pager-said-escalated = { $who } escalated it to { $what }
pager-said-reassigned = { $who } handed it to { $what }
pager-said-priority_updated = { $who } set its priority there to { $what }

# How the team's incidents went over a time.
figures-none = No incident was opened in the last { $span }.
figures-head = { $count ->
    [one] **1 incident** in the last { $span }. Each cell: median / 90th percentile (of how many).
   *[other] **{ $count } incidents** in the last { $span }. Each cell: median / 90th percentile (of how many).
 }
figures-how = Detection and answer count to and from the opening of the incident, mitigation and resolution from the beginning of the trouble; of one that came back the last opening counts.
figures-which-span = Say a span of at most a year, such as 7d or 30d.
figures-updates = Updates: { $sent } of { $due } sent, { $late } late
figures-calls = Calls per person and week: { $people }
figures-line = { $name } ({ $count }): detected { $detect } · answered { $acknowledge } · mitigated { $mitigate } · resolved { $resolve }
column-figures-group = Priority or service
column-figures-count = Incidents
column-figures-detect = Detection (MTTD)
column-figures-acknowledge = Answer (MTTA)
column-figures-mitigate = Mitigation (MTTM)
column-figures-resolve = Resolution (MTTR)
usage-figures = how incidents went: the four means, updates, calls per person

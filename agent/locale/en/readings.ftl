# What a reading says; in English the tools' own sentences stand.
reading-nothing = no data for { $subject }
reading-signal = { $subject } is { $now }
reading-signal-normal = { $subject } is { $now }, normally { $normal }
reading-chart = chart of { $subject }
reading-budget = { $left } of the error budget of { $service } is left
reading-patterns = { $count } log patterns, { $fresh } of them new, in { $lines } lines
reading-lines = { $count } log lines
reading-changes = { $count } changes, the newest: { $newest }
reading-events = { $count } events of the cluster
reading-alerts = { $count } alerts fire
reading-edges = { $count } pairs of services call each other
reading-pods = { $ready } of { $count } pods are ready

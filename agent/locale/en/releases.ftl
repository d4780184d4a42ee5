# What is told of releases: in their one message, in lists, and in the incidents that they concern.
release-name = { $service } { $release }
release-name-by = *{ $name }* by { $who }
release-name-alone = *{ $name }*
release-watching = 🚀 { $what } is out; watching until { $until }
release-all_clear = ✅ { $what }: no regression
release-regression = 🔴 { $what }: worse than before
release-inconclusive = ⚪ { $what } is out; whether it made anything worse could not be told
release-failed = ❌ { $what } did not roll out
release-started = ⏳ { $what } is being rolled out
release-own = ↩️ { $what } was rolled out by an action of mine
release-before = Before: { $before }
release-contrast = { $signal } { $before } → { $after }
release-contrast-unknown = { $signal }: { $because }
release-contrast-because = { $line } ({ $because })
release-because-usual = as at this hour of other days
release-because-bad_before = it was so before
release-because-no_before = nothing to compare it with
release-because-no_data = no data
release-because-away = the metrics could not be read
release-because-too_little_traffic = too few requests to tell
release-because-superseded = the next release came before the watch was over
release-because-unfinished = its pods did not all become ready
release-reason = Reason: { $because }
release-incident = See { $name }.
release-budget-low = ⚠️ Only { $left } of { $service }'s error budget is left: better no more releases until it has recovered. Going back is always fine.
release-state-started = rolling out
release-state-failed = did not roll out
release-state-watching = watched
release-state-regression = worse
release-state-all_clear = no regression
release-state-inconclusive = could not tell
release-state-own = by the bot
release-details = Details
release-incident-title = { $service } is worse since { $release }: { $signal } { $before } → { $after }
release-incident-reason = { $signal } went from { $before } to { $after } after { $release } was released
deploys-title = { $count ->
    [one] One release in the last { $span }
   *[other] { $count } releases in the last { $span }
  }
deploys-title-of = { $count ->
    [one] One release of { $service } in the last { $span }
   *[other] { $count } releases of { $service } in the last { $span }
  }
deploys-none = No release in the last { $span }.
deploys-none-of = No release of { $service } in the last { $span }.
column-release = Release
column-deployer = By
column-outcome = Outcome
column-changes = Before → after

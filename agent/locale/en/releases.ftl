# What is told of releases: in their one message, in lists, and in the incidents that they concern.
release-name-by = *{ $name }* by { $who }
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
release-because-replaced = an action of mine replaced it before the watch was over
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
    [one] One release in the last seven days
   *[other] { $count } releases in the last seven days
  }
deploys-title-of = { $count ->
    [one] One release of { $service } in the last seven days
   *[other] { $count } releases of { $service } in the last seven days
  }
deploys-none = No release in the last seven days.
deploys-none-of = No release of { $service } in the last seven days.
column-release = Release
column-deployer = By
column-outcome = Outcome
column-changes = Before → after
# The deployment-manager's answers.
release-told = { $name }, { $at }: { $state }.
release-told-by = By { $who }.
release-told-change = { $at }: { $what }.
release-told-none = Nothing of { $service } was released or changed in the last seven days.
release-told-away = What runs in the cluster could not be read: { $why }.
release-plan-proposed = { $handle } is proposed: { $name } goes from { $from } to { $to }.
release-plan-forbidden = { $handle }, { $name } from { $from } to { $to }, is forbidden by the policy: { $why }.
release-plan-reason = { $name }: { $state }
release-plan-reason-roll-back = going back to the version before
release-plan-reason-emergency-patch = an emergency patch to a version that has been seen
release-plan-budget-unknown = How much of { $service }'s error budget is left is not known.
release-plan-budget-open-back = { $left } of { $service }'s error budget is left.
release-plan-budget-open-patch = { $left } of { $service }'s error budget is left.
release-plan-budget-shut-back = Only { $left } of { $service }'s error budget is left; going back is fine all the same.
release-plan-budget-shut-patch = Only { $left } of { $service }'s error budget is left: a patch forward needs more people than usual, going back is the safer way.
release-plan-no-incident = A way back is planned within an incident; declare one first.
release-plan-rejected = People said no to the same in { $handle }; ask for it yourselves if it is wanted after all.
release-plan-harmful = Revision { $revision } is the one after which things got worse, so nothing goes back to it.
release-plan-left = { $name } was released since, so what did harm does not run any more; nothing is proposed.
release-plan-no-pods = No pods of { $service } were seen.
release-plan-other-image = No container of { $service } runs another version of { $image }.
release-plan-unseen-image = The image { $image } was never seen here, and only what was seen is rolled out. Seen: { $known }.
release-plan-not-mine = The deployment-manager does not answer { $kind }.

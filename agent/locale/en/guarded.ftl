# What guarded recovery tells people: refusals say what to do instead, outcomes say how an action ended.
guarded-line = { $handle } { $what }: { $where }.
guarded-undo-of = Undo: { $what }
guarded-state = { $state ->
    [suggested] suggested only
    [forbidden] forbidden by the policy
    [waiting] waiting for approval
    [queued] approved and about to begin
    [running] running
    [verifying] done, being verified
    [succeeded] succeeded
    [undoing] being taken back
    [undone] taken back
    [failed] failed
    [unknown] nobody can tell whether it happened
    [rejected] rejected
    [expired] expired
    [stale] out of date
   *[cancelled] called off
 }
guarded-no-such-action = There is no such action. /ops actions lists them.
guarded-no-such-incident = There is no such incident. /ops incidents lists them.
guarded-no-target = That object was not found, so nothing was proposed. Check its name and namespace.
guarded-off = Recovery is switched off in { $environment } (autonomy.yaml), so nothing was proposed.
guarded-busy = Things changed while I looked. Nothing was done; please try again.
guarded-nothing-changed = These are the parameters that it has already. Change one, or approve the action as it is.
guarded-undo-unchangeable = An undo puts back what was there; it has nothing to change. Reject it if you do not want it.
guarded-use-undo = To take an action back, use /ops undo with its number.
guarded-begun = { $handle } has begun and cannot be changed any more. Wait for its end, or undo it then.
guarded-evaluation-error = The policy could not be evaluated ({ $why }), so this may not run. Tell whoever looks after the policies.
guarded-asks-nobody = The policy names nobody who could agree to this, so it may not run. Tell whoever looks after the policies.
guarded-not-tried = Worked out from what the bot can read; the server was not asked to try it.
guarded-not-as-left = Somebody has changed the target since the recovery did, so it is left as it is.
guarded-target-changed = The target has changed since this was shown.
guarded-left-revision = { $action } has rolled { $name } away from this very revision { $ago } ago. Take { $action } back if it is wanted after all.
guarded-incident-over = The incident has ended since this was proposed, so it is no longer needed.
guarded-decision-changed = The policy judges this differently now: { $why }
guarded-not-agreed = The agreement that this needs is not there.
guarded-too-late = Its time was over before it could begin. Propose it again if it is still needed.
guarded-voter-left = Somebody who agreed is no longer in a group whose word is needed.
guarded-groups-unreadable = I cannot read who is in the groups that agreed. It begins as soon as I can, or expires.
guarded-stopped = The stop switch is thrown, so it did not begin. Propose it again after /ops resume.
guarded-not-done = It did not happen, and it will not be tried again.
guarded-no-answer = { $backend } did not answer in time.
guarded-cannot-tell = I cannot tell whether it happened.
guarded-cannot-check = I could not see it arrive in time.
guarded-reconciled = It had happened: the world shows it, though its answer was lost.
guarded-recovered = Recovered in { $duration }.
guarded-time-over = Its time is over, as was agreed.
guarded-timer-stopped = Its time is over, but the stop switch is thrown. It is taken back after /ops resume.
guarded-undo-stopped = The stop switch is thrown, so it was not taken back. A person may undo it after /ops resume.
guarded-undo-reason = Takes { $handle } back.
guarded-undone-by = Taken back by { $handle }.
guarded-settled = { $by } has looked: { $happened ->
    [yes] it happened.
   *[no] it did not happen.
 }
vote-bot = Only people may decide about actions.
vote-foreign = You belong to another workspace, so your word does not count here. Ask somebody of this team.
vote-forged = This button does not fit the action as I know it. Use the buttons on the incident's card.
vote-state = { $state ->
    [suggested] { $handle } is only a suggestion: nothing runs by approval in this environment. A person has to do it by hand.
    [forbidden] { $handle } is forbidden by the policy. Why? shows the rule.
    [queued] { $handle } has all the approvals that it needs already.
    [granted] { $handle } has all the approvals that it needs already.
    [running] { $handle } is running already.
    [used] { $handle } has used its approval already. Propose it again if it is needed once more.
    [verifying] { $handle } was done and is being verified.
    [succeeded] { $handle } was done already.
    [undoing] { $handle } was done and is being taken back.
    [undone] { $handle } was done and taken back. Propose it again if it is still needed.
    [failed] { $handle } has failed. Propose it again if it is still needed.
    [unknown] { $handle } may have happened. Look at its target, then say on the card whether it did.
    [rejected] { $handle } was rejected. Propose it again if things have changed.
    [expired] { $handle } has expired: nobody agreed in time. Propose it again if it is still needed.
    [stale] { $handle } is out of date. The card shows the one that took its place, or propose it again.
    [void] { $handle } is no longer open for approval. The card shows where it stands.
   *[cancelled] { $handle } was called off. Propose it again if it is still needed.
 }
vote-twice = You have given your word on this already. It counts once; somebody else is needed.
vote-stopped = { $by } has thrown the stop switch ({ $reason }). Nothing can be approved until /ops resume.
vote-own = You asked for this yourself, and the policy wants somebody else's word. Ask a colleague.
vote-not-in-group = Only people of { $groups } may decide about this. Ask one of them; they are the ones to call.
vote-group-unreadable = I cannot read who is in { $groups } right now, so nobody's word can count. Try again in a moment.
vote-group-empty = Nobody is in { $groups }, so nobody can agree. Ask an administrator of the workspace to fill the group.
vote-not-missing = Your group has agreed already. The word of { $groups } is still missing.
vote-cannot-check = I cannot check this again right now: { $why } Nothing was approved; try again in a moment.
vote-outdated = { $handle } was not approved. { $why }
vote-new-card = { $handle } shows how it looks now; approve that one if it is still right.
vote-repeated = Your word was counted already.
vote-counted = Thank you, counted. { $handle } needs more people's word before it runs.
vote-granted = Thank you. { $handle } is approved; it is checked once more and then runs.
vote-rejected = { $handle } is rejected and will not run.
change-not-yours = { $handle } may be changed by whoever asked for it and by people of { $groups }. Propose what you have in mind as an action of your own.
cancel-state = { $handle } cannot be called off: { $state ->
    [running] it is running. Wait for its end, then undo it.
    [undoing] it is being taken back already.
    [unknown] it may have happened. Look at its target, then say on the card whether it did.
   *[other] it is over.
 }
undo-irreversible = { $handle } cannot be taken back: what it did has no way back.
undo-state = { $handle } cannot be taken back: { $state ->
    [running] it is still running. Wait for its end.
    [undoing] it is being taken back already.
    [undone] it has been taken back already.
    [unknown] it is not known whether it happened. Say on the card first what you see.
   *[other] it did not change anything.
 }
settle-state = { $handle } is not in doubt, so there is nothing to say about it. The card shows where it stands.
freeze-until = A freeze ends in the future and lasts at most 14 days. For example: /ops freeze 2h release weekend
brake-needs-reason = Say why in a few words, so that the others know what it is about.
action-outcome-recovered = recovered
action-outcome-done = done
action-outcome-undone = done: the other action is taken back
action-outcome-unverified = done, its verification ended by an undo
action-outcome-unverified-cancelled = done, its verification was called off
action-outcome-forbidden = forbidden by the policy
action-outcome-rejected = rejected
action-outcome-expired = expired
action-outcome-cancelled = called off
action-outcome-changed = replaced by one with other parameters
action-outcome-stopped = called off by the stop switch
action-outcome-limit = not run: its limit is used up
action-outcome-target-changed = out of date: the target changed
action-outcome-target-gone = out of date: the target is gone
action-outcome-policy-changed = out of date: the policy judges it differently now
action-outcome-incident-over = out of date: the incident is over
action-outcome-no-longer = out of date: it can no longer be done
action-outcome-voter-left = out of date: an agreement no longer counts
action-outcome-not-applied = failed: nothing was changed
action-outcome-not-happened = it did not happen
action-outcome-withheld = not tried again: nothing was changed
action-outcome-failed = failed
action-outcome-timed-out = did not arrive in time
action-outcome-worse = made things worse
action-outcome-no-better = no better
action-outcome-unverifiable = could not be verified
action-outcome-timer = its time is over
action-outcome-unknown = nobody can tell whether it happened
action-outcome-undone-worse = made things worse: undone
action-outcome-undone-no-better = no better: undone
action-outcome-undone-unverifiable = could not be verified: undone
action-outcome-undone-failed = failed: undone
action-outcome-undone-timed-out = did not arrive in time: undone
action-outcome-undone-timer = undone when its time was over
action-outcome-undone-by-person = undone
action-outcome-undone-already = not needed: it is taken back already
action-outcome-undo-stopped = not undone: the stop switch is thrown
action-outcome-undo-conflict = not undone: somebody else has changed the target since
action-outcome-undo-failed = could not be undone
action-outcome-undo-not-happened = was not undone
action-outcome-undo-unknown = nobody can tell whether it was undone

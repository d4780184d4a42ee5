# What a recovery of policies/recovery says of itself: how it began, what became of its steps, why it ended.
recovery-begun = { $title } began for { $service }
recovery-ended = { $title } is over: { $why }
recovery-notice = { $title } is under way for { $service } ({ $incident }).
recovery-to-be-paged = { $groups } to be paged: { $words }
recovery-to-be-told = To { $groups }: { $words }
recovery-returning = { $share } % of the traffic returns
recovery-taken-back = { $title }: what was changed for a time has been taken back.
recovery-partly-back = { $title }: not everything that was changed could be taken back; its steps say what stays.
recovery-kept = { $title }: it never was normal long enough, so what was changed stays as it is.

recovery-step-not-needed = Not needed here.
recovery-step-not-yet = not yet: { $why }
recovery-step-suggested = Only suggested: actions are not run in this environment.
recovery-step-unseen = Left out: { $reference } is not known, because { $why }.
recovery-step-forbidden = The policy forbids { $handle }.
recovery-step-rejected = { $handle } was rejected.
recovery-step-expired = Nobody decided on { $handle } in time.
recovery-step-cancelled = { $handle } was cancelled.
recovery-step-stale = { $handle } no longer fits, because its target has changed.
recovery-step-undone = { $handle } was undone.
recovery-step-failed = { $handle } did not work.

recovery-why-recovered = recovered
recovery-why-frozen = stopped, because changes are frozen
recovery-why-person_took_over = stopped, because a person has taken over
recovery-why-cause_changed = stopped, because another cause is diagnosed now
recovery-why-step_failed = stopped, because a step that must not fail has failed
recovery-why-gone = stopped, because the policies no longer hold it as it began
recovery-why-nothing_to_do = nothing of it could be done here
recovery-why-told = people have been told; there is nothing to change
recovery-why-not_recovered = all of its steps are over and the trouble is still there
recovery-why-not_run = none of its actions was run

recovery-unseen-nothing = nothing of that kind was observed
recovery-unseen-no-cause = no cause was diagnosed
recovery-unseen-no-service = no service is known
recovery-unseen-node-not-measured = no pod on { $node } is measured
recovery-unseen-nowhere = the namespace of { $pod } was not seen
recovery-unseen-no-pods = no pods of { $service } were seen
recovery-unseen-no-revision = { $service } has no earlier revision
recovery-unseen-left-revision = { $action } has rolled it away from revision { $revision } lately
recovery-unseen-no-pool-size = no metric tells the pool size of { $service }
recovery-unseen-no-rates = nobody measures how much the services are used
recovery-unseen-unread = it could not be read: { $why }
recovery-unseen-no-number = it is no number
recovery-unseen-no-workload = { $pod } belongs to no Deployment or StatefulSet
recovery-unseen-not-apart = the instances of { $service } cannot be told apart
recovery-unseen-none-worse = no instance of { $service } fails more than the others
recovery-unseen-all-ready = every pod is ready
recovery-unseen-not-measured = the { $what } of the pods is not measured

judge-over = None of the alerts fires any more.
judge-better = { $rules } no longer { $count ->
    [one] holds
   *[other] hold
}.
judge-same = { $rule } still holds ({ $value }, the limit is { $threshold }).
judge-same-plain = { $rule } still holds.
judge-worse = { $rule } is clearly worse than when the action began: { $value } instead of { $before } (the limit is { $threshold }).
judge-new-alert = { $rule } fires for { $service } only since the action began.
judge-silent = { $rule } measures nothing any more, which proves nothing.
judge-unreadable = { $rule } cannot be asked: { $why }

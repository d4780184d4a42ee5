# What the policies say of an action, and of a person who may not use a command.
policy-or = { " or " }
policy-people = { $count ->
    [one] one person of { $groups }
   *[other] { $count } different people of { $groups }
 }
policy-people-others = { $count ->
    [one] one person of { $groups } other than the requester
   *[other] { $count } different people of { $groups } other than the requester
 }
policy-needs = needs { $people } (rule “{ $rule }”)
policy-permitted = may run because { $rule }
policy-forbidden = may not run because { $rule }
policy-cannot-tell = may not run, because the rule “{ $rule }” cannot be judged: { $why }
policy-no-rule = may not run, because no rule lets { $action } run in { $environment }
policy-off = may not run, because recovery is switched off in { $environment }
policy-irreversible = may not run, because a rule wants it to be taken back by itself, and { $action } cannot be taken back
policy-autonomy-approve = the rules permit it, but in { $environment } a person looks first
policy-budget = error budget { $left } left
policy-budget-unknown = error budget unknown
policy-no-freeze = no freeze
policy-freeze = freeze: { $reason }
policy-error-service = the service of the target is not known
policy-error-tier = the importance of the service is not known
policy-error-priority = the action belongs to no incident, so there is no priority
policy-error-budget = the error budget is not known
policy-error-share = the share of the capacity that it touches is not known
policy-error-size = the size before and after is not known
policy-error-age = the age of what it works on is not known
policy-error-odd = a fact has an unexpected form ({ $problem })
policy-verdict-permit = May run
policy-verdict-ask = May run when people agree
policy-verdict-forbid = May not run
policy-tree-title = **{ $verdict }** · `{ $action }` in `{ $environment }`, autonomy `{ $autonomy }`
policy-tree-rules = **Rules about this action**
policy-tree-none = No rule is about this action.
policy-tree-limits = **Limits:** { $limits }
policy-tree-expires = An approval expires after { $span }.
policy-tree-undo = It is taken back by itself after { $span }.
policy-tree-digest = Policy `{ $digest }`
policy-limit-incident = { $most } in an incident
policy-limit-target = { $most } on a target
policy-limit-hour = { $most } in an hour
policy-limit-day = { $most } in a day
policy-rule-applies = { $effect }: { $rule }
policy-rule-waived = waived by “{ $by }”: { $rule }
policy-rule-idle = does not apply: { $rule }
policy-rule-error = cannot be judged: { $rule }
policy-effect-permit = permits
policy-effect-ask = asks
policy-effect-forbid = forbids
policy-predicate = { $name }: wanted { $expected }, is { $actual }
policy-predicate-error = { $name }: wanted { $expected }, but { $error }
access-unlisted = Nobody may use { $command } here: access.yaml does not list it. Ask whoever keeps the policies.
access-groups = Only members of { $groups } may use { $command } (rule { $rule }). Ask one of them.
access-channels = { $command } may only be used in { $channels } (rule { $rule }).

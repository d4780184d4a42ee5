# Where services stand against their objectives.
usage-slo = where services stand against their objectives: budget left, burn rate, forecast, what spent it
slo-none = No objectives are written in policies/slo.
slo-title = { $count ->
    [one] **1 objective**; { $spent } without budget, { $unknown } without data
   *[other] **{ $count } objectives**, the least budget first; { $spent } without budget, { $unknown } without data
 }
slo-title-of = **Objectives of { $service }**
slo-unknown = No service called “{ $name }” has objectives. Did you mean: { $near }?
slo-ask-one = `/ops slo SERVICE` tells what spent a budget, with a picture.
slo-left = { $share } of the budget left
slo-overspent = budget used up, and { $share } of it overspent
slo-overspent-times = budget used { $times } times over
slo-gone = used up
slo-no-data = no data
slo-error = cannot be measured: { $why }
slo-measured = { $sli }, at least { $target } wanted, { $window }
slo-burn = burns { $rates }
slo-burn-of = { $rate }× ({ $span })
slo-unforeseen = no forecast, since nothing was measured lately
slo-lasts = lasts at this pace
slo-gone-at = gone { $time } at this pace, in { $span }
policy-budget-of = error budget { $left } left ({ $slo }, { $window })
slo-window-days = { $count ->
    [one] the last day
   *[other] the last { $count } days
 }
slo-window-day = the day ({ $zone })
slo-window-week = the week ({ $zone })
slo-window-month = the month ({ $zone })
slo-window-quarter = the quarter ({ $zone })
slo-window-year = the year ({ $zone })
slo-spent = **What spent it – { $title }** ({ $share } of the budget)
slo-spent-rest = { $share } while no known incident lasted
slo-how = _How, { $title }: { $how }_
slo-how-all = Budget left: 1 − bad / allowed, of requests or slices of time in the objective's window; a burn rate of 1 spends it exactly in its window. What was not measured is no data, never 100%.
slo-how-events = bad requests / ({ $allowed } of the requests of the window).
slo-how-slices = bad slices of { $slice } / ({ $allowed } of the window's slices with data or still to come).
slo-how-incidents = incidents that were not over within the time of their priority / ({ $allowed } of those that were over).
slo-counts-events = { $bad } of { $total } were bad, { $budget } may be.
slo-counts-slices = { $bad } of { $total } slices were bad, { $budget } may be.
slo-covered = { $share } of the window so far has data; what the last minute brought is not counted yet.
slo-excluded = { $span } of planned maintenance are left out.
slo-picture = { $title }: error budget left, { $window }
column-slo-objective = Objective
column-slo-target = Target
column-slo-measured = Measured
column-slo-left = Budget left
column-slo-burn = Burn (1 h)
column-slo-forecast = At this pace
home-objectives = *Objectives*
home-objectives-more = The least budget first; `/ops slo SERVICE` tells what spent it.

# What people read on pagers, phones and in their mail when they are called, and the mail of the morning.
paging-why-opened = You are on call for { $service }.
paging-why-escalated = Nobody has answered; { $target } comes next.
paging-why-priority_raised = It has become { $priority }.
paging-why-target_near = Its target to be resolved is near.
paging-why-target_missed = It was not resolved within its target.
paging-why-by_hand = { $by } asks for you.
paging-why-back_up = You were called by { $way }, which did not take the call, so this comes another way.
paging-text = { $summary } — { $why } Answer in Slack.
paging-mail-text =
    { $summary }
    Service: { $service } ({ $environment })
    { $why }

    Acknowledge it on its card in Slack{ $pager ->
        [yes] , or in PagerDuty
       *[no] {""}
    }.
paging-digest-subject = { $count ->
        [one] { $count } incident that could wait ({ $day })
       *[other] { $count } incidents that could wait ({ $day })
    }
paging-digest-intro = { $count ->
        [one] One incident of low priority is open; nobody was called for it.
       *[other] { $count } incidents of low priority are open; nobody was called for them.
    }
paging-digest-line = { $name } { $priority } since { $since }: { $title }
paging-target-near = The target to resolve a { $priority } within { $within } is near: { $left } are left.
paging-target-missed = It was not resolved within { $within }, the target of a { $priority }.
paging-task-due = A reminder: { $task } is still open.
paging-task-late = { $task } is past its deadline.

# 호출기, 전화, 메일로 받는 호출 문구와 아침에 보내는 요약 메일.
paging-why-opened = { $service } 당직이어서 호출했습니다.
paging-why-escalated = 아직 아무도 응답하지 않아 다음 순서인 { $target }에게 연락합니다.
paging-why-priority_raised = 우선순위가 { $priority } 단계로 올라갔습니다.
paging-why-target_near = 해결 목표 시간이 얼마 남지 않았습니다.
paging-why-target_missed = 목표 시간 안에 해결되지 않았습니다.
paging-why-by_hand = { $by } 님이 도움을 요청했습니다.
paging-why-back_up = { $way } 호출이 접수되지 않아 다른 방법으로 다시 연락합니다.
paging-text = { $summary } — { $why } Slack에서 응답해 주세요.
paging-mail-text =
    { $summary }
    서비스: { $service } ({ $environment })
    { $why }

    Slack 카드{ $pager ->
        [yes] {" "}또는 PagerDuty
       *[no] {""}
    }에서 확인 버튼을 눌러 주세요.
paging-digest-subject = 급하지 않은 인시던트 { $count }건 ({ $day })
paging-digest-intro = 우선순위가 낮은 인시던트 { $count }건이 열려 있습니다. 아무도 호출하지 않았습니다.
paging-digest-line = { $name } { $priority }, { $since }부터: { $title }
paging-target-near = { $priority } 해결 목표 시간({ $within })까지 { $left } 남았습니다.
paging-target-missed = { $priority } 해결 목표 시간({ $within }) 안에 해결되지 않았습니다.
paging-task-due = 알림: { $task } 할 일이 아직 끝나지 않았습니다.
paging-task-late = { $task } 할 일의 기한이 지났습니다.

# 첫 알림보다 먼저 봇이 스스로 알아차린 것.
watch-abnormal-since = { $service }의 { $signal } 지표가 { $at } UTC부터 비정상이었음 (첫 알림보다 { $lead } 먼저)

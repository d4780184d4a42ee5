# 채팅 밖으로 나가는 메시지.
status-undelivered = **전달 실패:** { $count }건 ({ $reasons }). 원인을 해결한 뒤 `/ops redeliver`로 다시 보내세요

## 점검표: 모든 점검이 함께 쓰는 말
check-unseen = 확인하지 못했습니다
check-no-data = 데이터가 없습니다

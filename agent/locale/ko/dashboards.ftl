# 대시보드: 게시하는 조치, 그리고 /ops dashboard가 하는 말.
action-publish_dashboard = 대시보드 “{ $title }” 게시 (패널 { $panels }개, 폴더 “{ $folder }”)
action-publish_dashboard-what = Grafana에 대시보드 하나를 만들거나 업데이트합니다. Grafana가 모든 버전을 보관하며, 되돌리면 이전 버전이 다시 저장됩니다.

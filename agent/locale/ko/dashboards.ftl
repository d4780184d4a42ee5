# 대시보드: 게시하는 조치, 그리고 /ops dashboard가 하는 말.
action-publish_dashboard = 대시보드 “{ $title }” 게시 (패널 { $panels }개, 폴더 “{ $folder }”)
action-publish_dashboard-what = Grafana에 대시보드 하나를 만들거나 업데이트합니다. Grafana가 모든 버전을 보관하며, 되돌리면 이전 버전이 다시 저장됩니다.
deed-unit-dashboards = 대시보드 { $count }개

usage-dashboard = 대시보드 목록, 링크나 그림으로 보기, 인시던트 전용 대시보드; publish를 붙이면 Grafana에 게시
dashboards-title = 대시보드 { $count }개
dashboards-foot = 하나 보기: /ops dashboard 이름 · 인시던트 전용: /ops dashboard INC-n
dashboard-at = Grafana의 { $title }
dashboard-drawn = { $title } (Prometheus에서 그림)
dashboard-open = 대시보드 열기
dashboard-silent = 데이터가 없는 패널 { $count }개: { $names }
dashboard-publish = 아직 Grafana에 없습니다: { $command }
dashboard-no-grafana = Grafana가 설정되어 있지 않아, 패널의 쿼리로 그린 그림을 보여 드립니다.
dashboard-proposed = 요청했습니다. { $handle } { $title }: { $standing }
problem-dashboard-verb = 대시보드 이름 뒤에는 “publish”만 올 수 있습니다. “{ $word }”는 사용할 수 없습니다.
mark-deployment = { $service } 배포: { $name } ({ $state })
mark-action = 조치 { $handle }: { $title }
mark-action-undone = 조치 { $handle }: { $title } (되돌림)
mark-incident = 인시던트 { $name } { $priority }: { $title }
error-dashboard-unknown = “{ $name }” 대시보드가 없습니다. 사용할 수 있는 대시보드: { $known }
error-dashboard-provisioned = “{ $title }”은(는) 프로비저닝 파일에서 온 대시보드라 Grafana에서 저장할 수 없습니다. 파일을 고쳐 주세요.
error-dashboard-published = “{ $title }”은(는) 이미 지금과 똑같은 내용으로 게시되어 있습니다.
error-dashboard-no-service = { $name }에 관련된 서비스를 알 수 없어 그릴 것이 없습니다.

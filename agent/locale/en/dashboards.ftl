# Dashboards: the action that publishes one, and what /ops dashboard says.
action-publish_dashboard = Publish dashboard “{ $title }” ({ $panels } panels, folder “{ $folder }”)
action-publish_dashboard-what = Creates or updates one dashboard in Grafana. Grafana keeps every version; undoing saves the version before again.
deed-unit-dashboards = { $count ->
    [one] 1 dashboard
   *[other] { $count } dashboards
 }

usage-dashboard = dashboards: the list, one as a link or a picture, an incident's own; with publish it goes to Grafana
dashboards-title = { $count ->
    [one] One dashboard
   *[other] { $count } dashboards
 }
dashboards-foot = One of them: /ops dashboard NAME · an incident's own: /ops dashboard INC-n
dashboard-at = { $title } in Grafana
dashboard-drawn = { $title }, drawn from Prometheus
dashboard-open = Open the dashboard
dashboard-silent = { $count ->
    [one] One panel has no data: { $names }
   *[other] { $count } panels have no data: { $names }
 }
dashboard-publish = It is not in Grafana yet: { $command }
dashboard-no-grafana = Grafana is not configured, so this is a picture of the panels' own queries.
dashboard-proposed = Proposed: { $handle } { $title }: { $standing }
problem-dashboard-verb = After the dashboard's name only “publish” may follow, not “{ $word }”.
mark-deployment = Deployment of { $service }: { $name } ({ $state })
mark-action = { $handle }: { $title }
mark-action-undone = { $handle }: { $title } (taken back)
mark-incident = { $name } { $priority }: { $title }
error-dashboard-unknown = There is no dashboard called “{ $name }”. There are: { $known }.
error-dashboard-provisioned = “{ $title }” comes from provisioning files, so Grafana lets nobody save it; change the files.
error-dashboard-published = “{ $title }” is published already, exactly as it would be.
error-dashboard-no-service = No service of { $name } is known, so there is nothing to draw.

# Dashboards: the action that publishes one, and what /ops dashboard says.
action-publish_dashboard = Publish dashboard “{ $title }” ({ $panels } panels, folder “{ $folder }”)
action-publish_dashboard-what = Creates or updates one dashboard in Grafana. Grafana keeps every version; undoing saves the version before again.

"""What dashboards show, as Grafana and Kibana want it; never where figures come from, nor who may publish."""

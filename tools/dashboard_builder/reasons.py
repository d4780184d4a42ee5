"""Why a panel of a healthy system may have nothing to show, in the words that stand beside it and in the documents."""

NO_REFUSALS = "Nothing was refused: the counter appears with the first refusal."
NO_FAILED_LOGINS = "Nobody failed to log in: the counter appears with the first failure."
NO_EVENTS = "Nothing suspicious was recorded: the counter appears with the first event."
NO_CPU_LIMITS = (
    "Needs cAdvisor and kube-state-metrics; without them the panel of the process or the host shows CPU."
)
NO_SERVERS = "Needs node_exporter on the servers."
NO_KUBE_STATE = "Needs kube-state-metrics with this metric."
NO_REQUESTS_SET = (
    "Needs kube-state-metrics' resource requests and cAdvisor: without both, idle capacity cannot be told."
)
NO_PRICES = "Needs OpenCost (`node_total_hourly_cost`) or a definition in policies/signals.yaml: the product knows no prices."
NO_SURVEY = "Needs `customer_satisfaction_score` or a definition in policies/signals.yaml: the product asks no customers."
NO_WEEK = "Needs a week of history: the same hour a week ago is the comparison."
NO_OUTPOSTS = "Needs policies/outposts.yaml: no third party is watched until one is named there."
NO_CLIENT_METRICS = "Needs `http_client_requests_total` of the services that call others."
NO_POOL = "Needs metrics of a connection pool (`db_connection_pool_*`, HikariCP or postgres_exporter)."
NO_WAITING = "Needs `db_connection_pool_waiting`, which only some pools tell."
NO_INCIDENT_YET = "No incident has ended yet: the histogram begins with the first."
NO_FIRING = "Nothing fires: `ALERTS` exists only while an alert is pending or firing."
NO_BOT = (
    "Needs a Prometheus that scrapes the bot itself (deploy/prometheus/prometheus.yaml, job ops-monitor)."
)
NO_MODEL = "Needs a configured model; without one nothing is asked and nothing is spent."
NO_NOTIFICATIONS = "Nothing was sent outside chat yet: the counter appears with the first try."
NO_PAGES = "Nobody was called yet: the counter appears with the first call."
NO_JOBS_YET = "No job has ended yet: the counter appears with the first."
NO_DEPLOYMENTS = "No deployment was announced yet: the counter appears with the first."
NO_ALERTS_YET = "No alert has come yet: the counter appears with the first."
NO_LEARNERS = "Needs the metrics of a learning product (docs/signals.md names them)."
NO_BUSINESS = "Needs this counter of the business' own services (docs/signals.md names it)."
NO_OBJECTIVES = (
    "Needs objectives (policies/slo) and a Prometheus that scrapes the bot, which measures them each minute."
)
NO_SCANNER = (
    "Needs trivy-operator (`trivy_image_vulnerabilities`): without a scanner, weaknesses are not known."
)
NO_CACHE = "Needs the metrics of a cache (`cache_hits_total`, redis_exporter)."
NO_MESH_OF_PODS = "Needs kube-state-metrics; outside Kubernetes there are no pods."
NOT_THIS_SERVICE = "Not every service has this: the panel is empty where the affected ones do not."

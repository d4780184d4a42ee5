# Slow endpoints.
usage-slow = the endpoints whose mean duration is over a second
slow-by-histograms = By histograms
slow-by-table = By the table of requests
slow-found =
    { $source }: { $count ->
        [one] one endpoint takes
       *[other] { $count } endpoints take
    } longer than 1 s on average, within { $span }.
slow-none = { $source }: no endpoint takes longer than 1 s on average, within { $span }; these are the slowest.
slow-nothing = { $source }: no data about single endpoints within { $span }.
slow-failed = { $source }: could not be looked at. { $reason }
slow-column-service = Service
slow-column-endpoint = Endpoint
slow-column-requests = Requests
slow-column-mean = Mean
slow-column-p95 = P95
slow-column-slowest = Slowest

## What the checks about room, back-ups, logs, security, certificates and upkeep found
check-part-unseen = a part could not be looked at: { $why }

check-disk-ok = the fullest of { $count } is { $what } with { $share } (limit { $limit })
check-disk-over = { $over } of { $count } are { $limit } full or more; the fullest is { $what } with { $share }
check-disk-filling = below { $limit } everywhere ({ $what } has { $share }), but one fills up soon
check-disk-one = { $what }: { $share }
check-disk-pace = { $what } is full in { $days } days at the present pace (interval { $earliest } to { $latest })

check-backups-ok = { $count ->
    [one] { $what } is backed up; its newest is { $age } old (limit { $limit })
   *[other] { $count } back-ups; the newest of { $what } is the oldest of them with { $age } (limit { $limit })
 }
check-backups-bad = { $bad } points about { $count } back-ups need a look
check-backups-gone = { $what }: there is no such job
check-backups-never = { $what } has never succeeded
check-backups-old = { $what }: the newest is { $age } old
check-backups-failed = { $what } has failed { $count } times since its last success
check-backups-asleep = { $what } is suspended
check-backups-small = { $what }: the newest has { $size }, usually it is { $usual }
check-backups-usual = { $what }: { $size }, usually { $usual }
check-restore-ok = a restore ({ $what }) last succeeded { $age } ago
check-restore-bad = the restore test needs a look
check-restore-person = no job tries a restore, so somebody has to
check-restore-step1 = Restore the newest back-up into an empty database beside the real one, never over it.
check-restore-step2 = Count the rows of two large tables, and look for records of the last day.
check-restore-step3 = Note how long it took and what was missing, then press Done.

check-errors-none = no error was logged in { $window }
check-errors-known = { $total } errors in { $window }, all of { $known } known patterns
check-errors-new = { $fresh ->
    [one] one new error pattern in { $window }, among { $total } errors
   *[other] { $fresh } new error patterns in { $window }, among { $total } errors
 }
check-errors-alone = { $total } errors in { $window }; there are no lines of the day before to compare with
check-errors-one = { $service }, { $count } times: “{ $sample }”

check-security-quiet = nothing raised since the last look
check-security-open = { $open } security incidents are open, of { $count } since the last look
check-security-signs = no incident, but signs that need a look
check-security-one = { $name } ({ $priority }, since { $at }): { $title }
check-security-ended = { $name } ({ $priority }, { $at }) is over: { $title }
check-security-logins = failed log-ins in { $window }: { $count }, a day before { $usual }
check-security-logins-many = failed log-ins in { $window }: { $count }, far more than the { $usual } of a day before
check-security-logins-alone = failed log-ins in { $window }: { $count }; there is no day before to compare with
check-security-signal = { $signal }, { $what }: { $value }

check-quotas-none = no namespace has a quota
check-quotas-ok = { $count } limits, all below { $limit }; the fullest is { $what } of { $namespace } with { $share }
check-quotas-over = { $over } of { $count } limits are used to { $limit } or more
check-quotas-one = { $namespace }, { $what }: { $used } of { $hard } ({ $share })

check-certificates-ok = { $count ->
    [one] one certificate: { $what } has { $days } days left
   *[other] { $count } certificates; the first to end, { $what }, has { $days } days left
 }
check-certificates-ending = { $ending } of { $count } certificates end within { $warn } days
check-certificates-urgent = { $what } ends in { $days } days: renew it now
check-certificates-soon = { $what } ends in { $days } days
check-certificates-untrusted = the certificate of { $what } does not verify

check-capacity-ok = nothing reaches { $limit } within { $within } days; first comes { $resource } of { $what } with { $now }
check-capacity-soon = { $resource } of { $what } reaches { $limit } in { $days } days (interval { $earliest } to { $latest })
check-capacity-there = { $resource } of { $what } is at { $now }, beyond its limit already
check-capacity-date = { $resource } of { $what }: { $now } now, at its limit in { $days } days (interval { $earliest } to { $latest })
check-capacity-none = { $resource } of { $what }: { $now } now; { $why }
check-capacity-disk = disk
check-capacity-memory = memory
check-capacity-cpu = CPU
check-capacity-requests = the request rate
check-capacity-why-history = no date, there is too little history
check-capacity-why-trend = no date, there is no clear trend
check-capacity-why-away = it is falling
check-capacity-why-far = the limit is more than a year away
check-capacity-why-crossed = beyond its limit already
check-capacity-why-unlimited = no limit is set for it

check-indices-ok = { $count } dated indices, none too old; { $managed } are managed by the store's own lifecycle
check-indices-bad = { $count } dated indices: { $expired } are too old, { $stuck } are stuck in their lifecycle
check-indices-expired = { $count } of { $pattern } are older than { $days } days: { $oldest } to { $newest }
check-indices-trouble = { $what } is stuck in the policy { $policy }: { $why }
check-indices-late = { $what } is { $age } days old and should have been deleted by the policy { $policy }

check-store-ok = { $series } series in memory, retention { $retention }; { $measured } measures are fine
check-store-bad = { $bad } points about the metrics store need a look
check-store-one = { $what }: { $value } ({ $detail })
check-store-plain = { $what }: { $value }
check-store-untold = not measured: { $what }
check-store-series = series in memory
check-store-retention = retention
check-store-wal = write-ahead log
check-store-configuration = configuration
check-store-targets = targets down
check-store-rules = rules failing
check-store-evaluations = failed rule evaluations in a day
check-store-compactions = failed compactions in a day
check-store-notifications = dropped notifications in a day
check-store-blocks = blocks on disk
check-store-oldest = oldest sample

check-images-ok = unused images take { $size }; the kubelet clears them by itself from { $acts } of the disk on (the fullest has { $fullest })
check-images-person = unused images take { $size }; the kubelet clears them only from { $acts } of the disk on, down to { $stops } (the fullest has { $fullest })
check-images-node = { $node }: { $count } images, { $size }, such as { $largest }. Clear them with: { $command }

## Actions on log indices
deed-unit-indices = { $count ->
    [one] 1 index
   *[other] { $count } indices
 }
action-delete_indices = Delete { $count } log indices ({ $size }) of { $pattern }
action-delete_indices-what = Deletes exactly the listed indices, one by one, each after a last look, and stops at the first surprise. It cannot be undone; only a snapshot brings them back.
action-set_index_lifecycle = Let the policy { $policy } manage { $count } log indices ({ $ends })
action-set_index_lifecycle-what = Hands the listed indices to a lifecycle policy of the log store, which deletes them when they are old enough. Undoing puts each back into the policy that it had.

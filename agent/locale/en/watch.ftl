# What the bot's own watching knew before the first alert.
watch-abnormal-since = { $signal } of { $service } abnormal since { $at } UTC, { $lead } before the first alert

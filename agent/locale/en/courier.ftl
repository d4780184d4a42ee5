# Messages to the world outside chat.
status-undelivered = **Not delivered:** { $count } ({ $reasons }). Mend the cause, then `/ops redeliver`

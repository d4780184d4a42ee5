# Units of time and work; the count arrives as text.
unit-day = { $count } d
unit-hour = { $count } h
unit-minute = { $count } min
unit-second = { $count } s
unit-requests = { $count } req/s
unit-cores = { $count } cores
heading-signal = Signal
heading-now = Now
heading-normal = Normally

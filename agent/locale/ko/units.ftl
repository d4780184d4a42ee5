# Units of time and work; the count arrives as text.
unit-day = { $count }일
unit-hour = { $count }시간
unit-minute = { $count }분
unit-second = { $count }초
unit-requests = 초당 { $count }건
unit-cores = { $count }코어
heading-signal = 신호
heading-now = 현재
heading-normal = 평소

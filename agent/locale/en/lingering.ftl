# What still fires of an incident that is over.
card-lingers-budget = ⏳ The error budget of { $service } still burns over { $span }, because of what happened. If it still does after { $until }, it becomes an incident of its own.
card-lingers = ⏳ { $alert } still fires behind it, and was not waited for. If it still does after { $until }, it becomes an incident of its own.

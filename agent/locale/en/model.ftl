# What a model adds to cards, answers and timelines.
step-think = Think about it
step-reading = Reading { $what }
step-reading-of = Reading { $what } of { $service }
card-model-adds = *Claude adds* ({ $confidence } sure): { $claim }
card-model-away = _Claude could not be reached; the rules alone speak, and the card fills up when it is back._
card-model-refused = _Claude did not answer usably; the rules alone speak._
card-model-spent = _The model's budget is used up; the rules alone speak._
timeline-deepened = { $actor } looked further: { $what }
deepened-nothing = nothing to add

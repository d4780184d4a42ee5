# What a model adds to cards, answers and timelines.
step-think = 생각하기
step-reading = { $what } 읽는 중
step-reading-of = { $service }의 { $what } 읽는 중
card-model-adds = *Claude 의견* (확신도 { $confidence }): { $claim }
card-model-away = _Claude에 연결할 수 없어 규칙만으로 판단했습니다. 다시 연결되면 카드가 갱신됩니다._
card-model-refused = _Claude가 쓸 수 있는 답을 주지 않아 규칙만으로 판단했습니다._
card-model-spent = _모델 예산을 모두 사용하여 규칙만으로 판단했습니다._
timeline-deepened = { $actor } 추가 조사: { $what }
deepened-nothing = 덧붙일 것이 없음

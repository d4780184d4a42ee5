## What is kept apart, for people who may not see its details
veiled-title = 보안 사안
problem-veiled = { $name }은(는) 보안 사안입니다. 자세한 내용은 해당 채널과, access.yaml에서 볼 수 있도록 정한 사람에게만 보입니다.

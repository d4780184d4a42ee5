"""What a free question wants, by rules over its words in English and Korean; a question is data, never an order."""

import re
from enum import StrEnum


class Intent(StrEnum):
    """The kinds of questions that can be answered without a model."""

    HELP = "help"
    WHO = "who"
    SIMILAR = "similar"
    NEXT = "next"
    CHANGES = "changes"
    LOGS = "logs"
    PODS = "pods"
    INCIDENTS = "incidents"
    ALERTS = "alerts"
    WHY = "why"
    METRICS = "metrics"
    HEALTH = "health"
    STATUS = "status"
    UNKNOWN = "unknown"


# In order: the first expression that is found decides. "Why" stands before the things it may be about, and a
# plain "show errors" after it.
RULES: tuple[tuple[Intent, str], ...] = (
    (Intent.HELP, r"^\W*(help|도움말?|사용법)\W*$|what can (you|i ask)|뭘 할 수|무엇을 할 수|뭐 할 수"),
    (Intent.WHO, r"\bwho\b|\bon[- ]?call\b|commander|누가|누구|담당"),
    (
        Intent.SIMILAR,
        r"\bsimilar\b|(seen|happen\w*|occur\w*) (\w+ )?before|\blast time\b|비슷|전에도|예전에도|과거에",
    ),
    (
        Intent.NEXT,
        r"what (should|can|do) (we|i) do|\bnext (step|action)s?\b|what('s| is) next|\brunbook\b"
        r"|how (do|can|should) (we|i) fix|다음 ?(조치|단계)|어떻게 (해야|하지|고쳐|해결)|런북|뭘 해야",
    ),
    (
        Intent.WHY,
        r"\bwhy\b|\b(root )?cause\b|\breason\b|what('s| is| went) wrong|what happened|what broke|\bdiagnos|\binvestigate\b"
        r"|왜|원인|이유|무슨 일|진단",
    ),
    (
        Intent.CHANGES,
        r"\bchang(e|es|ed)\b|\bdeploy(s|ed|ment|ments)?\b|\brollouts?\b|\breleas(e|es|ed)\b|바뀌|바뀐|변경|배포|릴리[스즈]",
    ),
    (Intent.LOGS, r"\blogs?\b|\blog lines?\b|로그"),
    (Intent.PODS, r"\bpods?\b|\bcontainers?\b|\breplicas?\b|파드|컨테이너"),
    (Intent.INCIDENTS, r"\bincidents?\b|인시던트|장애 ?(목록|현황|리스트)"),
    (Intent.ALERTS, r"\balerts?\b|\bfir(es|ing)\b|알림|경보"),
)

HEALTH = re.compile(
    r"\bhealth(y)?\b|\b(is|are)\b.*\b(ok|okay|fine|well|up|down|alive|working|good|broken|slow|failing)\b"
    r"|\bhow (is|are)\b|정상|괜찮|잘 (돌|되|동작)|살아|어때",
    re.IGNORECASE,
)
TROUBLE = re.compile(
    r"\b(slow|failing|fails|failed|broken|down|outage|unavailable|timing out)\b|느려|느린|느리|실패|안 ?돼|다운|죽",
    re.IGNORECASE,
)
STATUS = re.compile(
    r"\bstatus\b|\boverview\b|\beverything\b|\bhow are (we|things)\b|상태|현황|전체", re.IGNORECASE
)
_COMPILED = tuple((intent, re.compile(expression, re.IGNORECASE)) for intent, expression in RULES)


def intent_of(question: str, *, service: str | None, signal: str | None) -> Intent:
    """Return what a question wants, given which service and signal it names."""
    for intent, expression in _COMPILED:
        if expression.search(question):
            return intent
    if service is None and STATUS.search(question):
        return Intent.STATUS
    if signal is not None and not re.search(r"^\W*(is|are)\b", question, re.IGNORECASE):
        return Intent.METRICS
    if HEALTH.search(question):
        return Intent.HEALTH if service else Intent.STATUS
    if TROUBLE.search(question):
        return Intent.WHY
    if service is not None:
        return Intent.HEALTH
    return Intent.METRICS if signal is not None else Intent.UNKNOWN

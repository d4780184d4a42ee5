"""Names and labels: the rules they follow and how a refusal words them."""

from __future__ import annotations

import json
import re

from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, dig
from demo.cluster.status import Cause, bad_value, required

_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"

SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
LABEL_1035_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    f"and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    f"'{_LABEL_1035}')"
)
_KEY_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_VALUE}')"
)

_LABEL_NAMED = {("", "namespaces"), ("", "pods/containers")}
_FREE_NAMED = {"roles", "clusterroles", "rolebindings", "clusterrolebindings"}


def go_string(text: str) -> str:
    """Quote a string as Go does."""
    return json.dumps(text, ensure_ascii=False)


def go_json(value: object) -> str:
    """Write a value as compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def is_label(text: str) -> bool:
    """Tell whether a text is a valid DNS label."""
    return len(text) <= 63 and re.fullmatch(_LABEL, text) is not None


def check_name(kind: Kind, name: str, field: str = "metadata.name") -> list[Cause]:
    """Check an object's name by its kind's rule."""
    if not name:
        return [required(field, "name or generateName is required")]
    if kind.plural in _FREE_NAMED and kind.group == "rbac.authorization.k8s.io":
        bad = "/" in name or "%" in name
        return [bad_value(field, go_string(name), "may not contain '/' or '%'")] if bad else []
    if (kind.group, kind.plural) == ("", "services"):
        rule, words, limit = _LABEL_1035, LABEL_1035_RULE, 63
    elif (kind.group, kind.plural) in _LABEL_NAMED:
        rule, words, limit = _LABEL, LABEL_RULE, 63
    else:
        rule, words, limit = _SUBDOMAIN, SUBDOMAIN_RULE, 253
    causes = []
    if len(name) > limit:
        causes.append(bad_value(field, go_string(name), f"must be no more than {limit} bytes"))
    if re.fullmatch(rule, name) is None:
        causes.append(bad_value(field, go_string(name), words))
    return causes


def check_labels(labels: Obj | None, field: str) -> list[Cause]:
    """Check label keys and values."""
    causes = []
    for key, value in sorted((labels or {}).items()):
        prefix, slash, name = key.rpartition("/")
        if re.fullmatch(_QUALIFIED, name) is None or len(name) > 63:
            causes.append(bad_value(field, go_string(key), _KEY_RULE))
        if slash and re.fullmatch(_SUBDOMAIN, prefix) is None:
            causes.append(bad_value(field, go_string(key), f"prefix part {SUBDOMAIN_RULE}"))
        if len(str(value)) > 63:
            causes.append(bad_value(field, go_string(str(value)), "must be no more than 63 bytes"))
        elif re.fullmatch(_VALUE, str(value)) is None:
            causes.append(bad_value(field, go_string(str(value)), _VALUE_RULE))
    return causes


def check_metadata(kind: Kind, obj: Obj) -> list[Cause]:
    """Check name and labels."""
    causes = check_name(kind, dig(obj, "metadata", "name", default=""))
    return causes + check_labels(dig(obj, "metadata", "labels"), "metadata.labels")

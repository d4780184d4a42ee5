"""Lines of one statement in the program get one template, in bounded memory, whatever the text."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.analysis.logs import TemplateMiner
from agent.analysis.logs.miner import FORWARDS_PER_CLUSTER
from agent.analysis.logs.words import MAX_CHARS

PIECES = st.sampled_from(
    [
        *(
            "user",
            "for",
            "from",
            "failed",
            "ok",
            "GET",
            "state=",
            "id:",
            "::",
            "()",
            "on",
            "off",
            "null",
            "%",
        ),
        *(
            "10.0.0.7:443",
            "0x1f",
            "blk_-12",
            "/var/log/x",
            "C:\\tmp\\",
            "5 ms",
            "a.b.c",
            "jk2_init()",
            "<",
            ">",
        ),
        *(
            '"',
            "'",
            "{",
            "}",
            "[",
            "]",
            ",",
            ";",
            "|",
            "=",
            ":",
            "-",
            "+",
            "*",
            "<*>",
            "\x00",
            "\x1b[31m",
            "\n",
        ),
        *("Sat Jul  9 12:16:49 2005", "오류", "²", "x" * 600, "a:" * 300, "https://h/p?q=1", "e@x.org"),
    ]
)
MESSAGES = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=40).map(" ".join),
    st.lists(PIECES, max_size=40).map("".join),
)
LOG = [
    *(
        f"connection from 10.0.{i}.7 ({host}) at Sat Jul  {i} 12:16:49 2005"
        for i, host in enumerate(["", "a.b.c"] * 4)
    ),
    *(
        f"VM {state} (Lifecycle Event)"
        for state in ("Started", "Paused", "Stopped", "Resumed")
        for _ in range(5)
    ),
    *(f"plugin {name} was loaded" for name in ("amber", "birch", "cedar", "dune", "ember", "fern")),
    *(f"session opened for user {name} by (uid=0)" for name in ("ada", "bob")),
    *("cache is warm", "cache is cold", "shutting down"),
]


def mined(messages: list[str], **options: int) -> tuple[TemplateMiner, list[int]]:
    miner = TemplateMiner(**options)
    given_out = [miner.add(message) for message in messages]
    return miner, [miner.resolve(cluster) for cluster in given_out]


def templates(*messages: str) -> list[str]:
    miner, ids = mined(list(messages))
    return [miner.template(one) for one in ids]


def fits(template: str, message: str) -> bool:
    line = " ".join(message[:MAX_CHARS].replace("\x00", " ").split())
    pattern = ".*".join(map(re.escape, template.split("<*>")))
    return re.fullmatch(pattern, line, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("issuer 10.0.0.1:443 refused", "issuer 192.168.7.20:8443 refused"),
        ("listening on fe80::c6b3:1ff", "listening on ::1"),
        ("BSSID changed to 5c:50:15:4c:18:13", "BSSID changed to ea:fb:cd:ab:ee:ff"),
        ("block blk_-7541 added", "block blk_38865049 added"),
        (
            "order 17288ea8-cbf4-4f0e-94fe-853fd2735f29 paid",
            "order deadbeef-abcd-4bbb-9afe-bbbbccccdddd paid",
        ),
        ("mask=0x1f set", "mask=ffffffff set"),
        ("reading /etc/httpd/conf/workers.properties", "reading ./run"),
        (r"Core: C:\Windows\winsxs\amd64\cbs.dll", r"Core: D:\x\y.dll"),
        ("GET /v2/54fa/servers/detail?all=True&since=1 done", "GET https://shop.example/cart done"),
        ("stored (estimated size 93.0 B, free 1.2 KB)", "stored (estimated size 3 MB, free 12 GB)"),
        ("lifetime <1 sec", "lifetime 03:20"),
        ("at Sat Jul  9 12:16:49 2005", "at Mon Aug 12 02:06:50 PDT 2005"),
        ("lock ws=null, uid=10", "lock ws=WorkSource{10113}, uid=7"),
        ('lock tag="View Lock" held', 'lock tag="*launch*" held'),
        ("copied a1 b2 c3 away", "copied a1 away"),
        ("connection from 1.2.3.4 () refused", "connection from 1.2.3.4 (dsl.isp.example) refused"),
        ("Invalid user  from 1.2.3.4", "Invalid user 0101 from 1.2.3.4"),
        ("session opened for user ada", "session opened for user bob"),
        ("called by com.shop.cart.View.open:18", "called by com.shop.card.Form.close:1882"),
        ("status ( on on off )", "status ( off on on )"),
        ("mail to ada@shop.example bounced", "mail to b.c+d@x.org bounced"),
    ],
)
def test_lines_that_differ_in_values_have_one_template(one: str, other: str) -> None:
    first, second = templates(one, other)

    assert first == second
    assert "<*>" in first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VM Started (Lifecycle Event)", "VM Paused (Lifecycle Event)"),
        ('10.0.0.1 "GET /a" status: 200', '10.0.0.1 "POST /a" status: 200'),
        (
            "retry after java.net.NoRouteToHostException: x",
            "retry after java.net.SocketTimeoutException: x",
        ),
        ("action android.intent.action.SCREEN_ON", "action android.intent.action.SCREEN_OFF"),
        ("overlap:true seen", "overlap:false seen"),
        ("cupsd startup succeeded", "syslogd startup succeeded"),
        ("a.b.c is deprecated", "a.b.d is deprecated"),
        ("7 bytes sent, 9 bytes received", "7 bytes (1.2 KB) sent, 9 bytes received"),
        ('{"level":"info","n":1}', '{"level":"error","n":1}'),
        ("Driver1x::start done", "Driver1x::stop done"),
    ],
)
def test_lines_that_say_different_things_are_kept_apart(one: str, other: str) -> None:
    first, second = templates(one, other)

    assert first != second


def test_an_open_vocabulary_is_a_value_and_an_enumeration_is_not() -> None:
    names = ("amber", "birch", "cedar", "dune", "ember", "fern")
    miner, ids = mined([f"plugin {name} was loaded" for name in names])
    often, _ = mined([f"plugin {name} was loaded" for name in names for _ in range(20)])

    assert 1 == len(set(ids))
    assert "plugin <*> was loaded" == miner.template(ids[0])
    assert len(names) == len(often.clusters())


def test_a_new_name_joins_a_template_that_was_learned() -> None:
    miner, ids = mined([f"session opened for user {name} by root" for name in ("ada", "bob", "cleo")])

    assert ids[0] == miner.add("session opened for user dora by root")
    assert [4] == [cluster.count for cluster in miner.clusters()]


def test_counts_and_the_first_sample_survive_a_merge() -> None:
    miner, _ = mined(LOG)

    assert len(LOG) == sum(cluster.count for cluster in miner.clusters())
    assert all(fits(cluster.template, cluster.sample) for cluster in miner.clusters())


@given(st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_lines_changes_no_group(shuffled: random.Random) -> None:
    order = list(range(len(LOG)))
    shuffled.shuffle(order)
    _, expected = mined(LOG)
    _, found = mined([LOG[i] for i in order])
    by_line = dict(zip(order, found, strict=True))

    pairs = {(expected[i], by_line[i]) for i in range(len(LOG))}
    assert len(set(expected)) == len(pairs)
    assert len(set(found)) == len(pairs)


@given(st.lists(MESSAGES, max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_text_fits_its_template_and_is_counted(messages: list[str]) -> None:
    miner, ids = mined(messages)
    again, ids_again = mined(messages)

    assert ids == ids_again
    assert miner.clusters() == again.clusters()
    assert len(messages) == sum(cluster.count for cluster in miner.clusters())
    assert {cluster.id for cluster in miner.clusters()} == set(ids)
    for message, one in zip(messages, ids, strict=True):
        if len(message) < MAX_CHARS:
            assert fits(miner.template(one), message)


@given(st.lists(MESSAGES, max_size=60), st.integers(min_value=8, max_value=12))
@settings(max_examples=60, deadline=None)
def test_no_more_templates_are_kept_than_allowed(messages: list[str], most: int) -> None:
    miner = TemplateMiner(max_clusters=most)
    for message in messages:
        one = miner.add(message)
        assert miner.template(one) or not message.replace("\x00", " ").split()

    assert len(miner.clusters()) <= most


def test_the_least_recently_seen_is_forgotten_and_its_id_stays() -> None:
    miner = TemplateMiner(max_clusters=16)
    words = [f"{a}{b}" for a in "abcdefgh" for b in "klmnopqr"]
    first = miner.add("alpha began")
    kept = miner.add("beta goes on")
    for word in words:
        miner.add(f"{word} {word[::-1]} {word * 2}")
        miner.add("beta goes on")

    assert kept == miner.add("beta goes on")
    assert "beta goes on" == miner.template(kept)
    assert first == miner.resolve(first)
    assert "" == miner.template(first)


def test_ids_that_were_led_elsewhere_are_remembered_within_bounds() -> None:
    miner = TemplateMiner(max_clusters=8)
    for i in range(400):
        left, right = miner.add(f"s{'x' * i} for ada"), miner.add(f"s{'x' * i} for bob")
        assert miner.resolve(left) == miner.resolve(right)

    assert len(miner._forward) <= 8 * FORWARDS_PER_CLUSTER


@pytest.mark.parametrize(
    "message",
    [
        "a" * 1000000,
        "a:" * 500000,
        "1 " * 500000,
        "(" * 100000,
        "\x00" * 9,
        "/" * 5000,
        "a+" * 9000,
        " ".join("=[{" * 50) * 90,
        "'" * 5000,
        '"a' * 5000,
        "\\" * 5000,
        "::" * 5000,
        "a." * 5000,
    ],
)
def test_a_monstrous_line_is_one_short_template(message: str) -> None:
    miner, ids = mined([message, message])

    assert 1 == len(set(ids))
    assert len(miner.template(ids[0])) <= 3 * MAX_CHARS + 3

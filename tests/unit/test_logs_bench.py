"""The benchmark answers for every line of every log in a pack, and for a pack without logs."""

from pathlib import Path

from bench.diagnosis_logs import run, speed


def test_every_line_gets_an_id_and_lines_of_one_template_the_same(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "shop.log").write_bytes(b"order 1 paid\r\n\nuser \xff left\norder 2 paid\x0b\nend")

    found = run(tmp_path)

    assert ["shop"] == list(found)
    first, empty, odd, second, last = found["shop"]
    assert first == second
    assert 4 == len({first, empty, odd, last})
    assert 5 == speed(tmp_path)["lines"]


def test_a_pack_without_logs_has_no_answers(tmp_path: Path) -> None:
    assert {} == run(tmp_path)
    assert {} == speed(tmp_path)

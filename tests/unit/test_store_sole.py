"""One process at a time serves a database, and the next one may begin as soon as it ends."""

from pathlib import Path

import pytest

from agent.errors import Misconfigured
from agent.store.sole import sole_server


def test_a_second_server_is_told_why_it_may_not_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ops.db'}"
    with sole_server(url), pytest.raises(Misconfigured, match=r"ops\.db; stop it"), sole_server(url):
        pass


def test_the_next_server_may_start_when_the_first_has_ended(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ops.db'}"
    with sole_server(url):
        pass
    with sole_server(url):
        assert (tmp_path / "ops.db.lock").exists()

"""The demo's settings as a file that a shell reads."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from demo.bot import as_environment

VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)


@given(st.dictionaries(st.from_regex(r"OPS_[A-Z]{1,8}", fullmatch=True), VALUES, max_size=5))
def test_a_shell_reads_back_what_was_written(settings: dict[str, str]) -> None:
    read = dict(word.split("=", 1) for word in shlex.split(as_environment(settings)))

    assert settings == read

# SPDX-License-Identifier: Apache-2.0
"""What dies in the middle: the power, the process, the disk. The daemons are those of
tests/e2e/agency.py."""

import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))


@pytest.fixture
def say(capsys):
    """What a test counts is for whoever reads its output, also when it passes."""

    def aloud(text):
        with capsys.disabled():
            print(text, flush=True)

    return aloud

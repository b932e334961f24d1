# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. The harness is agency.py."""

import sys

import pytest

sys.dont_write_bytecode = True

from agency import BUILD, PAIR, open_town  # noqa: E402


def pytest_configure(config):
    for program in ("liaisond", "liaison", "libliaison.so"):
        if not (BUILD / program).exists():
            pytest.exit(f"{BUILD / program} is not built", returncode=2)


@pytest.fixture
def town():
    """Bureau and township of different suites; the township only calls out."""
    with open_town(*PAIR) as town:
        yield town


@pytest.fixture(scope="module")
def shared_town():
    """The same for tests that leave nothing behind that others could trip over."""
    with open_town(*PAIR) as town:
        yield town

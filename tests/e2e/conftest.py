# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. The harness is agency.py."""

import sys

import pytest

sys.dont_write_bytecode = True

from agency import BUILD, PAIR, open_town  # noqa: E402

LONGEST = ("test_82_strangers.py", "test_46_attachments.py", "test_80_hostile.py", "test_47_attachments_lost.py", "test_54_requirements.py")


def pytest_configure(config):
    for program in ("liaisond", "liaison", "libliaison.so"):
        if not (BUILD / program).exists():
            pytest.exit(f"{BUILD / program} is not built", returncode=2)


def pytest_collection_modifyitems(items):
    """Files are handed out in this order: the longest would otherwise run alone in the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


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

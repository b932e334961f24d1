# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. The harness is agency.py."""

import contextlib
import sys

import pytest

sys.dont_write_bytecode = True

from agency import BUILD, BUREAU, ED25519, JIA, SM2, Town  # noqa: E402


def pytest_configure(config):
    for program in ("liaisond", "liaison", "libliaison.so"):
        if not (BUILD / program).exists():
            pytest.exit(f"{BUILD / program} is not built", returncode=2)


@contextlib.contextmanager
def open_town(*members, prepare=None, **options):
    """A town for a `with`; closing it verifies and rebuilds every journal."""
    town = Town(*members, **options)
    try:
        yield town.open(prepare)
        town.close()
        town.remove()
    except BaseException:
        print(f"left for inspection: {town.folder}")
        raise
    finally:
        town.abandon()


PAIR = ((BUREAU, ED25519, True), (JIA, SM2, False))


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

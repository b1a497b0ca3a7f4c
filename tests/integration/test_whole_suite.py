"""Judges the run as a whole; comes last."""

import pytest

from harness.client import contract


@pytest.mark.whole_suite
def test_every_operation_of_the_contract_was_exercised_successfully():
    assert contract().unexercised() == []

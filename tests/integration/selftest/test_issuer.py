"""The keys that the issuer publishes are what RFC 7518 asks for, whatever was drawn."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from harness.issuer import Key


def with_short_coordinate(curve):
    """The first key whose x begins with a zero byte."""
    for scalar in range(1, 5000):
        private = ec.derive_private_key(scalar, curve)
        if private.public_key().public_numbers().x >> (curve.key_size - 8) == 0:
            return private
    raise AssertionError("no such key")


@pytest.mark.parametrize("algorithm,curve", [("ES256", ec.SECP256R1()), ("ES384", ec.SECP384R1())])
def test_coordinates_have_all_their_bytes(algorithm, curve):
    jwk = Key(algorithm, "some", with_short_coordinate(curve)).jwk
    for name in ("x", "y"):
        assert len(base64.urlsafe_b64decode(jwk[name] + "==")) == curve.key_size // 8

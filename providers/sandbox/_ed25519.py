"""Signatures by Ed25519, as RFC 8032 has them (5.1), in Python's own numbers.

The libraries for this are compiled ones that nothing here needs otherwise. How long a signature takes, some
milliseconds, tells of the key: that does not matter where the key is no secret, as with a sandbox's, and rules this out
for any other.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
TWICE_D = -2 * 121665 * pow(121666, -1, PRIME) % PRIME

Spot = tuple[int, int, int, int]
"""A point of the curve as X, Y, Z and T, where x = X/Z, y = Y/Z and xy = T/Z."""

_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y = 4 * pow(5, -1, PRIME) % PRIME
BASE: Spot = _X, _Y, 1, _X * _Y % PRIME


def _sum(one: Spot, other: Spot) -> Spot:
    less = (one[1] - one[0]) * (other[1] - other[0]) % PRIME
    more = (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    t, z = one[3] * TWICE_D * other[3] % PRIME, 2 * one[2] * other[2] % PRIME
    e, f, g, h = more - less, z - t, z + t, more + less
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _times(number: int) -> bytes:
    """The base point so many times over, as it is written."""
    total: Spot = 0, 1, 1, 0
    for bit in bin(number)[2:]:
        total = _sum(total, total)
        if bit == "1":
            total = _sum(total, BASE)
    scale = pow(total[2], -1, PRIME)
    x, y = total[0] * scale % PRIME, total[1] * scale % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


@dataclass(frozen=True)
class SigningKey:
    """A private key by its seed of 32 bytes."""

    seed: bytes

    @functools.cached_property
    def _scalar(self) -> int:
        half = int.from_bytes(hashlib.sha512(self.seed).digest()[:32], "little")
        return half & (2**254 - 8) | 2**254

    @functools.cached_property
    def public(self) -> bytes:
        return _times(self._scalar)

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        nonce = _number(hashlib.sha512(self.seed).digest()[32:], message) % ORDER
        spot = _times(nonce)
        proof = (nonce + _number(spot, self.public, message) * self._scalar) % ORDER
        return spot + proof.to_bytes(32, "little")

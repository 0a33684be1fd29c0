"""密封信封 (the sealed box): answers of one length, encrypted to the questionnaire's key; opened only at the count.

HPKE of RFC 9180 in its base mode (X25519, HKDF-SHA256, ChaCha20-Poly1305) as ``cryptography`` has it: an ephemeral key
for each box, dropped at once. Nothing here is of our own making but the padding.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from policies.questionnaire.model import Answers, Ask, Terms
from policies.questionnaire.tally import Paper

CHOICES_BYTES = 512
TEXTS_BYTES = 8 * 1024
"""A box shows by its size only whether its questionnaire has questions that are answered in words."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_LENGTH_BYTES = 4


class TooMuch(ValueError):
    """More than one box holds; nothing of it is in the message."""


class WrongKey(Exception):
    """The box was not sealed to this key, or for another questionnaire, or has been altered."""


def size_of(terms: Terms) -> int:
    return TEXTS_BYTES if any(one.kind is Ask.TEXT for one in terms.questions) else CHOICES_BYTES


def seal(public: bytes, run: str, plain: bytes, size: int) -> bytes:
    """``plain`` padded to ``size`` and sealed; ``run`` is bound to it.

    Raises:
        TooMuch: it does not fit.
    """
    if len(plain) > size - _LENGTH_BYTES:
        raise TooMuch(f"more than {size} bytes")
    padded = len(plain).to_bytes(_LENGTH_BYTES, "big") + plain
    key = X25519PublicKey.from_public_bytes(public)
    return _SUITE.encrypt(padded.ljust(size, b"\0"), key, info=run.encode())


def unseal(private: bytes, run: str, box: bytes) -> bytes:
    """The inverse of ``seal``; raises ``WrongKey``."""
    try:
        padded = _SUITE.decrypt(box, X25519PrivateKey.from_private_bytes(private), info=run.encode())
    except InvalidTag:
        raise WrongKey(run) from None
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals the papers of one questionnaire."""

    public: bytes
    run: str
    size: int

    def paper(self, answers: Answers, cell: str) -> bytes:
        """Raises ``TooMuch``."""
        written = [one if isinstance(one, str) else list(one) for one in answers]
        plain = json.dumps([cell, written], ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        return seal(self.public, self.run, plain, self.size)


def paper(private: bytes, run: str, box: bytes) -> Paper:
    """What one person answered; for the count only. Raises ``WrongKey``."""
    cell, written = json.loads(unseal(private, run, box))
    return Paper(cell=cell, answers=tuple(one if isinstance(one, str) else tuple(one) for one in written))

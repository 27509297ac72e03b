"""Identity numbers with right check digits, one in a hundred wrong. Areas and organisations are made up."""

from __future__ import annotations

import numpy as np
import polars as pl

CHECKS = np.array(list("10X98765432"))
ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
ORGANISATION_CHECKS = np.array(list("0123456789X"))
USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
USCC_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
X_IN_USCC = 29


def identity_numbers(rng: np.random.Generator, is_person: np.ndarray) -> pl.Series:
    numbers = np.where(is_person, _resident_ids(rng, len(is_person)), _usccs(rng, len(is_person)))
    return pl.Series("id_number", numbers)


def _resident_ids(rng: np.random.Generator, count: int) -> np.ndarray:
    born_on = np.datetime64("1955-01-01") + rng.integers(0, 50 * 365, count)
    text = np.char.replace(born_on.astype("U10"), "-", "")
    text = np.char.add(np.char.add("990000", text), np.char.zfill(rng.integers(0, 1_000, count).astype("U3"), 3))
    digits = text.view("U1").reshape(count, -1)[:, :17].astype(np.int64)
    check = (digits @ ID_WEIGHTS + (rng.random(count) < 0.01)) % 11
    return np.char.add(text, CHECKS[check])


def _usccs(rng: np.random.Generator, count: int) -> np.ndarray:
    body = rng.integers(0, 10, (count, 8))
    check = (11 - body @ ORGANISATION_WEIGHTS % 11) % 11
    organisation = np.concatenate([body, np.where(check == 10, X_IN_USCC, check)[:, None]], axis=1)
    values = np.concatenate([np.tile([9, 1, 9, 9, 0, 0, 0, 0], (count, 1)), organisation], axis=1)
    last = (31 - (values @ USCC_WEIGHTS + (rng.random(count) < 0.01)) % 31) % 31
    characters = USCC_ALPHABET[np.concatenate([values, last[:, None]], axis=1)]
    return np.ascontiguousarray(characters).view("U18").reshape(count)

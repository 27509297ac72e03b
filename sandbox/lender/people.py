"""Borrowers that do not exist, with identity numbers whose check digits are right.

Nobody can hold these numbers:

* Identity cards (GB 11643) start with the area code `99xxxx`. GB/T 2260 gives out 11 to 65, 71, 81 and 82, permits of
  residents from Hong Kong, Macau and Taiwan start with 8, and permits of foreigners with 9 and then a province. No
  province is numbered 90 to 99, so no card of either kind starts with 99.
* Unified social credit codes (GB 32100) carry the same `99xxxx` as the area of registration.
* Mobile numbers start with 154, a segment that no operator holds.
* E-mail addresses end in `.example`, which RFC 2606 keeps for documentation.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sandbox.lender.days import Ints

ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
ID_CHECKS = "10X98765432"
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28], dtype=np.int64)
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史"
)
_SYLLABLES = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰梅鑫飞鹏宇浩然子轩梓涵欣怡雨桐佳琪思远志文博"
    "雅晨曦嘉瑞俊熙若彤可馨安宁泽恩书瑶一诺乐天海波春生国庆建新立成永福少白清如云帆景行知秋晓岚润之"
)
_TOWNS = ("云陌", "青岫", "临泽湾", "白榆", "望舒", "石溪口", "南栀", "霁川", "松坞", "远汀", "墨河", "槐荫里")
_WORDS = "鼎禾盛嘉润景瑞通达恒信远航卓越汇聚博创宏图新锐星辰百川立德致和广源"
_TRADES = ("商贸", "建材", "餐饮管理", "物流", "电子科技", "农产品", "服饰", "机械设备", "文化传播", "装饰工程")


def _digits(numbers: Ints, width: int, base: int = 10) -> Ints:
    powers = base ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return numbers[:, None] // powers % base


def _spelled(digits: Ints, letters: str) -> pl.Series:
    codes = np.frombuffer(letters.encode("ascii"), dtype=np.uint8)[digits]
    return pl.Series(np.ascontiguousarray(codes).view(f"S{digits.shape[1]}").ravel().astype("U"), dtype=pl.String)


def resident_ids(serials: Ints, birth_days: Ints) -> pl.Series:
    """Identity card numbers in an unassigned area, with check digit; no two alike for serials below 10 million."""
    births = birth_days.astype("datetime64[D]")
    months = births.astype("datetime64[M]")
    years = births.astype("datetime64[Y]")
    birth = (
        (years.astype(np.int64) + 1970) * 10_000
        + ((months - years.astype("datetime64[M]")).astype(np.int64) + 1) * 100
        + (births - months.astype("datetime64[D]")).astype(np.int64)
        + 1
    )
    area = 990_000 + serials // 1_000 % 10_000
    body = _digits(area * 10**11 + birth * 1_000 + serials % 1_000, 17)
    check = (body * ID_WEIGHTS).sum(axis=1) % 11
    checks = np.frombuffer(ID_CHECKS.encode("ascii"), dtype=np.uint8)[check]
    digits = np.column_stack([body, np.where(checks == ord("X"), 10, checks - ord("0"))])
    return _spelled(digits, "0123456789X")


def credit_codes(serials: Ints) -> pl.Series:
    """Unified social credit codes of enterprises in an unassigned area. One code a serial."""
    organisation = _digits(serials * 7_368_787 % 31**8, 8, base=31)
    values = np.array([_BASE_36.index(letter) for letter in USCC_LETTERS], dtype=np.int64)[organisation]
    remainder = (11 - (values * ORGANISATION_WEIGHTS).sum(axis=1) % 11) % 11
    organisation_check = np.where(remainder == 10, USCC_LETTERS.index("X"), remainder)
    head = _digits(91_990_000 + serials * 31 % 10_000, 8)
    body = np.column_stack([head, organisation, organisation_check])
    check = (31 - (body * USCC_WEIGHTS).sum(axis=1) % 31) % 31
    return _spelled(np.column_stack([body, check]), USCC_LETTERS)


def with_wrong_check(numbers: pl.Series) -> pl.Series:
    """The same numbers, each with another last digit than the right one."""
    last = numbers.str.slice(17, 1)
    wrong = last.replace_strict(
        {letter: "7" if letter != "7" else "4" for letter in USCC_LETTERS}, return_dtype=pl.String
    )
    return numbers.str.slice(0, 17) + wrong


def mobiles(serials: Ints) -> pl.Series:
    """Mobile numbers in a segment that no operator holds. One number a serial below 100 million."""
    return pl.Series(15_400_000_000 + (serials * 7_919 + 1_234_567) % 10**8).cast(pl.String)


def person_names(rng: np.random.Generator, count: int) -> pl.Series:
    """Names of persons made of common syllables."""
    surnames, syllables = pl.Series(list(_SURNAMES)), pl.Series(list(_SYLLABLES))
    second = pl.Series(["", *_SYLLABLES])
    has_second = rng.random(count) < 0.7
    return (
        surnames[rng.integers(0, len(surnames), count)]
        + syllables[rng.integers(0, len(syllables), count)]
        + second[rng.integers(1, len(second), count) * has_second]
    )


def enterprise_names(rng: np.random.Generator, count: int) -> pl.Series:
    """Names of enterprises in towns that do not exist."""
    towns, words, trades = pl.Series(_TOWNS), pl.Series(list(_WORDS)), pl.Series(_TRADES)
    return (
        towns[rng.integers(0, len(towns), count)]
        + words[rng.integers(0, len(words), count)]
        + words[rng.integers(0, len(words), count)]
        + trades[rng.integers(0, len(trades), count)]
        + "有限公司"
    )

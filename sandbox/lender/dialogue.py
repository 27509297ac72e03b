"""What was said or written in a contact: short dialogues from parts, mostly lawful, a few with threats."""

from __future__ import annotations

import numpy as np
import polars as pl

from sandbox.lender.book import Book
from sandbox.lender.collection import (
    BORROWER,
    CALL,
    DELIVERED,
    EMAIL,
    MESSAGE_LEFT,
    PROMISED,
    REFUSED,
    SMS,
    TALKED,
    VISIT,
    WECHAT,
    Contacts,
)
from sandbox.lender.days import Ints, Truths
from sandbox.lender.profiles import is_spare

_OPENINGS = (
    "催收员：您好，我是云陌消费金融的工作人员，请问是您本人吗？\n借款人：是我，什么事？\n",
    "催收员：您好，这里是云陌消费金融客户服务，本次通话会录音，请问方便吗？\n借款人：你说吧。\n",
    "催收员：打扰了，我们是云陌消费金融，想跟您核对一下还款的事。\n借款人：嗯，我在听。\n",
    "催收员：您好，我工号已登记在案，代表云陌消费金融与您联系。\n借款人：好的，请讲。\n",
)
_FACTS = (
    "催收员：您名下的借款已经逾期{days}天，逾期会影响您的信用记录，请尽快处理。\n",
    "催收员：系统显示您的借款逾期{days}天，我们想了解一下您的实际困难。\n",
    "催收员：您的账户已逾期{days}天，如果对金额有疑问可以提出异议。\n",
    "催收员：借款逾期{days}天了，符合条件的话可以申请个性化分期。\n",
)
_ENDINGS = {
    PROMISED: (
        "借款人：下周发工资就还。\n催收员：好的，谢谢您的配合。",
        "借款人：月底之前我先还一部分。\n催收员：已为您登记，祝您生活愉快。",
        "借款人：这两天我就转过去。\n催收员：感谢理解，再见。",
    ),
    REFUSED: (
        "借款人：我有钱也不还，你们看着办。\n催收员：您的意思我会如实记录。",
        "借款人：这钱我不打算还了。\n催收员：好的，我们会依法处理，再见。",
        "借款人：别再打了，我不会还的。\n催收员：已记录您的意见，再见。",
        "借款人：我买房还要用钱，这笔先不还。\n催收员：不还款可能会被报送征信机构，请您考虑。",
    ),
    TALKED: (
        "借款人：知道了。\n催收员：如有困难请拨打客服电话，再见。",
        "借款人：我现在在开会，回头再说。\n催收员：好的，不打扰您了。",
        "借款人：我跟家里商量一下。\n催收员：好的，请您尽快答复。",
    ),
}
_TEXTS = (
    "催收员：【云陌消费金融】尊敬的客户，您的借款已逾期{days}天，请及时还款，如有异议请联系客服。",
    "催收员：【云陌消费金融】温馨提示：您的借款逾期{days}天，还款后请忽略本信息。",
    "催收员：【云陌消费金融】您的账户逾期{days}天，逾期信息将依法报送征信机构，请尽快处理。",
)
_THIRD_PARTY = (
    "催收员：您好，请问您认识我们的客户吗？\n第三人：认识，不过我们很少联系。\n催收员：麻烦您转告他回个电话。",
    "催收员：您好，我们联系不上机主本人，方便转告一声吗？\n第三人：我不清楚，别打给我了。",
    "催收员：您好，请问机主在吗？麻烦他方便时给我们回电。\n第三人：他不在，我帮你说一声。",
)
_THREATS = (
    "借款人：我现在没钱。\n催收员：再不还钱，我就让你全家不得安宁。",
    "借款人：过段时间再说。\n催收员：明天我就带人去你单位闹，让你丢尽脸面。",
    "借款人：我不还。\n催收员：我们是公安局的，今天不还就抓你坐牢。",
    "借款人：你想怎么样？\n催收员：你孩子在哪上学我们清楚得很，你自己掂量。",
)
_THREATENED_SHARE = 0.002


def threatened_loans(rng: np.random.Generator, book: Book) -> Truths:
    """Loans in whose dialogues a collector threatens: a few of those that could not be reported anyway."""
    chance = rng.random(book.loans)
    spare = np.flatnonzero(is_spare(book.profile))
    threatened = np.zeros(book.loans, dtype=np.bool_)
    threatened[spare[np.argsort(chance[spare])[: max(2, round(_THREATENED_SHARE * book.loans))]]] = True
    return threatened


def transcripts(rng: np.random.Generator, book: Book, contacts: Contacts, is_threatened: Truths) -> pl.Series:
    """The transcript of each contact, empty where nobody spoke and nothing was written.

    In the first dialogue of a threatened loan the collector threatens; what follows is effort enough without it.
    """
    days = contacts.day - np.minimum(book.first_missed, book.first_as_of)[contacts.loan]
    is_dialogue = (contacts.counterparty == BORROWER) & np.isin(contacts.channel, (CALL, WECHAT, VISIT))
    frame = pl.DataFrame(
        {
            "days": days,
            "opening": _picked(rng, _OPENINGS, len(days)),
            "fact": _picked(rng, _FACTS, len(days)),
            "text": _picked(rng, _TEXTS, len(days)),
            "ending": _endings(rng, contacts.outcome),
            "third": _picked(rng, _THIRD_PARTY, len(days)),
            "threat": _picked(rng, _THREATS, len(days)),
            "is_dialogue": is_dialogue,
            "is_text": (contacts.outcome == DELIVERED) & np.isin(contacts.channel, (SMS, WECHAT, EMAIL)),
            "is_third": contacts.outcome == MESSAGE_LEFT,
            "is_threat": _is_first_of_loan(contacts, is_dialogue & is_threatened[contacts.loan]),
        }
    )
    days_text = pl.col("days").cast(pl.String)
    dialogue = (
        pl.col("opening")
        + pl.col("fact").str.replace("{days}", days_text, literal=True)
        + pl.when("is_threat").then("threat").otherwise("ending")
    )
    return frame.select(
        pl.when("is_dialogue")
        .then(dialogue)
        .when("is_text")
        .then(pl.col("text").str.replace("{days}", days_text, literal=True))
        .when("is_third")
        .then("third")
        .otherwise(pl.lit(""))
        .alias("transcript")
    ).to_series()


def _is_first_of_loan(contacts: Contacts, is_wanted: Truths) -> Truths:
    rows = np.flatnonzero(is_wanted)
    is_first = np.zeros(len(is_wanted), dtype=np.bool_)
    is_first[rows[np.unique(contacts.loan[rows], return_index=True)[1]]] = True
    return is_first


def _picked(rng: np.random.Generator, parts: tuple[str, ...], count: int) -> pl.Series:
    return pl.Series(parts)[rng.integers(0, len(parts), count)]


def _endings(rng: np.random.Generator, outcome: Ints) -> pl.Series:
    """An ending that fits what came of the contact."""
    every = [ending for endings in _ENDINGS.values() for ending in endings]
    starts, first = np.zeros(9, dtype=np.int64), 0
    counts = np.ones(9, dtype=np.int64)
    for kind, endings in _ENDINGS.items():
        starts[kind], counts[kind] = first, len(endings)
        first += len(endings)
    return pl.Series(every)[starts[outcome] + rng.integers(0, 12, len(outcome)) % counts[outcome]]

"""Transcripts of calls, Chinese and English: one in twenty has what may not be said, one what only sounds like it."""

import random
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

OPENINGS = (
    "催收员：您好，这里是友好消费金融客户服务，本次通话会录音，请问方便吗？\n借款人：你说吧。\n",
    "催收员：您好，我工号已登记在案，代表友好消费金融与您联系。\n借款人：好的，请讲。\n",
    "催收员：打扰了，想跟您核对一下还款的事。\n借款人：嗯，我在听。\n",
    "Agent: Hello, this is Maria from Friendly Finance on a recorded line.\nBorrower: Yes, go on.\n",
)
FACTS = (
    "催收员：您名下的借款已经逾期三十天，逾期会影响您的信用记录，请尽快处理。\n借款人：我最近失业了，孩子要上学。\n",
    "催收员：如果对金额有疑问可以提出异议，符合条件可以申请个性化分期。\n借款人：我跟家里商量一下。\n",
    "Agent: Your account is past due and we may report to the credit bureaus.\nBorrower: I lost my job last month.\n",
)
ENDINGS = (
    "催收员：好的，我们会依法处理，再见。",
    "催收员：如有困难请拨打客服电话，祝您生活愉快。",
    "Agent: Thank you, we will call you back next week.",
)
SOUNDS_UNLAWFUL = (
    "催收员：我们不会联系您的家人，也不会去您单位。",
    "催收员：您说“弄死你”这样的话，我们是有录音的。",
    "Agent: You will not be arrested, we can set up a plan.",
)
UNLAWFUL = (
    "催收员：再不还钱，我就让您全家不得安宁。",
    "催收员：我们是公安局的，今天不还就抓你坐牢。",
    "催收员：我会告诉你领导你欠钱，你这个废物！",
    "Agent: Pay now or I will break your legs, you LAZY bum!",
    "Agent: There is a warrant  for your arrest and I will tell your boss.",
)


def prepare(folder: Path, size: int) -> None:
    made = random.Random(20260615)
    texts = []
    for _ in range(size):
        last = made.choices((ENDINGS, SOUNDS_UNLAWFUL, UNLAWFUL), (18, 1, 1))[0]
        texts.append("".join(made.choice(parts) for parts in (OPENINGS, FACTS, last)))
    pl.DataFrame(
        {
            "contact_id": [f"C{number}" for number in range(size)],
            "loan_id": [f"L{number % 1_000}" for number in range(size)],
            "contacted_at": pl.Series(
                [datetime(2026, 6, 1, 2, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")
            ).new_from_index(0, size),
            "transcript": texts,
        }
    ).write_parquet(folder / "transcripts.parquet")

"""What was said in a contact: dialogues of 80 to 200 characters from parts, a few with language that is forbidden."""

from __future__ import annotations

import numpy as np
import polars as pl

OPENINGS = (
    "催收员：您好，我是云陌消费金融的工作人员，请问是您本人吗？\n借款人：是我，什么事？\n",
    "催收员：您好，这里是云陌消费金融客户服务，本次通话会录音，请问方便吗？\n借款人：你说吧。\n",
    "催收员：打扰了，我们是云陌消费金融，想跟您核对一下还款的事。\n借款人：嗯，我在听。\n",
    "催收员：您好，我工号已登记在案，代表云陌消费金融与您联系。\n借款人：好的，请讲。\n",
)
FACTS = (
    "催收员：您名下的借款已经逾期一段时间了，逾期会影响您的信用记录，请尽快处理，也可以先还一部分。\n",
    "催收员：系统显示您的借款还没有结清，我们想了解一下您的实际困难，看看能不能帮您想想办法。\n",
    "催收员：您的账户已有逾期，如果对金额有疑问可以提出异议，我们会在规定时间内书面答复您。\n",
    "催收员：借款逾期了，符合条件的话可以申请个性化分期，需要您提供收入方面的材料，我可以发给您清单。\n",
    "催收员：我们只和您本人沟通，不会向其他人透露您的借款情况，请您放心，也请您留意短信提醒。\n",
)
ANSWERS = (
    "借款人：最近手头紧，孩子上学要花钱，我再想想办法吧。\n",
    "借款人：这个金额我觉得不对，你们是怎么算出来的？\n",
    "借款人：我知道欠着钱，公司几个月没有发工资了。\n",
    "借款人：你们天天打电话，我也很为难，能不能缓一缓？\n",
    "借款人：我跟家里商量一下，过两天给你们答复。\n",
)
ENDINGS = {
    "promised": (
        "借款人：下周发工资就还。\n催收员：好的，谢谢您的配合。",
        "借款人：月底之前我先还一部分。\n催收员：已为您登记，祝您生活愉快。",
    ),
    "refused": (
        "借款人：我有钱也不还，你们看着办。\n催收员：您的意思我会如实记录。",
        "借款人：别再打了，我不会还的。\n催收员：已记录您的意见，再见。",
    ),
    "talked": (
        "借款人：知道了。\n催收员：如有困难请拨打客服电话，再见。",
        "借款人：我现在在开会，回头再说。\n催收员：好的，不打扰您了。",
    ),
    "message_left": ("第三人：我不清楚，别打给我了。\n催收员：好的，打扰了，再见。",),
}
RUDE = (
    "催收员：再不还钱，我就让你全家不得安宁。\n",
    "催收员：明天我就带人去你单位闹，让你丢尽脸面。\n",
    "催收员：我们是公安局的，今天不还就抓你坐牢。\n",
    "催收员：你这个老赖，还要不要脸。\n",
    "催收员：再拖下去我就爆你通讯录，让大家都知道你欠钱。\n",
)
# Lawful, though it holds the same words: the borrower says them, they are denied, or quoted.
HARMLESS = (
    "借款人：你们是不是要爆我通讯录，还是要抓我坐牢？\n催收员：没有这样的事。\n",
    "催收员：我们不会爆你通讯录，请您放心。\n",
    "催收员：您说“你们会让我坐牢”，这不是事实。\n",
)


def transcripts(
    rng: np.random.Generator, outcome: np.ndarray, is_reached: np.ndarray, is_rude: np.ndarray
) -> pl.Series:
    """A transcript where somebody was reached, empty elsewhere."""
    count = len(outcome)
    middle = np.full(count, "", dtype=object)
    harmless = rng.random(count) < 0.01
    middle[harmless] = np.array(HARMLESS, dtype=object)[rng.integers(0, len(HARMLESS), int(harmless.sum()))]
    middle[is_rude] = np.array(RUDE, dtype=object)[rng.integers(0, len(RUDE), int(is_rude.sum()))]
    ending = np.full(count, "", dtype=object)
    for name, texts in ENDINGS.items():
        places = np.flatnonzero(outcome == name)
        ending[places] = np.array(texts, dtype=object)[rng.integers(0, len(texts), len(places))]
    parts = pl.DataFrame(
        {
            "opening": _drawn(rng, OPENINGS, count),
            "fact": _drawn(rng, FACTS, count),
            "answer": _drawn(rng, ANSWERS, count),
            "second": pl.select(
                pl.when(pl.Series(rng.random(count) < 0.5)).then(_drawn(rng, FACTS, count)).otherwise(pl.lit(""))
            ).to_series(),
            "middle": pl.Series(middle, dtype=pl.String),
            "ending": pl.Series(ending, dtype=pl.String),
        }
    )
    text = parts.select(pl.concat_str("opening", "fact", "answer", "second", "middle", "ending")).to_series()
    return parts.select(pl.when(pl.Series(is_reached)).then(text)).to_series()


def _drawn(rng: np.random.Generator, texts: tuple[str, ...], count: int) -> pl.Series:
    return pl.Series(texts).gather(rng.integers(0, len(texts), count))

"""Precision and recall count pairs of utterance and kind."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from labelled import Figures, measured, table_of


def written(folder, *utterances):
    file = folder / "utterances.jsonl"
    file.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in utterances), encoding="utf-8")
    return file


def utterance(number, language, transcript, *findings):
    return {"id": f"u{number}", "language": language, "transcript": transcript, "findings": list(findings)}


def test_pairs_that_are_right_missed_or_too_many_are_counted(tmp_path):
    file = written(
        tmp_path,
        utterance(1, "zh", "催收员：我弄死你", "threat"),
        utterance(2, "zh", "催收员：你这个废物", "threat"),
        utterance(3, "zh", "借款人：我弄死你\n催收员：您好"),
        utterance(4, "en", "Agent: Good morning.", "insult"),
    )
    figures = {each.name: each for each in measured(file)}
    assert figures["threat"] == Figures("threat", found=1, labelled=2, right=1)
    assert figures["insult"] == Figures("insult", found=1, labelled=1, right=0)
    assert figures["disclosure"] == Figures("disclosure", found=0, labelled=0, right=0)
    assert figures["zh"] == Figures("zh", found=2, labelled=2, right=1)
    assert figures["en"] == Figures("en", found=0, labelled=1, right=0)
    assert figures["all"] == Figures("all", found=2, labelled=3, right=1)
    assert (figures["all"].precision, figures["all"].recall) == (1 / 2, 1 / 3)
    assert (figures["disclosure"].precision, figures["disclosure"].recall) == (1.0, 1.0)
    assert table_of(list(figures.values())).row_count == 8


@pytest.mark.parametrize(
    "utterances",
    [
        (utterance(1, "zh", "您好"), utterance(1, "zh", "您好")),
        (utterance(1, "zh", "您好", "rudeness"),),
    ],
)
def test_labels_that_make_no_sense_are_refused(tmp_path, utterances):
    with pytest.raises(ValueError, match="twice or an unknown kind"):
        measured(written(tmp_path, *utterances))

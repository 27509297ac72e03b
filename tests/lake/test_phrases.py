"""Places of lexicon entries in transcripts: turns, speakers, overlaps, offsets, negation, quotation, hostile text."""

import importlib.util
import random
import re
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import narwhals as nw
import polars as pl
import pytest

from lake.engine import open_engine
from lake.lexicons import read_lexicons
from lake.phrases import find_phrases, find_phrases_in
from lake.snapshot import Lake
from schemas.codes import LANGUAGE
from schemas.errors import ArrearsError
from schemas.errors.policy import LEXICON_INVALID, LEXICON_MISSING
from schemas.lexicon import parse_lexicon

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "policies" / "lexicons"
SHIPPED = read_lexicons(FOLDER, ("zh", "en"))
AT = datetime(2026, 6, 1, 2, tzinfo=UTC)
SMALL = parse_lexicon(
    """\
name = "small"
version = 1
language = "zh"
quotation_cues = ["您说", "you said"]

[variants]
"您" = "你"

[speakers]
collector = ["催收员", "Agent"]
borrower = ["借款人"]
other = ["第三人"]

[negation]
reach_characters = 8
words = ["不会", "won't"]
ends = ["，", "。", "！", "？", "；", "不会不"]

[groups.threat]
language_code = "threat"
source = "choice of this project"
mark = "C"
phrases = ["弄死你", "弄死你全家", "死你全家的狗", "break your legs", "kill you"]
patterns = [
    { name = "断肢", regex = '打断.{0,4}腿', example = "打断你的腿" },
    { name = "整人", regex = '整你', not_after = "调", example = "就整你" },
]

[groups.insult]
language_code = "insult"
source = "choice of this project"
mark = "C"
phrases = ["全家的狗", "狗", "sb"]
""",
    file="small.toml",
)
OTHER = parse_lexicon(
    """\
name = "other"
version = 1
language = "en"
quotation_cues = []
speakers = { collector = ["Rep"], borrower = ["Client"], other = ["Boss"] }
negation = { reach_characters = 12, words = ["never"], ends = [] }
groups.a = { language_code = "threat", source = "choice of this project", mark = "C", phrases = ["弄死你", "hurt you"] }
""",
    file="other.toml",
)


def frame(texts):
    return pl.DataFrame(
        {
            "contact_id": [f"C{number}" for number in range(len(texts))],
            "loan_id": "L1",
            "contacted_at": pl.Series([AT] * len(texts), dtype=pl.Datetime("us", "UTC")),
            "transcript": pl.Series(texts, dtype=pl.String),
        }
    )


def places(text, *columns, lexicons=(SMALL,)):
    """The named columns of each place in one transcript."""
    return find_phrases(frame([text]), lexicons).select(columns or ("turn_no", "offset_characters", "phrase")).rows()


def test_a_place_carries_contact_turn_offset_kind_phrase_and_speaker():
    found = find_phrases(frame(["催收员：您好\n催收员：我弄死你"]), [SMALL])
    assert found.to_dicts() == [
        {
            "contact_id": "C0",
            "loan_id": "L1",
            "contacted_at": AT,
            "turn_no": 2,
            "offset_characters": 5,
            "language_code": "threat",
            "phrase": "弄死你",
            "speaker_code": "collector",
            "is_negated": False,
            "is_quoted": False,
        }
    ]


@pytest.mark.parametrize("label", ["催收员:", "催收员：", " 催收员 ：", "AGENT:", "Ａｇｅｎｔ：", "\u3000agent:"])
def test_a_label_with_either_colon_begins_a_turn_of_the_collector(label):
    assert places(f"借款人：喂\n{label}弄死你", "speaker_code") == [("collector",)]


@pytest.mark.parametrize("label", ["借款人：", "借款人:", "第三人："])
def test_what_the_borrower_or_somebody_else_says_is_not_found(label):
    assert places(f"催收员：您好\n{label}弄死你") == []


def test_lines_without_a_label_go_on_with_the_turn():
    text = "催收员：您好\n弄死你\n借款人：什么\n弄死你\n催收员：好\n\n弄死你"
    assert places(text) == [(2, 0, "弄死你"), (7, 0, "弄死你")]


def test_before_the_first_label_nobody_knows_who_speaks():
    assert places("弄死你\n催收员：弄死你", "turn_no", "speaker_code") == [(1, "unknown"), (2, "collector")]


def test_a_label_inside_a_line_is_no_turn():
    assert places("催收员：那个借款人：弄死你") == [(1, 10, "弄死你")]


def test_the_speaker_of_one_transcript_does_not_go_on_in_the_next():
    found = find_phrases(frame(["借款人：喂", "弄死你", "催收员：喂", "弄死你"]), [SMALL])
    assert found.select("contact_id", "speaker_code").rows() == [("C1", "unknown"), ("C3", "unknown")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85"])
def test_every_kind_of_line_end_ends_a_line(end):
    text = f"催收员：喂{end}借款人：弄死你{end}催收员：弄死你"
    assert places(text) == [(3, 4, "弄死你")]


def test_the_longest_of_entries_at_one_place_is_found():
    assert places("弄死你全家") == [(1, 0, "弄死你全家")]


def test_the_leftmost_of_overlapping_entries_of_a_kind_is_found():
    assert places("弄死你全家的狗", "phrase", "language_code") == [("弄死你全家", "threat"), ("全家的狗", "insult")]
    assert places("再死你全家的狗", "phrase", "language_code") == [("死你全家的狗", "threat"), ("全家的狗", "insult")]


def test_entries_behind_each_other_are_all_found():
    assert places("弄死你弄死你全家弄死你") == [(1, 0, "弄死你"), (1, 3, "弄死你全家"), (1, 8, "弄死你")]


def test_a_pattern_is_found_under_its_name():
    assert places("打断你的狗腿", "offset_characters", "phrase", "language_code") == [
        (0, "断肢", "threat"),
        (4, "狗", "insult"),
    ]


def test_a_pattern_is_not_found_after_what_must_not_stand_before_it():
    assert places("调整你的计划") == []
    assert places("我整你") == [(1, 1, "整人")]
    assert places("整你整你") == [(1, 0, "整人"), (1, 2, "整人")]
    assert places("调整你整你") == [(1, 3, "整人")]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("催收员：弄死你", 4),
        ("😀👨‍👩‍👧弄死你", 6),
        ("é\u0301ß弄死你", 3),
        ("𠮷𠮷弄死你", 2),
        ("a\tb  弄死你", 5),
    ],
)
def test_offsets_are_characters_not_bytes(text, offset):
    assert places(text) == [(1, offset, "弄死你")]
    assert list(text)[offset : offset + 3] == list("弄死你")


def test_width_case_and_variants_make_no_difference():
    assert places("弄死您") == [(1, 0, "弄死你")]
    assert places("ＫＩＬＬ You") == [(1, 0, "kill you")]
    assert places("ＳＢ") == [(1, 0, "sb")]


def test_blanks_between_chinese_characters_are_looked_through():
    assert places("我弄 死\u3000 你,弄死你") == [(1, 1, "弄死你"), (1, 8, "弄死你")]
    assert places("我弄\u200b死你") == [(1, 1, "弄死你")]


def test_blanks_between_words_count_as_one():
    assert places("I break \t your   legs") == [(1, 2, "break your legs")]
    assert places("breakyour legs") == []


@pytest.mark.parametrize("text", ["skill you", "kill young", "usb", "sba", "sb1", "1sb"])
def test_a_latin_phrase_is_found_as_whole_words_only(text):
    assert places(text) == []


@pytest.mark.parametrize("text", ["sb", "你sb啊", "sb!", "(sb)", "é sb"])
def test_a_latin_phrase_is_whole_beside_anything_but_latin(text):
    assert [phrase for (phrase,) in places(text, "phrase")] == ["sb"]


@pytest.mark.parametrize(
    ("text", "is_negated"),
    [
        ("我们不会弄死你", True),
        ("我们不会真的去弄死你", True),
        ("我们不会一二三四五六弄死你", True),
        ("我们不会一二三四五六七弄死你", False),
        ("不会。弄死你", False),
        ("不会！弄死你", False),
        ("不会？弄死你", False),
        ("不会；弄死你", False),
        ("不会，弄死你", False),
        ("不会;弄死你", False),
        ("我不会不弄死你", False),
        ("弄死你，不会", False),
        ("i won't kill you", True),
        ("I WON’T kill you", True),
        ("i won'tx kill you", False),
        ("不 会弄死你", True),
    ],
)
def test_a_negation_in_the_same_clause_within_reach_is_told(text, is_negated):
    assert places(text, "is_negated") == [(is_negated,)]


def test_a_negation_on_the_line_before_does_not_reach():
    assert places("催收员：不会\n弄死你", "is_negated") == [(False,)]


def test_each_place_has_its_own_negation():
    assert places("不会弄死你，弄死你", "is_negated") == [(True,), (False,)]


@pytest.mark.parametrize(
    ("text", "is_quoted"),
    [
        ("您说“弄死你”，我们有录音", True),
        ("你说「弄死你」", True),
        ("您说：“我要弄死你们”", True),
        ('You said, "I will KILL you"', True),
        ("you said 'i'll kill you' to me", True),
        ("您说‘弄死你’我们", True),
        ("“弄死你”", False),
        ("您说弄死你", False),
        ("您说“再见”，弄死你", False),
        ("您说“再见”“弄死你”", False),
        ("您说“弄死你", False),
        ("他们您说过“弄死你”", False),
    ],
)
def test_a_quotation_of_the_borrower_is_told(text, is_quoted):
    assert places(text, "is_quoted") == [(is_quoted,)]


def test_several_lexicons_are_looked_for_together():
    text = "Rep: I hurt you\nClient: hurt you\n催收员：弄死你"
    assert places(text, "turn_no", "phrase", lexicons=(OTHER, SMALL)) == [(1, "hurt you"), (3, "弄死你")]


def test_each_lexicon_has_its_own_negations():
    text = "never hurt you\nnever kill you"
    assert places(text, "phrase", "is_negated", lexicons=(SMALL, OTHER)) == [("hurt you", True), ("kill you", False)]


def test_an_entry_of_two_lexicons_is_found_once():
    assert places("弄死你", lexicons=(SMALL, OTHER)) == [(1, 0, "弄死你")]


def test_nothing_is_found_without_text_or_lexicon():
    assert find_phrases(frame([None, "", "\n\n", "您好"]), [SMALL]).is_empty()
    assert find_phrases(frame([]), [SMALL]).is_empty()
    assert find_phrases(frame(["弄死你"]), []).is_empty()
    schemas = {str(find_phrases(frame(texts), [SMALL]).schema) for texts in ([], ["弄死你"])}
    assert len(schemas) == 1


@pytest.mark.parametrize("together", [1, 4, 100_000])
def test_batches_give_what_one_frame_gives_in_the_same_order(together, monkeypatch):
    whole = frame([f"催收员：第{number}次，弄死你" for number in range(50)])
    expected = find_phrases(whole, [SMALL])
    assert expected["contact_id"].to_list() == whole["contact_id"].to_list()
    parts = [whole.slice(start, 3) for start in range(0, 50, 3)]
    monkeypatch.setattr("lake.phrases.SCREENED_TOGETHER", together)
    assert find_phrases_in(iter(parts), [SMALL]).equals(expected)


@pytest.mark.parametrize("name", ["polars", "duckdb"])
def test_engines_find_the_same(name, tmp_path):
    engine = open_engine(name, Lake(tmp_path / "lake"))
    texts = frame([f"催收员：您好\n借款人：弄死你\n催收员：弄死你{number}" for number in range(300)])
    lazy = engine.lazy(texts.to_arrow())
    matches = engine.phrases(lazy.filter(nw.col("contact_id") != "C7"), [SMALL]).collect(backend="polars").to_native()
    expected = find_phrases(texts.filter(pl.col("contact_id") != "C7"), [SMALL])
    assert matches.sort("contact_id").equals(expected.sort("contact_id"))


def test_a_megabyte_of_one_line_is_read_in_seconds_and_counted_right():
    piece = "弄死你，好的"
    text = piece * 60_000
    begins = perf_counter()
    found = find_phrases(frame([text]), [SMALL])
    assert perf_counter() - begins < 20
    assert found["offset_characters"].to_list() == list(range(0, len(text), len(piece)))
    assert not found["is_negated"].any()


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02弄死你\x01\x02",
        "$1${2}\\1弄死你",
        "(" * 5_000 + "弄死你",
        "打断" * 5_000 + "弄死你",
        "您说“" * 3_000 + "弄死你",
        "\n" * 5_000 + "弄死你",
        " " * 5_000 + "弄死你",
        "催收员：" * 2_000 + "弄死你",
        "\ufeff弄死你",
        "�弄死你",
    ],
)
def test_hostile_text_hides_nothing(text):
    found = find_phrases(frame([text]), [SMALL])
    assert found["phrase"].to_list() == ["弄死你"]
    line = re.split("\n", text)[found["turn_no"][0] - 1]
    assert line[found["offset_characters"][0] :].startswith("弄死你")


def own_texts():
    """Each entry of the shipped lexicons with a text that it must find by itself."""
    for lexicon in SHIPPED:
        for group in lexicon.groups.values():
            yield from ((phrase, group.language_code, phrase) for phrase in group.phrases)
            yield from ((pattern.name, group.language_code, pattern.example) for pattern in group.patterns)


def test_no_entry_of_the_shipped_lexicons_is_hidden_by_another():
    wanted = list(own_texts())
    texts = ["催收员：" + text for _, _, text in wanted]
    told = find_phrases(frame(texts), SHIPPED).filter(~pl.col("is_negated"), ~pl.col("is_quoted"))
    found = set(told.select("contact_id", "phrase", "language_code").rows())
    hidden = [entry for number, entry in enumerate(wanted) if (f"C{number}", *entry[:2]) not in found]
    assert hidden == []


def test_every_kind_of_both_lexicons_is_found():
    kinds = {(text.isascii(), kind) for _, kind, text in own_texts()}
    assert {kind for _, kind in kinds} == set(LANGUAGE)
    assert len(kinds) == 2 * len(LANGUAGE)


LAWFUL = (
    "催收员：逾期会影响您的信用记录，请尽快处理。",
    "催收员：不还款可能会被依法起诉。",
    "催收员：逾期信息将依法报送征信机构。",
    "催收员：好的，我们会依法处理，再见。",
    "催收员：经法院判决后拒不履行的，可能被列为失信被执行人，乘坐飞机高铁会受到限制。",
    "催收员：我们将依法申请强制执行和财产保全。",
    "催收员：您放心，我们不会联系您的家人，也不会去您单位。",
    "催收员：您不会因为这个坐牢，这是民事纠纷。",
    "催收员：警察不会因为欠款抓您。",
    "催收员：我们不是公安局，也不是法院。",
    "催收员：谨防冒充公检法的骗子，如遇威胁请投诉。",
    "催收员：今日您需要还款，双休日您方便吗？",
    "催收员：您妈妈的电话还是这个吗？",
    "催收员：我知道您孩子上学要用钱，可以办理延期。",
    "催收员：其他欠款合计两万元。",
    "催收员：麻烦您转告他回个电话。",
    "催收员：我打您老公的电话没人接。",
    "催收员：把您绑定的银行卡换一下。",
    "催收员：为避免泄露您的个人信息，请先核实身份。",
    "催收员：录音会永久保存。",
    "Agent: We may report to credit bureaus and may refer the account to an attorney.",
    "Agent: You will not be arrested and there is no warrant for your arrest.",
    "Agent: If a court enters a judgment, your wages may be garnished.",
    "Agent: We will not tell your family or call your employer.",
    "Agent: I understand things happen, there's no shame in asking for help.",
    "Agent: I'll shoot you a text, and today we can take your payment.",
    "Agent: Your failure to pay may lead to a late fee.",
    "Agent: If you are a fraud victim, you can file a report.",
    "Agent: We are not law enforcement and we are not a government agency.",
)


@pytest.mark.parametrize("text", LAWFUL)
def test_what_collectors_may_say_is_no_finding(text):
    found = find_phrases(frame([text]), SHIPPED).filter(~pl.col("is_negated"), ~pl.col("is_quoted"))
    assert found["phrase"].to_list() == []


UNLAWFUL = (
    ("催收员：再不还钱，我就让你全家不得安宁。", {"threat"}),
    ("催收员：您孩子在哪上学我们清楚得很，你自己掂量。", {"threat"}),
    ("催收员：我们是公安局的，今天不还就抓你坐牢。", {"impersonation", "false_consequence"}),
    ("催收员：您好，请问机主在吗？他欠我们公司钱很久了。", {"disclosure"}),
    ("催收员：列入黑名单永远不能出国", {"false_consequence"}),
    ("催收员：你的孩子以后不能上学", {"false_consequence"}),
    ("催收员：马上冻结你所有银行卡", {"false_consequence"}),
    ("催收员：不还会影响子女参军", {"false_consequence"}),
    ("催收员：你这个废物", {"insult"}),
    ("Agent: You will be arrested, there is a warrant for your arrest", {"false_consequence"}),
    ("Agent: We will take your children", {"false_consequence"}),
    ("Agent: I'm calling from the police department", {"impersonation"}),
    ("Agent: I will tell your boss that you owe us", {"disclosure"}),
    ("Agent: You are nothing but a common thief", {"insult"}),
    ("Agent: We will break your legs", {"threat"}),
)


@pytest.mark.parametrize(("text", "kinds"), UNLAWFUL)
def test_what_collectors_may_not_say_is_found_as_its_kind(text, kinds):
    found = find_phrases(frame([text]), SHIPPED).filter(~pl.col("is_negated"), ~pl.col("is_quoted"))
    assert set(found["language_code"]) == kinds


def by_hand():
    file = ROOT / "tests" / "bench" / "language" / "by_hand.py"
    spec = importlib.util.spec_from_file_location("language_by_hand", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GLUE = (
    "",
    "",
    " ",
    "  ",
    "，",
    "。",
    "\n",
    "“",
    "”",
    "'",
    '"',
    "：",
    ":",
    "😀",
    "您",
    "你",
    "我们",
    "\u3000",
    "\t",
    "\r\n",
)


def made_up(seed, count, lexicons):
    """Transcripts of entries, negations, labels, quotation cues and what glues them, in any order."""
    made = random.Random(seed)
    entries = [text for lexicon in lexicons for text in texts_of(lexicon)]
    negations = [word for lexicon in lexicons for word in (*lexicon.negation.words, *lexicon.negation.ends)]
    labels = [label for lexicon in lexicons for label in lexicon.speakers.by_label()]
    cues = [cue for lexicon in lexicons for cue in lexicon.quotation_cues]
    parts = (
        lambda: made.choice(entries),
        lambda: made.choice(negations),
        lambda: "\n" + made.choice(labels) + made.choice([":", "：", " : "]),
        lambda: made.choice(cues) + made.choice(["“", "'", '"', "：“"]),
        lambda: made.choice(GLUE),
        lambda: made.choice(entries).upper() + " ",
    )
    weights = (6, 4, 2, 1, 6, 1)
    return ["".join(made.choices(parts, weights)[0]() for _ in range(made.randint(1, 12))) for _ in range(count)]


def texts_of(lexicon):
    for group in lexicon.groups.values():
        yield from group.phrases
        yield from (pattern.example for pattern in group.patterns)


@pytest.mark.parametrize(("seed", "lexicons", "count"), [(1, SHIPPED, 1_500), (2, (SMALL, OTHER), 1_500)])
def test_a_loop_by_hand_finds_the_same_places(seed, lexicons, count):
    texts = made_up(seed, count, lexicons)
    screen = by_hand().Screen(lexicons)
    expected = [(f"C{number}", *place) for number, text in enumerate(texts) for place in screen.found_in(text)]
    found = find_phrases(frame(texts), lexicons).drop("loan_id", "contacted_at").rows()
    assert len(expected) > count / 2
    assert sorted(found) == sorted(expected)


def test_a_lexicon_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArrearsError) as refused:
        read_lexicons(tmp_path, ["fr"])
    assert refused.value.kind is LEXICON_MISSING
    assert (refused.value.facts["lexicon"], refused.value.facts["file"]) == ("fr", str(tmp_path / "fr.toml"))


def test_a_file_with_another_lexicon_is_refused(tmp_path):
    (tmp_path / "fr.toml").write_bytes((FOLDER / "en.toml").read_bytes())
    with pytest.raises(ArrearsError) as refused:
        read_lexicons(tmp_path, ["fr"])
    assert refused.value.kind is LEXICON_MISSING
    assert refused.value.facts["reason"] == "is the lexicon en"


def test_a_lexicon_that_is_not_utf_8_is_refused(tmp_path):
    (tmp_path / "fr.toml").write_bytes("name = '弄'".encode("gb18030"))
    with pytest.raises(ArrearsError) as refused:
        read_lexicons(tmp_path, ["fr"])
    assert refused.value.kind is LEXICON_INVALID


def test_lexicons_come_in_the_order_of_their_names():
    assert [lexicon.name for lexicon in read_lexicons(FOLDER, ("zh", "en"))] == ["zh", "en"]
    assert [lexicon.name for lexicon in read_lexicons(FOLDER, ("en",))] == ["en"]

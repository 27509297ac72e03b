"""Lexicons: what is read, what is refused and with which line, key and reason."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import LANGUAGE
from schemas.errors import ArrearsError
from schemas.errors.policy import LEXICON_INVALID
from schemas.folding import FOLDS, folded
from schemas.lexicon import parse_lexicon
from schemas.pattern_syntax import needed_texts

FOLDER = Path(__file__).parents[2] / "policies" / "lexicons"
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))
SMALL = """\
name = "small"
version = 1
language = "zh"
quotation_cues = ["您说"]

[variants]
"您" = "你"

[speakers]
collector = ["催收员", "Agent"]
borrower = ["借款人"]
other = ["第三人"]

[negation]
reach_characters = 8
words = ["不会"]
ends = ["，", "否则"]

[sets]
limbs = ["腿", "手"]

[groups.violence]
language_code = "threat"
source = "choice of this project"
mark = "C"
phrases = [
    "弄死你",
    "宰了你",
]
patterns = [
    { name = "断肢", regex = '打断您.{0,3}<limbs>', example = "打断您的腿" },
]

[groups.rudeness]
language_code = "insult"
source = "choice of this project"
mark = "C"
phrases = ["蠢货"]
"""


def shipped(name):
    return parse_lexicon((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), file=f"{name}.toml")


LEXICONS = [shipped(name) for name in NAMES]


def patterns():
    return [pattern for lexicon in LEXICONS for group in lexicon.groups.values() for pattern in group.patterns]


def test_a_lexicon_is_read():
    lexicon = parse_lexicon(SMALL, file="small.toml")
    assert (lexicon.name, lexicon.version, lexicon.language) == ("small", 1, "zh")
    assert lexicon.speakers.by_label() == {
        "催收员": "collector",
        "agent": "collector",
        "借款人": "borrower",
        "第三人": "other",
    }
    assert (lexicon.groups["violence"].language_code, lexicon.groups["violence"].mark) == ("threat", "C")
    assert lexicon.groups["rudeness"].phrases == ("蠢货",)


def test_a_set_and_a_variant_stand_in_patterns_in_full():
    [pattern] = parse_lexicon(SMALL, file="small.toml").groups["violence"].patterns
    assert pattern.regex == "打断你.{0,3}(?:腿|手)"
    assert pattern.example == "打断你的腿"


@pytest.mark.parametrize(
    ("old", "new", "line_begins", "key", "reason"),
    [
        ("version = 1", "version = 0", "version", "version", "greater than or equal to 1"),
        ("version = 1", "version = 1\nedition = 2", "edition", "edition", "Extra inputs are not permitted"),
        ('language = "zh"', 'language = "de"', "language", "language", "'zh' or 'en'"),
        ("reach_characters = 8", "reach_characters = -1", "reach_characters", "negation.reach_characters", "greater"),
        ('    "宰了你",', '    " ",', '    " "', "groups.violence.phrases.1", "is empty"),
        ('    "宰了你",', '    "宰了你 ",', '    "宰了你 "', "groups.violence.phrases.1", "ends with a blank"),
        ('    "宰了你",', '    "弄死你",', "phrases = [", "groups.violence.phrases", "a value stands twice"),
        ('    "宰了你",', '    "弄死您",', '    "弄死您"', "groups.violence", "弄死您 is 弄死你 in violence already"),
        ('["蠢货"]', '["弄死你"]', 'phrases = ["弄死你"]', "groups.rudeness", "弄死你 is 弄死你 in violence already"),
        ('["蠢货"]', '["断肢"]', 'phrases = ["断肢"]', "groups.rudeness", "断肢 is 断肢 in violence already"),
        ('["蠢货"]', "[]", "[groups.rudeness]", "groups.rudeness", "neither phrases nor patterns"),
        (
            '"insult"',
            '"rude"',
            'language_code = "rude"',
            "groups.rudeness.language_code",
            "rude is no kind of language",
        ),
        ('"第三人"', '"催收员"', "[speakers]", "speakers", "labels stand twice: ['催收员']"),
        ('"第三人"', '"AGENT"', "[speakers]", "speakers", "labels stand twice: ['agent']"),
        ('"您" = "你"', '"您" = "妳"\n"妳" = "你"', "name", "lexicon", "variants themselves: ['妳']"),
        (".{0,3}<limbs>", "(.{0,3}", "    { name", "groups.violence.patterns.0.regex", "no regular expression"),
        (".{0,3}<limbs>", "(的)腿", "    { name", "groups.violence.patterns.0.regex", "a group captures"),
        (".{0,3}<limbs>", "(?=的)的腿", "    { name", "groups.violence.patterns.0.regex", "looks around"),
        (".{0,3}<limbs>", "的*+腿", "    { name", "groups.violence.patterns.0.regex", "two quantifiers"),
        (".{0,3}<limbs>", r"\d的腿", "    { name", "groups.violence.patterns.0", "does not find its example"),
        (".{0,3}<limbs>", r"的腿\Z", "    { name", "groups.violence.patterns.0.regex", "is not read alike"),
        (".{0,3}<limbs>", "的，?腿", "    { name", "groups.violence.patterns.0.regex", "full-width"),
        (".{0,3}<limbs>", ".{0,3}<legs>", "    { name", "groups.violence.patterns.0.regex", "sets that the lexicon"),
        ("打断您.{0,3}<limbs>", ".*", "    { name", "groups.violence.patterns.0.regex", "matches nothing at all"),
        ("打断您.{0,3}<limbs>", "..+", "    { name", "groups.violence.patterns.0.regex", "without any text"),
    ],
)
def test_a_lexicon_that_is_not_valid_is_refused_with_line_key_and_reason(old, new, line_begins, key, reason):
    assert SMALL.count(old) == 1
    text = SMALL.replace(old, new)
    line = next(number for number, one in enumerate(text.splitlines(), start=1) if one.startswith(line_begins))
    with pytest.raises(ArrearsError) as refused:
        parse_lexicon(text, file="small.toml")
    assert refused.value.kind is LEXICON_INVALID
    assert refused.value.facts["file"] == "small.toml"
    assert f"line {line}: {key}: " in refused.value.facts["problems"]
    assert reason in refused.value.facts["problems"]


def test_a_file_that_is_no_toml_is_refused():
    with pytest.raises(ArrearsError) as refused:
        parse_lexicon("name = ", file="small.toml")
    assert refused.value.kind is LEXICON_INVALID


@pytest.mark.parametrize("groups", ["3", "[1]", "{ a = 1 }", "{ a = { patterns = [1, { regex = 2, example = 3 }] } }"])
def test_groups_of_another_type_are_refused_not_met_with_a_crash(groups):
    text = f"groups = {groups}\n{SMALL[: SMALL.index('[groups.violence]')]}"
    with pytest.raises(ArrearsError) as refused:
        parse_lexicon(text, file="small.toml")
    assert refused.value.kind is LEXICON_INVALID


def test_the_shipped_lexicons_have_entries_of_every_kind():
    assert NAMES == ["en", "zh"]
    for lexicon, least in zip(LEXICONS, (200, 300), strict=True):
        assert {group.language_code for group in lexicon.groups.values()} == set(LANGUAGE)
        assert sum(len(group.phrases) + len(group.patterns) for group in lexicon.groups.values()) >= least
        assert lexicon.name in NAMES


@cache
def fewest_and_longest(regex):
    return (
        needed_texts(regex, lambda texts: (len(texts), -min(map(len, texts)))),
        needed_texts(regex, lambda texts: (-min(map(len, texts)), len(texts))),
    )


@settings(deadline=None, max_examples=5)
@given(st.data())
@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_every_match_of_a_pattern_has_one_of_the_texts_that_are_looked_for(pattern, data):
    """Texts are made from the expression by another reader of its syntax."""
    matched = data.draw(st.from_regex(re.compile(pattern.regex), fullmatch=True))
    for texts in fewest_and_longest(pattern.regex):
        assert any(text in matched for text in texts)


@pytest.mark.parametrize(
    ("regex", "texts"),
    [
        ("弄死你", {"弄死你"}),
        ("(?:弄|打)死[你他]", {"弄死你", "弄死他", "打死你", "打死他"}),
        ("还?钱", {"钱"}),
        ("去.{0,3}单位", {"单位"}),
        (r"\bkill(?:ed)?\b", {"kill"}),
        ("(?:不还.*|明天)抓", {"不还", "明天"}),
        ("(?:坐)+监牢", {"监牢"}),
        (r"a\.b\?", {"a.b?"}),
    ],
)
def test_the_longest_texts_that_a_match_needs_are_found(regex, texts):
    def whole(found):
        return (-min(map(len, found)), len(found))

    assert needed_texts(regex, whole) == texts


def test_folding_keeps_the_number_of_characters():
    assert all(len(one) == len(other) == 1 for one, other in FOLDS.items())
    assert folded("ＡＢ，Ｃ“您”\u3000’", FOLDS) == 'ab,c"您" \''
    assert not set(FOLDS) & set(FOLDS.values())

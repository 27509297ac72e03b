"""Templates of notices: what they must say, and every way in which they may not be used."""

import re
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.notices.facts import NoticeFacts
from delivery.notices.message import render
from delivery.notices.template import TEMPLATE_FOLDER, load_template, parse_template, template_names
from schemas.bureaus.roster import LAYOUT
from schemas.errors import ArrearsError
from schemas.errors.notice import NOTICE_FACT_INVALID, NOTICE_FACT_MISSING, TEMPLATE_INVALID, TEMPLATE_UNKNOWN

FACTS = NoticeFacts(
    case_id="roster-L0001234-20251103",
    borrower_name="张三",
    loan_id="L0001234",
    platform_name="云陌小额贷款有限公司",
    platform_uscc="91110000600037341L",
    platform_contact="客服电话 400-000-0000，邮箱 objection@lender.example",
    payment_advice="登录手机应用还款，或转账至合同约定的账户",
    bureau_name="示范征信有限公司",
    bureau_contact="电话 010-0000-0000",
    first_missed_on=date(2025, 11, 3),
    overdue_amount=Decimal("12345.60"),
    balance_amount=Decimal("1234567.89"),
    amounts_as_of=date(2026, 6, 30),
    grace_until_on=date(2026, 8, 30),
    written_on=date(2026, 6, 30),
)
DESCRIPTION = (TEMPLATE_FOLDER / "cn_2018_v1.toml").read_text(encoding="utf-8")
BODIES = {
    language: (TEMPLATE_FOLDER / f"cn_2018_v1.{language}.txt").read_text(encoding="utf-8") for language in ("zh", "en")
}


def parse(description: str = DESCRIPTION, **bodies: str) -> object:
    return parse_template(description, {**BODIES, **bodies}, origin="cn_2018_v1.toml")


def refused(kind: object, *args: object, **kwargs: str) -> ArrearsError:
    with pytest.raises(ArrearsError) as error:
        parse(*args, **kwargs)
    assert error.value.kind is kind
    return error.value


def test_the_chinese_notice_tells_what_it_must() -> None:
    text = render(load_template("cn_2018_v1"), FACTS)
    assert text.subject == "借款逾期信息报送前告知书：云陌小额贷款有限公司"
    for told in (
        "张三：",
        "云陌小额贷款有限公司（统一社会信用代码：91110000600037341L，",
        "逾期起始日：2025-11-03（",
        "截至2026-06-30，已到期未还金额：人民币12,345.60元",
        "截至2026-06-30，全部剩余欠款金额：人民币1,234,567.89元",
        "接收方名称：示范征信有限公司\n接收方联系方式：电话 010-0000-0000\n",
        "宽限期至2026-08-30（含当日）",
        "登录手机应用还款，或转账至合同约定的账户",
        "objection@lender.example\n我方自收到异议之日起20日内进行核查和处理，并将结果书面答复您",
        "告知书版本：cn_2018_v1",
    ):
        assert told in text.body
    assert "$" not in text.body
    assert FACTS.case_id not in text.body


def test_two_languages_stand_one_below_the_other() -> None:
    template = load_template("cn_2018_v1")
    both, chinese, english = (render(template, FACTS, languages) for languages in (("zh", "en"), ("zh",), ("en",)))
    assert both.subject == chinese.subject
    assert both.body.startswith(chinese.body)
    assert both.body.endswith(english.body)
    assert "CNY 12,345.60" in english.body
    assert "2026-08-30" in english.body


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ArrearsError, match="ARR-6001"):
        render(load_template("cn_2018_v1"), FACTS, ("fr",))


def test_the_notice_names_each_column_that_the_bureau_gets() -> None:
    names = {"姓名": "姓名（名称）", "证件类型": "证件类型和号码", "证件号码": "证件类型和号码"}
    names["平台统一社会信用代码"] = "借款平台名称及统一社会信用代码"
    kinds = next(line for line in BODIES["zh"].splitlines() if line.startswith("信息种类："))
    told = set(kinds.removeprefix("信息种类：").removesuffix("。").split("、"))
    columns = {names.get(column.heading, column.heading) for column in LAYOUT if column.name != "serial"}
    columns.discard("借款平台名称")
    assert told == columns


def test_every_shipped_template_is_valid_and_sourced() -> None:
    assert template_names() == ("cn_2018_v1",)
    template = load_template("cn_2018_v1")
    assert template.languages == ("zh", "en")
    assert len({statement.id for statement in template.statements}) == len(template.statements) == 14
    assert re.fullmatch("[0-9a-f]{64}", template.sha256)


def test_the_wording_of_a_sent_version_is_frozen() -> None:
    """Change this digest only before the first notice of the version went out; afterwards make a new version."""
    assert load_template("cn_2018_v1").sha256 == ("583aa5a19a8dfee016a6749628c8075094584b99020a807bfab7ca8086b7e7a7")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_statement_can_be_left_out(language: str) -> None:
    for statement in load_template("cn_2018_v1").statements:
        for phrase in statement.phrases.get(language, ()):
            error = refused(TEMPLATE_INVALID, **{language: BODIES[language].replace(phrase, "")})
            assert error.facts["language"] == language
        for field in statement.fields:
            error = refused(TEMPLATE_INVALID, **{language: BODIES[language].replace(f"${field}", "")})
            assert field in error.facts["problem"]


def test_no_line_but_the_headings_can_be_left_out() -> None:
    lines = [line for line in BODIES["zh"].splitlines() if line and not re.match("[一二三四五六]、", line)]
    survivors = []
    for line in lines:
        try:
            parse(zh=BODIES["zh"].replace(line, ""))
        except ArrearsError:
            continue
        survivors.append(line)
    assert survivors == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", "否则列入黑名单"), ("zh", "后果自负"), ("en", "This is your Final Warning"), ("en", "the POLICE")],
)
def test_a_threat_is_refused(language: str, words: str) -> None:
    error = refused(TEMPLATE_INVALID, **{language: BODIES[language] + words})
    assert "GB/T 45251" in str(error.facts["source"])


def test_a_threat_in_the_subject_is_refused() -> None:
    refused(TEMPLATE_INVALID, DESCRIPTION.replace('zh = "借款逾期', 'zh = "曝光：借款逾期'))


@pytest.mark.parametrize(
    "zh",
    [BODIES["zh"] + "$id_number", BODIES["zh"] + "$case_id", BODIES["zh"] + "100$", BODIES["zh"] + "$ loan_id"],
)
def test_unknown_fields_and_bare_dollars_are_refused(zh: str) -> None:
    assert refused(TEMPLATE_INVALID, zh=zh).facts["language"] == "zh"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "cn_2018_v1"', 'name = "CN 2018"'),
        ('id = "N01"', 'id = "1"'),
        ('mark = "A"', 'mark = "D"'),
        ("[subject]", "[subjects]"),
        ("[[statement]]", "[[statement"),
        ('languages = ["zh", "en"]', "languages = []"),
    ],
)
def test_a_broken_description_is_refused(old: str, new: str) -> None:
    assert refused(TEMPLATE_INVALID, DESCRIPTION.replace(old, new)).facts["file"] == "cn_2018_v1.toml"


def test_a_missing_text_is_refused() -> None:
    error = refused(TEMPLATE_UNKNOWN, DESCRIPTION.replace('["zh", "en"]', '["zh", "de"]'))
    assert error.facts["language"] == "de"


def test_a_statement_must_speak_every_language() -> None:
    silent = DESCRIPTION.replace('phrases.en = ["Purpose: ", "Method: "]\n', "")
    assert refused(TEMPLATE_INVALID, silent).facts["statement"] == "N05"


def test_an_unknown_template_is_refused() -> None:
    with pytest.raises(ArrearsError, match="ARR-6001") as error:
        load_template("../secrets")
    assert error.value.facts["known"] == ("cn_2018_v1",)


@pytest.mark.parametrize("name", [field.name for field in fields(NoticeFacts)])
def test_every_fact_must_be_there(name: str) -> None:
    empties = [None] if not isinstance(getattr(FACTS, name), str) else [None, "", "  "]
    for empty in empties:
        with pytest.raises(ArrearsError) as error:
            replace(FACTS, **{name: empty})
        assert error.value.kind is NOTICE_FACT_MISSING
        assert error.value.facts["field"] == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("borrower_name", "张三\n请勿还款"),
        ("payment_advice", "a\u2028b"),
        ("platform_contact", "a\u202eb"),
        ("bureau_name", "x" * 301),
        ("overdue_amount", Decimal("0")),
        ("overdue_amount", Decimal("-1.00")),
        ("balance_amount", Decimal("1.005")),
        ("balance_amount", Decimal("NaN")),
        ("grace_until_on", date(2026, 6, 29)),
        ("written_on", date(2026, 6, 29)),
        ("first_missed_on", date(2026, 7, 1)),
    ],
)
def test_a_fact_that_can_not_be_told_is_refused_without_naming_it(name: str, value: object) -> None:
    with pytest.raises(ArrearsError) as error:
        replace(FACTS, **{name: value})
    assert error.value.kind is NOTICE_FACT_INVALID
    assert not isinstance(value, str) or value not in str(error.value)
    assert FACTS.case_id in str(error.value)


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60))
def test_a_value_is_told_as_it_is_and_never_read_as_a_field(name: str) -> None:
    body = render(load_template("cn_2018_v1"), replace(FACTS, borrower_name=name)).body
    assert body.startswith(f"{name}：\n")

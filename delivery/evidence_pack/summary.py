"""The summary of a case in Chinese, as sections of labelled lines and tables; how it looks is not its matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from delivery.evidence_pack import words
from delivery.evidence_pack.contact_log import one_line
from delivery.evidence_pack.facts import Notice, PackFacts, Report
from delivery.evidence_pack.words import word


@dataclass(frozen=True)
class Section:
    """A part of the summary.

    Attributes:
        title: what it is about.
        lines: label and value.
        headings: of the table, empty when there is none.
        rows: of the table.
        widths: of the table's columns, in proportion.
        note: a sentence below.
    """

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Summary:
    """All of it.

    Attributes:
        title: of the document.
        case_id: for the foot of each page.
        as_of: date of the document.
        sections: in order.
    """

    title: str
    case_id: str
    as_of: date
    sections: tuple[Section, ...]


def summary_of(facts: PackFacts, names: Mapping[str, str], contacts_name: str, notice_name: str | None) -> Summary:
    """The summary of a case.

    Args:
        facts: of the case.
        names: evidence to its path in the pack.
        contacts_name: of the contact log in the pack.
        notice_name: of the notice in the pack, None when there is no copy.
    """
    sections = (
        _case(facts),
        _borrower(facts),
        _loan(facts),
        _arrears(facts),
        _effort(facts, contacts_name),
        *_notices(facts, notice_name),
        _judgments(facts, names),
        *(_report(facts, report) for report in facts.reports),
        _files(facts, names),
    )
    return Summary("逾期案件证据材料摘要", facts.basis.case_id, facts.basis.as_of, sections)


def _case(facts: PackFacts) -> Section:
    basis = facts.basis
    return Section(
        "案件",
        (
            ("案件编号", basis.case_id),
            ("报送对象", basis.bureau),
            ("案件状态", word(words.STATE, basis.state)),
            ("业务日期", basis.as_of.isoformat()),
            ("适用规则", f"{basis.policy_name} 第{basis.policy_version}版"),
            ("最近批次", basis.batch_id or "无"),
            ("账簿编号", basis.book_id),
            ("判定编号", basis.assessment_id),
        ),
    )


def _borrower(facts: PackFacts) -> Section:
    borrower = facts.borrower
    return Section(
        "借款人",
        (
            ("姓名或名称", one_line(borrower.name)),
            ("类别", word(words.BORROWER_KIND, borrower.borrower_kind)),
            ("证件类型", word(words.ID_TYPE, borrower.id_type)),
            ("证件号码", one_line(borrower.id_number)),
        ),
    )


def _loan(facts: PackFacts) -> Section:
    loan = facts.loan
    return Section(
        "借款",
        (
            ("借款编号", loan.loan_id),
            ("产品", word(words.PRODUCT, loan.product_code)),
            ("借款本金", _money(loan.principal_amount)),
            ("年利率", f"{(loan.annual_rate * 100).normalize():f}%"),
            ("放款日", loan.disbursed_on.isoformat()),
            ("到期日", loan.matures_on.isoformat()),
        ),
    )


def _arrears(facts: PackFacts) -> Section:
    arrears = facts.arrears
    return Section(
        "逾期情况",
        (
            ("首次逾期日", arrears.first_missed_on.isoformat()),
            ("逾期天数", f"{arrears.overdue_days}天"),
            ("未还期数", f"{arrears.missed_instalments}期"),
            ("逾期金额", _money(arrears.overdue_amount)),
            ("其中本金", _money(arrears.overdue_principal)),
            ("其中利息", _money(arrears.overdue_interest)),
            ("其中费用", _money(arrears.overdue_fee)),
            ("其中罚息", _money(arrears.overdue_penalty)),
            ("全部欠款余额", _money(arrears.balance_amount)),
        ),
    )


def _effort(facts: PackFacts, contacts_name: str) -> Section:
    effort = facts.effort
    channels = "、".join(f"{word(words.CHANNEL, code)}{count}次" for code, count in effort.by_channel.items() if count)
    return Section(
        "催收情况",
        (
            ("催收次数", f"{effort.attempts}次, 分布于{effort.attempt_days}天"),
            ("按方式", channels or "无"),
            ("联系到本人", f"{effort.right_party_contacts}次"),
            ("是否失联", "是" if effort.is_lost_contact else "否"),
            ("最近一次", _local(facts, effort.last_contacted_at) if effort.last_contacted_at else "无"),
            ("逐笔记录", f"{contacts_name}, 共{len(facts.contacts)}条"),
        ),
    )


def _notices(facts: PackFacts, notice_name: str | None) -> Iterator[Section]:
    if not facts.notices:
        yield Section("报送前告知", note="账本中没有告知记录。")
    for number, notice in enumerate(facts.notices, start=1):
        title = "报送前告知" if len(facts.notices) == 1 else f"报送前告知 第{number}次"
        lines = _delivered(facts, notice, notice_name) if notice.is_delivered else _failed(facts, notice)
        yield Section(title, lines)


def _delivered(facts: PackFacts, notice: Notice, notice_name: str | None) -> tuple[tuple[str, str], ...]:
    answered_at = datetime.fromisoformat(notice.answered_at) if notice.answered_at else None
    return (
        ("是否送达", "已送达"),
        ("送达日", notice.delivered_on or ""),
        ("宽限期截止", notice.grace_ends_on or ""),
        ("邮件服务器答复", one_line(notice.reply or "")),
        ("答复时间", _local(facts, answered_at) if answered_at else ""),
        ("邮件标识", notice.message_id or ""),
        ("邮件SHA-256", notice.message_sha256 or ""),
        ("告知模板", notice.template or ""),
        ("模板SHA-256", notice.template_sha256 or ""),
        ("原文", notice_name or "未随附: 没有与账本摘要一致的副本"),
        ("账本页", str(notice.page_no)),
    )


def _failed(facts: PackFacts, notice: Notice) -> tuple[tuple[str, str], ...]:
    return (
        ("是否送达", "未送达"),
        ("原因", one_line(notice.reason or "")),
        ("邮件服务器答复", one_line(notice.reply or "")),
        ("时间", _local(facts, notice.written_at)),
        ("账本页", str(notice.page_no)),
    )


def _judgments(facts: PackFacts, names: Mapping[str, str]) -> Section:
    rows = tuple(
        (
            one_line(judgment.court_name),
            one_line(judgment.judgment_number),
            judgment.effective_on.isoformat(),
            names.get(judgment.evidence_id or "", "未随附"),
        )
        for judgment in facts.judgments
    )
    if not rows:
        return Section("生效判决", note="没有生效判决。")
    return Section("生效判决", (), ("法院", "案号", "生效日", "文书"), rows, (26, 26, 14, 34))


def _report(facts: PackFacts, report: Report) -> Section:
    return Section(
        f"报送批次 {report.batch_id}",
        (
            ("业务日期", report.as_of),
            ("批次内序号", str(report.serial)),
            ("审批", word(words.DECISION, report.decision) if report.decision else "尚未审批"),
            ("审批人", report.decided_by or "无"),
            ("密封文件", report.file_name or "尚未密封"),
            ("文件SHA-256", report.file_sha256 or ""),
            ("回执时间", _local(facts, report.received_at) if report.received_at else "尚无回执"),
            ("征信机构答复", word(words.ANSWER, report.answer) if report.answer else "尚无答复"),
            ("记录哈希", report.leaf),
            ("批次默克尔根", report.root),
        ),
    )


def _files(facts: PackFacts, names: Mapping[str, str]) -> Section:
    rows = tuple(
        (
            names[piece.evidence_id],
            word(words.EVIDENCE_KIND, piece.evidence_kind),
            piece.obtained_on.isoformat(),
            piece.sha256,
        )
        for piece in sorted(facts.pieces, key=lambda each: names[each.evidence_id])
    )
    left_out = tuple(
        (
            each.evidence_id,
            f"{word(words.EVIDENCE_KIND, each.evidence_kind)}未随附: {word(words.FINDING, each.finding_code)}",
        )
        for each in facts.left_out
    )
    return Section(
        "证据文件",
        left_out,
        ("文件", "种类", "取得日", "SHA-256"),
        rows,
        (33, 16, 14, 37),
        "全部文件的大小和SHA-256见manifest.json; 每个证据文件装入时已与账簿登记的SHA-256核对一致。",
    )


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}元"


def _local(facts: PackFacts, at: datetime) -> str:
    return at.astimezone(facts.basis.time_zone).isoformat(sep=" ", timespec="seconds")

"""Chinese words for the codes that a pack prints."""

from __future__ import annotations

STATE = {
    "found": "已列入, 尚未告知",
    "unnoticed": "未能告知",
    "noticed": "已告知, 宽限期内或待报送",
    "frozen": "已入批次, 待审批",
    "released": "已审批放行",
    "sent": "已报送, 待回执",
    "accepted": "已报送, 征信机构已接收",
    "rework": "已报送, 征信机构退回",
    "cured": "已还清, 结案",
}
BORROWER_KIND = {"person": "自然人", "enterprise": "企业"}
ID_TYPE = {
    "resident_id": "居民身份证",
    "uscc": "统一社会信用代码",
    "ssn": "美国社会安全号码",
    "ein": "美国雇主识别号码",
}
PRODUCT = {
    "consumer": "消费贷款",
    "business": "经营贷款",
    "car": "汽车贷款",
    "student": "学生贷款",
    "down_payment": "首付贷款",
    "card": "信用卡",
}
CHANNEL = {
    "call": "人工电话",
    "robot_call": "机器人电话",
    "sms": "短信",
    "wechat": "微信",
    "visit": "上门",
    "letter": "信函",
    "email": "电子邮件",
}
COUNTERPARTY = {"borrower": "借款人本人", "third_party": "第三人", "nobody": "无人接听或接收"}
CONTACT_OUTCOME = {
    "promised": "承诺还款",
    "refused": "拒绝还款",
    "talked": "已沟通, 未承诺也未拒绝",
    "delivered": "已送达",
    "no_answer": "无人应答",
    "power_off": "关机",
    "number_void": "空号",
    "moved": "已搬离, 去向不明",
    "message_left": "由他人转告",
}
EVIDENCE_KIND = {
    "recording": "通话录音",
    "receipt": "送达或上门凭证",
    "ability_to_pay": "还款能力证明",
    "refusal": "拒绝还款证明",
    "judgment_document": "裁判文书",
    "identity": "身份证件复印件",
}
FINDING = {
    "missing": "文件缺失",
    "outside": "路径越出证据目录",
    "unreadable": "文件无法读取",
    "wrong_size": "文件大小不符",
    "altered": "文件内容已改动",
    "intact": "完好",
}
DECISION = {"Release": "放行", "Hold": "暂缓", "Lapsed": "逾时未批"}
ANSWER = {"accepted": "接收", "rejected": "退回"}


def word(table: dict[str, str], code: str) -> str:
    """The word for a code; the code itself where there is none."""
    return table.get(code, code)

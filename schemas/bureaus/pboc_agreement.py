"""Record 220 of the PBoC's credit reference centre: a person's credit agreement (个人授信协议信息记录).

Sources and how sure they are: see `schemas.bureaus.pboc`.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus.pboc_account import LIABLE_PARTY
from schemas.bureaus.pboc_items import (
    CONDITIONAL,
    CURRENCY,
    ID_NUMBER,
    ID_TYPE,
    MANAGED_BY,
    MANDATORY,
    NAME,
    REPORTED_ON,
    amount,
    choice,
    count_of,
    day,
    own_code,
    record_type,
    report_point,
)
from schemas.bureaus.tagged import Group, Segment, TaggedRecord

_PARTY_NAME, _PARTY_NUMBER = LIABLE_PARTY.item("ArlpName"), LIABLE_PARTY.item("ArlpCertNum")

AGREEMENT = TaggedRecord(
    "220",
    "InCtrctInf",
    "个人授信协议信息记录",
    (
        Segment(
            "CtrctBsSgmt",
            "基础段",
            (
                record_type("220", "credit agreement of a person"),
                own_code("ContractCode", "授信协议标识码", "code of the agreement"),
                REPORTED_ON,
                report_point(codes.AGREEMENT_POINT),
                NAME,
                ID_TYPE,
                ID_NUMBER,
                MANAGED_BY,
            ),
            presence=MANDATORY,
        ),
        Segment(
            "CtrctCertRelSgmt",
            "共同受信人信息段",
            (
                count_of("BrerNm", "共同受信人个数", "CtrctCertRel"),
                Group(
                    "CtrctCertRel",
                    "共同受信人",
                    (
                        replace(LIABLE_PARTY.item("InfoIDType"), tag="BrerType"),
                        replace(_PARTY_NAME, tag="CertRelName", heading="共同受信人名称"),
                        replace(LIABLE_PARTY.item("ArlpCertType"), tag="CertRelIDType"),
                        replace(_PARTY_NUMBER, tag="CertRelIDNum", kind_tag="CertRelIDType"),
                    ),
                ),
            ),
        ),
        Segment(
            "CreditLimSgmt",
            "额度信息段",
            (
                choice("CreditLimType", "N2", "授信额度类型", "kind of limit", codes.LIMIT_TYPE),
                choice("LimLoopFlg", "N1", "额度循环标志", "whether the limit revolves", codes.LIMIT_REVOLVING),
                amount("CreditLim", "授信额度", "limit"),
                CURRENCY,
                day("ConEffDate", "额度生效日期", "first day of the limit"),
                day("ConExpDate", "额度到期日期", "last day of the limit"),
                choice("ConStatus", "N1", "额度状态", "state of the limit", codes.AGREEMENT_STATUS),
                amount("CreditRest", "授信限额", "ceiling over several limits", CONDITIONAL),
                own_code("CreditRestCode", "授信限额编号", "code of the ceiling").present(CONDITIONAL),
            ),
            presence=MANDATORY,
        ),
    ),
    key=("CtrctBsSgmt.ContractCode", "CtrctBsSgmt.RptDate"),
)

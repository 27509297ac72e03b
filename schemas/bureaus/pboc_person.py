"""Records 110 and 120 of the PBoC's credit reference centre: a person, and family members.

Sources and how sure they are: see `schemas.bureaus.pboc`. Less sure than the rest: the place of the source code in the
first segment of 110, where public programs differ (what is read may have it anywhere), and the forms of 120, of which
names and order are public and no more.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.bureaus import pboc_codes as codes
from schemas.bureaus import pboc_person_codes as person
from schemas.bureaus.pboc_items import (
    CONDITIONAL,
    ID_NUMBER,
    ID_TYPE,
    IDENTITY,
    MANDATORY,
    NAME,
    OPTIONAL,
    REPORTED_ON,
    SOURCE_CODE,
    amount,
    choice,
    count_of,
    day,
    record_type,
    report_point,
)
from schemas.bureaus.tagged import CheckedAs, Group, Item, Presence, Segment, TaggedRecord


def _private(tag: str, form: str, heading: str, description: str, presence: Presence = OPTIONAL) -> Item:
    return Item(tag, form, heading, description, presence, sensitivity=IDENTITY)


def _area(tag: str, heading: str, presence: Presence = OPTIONAL) -> Item:
    return Item(tag, "N6", heading, "area", presence, checked_as=CheckedAs.AREA)


PERSON_BASE = Segment(
    "BsSgmt",
    "基础段",
    (
        record_type("110", "person"),
        NAME,
        ID_TYPE,
        ID_NUMBER,
        SOURCE_CODE,
        REPORTED_ON,
        report_point(codes.PERSON_POINT),
        Item("Cimoc", "AN14", "客户资料维护机构代码", "branch that keeps the data", checked_as=CheckedAs.ORGANISATION),
        choice("CustomerType", "N2", "客户资料类型", "what the person is a customer for", person.CUSTOMER_TYPE),
    ),
    presence=MANDATORY,
)

OTHER_IDENTITIES = Segment(
    "IDSgmt",
    "其他标识段",
    (
        count_of("IDNm", "标识个数", "IDRec"),
        Group(
            "IDRec",
            "其他标识",
            (
                _private("Alias", "ANC..30", "姓名", "name on the document", MANDATORY),
                replace(ID_TYPE, tag="OthIDType"),
                replace(ID_NUMBER, tag="OthIDNum", kind_tag="OthIDType"),
            ),
        ),
        day("IDInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

SITUATION = Segment(
    "FcsInfSgmt",
    "基本概况信息段",
    (
        choice("Sex", "N1", "性别", "sex", person.SEX),
        replace(day("DOB", "出生日期", "day of birth"), sensitivity=IDENTITY),
        Item("Nation", "AN3", "国籍", "nationality", checked_as=CheckedAs.COUNTRY),
        _private("HouseAdd", "ANC..100", "户籍地址", "registered address"),
        _area("HhDist", "户籍所在地行政区划"),
        Item(
            "CellPhone",
            "N11",
            "手机号码",
            "mobile number",
            OPTIONAL,
            checked_as=CheckedAs.MOBILE,
            sensitivity=IDENTITY,
        ),
        _private("Email", "ANC..60", "电子邮箱", "mail address"),
        day("FcsInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

SPOUSE = Segment(
    "SpsInfSgmt",
    "婚姻信息段",
    (
        choice("MariStatus", "N2", "婚姻状况", "marital status", person.MARITAL),
        _private("SpoName", "ANC..30", "配偶姓名", "name of the spouse", CONDITIONAL),
        replace(ID_TYPE, tag="SpoIDType", presence=CONDITIONAL),
        replace(ID_NUMBER, tag="SpoIDNum", kind_tag="SpoIDType", presence=CONDITIONAL),
        _private("SpoTel", "ANC..25", "配偶联系电话", "telephone of the spouse", CONDITIONAL),
        _private("SpsCmpyNm", "ANC..80", "配偶工作单位", "employer of the spouse", CONDITIONAL),
        day("SpsInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

EDUCATION = Segment(
    "EduInfSgmt",
    "教育信息段",
    (
        choice("EduLevel", "N2", "学历", "level of education", person.EDUCATION),
        choice("AcaDegree", "N1", "学位", "degree", person.DEGREE),
        day("EduInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

OCCUPATION = Segment(
    "OctpnInfSgmt",
    "职业信息段",
    (
        choice("EmpStatus", "N2", "就业状况", "state of employment", person.EMPLOYMENT),
        _private("CpnName", "ANC..80", "单位名称", "employer", CONDITIONAL),
        choice("CpnType", "N2", "单位性质", "kind of employer", person.EMPLOYER, CONDITIONAL),
        choice("Industry", "AN1", "单位所属行业", "industry", person.INDUSTRY, CONDITIONAL),
        _private("CpnAddr", "ANC..100", "单位详细地址", "address of the employer", CONDITIONAL),
        Item("CpnPc", "N6", "单位所在地邮编", "postcode of the employer", CONDITIONAL),
        _area("CpnDist", "单位所在地行政区划", CONDITIONAL),
        _private("CpnTEL", "ANC..25", "单位电话", "telephone of the employer", CONDITIONAL),
        choice("Occupation", "AN1", "职业", "occupation", person.OCCUPATION, CONDITIONAL),
        choice("Title", "N1", "职务", "post", person.TITLE, CONDITIONAL),
        choice("TechTitle", "N1", "职称", "technical title", person.TECHNICAL_TITLE, CONDITIONAL),
        Item("WorkStartDate", "Year", "本单位工作起始年份", "year of joining the employer", CONDITIONAL),
        day("OctpnInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

RESIDENCE = Segment(
    "RedncInfSgmt",
    "居住地址段",
    (
        choice("ResiStatus", "N..2", "居住状况", "kind of home", person.RESIDENCE),
        _private("ResiAddr", "ANC..100", "居住地详细地址", "address of the home"),
        Item("ResiPc", "N6", "居住地邮编", "postcode of the home", OPTIONAL),
        _area("ResiDist", "居住地行政区划"),
        _private("HomeTel", "ANC..25", "住宅电话", "telephone of the home"),
        day("ResiInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

MAIL = Segment(
    "MlgInfSgmt",
    "通讯地址段",
    (
        _private("MailAddr", "ANC..100", "通讯地址", "address for mail", MANDATORY),
        Item("MailPc", "N6", "通讯地邮编", "postcode for mail"),
        _area("MailDist", "通讯地行政区划", MANDATORY),
        day("MlgInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

INCOME = Segment(
    "IncInfSgmt",
    "收入信息段",
    (
        amount("AnnlInc", "自报年收入", "income of a year as told"),
        amount("TaxIncome", "纳税年收入", "income of a year as taxed"),
        day("IncInfoUpDate", "信息更新日期", "day of the last change"),
    ),
)

PERSON = TaggedRecord(
    "110",
    "InBasInf",
    "个人基本信息记录",
    (PERSON_BASE, OTHER_IDENTITIES, SITUATION, SPOUSE, EDUCATION, OCCUPATION, RESIDENCE, MAIL, INCOME),
    key=("BsSgmt.Name", "BsSgmt.IDType", "BsSgmt.IDNum", "BsSgmt.InfSurcCode", "BsSgmt.RptDate"),
    template="10",
)

FAMILY = TaggedRecord(
    "120",
    "InFalMmbsInf",
    "家族关系信息记录",
    (
        record_type("120", "family member of a person"),
        NAME,
        ID_TYPE,
        ID_NUMBER,
        replace(NAME, tag="FamMemName", heading="家族成员姓名"),
        replace(ID_TYPE, tag="FamMemCertType", heading="家族成员证件类型"),
        replace(ID_NUMBER, tag="FamMemCertNum", heading="家族成员证件号码", kind_tag="FamMemCertType"),
        Item("FamRel", "AN..2", "家族关系", "how they are related"),
        choice("FamRelaAssFlag", "N1", "家族关系有效标志", "whether the relation holds", person.FAMILY_FLAG),
        SOURCE_CODE,
        REPORTED_ON,
    ),
    key=("Name", "IDType", "IDNum", "FamMemName", "FamMemCertType", "FamMemCertNum", "InfSurcCode", "RptDate"),
)

-- What follows by_hand_duckdb_arrears.sql.
-- step contacts
CREATE TEMP TABLE contact AS
SELECT
    loan, loan_id, borrower_id, contact_id, contacted_at, channel_code, counterparty_code, contact_outcome_code, staff_id,
    evidence_id,
    (local_at)::DATE AS local_on,
    (hour(local_at) >= 22 OR hour(local_at) < 8) AND channel_code <> 'letter' AS is_quiet,
    transcript
FROM (
    SELECT *, (contacted_at AT TIME ZONE 'UTC') + INTERVAL 8 HOUR AS local_at
    FROM contacts
    WHERE contacted_at >= TIMESTAMPTZ '2024-06-29 16:00:00+00' AND contacted_at < TIMESTAMPTZ '2026-06-30 16:00:00+00'
) JOIN (SELECT loan, loan_id, borrower_id, first_missed_on FROM in_arrears) USING (loan_id)
WHERE local_at >= first_missed_on;

-- step effort
CREATE TEMP TABLE held AS
SELECT
    contact_id,
    bool_or(stop_kind_code = 'do_not_contact') AS is_stopped,
    bool_or(stop_kind_code = 'lawyer') AS is_represented
FROM contact JOIN stops USING (borrower_id)
WHERE channel_code <> 'letter' AND stopped_at <= contacted_at AND (lifted_at IS NULL OR lifted_at > contacted_at)
GROUP BY contact_id;

CREATE TEMP TABLE over_frequency AS
SELECT contact_id
FROM contact
WHERE channel_code IN ('call', 'robot_call', 'visit')
QUALIFY row_number() OVER (
    PARTITION BY loan, local_on, channel_code = 'visit' ORDER BY contacted_at, contact_id
) > if(channel_code = 'visit', 1, 3);

CREATE TEMP TABLE effort AS
WITH judged AS (
    SELECT
        contact.*,
        over_frequency.contact_id IS NOT NULL AS is_over,
        coalesce(is_stopped, false) AS is_stopped,
        coalesce(is_represented, false) AS is_represented,
        channel_code IN ('call', 'visit') AND NOT coalesce(
            local_on BETWEEN registered_from_on AND coalesce(registered_until_on, DATE '9999-12-31'), false
        ) AS is_unregistered,
        channel_code IN ('call', 'robot_call') AND counterparty_code <> 'nobody' AND recording.evidence_id IS NULL
            AS is_unrecorded,
        rude.contact_id IS NOT NULL AS is_rude,
        counterparty_code = 'third_party' AS is_third,
        counterparty_code = 'borrower' AND contact_outcome_code IN ('promised', 'refused', 'talked') AS is_reached
    FROM contact
    LEFT JOIN over_frequency USING (contact_id)
    LEFT JOIN held USING (contact_id)
    LEFT JOIN rude USING (contact_id)
    LEFT JOIN staff USING (staff_id)
    LEFT JOIN (SELECT evidence_id, loan_id FROM evidence WHERE evidence_kind = 'recording') recording
        ON contact.evidence_id = recording.evidence_id AND contact.loan_id = recording.loan_id
), attempted AS (
    SELECT
        *,
        NOT (is_quiet OR is_over OR is_third OR is_stopped OR is_represented OR is_rude) AS is_attempt,
        is_attempt AND contact_outcome_code IN ('power_off', 'number_void', 'moved') AS is_sign
    FROM judged
)
SELECT
    loan,
    count(*) FILTER (is_attempt) AS attempts,
    count(DISTINCT local_on) FILTER (is_attempt) AS attempt_days,
    count(*) FILTER (is_attempt AND channel_code = 'call') AS call_attempts,
    count(*) FILTER (is_attempt AND channel_code = 'robot_call') AS robot_call_attempts,
    count(*) FILTER (is_attempt AND channel_code = 'sms') AS sms_attempts,
    count(*) FILTER (is_attempt AND channel_code = 'wechat') AS wechat_attempts,
    count(*) FILTER (is_attempt AND channel_code = 'visit') AS visit_attempts,
    count(*) FILTER (is_attempt AND channel_code = 'letter') AS letter_attempts,
    count(*) FILTER (is_attempt AND channel_code = 'email') AS email_attempts,
    bit_count(bit_or(CASE WHEN is_attempt THEN CASE channel_code
        WHEN 'call' THEN 1 WHEN 'robot_call' THEN 2 WHEN 'sms' THEN 4 WHEN 'wechat' THEN 8 WHEN 'visit' THEN 16
        WHEN 'letter' THEN 32 ELSE 64 END ELSE 0 END)) AS channels_used,
    bit_count(bit_or(CASE WHEN is_sign THEN CASE channel_code
        WHEN 'call' THEN 1 WHEN 'robot_call' THEN 2 WHEN 'sms' THEN 4 WHEN 'wechat' THEN 8 WHEN 'visit' THEN 16
        WHEN 'letter' THEN 32 ELSE 64 END ELSE 0 END)) AS sign_channels,
    count(*) FILTER (is_attempt AND is_reached) AS right_party_contacts,
    count(*) FILTER (is_sign) AS unreachable_signs,
    NOT bool_or(is_reached) AND count(*) FILTER (is_sign) >= 3 AND sign_channels >= 2 AS is_lost_contact,
    count(*) FILTER (is_quiet) AS quiet_hour_contacts,
    count(*) FILTER (is_third) AS third_party_contacts,
    count(*) FILTER (is_over) AS over_frequency_contacts,
    count(*) FILTER (is_stopped) AS stopped_contacts,
    count(*) FILTER (is_represented) AS represented_contacts,
    count(*) FILTER (is_unregistered) AS unregistered_contacts,
    count(*) FILTER (is_unrecorded) AS unrecorded_contacts,
    count(*) FILTER (is_rude) AS language_breaches,
    max(contacted_at) FILTER (is_attempt) AS last_contacted_at
FROM attempted
GROUP BY loan;

-- step facts
CREATE TEMP TABLE evidence_of_arrears AS
SELECT evidence.*, loan, first_missed_on
FROM evidence JOIN (SELECT loan_id, loan, first_missed_on FROM in_arrears) USING (loan_id)
WHERE obtained_on <= DATE '2026-06-30';

CREATE TEMP TABLE judgment AS
SELECT loan, evidence_id FROM judgments JOIN in_arrears USING (loan_id) WHERE effective_on <= DATE '2026-06-30';

CREATE MACRO weight_of(text, weights, alphabet) AS list_sum(
    list_transform(weights, lambda weight, place: weight * (position(substr(text, place::INTEGER, 1) IN alphabet) - 1))
);
CREATE MACRO is_resident_id(number) AS
    regexp_full_match(number, '[0-9]{17}[0-9X]')
    AND coalesce(try_strptime(substr(number, 7, 8), '%Y%m%d')::DATE BETWEEN DATE '1901-01-01' AND DATE '2099-12-31', false)
    AND weight_of(number, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2, 1], '0123456789X') % 11 = 1;
CREATE MACRO is_uscc(code) AS
    regexp_full_match(code, '[1-9ANY][0-9A-HJ-NPQRTUWXY]{15}[0-9X][0-9A-HJ-NPQRTUWXY]')
    AND weight_of(
        code, [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1], '0123456789ABCDEFGHJKLMNPQRTUWXY'
    ) % 31 = 0
    AND (
        weight_of(substr(code, 9, 8), [3, 7, 9, 10, 5, 8, 4, 2], '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')
        + position(substr(code, 17, 1) IN '0123456789X') - 1
    ) % 11 = 0;
CREATE MACRO is_ssn(number) AS regexp_full_match(
    number,
    '(00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])(0[1-9]|[1-9][0-9])(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})'
);

CREATE TEMP TABLE asked AS
WITH joined AS (
    SELECT
        in_arrears.*,
        borrowers.* EXCLUDE (borrower_id),
        effort.* EXCLUDE (loan, last_contacted_at, is_lost_contact, sign_channels),
        last_contacted_at,
        coalesce(is_lost_contact, false) AS is_lost_contact
    FROM in_arrears LEFT JOIN borrowers USING (borrower_id) LEFT JOIN effort USING (loan)
), filled AS (
    SELECT * REPLACE (
        coalesce(attempts, 0) AS attempts, coalesce(attempt_days, 0) AS attempt_days,
        coalesce(channels_used, 0) AS channels_used, coalesce(call_attempts, 0) AS call_attempts,
        coalesce(robot_call_attempts, 0) AS robot_call_attempts, coalesce(sms_attempts, 0) AS sms_attempts,
        coalesce(wechat_attempts, 0) AS wechat_attempts, coalesce(visit_attempts, 0) AS visit_attempts,
        coalesce(letter_attempts, 0) AS letter_attempts, coalesce(email_attempts, 0) AS email_attempts,
        coalesce(right_party_contacts, 0) AS right_party_contacts, coalesce(unreachable_signs, 0) AS unreachable_signs,
        coalesce(quiet_hour_contacts, 0) AS quiet_hour_contacts, coalesce(third_party_contacts, 0) AS third_party_contacts,
        coalesce(over_frequency_contacts, 0) AS over_frequency_contacts, coalesce(stopped_contacts, 0) AS stopped_contacts,
        coalesce(represented_contacts, 0) AS represented_contacts,
        coalesce(unregistered_contacts, 0) AS unregistered_contacts, coalesce(unrecorded_contacts, 0) AS unrecorded_contacts,
        coalesce(language_breaches, 0) AS language_breaches
    )
    FROM joined
)
SELECT
    *,
    first_missed_on + INTERVAL 6 MONTH < DATE '2026-06-30' AS E0101,
    overdue >= CASE borrower_kind WHEN 'person' THEN 500000 WHEN 'enterprise' THEN 5000000 END AS E0102,
    true AS E0103,
    attempts >= 5 AND attempt_days >= 3 AND channels_used >= 2 AS E0201,
    right_party_contacts > 0 OR is_lost_contact AS E0202,
    quiet_hour_contacts = 0 AS E0301,
    over_frequency_contacts = 0 AS E0302,
    third_party_contacts = 0 AS E0303,
    stopped_contacts = 0 AS E0304,
    represented_contacts = 0 AS E0305,
    unregistered_contacts = 0 AS E0306,
    unrecorded_contacts = 0 AS E0307,
    language_breaches = 0 AS E0308,
    product_code IN ('consumer', 'business', 'car') AS E0501,
    annual_rate <= 0.36 AS E0502,
    loan_id NOT IN (
        SELECT loan_id FROM disputes
        WHERE opened_on <= DATE '2026-06-30'
            AND NOT (coalesce(answered_on <= DATE '2026-06-30', false) AND dispute_outcome_code <> 'open')
    ) AS E0601,
    loan_id NOT IN (
        SELECT loan_id FROM agreements WHERE agreed_on <= DATE '2026-06-30' AND agreement_status_code = 'kept'
    ) AS E0602,
    protection_code = 'none' AS E0603,
    CASE borrower_kind
        WHEN 'person' THEN
            CASE id_type WHEN 'resident_id' THEN is_resident_id(id_number) WHEN 'ssn' THEN is_ssn(id_number) ELSE false END
        ELSE
            CASE id_type WHEN 'uscc' THEN is_uscc(id_number) WHEN 'ein' THEN regexp_full_match(id_number, '[0-9]{9}') ELSE false END
    END AS E0604,
    (loan_id, episode_began_on) NOT IN (SELECT (loan_id, episode_began_on) FROM reported) AS E0605,
    loan_id NOT IN (SELECT loan_id FROM quarantine WHERE loan_id IS NOT NULL)
        AND borrower_id NOT IN (SELECT borrower_id FROM quarantine WHERE borrower_id IS NOT NULL) AS E0701,
    (SELECT count(*) = 0 FROM quarantine WHERE loan_id IS NULL AND borrower_id IS NULL) AS W0702
FROM filled;

CREATE MACRO documented(evidence_rows) AS TABLE
WITH intact AS (
    SELECT
        loan,
        bool_or(is_intact AND evidence_kind = 'ability_to_pay' AND obtained_on >= DATE '2024-06-30') AS is_ability_documented,
        bool_or(is_intact AND evidence_kind = 'refusal' AND obtained_on >= first_missed_on) AS is_refusal_documented,
        bool_and(is_intact) AS E0401
    FROM query_table(evidence_rows)
    GROUP BY loan
), judged AS (
    SELECT DISTINCT loan
    FROM judgment LEFT JOIN (FROM query_table(evidence_rows) WHERE is_intact) there USING (loan, evidence_id)
    WHERE judgment.evidence_id IS NULL OR there.is_intact
), complete AS (
    SELECT
        asked.*,
        coalesce(is_ability_documented, false) AS is_ability_documented,
        coalesce(is_refusal_documented, false) AS is_refusal_documented,
        judged.loan IS NOT NULL AS has_judgment,
        coalesce(E0401, true) AS E0401
    FROM asked LEFT JOIN intact USING (loan) LEFT JOIN judged USING (loan)
)
SELECT
    *,
    (is_ability_documented AND is_refusal_documented) OR has_judgment AS E0402,
    E0101 AND E0102 AND E0103 AND E0201 AND E0202 AND E0301 AND E0302 AND E0303 AND E0304 AND E0305 AND E0308 AND E0501
        AND E0502 AND E0601 AND E0602 AND E0603 AND E0604 AND E0605 AND E0701 AND E0401 AND E0402 AS is_reportable
FROM complete;

-- step if_intact
CREATE TEMP VIEW if_intact AS SELECT *, true AS is_intact FROM evidence_of_arrears;
CREATE TEMP TABLE hopeful AS SELECT loan_id FROM documented('if_intact') WHERE is_reportable;

-- step as_found
CREATE TEMP VIEW as_found AS
SELECT evidence.*, coalesce(finding_code = 'intact', false) AS is_intact
FROM evidence_of_arrears evidence LEFT JOIN (SELECT evidence_id, finding_code FROM found) USING (evidence_id);

CREATE MACRO money(amount) AS (amount::DECIMAL(18, 2) / 100)::DECIMAL(18, 2);
CREATE TEMP VIEW decisions AS
SELECT
    *,
    DATE '2026-06-30' AS as_of,
    DATE '2026-06-30' - first_missed_on AS overdue_days,
    (2026 - year(first_missed_on)) * 12 + 6 - month(first_missed_on) AS overdue_months,
    24 - length(rtrim(repayment_history, '1234567')) AS consecutive_missed_periods,
    repayment_history[-1] AS repayment_status_code,
    money(balance) AS balance_amount,
    money(overdue) AS overdue_amount,
    money(principal) AS overdue_principal,
    money(interest) AS overdue_interest,
    money(fee) AS overdue_fee,
    money(penalty) AS overdue_penalty,
    money(principal_1_30) AS overdue_principal_1_30,
    money(principal_31_60) AS overdue_principal_31_60,
    money(principal_61_90) AS overdue_principal_61_90,
    money(principal_91_180) AS overdue_principal_91_180,
    money(principal_over_180) AS overdue_principal_over_180,
    'cn-2018' AS policy_name,
    1 AS policy_version
FROM documented('as_found');

-- The assessment of 2026-06-30 under cn-2018, in steps; by_hand_duckdb.py runs them.
-- step arrears
CREATE MACRO cents(amount) AS (amount * 100)::BIGINT;
CREATE MACRO least_zero(amount) AS greatest(amount, 0);

CREATE TEMP TABLE candidate AS
WITH lack AS (
    SELECT loan_id, cents(principal_due + interest_due + fee_due + penalty_due) AS lack
    FROM instalments
    WHERE schedule_no = 1 AND due_on < DATE '2026-06-30'
    UNION ALL
    SELECT loan_id, if(payment_kind = 'reversal', cents(payment_amount), -cents(payment_amount))
    FROM payments
    WHERE if(payment_kind = 'reversal', greatest(paid_on, booked_on), paid_on) <= DATE '2026-06-30'
), either AS (
    SELECT loan_id FROM lack GROUP BY loan_id HAVING sum(lack) > 0
    UNION
    SELECT loan_id FROM schedules WHERE schedule_effective_on <= DATE '2026-06-30'
)
SELECT row_number() OVER ()::INTEGER AS loan, loan_id, borrower_id, product_code, annual_rate, disbursed_on
FROM loans SEMI JOIN either USING (loan_id);

-- The days on which each version of a schedule is in force.
CREATE TEMP TABLE segment AS
WITH version AS (
    SELECT loan, loan_id, 1 AS schedule_no, DATE '0001-01-01' AS from_on FROM candidate
    UNION ALL
    SELECT loan, loan_id, schedule_no, schedule_effective_on
    FROM schedules JOIN candidate USING (loan_id)
    WHERE schedule_effective_on <= DATE '2026-06-30'
), unbeaten AS (
    SELECT * FROM version
    QUALIFY schedule_no >= max(schedule_no) OVER (PARTITION BY loan ORDER BY from_on, schedule_no)
), span AS (
    SELECT *, coalesce(
        (lead(from_on) OVER (PARTITION BY loan ORDER BY from_on, schedule_no) - INTERVAL 1 DAY)::DATE,
        DATE '2026-06-30'
    ) AS until_on
    FROM unbeaten
)
SELECT row_number() OVER ()::INTEGER AS segment, * FROM span WHERE until_on >= from_on;

CREATE TEMP TABLE due AS
WITH amount AS (
    SELECT
        segment, loan, from_on, until_on, due_on, instalment_no,
        cents(principal_due) AS principal, cents(interest_due) AS interest, cents(fee_due) AS fee,
        cents(penalty_due) AS penalty,
        cents(principal_due + interest_due + fee_due + penalty_due) AS due
    FROM instalments JOIN segment USING (loan_id, schedule_no)
)
SELECT
    *,
    (sum(due) OVER upward)::BIGINT AS until_here,
    row_number() OVER upward AS place
FROM amount
WINDOW upward AS (PARTITION BY segment ORDER BY due_on, instalment_no ROWS UNBOUNDED PRECEDING);

-- What is known at the end of each day on which something changes.
CREATE TEMP TABLE state AS
WITH event AS (
    SELECT segment, loan, from_on AS day, 0::BIGINT AS due, 0::BIGINT AS paid, 0 AS instalments FROM segment
    UNION ALL
    SELECT segment, loan, greatest((due_on + 1), from_on), due, 0, 1
    FROM due WHERE greatest((due_on + 1), from_on) <= until_on
    UNION ALL
    SELECT segment, loan, day, 0, paid, 0
    FROM (
        SELECT
            loan_id,
            if(payment_kind = 'reversal', greatest(paid_on, booked_on), paid_on) AS day,
            if(payment_kind = 'reversal', -cents(payment_amount), cents(payment_amount)) AS paid
        FROM payments
    ) JOIN segment USING (loan_id)
    WHERE day BETWEEN from_on AND until_on
), daily AS (
    SELECT segment, loan, day, sum(due) AS due, sum(paid) AS paid, sum(instalments) AS instalments
    FROM event GROUP BY ALL
)
SELECT
    segment, loan, day,
    (sum(due) OVER upward)::BIGINT AS fallen,
    (sum(instalments) OVER upward)::BIGINT AS fallen_count,
    least_zero(sum(paid) OVER upward)::BIGINT AS money
FROM daily
WINDOW upward AS (PARTITION BY segment ORDER BY day ROWS UNBOUNDED PRECEDING);

CREATE TEMP TABLE figure AS
WITH at_end AS (
    SELECT segment, arg_max(fallen, day) AS fallen, arg_max(money, day) AS money
    FROM state SEMI JOIN (FROM segment WHERE until_on = DATE '2026-06-30') USING (segment)
    GROUP BY segment
), spent AS (
    SELECT due.*, money, least(least_zero(money - (until_here - due)), due) AS spent
    FROM due JOIN (FROM at_end WHERE fallen > money) USING (segment)
), missed AS (
    SELECT
        *,
        spent < due AND due_on < DATE '2026-06-30' AS is_missed,
        DATE '2026-06-30' - due_on AS age,
        fee - least(spent, fee) AS unpaid_fee,
        interest - least(least_zero(spent - fee), interest) AS unpaid_interest,
        penalty - least(least_zero(spent - fee - interest), penalty) AS unpaid_penalty,
        principal - least(least_zero(spent - fee - interest - penalty), principal) AS unpaid_principal
    FROM spent
)
SELECT
    loan,
    min(due_on) FILTER (is_missed) AS first_missed_on,
    count(*) FILTER (is_missed) AS missed_instalments,
    sum(due) - first(money) AS balance,
    sum(due - spent) FILTER (is_missed) AS overdue,
    sum(unpaid_fee) FILTER (is_missed) AS fee,
    sum(unpaid_interest) FILTER (is_missed) AS interest,
    sum(unpaid_penalty) FILTER (is_missed) AS penalty,
    sum(unpaid_principal) FILTER (is_missed) AS principal,
    coalesce(sum(unpaid_principal) FILTER (is_missed AND age BETWEEN 1 AND 30), 0) AS principal_1_30,
    coalesce(sum(unpaid_principal) FILTER (is_missed AND age BETWEEN 31 AND 60), 0) AS principal_31_60,
    coalesce(sum(unpaid_principal) FILTER (is_missed AND age BETWEEN 61 AND 90), 0) AS principal_61_90,
    coalesce(sum(unpaid_principal) FILTER (is_missed AND age BETWEEN 91 AND 180), 0) AS principal_91_180,
    coalesce(sum(unpaid_principal) FILTER (is_missed AND age > 180), 0) AS principal_over_180
FROM missed
GROUP BY loan;

CREATE TEMP TABLE episode AS
SELECT loan, (max(next_on) FILTER (is_clear) - INTERVAL 1 DAY)::DATE AS episode_began_on
FROM (
    SELECT loan, fallen <= money AS is_clear, lead(day) OVER (PARTITION BY loan ORDER BY day) AS next_on
    FROM state SEMI JOIN figure USING (loan)
)
GROUP BY loan;

CREATE TEMP TABLE due_month AS
SELECT due.segment, last_day(due_on) AS month_end, bool_or(money < until_here AND due_on < last_day(due_on)) AS is_late
FROM (SELECT *, greatest(due_on, from_on) AS tested_on FROM due SEMI JOIN figure USING (loan)) due
ASOF JOIN state ON due.segment = state.segment AND due.tested_on >= state.day
GROUP BY ALL;

CREATE TEMP TABLE history AS
WITH month AS (
    SELECT last_day(DATE '2024-06-01' + to_months(number::INTEGER)) AS month_end FROM range(25) AS months(number)
), point AS (
    SELECT segment, segment.loan, month_end, disbursed_on > month_end AS is_before
    FROM segment SEMI JOIN figure USING (loan) JOIN candidate USING (loan)
    JOIN month ON month_end BETWEEN from_on AND until_on
), known AS (
    SELECT point.*, fallen, fallen_count, money
    FROM point ASOF JOIN state ON point.segment = state.segment AND point.month_end >= state.day
), total AS (
    SELECT segment, sum(due) AS total FROM due GROUP BY segment
), uncovered AS (
    SELECT known.*, total, due.due_on AS first_on, due.place
    FROM known
    JOIN total USING (segment)
    ASOF LEFT JOIN due ON known.segment = due.segment AND known.money < due.until_here
), told AS (
    SELECT
        loan, month_end, fallen > money AS is_missed,
        CASE WHEN fallen > money THEN fallen_count - place + 1 ELSE 0 END AS missed,
        CASE
            WHEN is_before THEN '/'
            WHEN fallen > money THEN least((month_end - first_on + 29) // 30, 7)::VARCHAR
            WHEN money >= total THEN 'C'
            WHEN is_late THEN 'M'
            WHEN is_late IS NULL THEN '*'
            ELSE 'N'
        END AS code
    FROM uncovered LEFT JOIN due_month USING (segment, month_end)
), ordered AS (
    SELECT loan, month_end, missed, if(
        code = '*' AND lag(is_missed) OVER (PARTITION BY loan ORDER BY month_end), 'N', code
    ) AS code
    FROM told
)
SELECT
    loan,
    string_agg(code, '' ORDER BY month_end) AS repayment_history,
    max(missed) AS highest_missed_periods
FROM ordered
WHERE month_end > DATE '2024-06-30'
GROUP BY loan;

CREATE TEMP TABLE in_arrears AS
SELECT * FROM figure JOIN candidate USING (loan) JOIN episode USING (loan) JOIN history USING (loan);

-- What differs between SQL engines, as DuckDB says it. Another engine brings its own file with the same
-- names and the same meanings; the attribute SQL itself stays as it is.

-- A number as a double precision number.
create or replace temp macro as_double(x) as cast(x as double);

-- a / b without its fraction, for whole numbers a >= 0 and b > 0.
create or replace temp macro whole_quotient(a, b) as a // b;

-- The nearest whole number, halves upwards. The hair on top makes up for halves that binary fractions miss
-- (28.499999999999996 is meant to be 28.5), so that one formula gives one answer on every engine.
create or replace temp macro round_half_up(x) as cast(floor(x + 0.500000001) as bigint);

-- Whole periods of 24 hours between two timestamps, the earlier one first.
create or replace temp macro elapsed_days(earlier, later) as date_diff('microsecond', earlier, later) // 86400000000;

-- Days between two dates, the earlier one first.
create or replace temp macro calendar_days(earlier, later) as date_diff('day', earlier, later);

-- The date a number of days after another.
create or replace temp macro add_days(day, days) as day + cast(days as integer);

-- Texts of a group joined in the order of a sort key, NULLs left out.
create or replace temp macro ordered_text(value, separator, sort_key) as
    string_agg(value, separator order by sort_key asc nulls last);

-- A text as a JSON string, quoted and escaped.
create or replace temp macro json_text(x) as coalesce(cast(to_json(cast(x as varchar)) as varchar), 'null');

-- A number as a JSON number with four decimals, NULL as null.
create or replace temp macro json_number(x) as coalesce(cast(cast(x as decimal(18, 4)) as varchar), 'null');

-- Texts of a group as a list in the order of a sort key, NULLs left out.
create or replace temp macro ordered_list(value, sort_key) as
    list(value order by sort_key asc nulls last) filter (where value is not null);

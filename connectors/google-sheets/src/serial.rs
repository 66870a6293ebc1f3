//! Dates as Sheets keeps them: days since 1899-12-30, the time of day as a fraction (documented,
//! `DateTimeRenderOption`). Earlier days are negative numbers. How Sheets shows those is *unverified*; the numbers
//! themselves are kept like any other.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

const MICROS_PER_DAY: f64 = 86_400_000_000.0;

fn epoch() -> NaiveDate {
    NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default()
}

/// Days since day zero.
pub(crate) fn of_date(day: NaiveDate) -> i64 {
    (day - epoch()).num_days()
}

/// Days since day zero, with a fraction. A double tells microseconds apart from 1720 to 2079.
pub(crate) fn of_timestamp(at: DateTime<Utc>) -> f64 {
    let since = at.naive_utc() - epoch().and_time(NaiveTime::MIN);
    // From days and a rest, because all microseconds together exceed what a double counts exactly.
    let days = since.num_microseconds().map(|micros| micros.div_euclid(86_400_000_000)).unwrap_or_default();
    let rest = since - TimeDelta::days(days);
    #[expect(clippy::cast_precision_loss, reason = "days, and the microseconds of one day, are far below 2^53")]
    let (days, rest) = (days as f64, rest.num_microseconds().unwrap_or_default() as f64);
    days + rest / MICROS_PER_DAY
}

/// The day of a serial number; none where it has a fraction or lies beyond the calendar.
pub(crate) fn to_date(serial: f64) -> Option<NaiveDate> {
    if serial.fract() != 0.0 {
        return None;
    }
    epoch().checked_add_signed(TimeDelta::try_days(whole(serial)?)?)
}

/// The instant of a serial number, to the microsecond.
pub(crate) fn to_timestamp(serial: f64) -> Option<DateTime<Utc>> {
    let day = epoch().checked_add_signed(TimeDelta::try_days(whole(serial.floor())?)?)?;
    let micros = whole(((serial - serial.floor()) * MICROS_PER_DAY).round())?;
    day.and_time(NaiveTime::MIN).and_utc().checked_add_signed(TimeDelta::microseconds(micros))
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds checked before")]
    (number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn days_are_counted_from_the_end_of_1899() {
        for (date, serial) in [
            (day(1899, 12, 30), 0),
            (day(1900, 1, 1), 2),
            (day(1900, 2, 28), 60),
            (day(1900, 3, 1), 61),
            (day(1969, 12, 31), 25_568),
            (day(2026, 1, 31), 46_053),
            (day(1899, 12, 29), -1),
            (day(1, 1, 1), -693_593),
        ] {
            assert_eq!(of_date(date), serial);
        }
    }

    #[test]
    fn a_time_before_day_zero_counts_forward_within_its_day() {
        let noon: DateTime<Utc> = "1899-12-29T12:00:00Z".parse().unwrap();
        assert!((of_timestamp(noon) + 0.5).abs() < f64::EPSILON);
        assert_eq!(to_timestamp(-0.5), Some(noon));
        assert_eq!(to_timestamp(f64::NAN), None);
        assert_eq!(to_date(1e300), None);
        assert_eq!(to_date(0.5), None);
    }

    proptest! {
        #[test]
        fn days_read_back(days in -700_000_i64..2_900_000) {
            let date = epoch() + TimeDelta::days(days);
            #[expect(clippy::cast_precision_loss, reason = "a few million")]
            let serial = of_date(date) as f64;
            prop_assert_eq!(to_date(serial), Some(date));
        }

        #[test]
        fn instants_read_back_to_the_microsecond(micros in -7_800_000_000_000_000_i64..3_400_000_000_000_000) {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            prop_assert_eq!(to_timestamp(of_timestamp(at)), Some(at));
        }
    }
}

//! Dates, times and durations (XSD 1.0 Part 2 sections 3.2.6 to 3.2.14). Start at [`Moment`].

use std::cmp::Ordering;

use super::builtin::Builtin;

/// A value of one of the date and time types, on the time line of Part 2 Appendix E.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Moment {
    /// Whole seconds since the year 0, in UTC where the zone is known.
    seconds: i64,
    /// Digits of the fraction of a second, without trailing zeros.
    fraction: Box<str>,
    zoned: bool,
}

/// A `duration`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Duration {
    months: i64,
    seconds: i64,
    /// Digits of the fraction of a second, without trailing zeros.
    fraction: Box<str>,
    negative: bool,
}

/// Digits of a year that we follow: beyond, sums would leave 64 bits.
const YEAR_DIGITS_MAX: usize = 9;

/// Seconds that an unknown zone may be off: 14 hours (Part 2 section 3.2.7.4).
const ZONE_SECONDS_MAX: i64 = 14 * 3600;

impl Moment {
    /// Reads a value of a date or time type.
    pub(crate) fn parse(kind: Builtin, text: &str) -> Option<Self> {
        let mut rest = Reader(text);
        let (mut year, mut month, mut day) = (2000, 1, 1);
        let mut clock = (0, String::new());
        if matches!(kind, Builtin::Date | Builtin::DateTime) {
            year = rest.year()?;
            month = rest.after('-')?.two(1, 12)?;
            day = rest.after('-')?.two(1, 31)?;
        } else if kind == Builtin::GYearMonth {
            year = rest.year()?;
            month = rest.after('-')?.two(1, 12)?;
        } else if kind == Builtin::GYear {
            year = rest.year()?;
        } else if kind == Builtin::GMonthDay {
            month = rest.after('-')?.after('-')?.two(1, 12)?;
            day = rest.after('-')?.two(1, 31)?;
        } else if kind == Builtin::GDay {
            day = rest.after('-')?.after('-')?.after('-')?.two(1, 31)?;
        } else if kind == Builtin::GMonth {
            month = rest.after('-')?.after('-')?.two(1, 12)?;
        }
        if kind == Builtin::DateTime {
            rest.after('T')?;
        }
        if matches!(kind, Builtin::DateTime | Builtin::Time) {
            clock = rest.clock()?;
        }
        let zone = rest.zone()?;
        if !rest.0.is_empty() || day > month_days(year, month) {
            return None;
        }
        let days = days_before(year, month) + day - 1;
        Some(Self {
            seconds: days * 86_400 + clock.0 - zone.unwrap_or_default() * 60,
            fraction: clock.1.trim_end_matches('0').into(),
            zoned: zone.is_some(),
        })
    }
}

impl PartialOrd for Moment {
    /// `None` where an unknown zone leaves the order open.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self.zoned != other.zoned && (self.seconds - other.seconds).abs() <= ZONE_SECONDS_MAX {
            return None;
        }
        Some((self.seconds, &self.fraction).cmp(&(other.seconds, &other.fraction)))
    }
}

impl Duration {
    /// Reads a `duration`: `-P1Y2M3DT4H5M6.7S`, any part but not all left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let negative = text.starts_with('-');
        let text = text.strip_prefix('-').unwrap_or(text).strip_prefix('P')?;
        let (date, time) = match text.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (text, ""),
        };
        if date.is_empty() && time.is_empty() {
            return None;
        }
        let mut date = Reader(date);
        let years = date.amount('Y')?;
        let months = date.amount('M')?;
        let days = date.amount('D')?;
        let mut time = Reader(time);
        let hours = time.amount('H')?;
        let minutes = time.amount('M')?;
        let (seconds, fraction) = time.seconds()?;
        if !date.0.is_empty() || !time.0.is_empty() {
            return None;
        }
        let months = years * 12 + months;
        let seconds = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
        let fraction = fraction.trim_end_matches('0');
        // There is one nothing.
        let nothing = (months, seconds, fraction) == (0, 0, "");
        Some(Self {
            months,
            seconds,
            fraction: fraction.into(),
            negative: negative && !nothing,
        })
    }
}

impl PartialOrd for Duration {
    /// Part 2 section 3.2.6.2: by the four moments that both are added to; `None` where these
    /// disagree.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let after = |year: i64, month: i64, duration: &Self| {
            let sign = if duration.negative { -1 } else { 1 };
            let months = year * 12 + month - 1 + sign * duration.months;
            let days = days_before(months.div_euclid(12), months.rem_euclid(12) + 1);
            days * 86_400 + sign * duration.seconds
        };
        let fraction = match (self.negative, other.negative) {
            (false, false) => self.fraction.cmp(&other.fraction),
            (true, true) => other.fraction.cmp(&self.fraction),
            (false, true) => (!self.fraction.is_empty() || !other.fraction.is_empty()).cmp(&false),
            (true, false) => false.cmp(&(!self.fraction.is_empty() || !other.fraction.is_empty())),
        };
        let mut found = None;
        for (year, month) in [(1696, 9), (1697, 2), (1903, 3), (1903, 7)] {
            let order = after(year, month, self)
                .cmp(&after(year, month, other))
                .then(fraction);
            if *found.get_or_insert(order) != order {
                return None;
            }
        }
        found
    }
}

/// What is left of a text.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn after(&mut self, c: char) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(c)?;
        Some(self)
    }

    fn run(&mut self) -> &'a str {
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits
    }

    /// Two digits.
    fn two(&mut self, min: i64, max: i64) -> Option<i64> {
        let digits = self.0.get(..2)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.0 = self.0.get(2..)?;
        let value = digits.parse().ok()?;
        (min..=max).contains(&value).then_some(value)
    }

    /// `-?` and four digits or more; no leading zeros beyond four, no year 0.
    fn year(&mut self) -> Option<i64> {
        let negative = self.0.starts_with('-');
        self.0 = self.0.strip_prefix('-').unwrap_or(self.0);
        let digits = self.run();
        if !(4..=YEAR_DIGITS_MAX).contains(&digits.len())
            || (digits.len() > 4 && digits.starts_with('0'))
        {
            return None;
        }
        let year: i64 = digits.parse().ok()?;
        // The year before 1 is -1.
        (year != 0).then_some(if negative { 1 - year } else { year })
    }

    /// `hh:mm:ss(.s+)?` as seconds and digits; 24:00:00 is the end of the day.
    fn clock(&mut self) -> Option<(i64, String)> {
        let hours = self.two(0, 24)?;
        let minutes = self.after(':')?.two(0, 59)?;
        let seconds = self.after(':')?.two(0, 59)?;
        let fraction = self.fraction()?;
        let end_of_day = hours == 24;
        let whole = (minutes, seconds) == (0, 0) && fraction.bytes().all(|b| b == b'0');
        if end_of_day && !whole {
            return None;
        }
        Some((hours * 3600 + minutes * 60 + seconds, fraction.to_owned()))
    }

    fn fraction(&mut self) -> Option<&'a str> {
        let Some(rest) = self.0.strip_prefix('.') else {
            return Some("");
        };
        self.0 = rest;
        let digits = self.run();
        (!digits.is_empty()).then_some(digits)
    }

    /// `Z`, `+hh:mm` or `-hh:mm` up to 14:00 as minutes east of UTC; `Some(None)` without.
    #[expect(
        clippy::option_option,
        reason = "malformed, absent and present are three answers"
    )]
    fn zone(&mut self) -> Option<Option<i64>> {
        let sign = match self.0.chars().next() {
            None => return Some(None),
            Some('Z') => {
                self.after('Z')?;
                return Some(Some(0));
            }
            Some('+') => 1,
            Some('-') => -1,
            Some(_) => return None,
        };
        self.0 = self.0.get(1..)?;
        let hours = self.two(0, 14)?;
        let minutes = self.after(':')?.two(0, 59)?;
        let total = hours * 60 + minutes;
        (total <= 840).then_some(Some(sign * total))
    }

    /// Digits before a letter; 0 where the part is left out. At most nine digits.
    fn amount(&mut self, unit: char) -> Option<i64> {
        let before = self.0;
        let digits = self.run();
        match self.0.strip_prefix(unit) {
            Some(rest) if !digits.is_empty() && digits.len() <= YEAR_DIGITS_MAX => {
                self.0 = rest;
                digits.parse().ok()
            }
            Some(_) => None,
            None => {
                self.0 = before;
                Some(0)
            }
        }
    }

    fn seconds(&mut self) -> Option<(i64, &'a str)> {
        if self.0.is_empty() {
            return Some((0, ""));
        }
        let digits = self.run();
        let fraction = self.fraction()?;
        self.after('S')?;
        if digits.is_empty() || digits.len() > YEAR_DIGITS_MAX {
            return None;
        }
        Some((digits.parse().ok()?, fraction))
    }
}

fn leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the start of year 0 to the first of the month, in the proleptic Gregorian calendar.
fn days_before(year: i64, month: i64) -> i64 {
    let before = year - 1;
    let leaps = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    year * 365 + leaps + (1..month).map(|m| month_days(year, m)).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lexical_spaces() {
        let check = |kind, good: &[&str], bad: &[&str]| {
            for text in good {
                assert!(Moment::parse(kind, text).is_some(), "{kind:?} {text}");
            }
            for text in bad {
                assert!(Moment::parse(kind, text).is_none(), "{kind:?} {text}");
            }
        };
        check(
            Builtin::DateTime,
            &[
                "2024-02-29T23:59:59.123Z",
                "2024-01-01T24:00:00",
                "-0044-03-15T00:00:00+14:00",
                "12024-01-01T00:00:00",
            ],
            &[
                "2023-02-29T00:00:00",
                "2024-01-01",
                "2024-01-01T24:00:01",
                "2024-01-01T00:00:60",
                "2024-01-01T00:00:00.",
                "0000-01-01T00:00:00",
                "02024-01-01T00:00:00",
                "2024-01-01T00:00:00+14:01",
                "2024-1-01T00:00:00",
                "2024-01-01t00:00:00",
            ],
        );
        check(
            Builtin::Date,
            &["2024-12-31", "2024-12-31Z"],
            &["2024-13-01", "2024-04-31", "24-01-01", "2024-01-01 "],
        );
        check(
            Builtin::Time,
            &["00:00:00", "23:59:59.5-05:30"],
            &["24:01:00", "1:00:00", "00:60:00", "00:00"],
        );
        check(Builtin::GYearMonth, &["2024-06"], &["2024-6", "2024-00"]);
        check(Builtin::GYear, &["2024", "2024+01:00"], &["24", "2024-01"]);
        check(Builtin::GMonthDay, &["--02-29"], &["--02-30", "-02-29"]);
        check(Builtin::GDay, &["---31"], &["---32", "--31"]);
        check(Builtin::GMonth, &["--12"], &["--13", "12"]);
    }

    #[test]
    fn moments_compare_on_the_time_line() {
        let check = |a: &str, b: &str, expected| {
            let parse = |text| Moment::parse(Builtin::DateTime, text).unwrap();
            assert_eq!(parse(a).partial_cmp(&parse(b)), expected, "{a} {b}");
        };
        check(
            "2024-01-01T00:00:00Z",
            "2024-01-01T03:00:00+03:00",
            Some(Ordering::Equal),
        );
        check(
            "2024-01-01T00:00:00.5",
            "2024-01-01T00:00:00.49",
            Some(Ordering::Greater),
        );
        check("2024-01-01T00:00:00", "2024-01-01T03:00:00Z", None);
        check(
            "2024-01-01T00:00:00",
            "2024-01-02T00:00:00Z",
            Some(Ordering::Less),
        );
        check(
            "2023-12-31T24:00:00",
            "2024-01-01T00:00:00",
            Some(Ordering::Equal),
        );
        check(
            "-0001-12-31T24:00:00",
            "0001-01-01T00:00:00",
            Some(Ordering::Equal),
        );
    }

    #[test]
    fn durations() {
        let check = |a: &str, b: &str, expected| {
            let parse = |text| Duration::parse(text).unwrap();
            assert_eq!(parse(a).partial_cmp(&parse(b)), expected, "{a} {b}");
        };
        check("P1Y", "P12M", Some(Ordering::Equal));
        check("P1M", "P30D", None);
        check("P1M", "P32D", Some(Ordering::Less));
        check("-P1D", "PT1S", Some(Ordering::Less));
        check("PT1.5S", "PT1.25S", Some(Ordering::Greater));
        for text in [
            "P", "PT", "P1YT", "1Y", "P1S", "P1M1Y", "PT1.S", "P-1Y", "P1.5D",
        ] {
            assert!(Duration::parse(text).is_none(), "{text}");
        }
    }
}

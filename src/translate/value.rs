//! Between the text of a message and a canonical value, both ways.
//!
//! Start at [`read`] and [`write`]. What one row says of its value is applied here: code lists,
//! units, formats, digits, letters, lengths. Nothing here knows where the value stands.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::model::{
    Amount, Catalogue, Code, FormError, Leaf, LeafKind, LeafRef, Mass, MassUnit, Measure, Moment,
    Mrn, PathId, PathKind, ValueBasis, decimal_text,
};

use super::codelist::Doubt;
use super::plan::{Beside, Format, Row};
use super::report::LossReason;
use super::transliterate::to_latin;

/// A value as it stands in a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'t> {
    pub(super) text: &'t str,
    /// The unit or currency beside it.
    pub(super) beside: Option<&'t str>,
    /// The zone of zoneless times.
    pub(super) zone: Option<&'t TimeZone>,
    /// The day for which codes are looked up.
    pub(super) on: Option<Date>,
}

/// A value that was read, with what a person should know of it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) leaf: Leaf,
    pub(super) notes: Vec<Note>,
}

/// What a person should know of a value that was read.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) code: &'static str,
    /// In words, without the value.
    pub(super) words: Cow<'static, str>,
    /// The code list and version that was asked.
    pub(super) list: Option<String>,
    pub(super) value: Option<String>,
}

impl Note {
    /// A value that cannot be read.
    pub(super) fn of(code: &'static str, words: &'static str, value: &str) -> Self {
        Self {
            code,
            words: Cow::Borrowed(words),
            list: None,
            value: Some(value.to_owned()),
        }
    }

    /// A value that is not of its form.
    pub(super) fn form(checked: Result<(), FormError>, value: &str) -> Option<Self> {
        let error = checked.err()?;
        Some(Self {
            code: error.code(),
            words: Cow::Owned(error.to_string()),
            list: None,
            value: Some(value.to_owned()),
        })
    }

    fn doubt(doubt: &Doubt, value: &str) -> Self {
        Self {
            code: doubt.code(),
            words: Cow::Owned(doubt.words()),
            list: Some(doubt.list.clone()),
            value: Some(value.to_owned()),
        }
    }
}

/// Code and words of a finding.
type Fault = (&'static str, &'static str);

const NOT_A_NUMBER: Fault = ("MAP_VALUE_FORM", "is not a number");
const NOT_A_TIME: Fault = (
    "MAP_VALUE_FORM",
    "is not a date or time of the expected form",
);

/// Reads a value as the row says.
pub(super) fn read(row: &Row, written: Written<'_>) -> Result<Read, Fault> {
    let mut notes = Vec::new();
    let text = written.text;
    let leaf = match row.kind {
        LeafKind::Text => Leaf::Text(text.to_owned()),
        LeafKind::Code => Leaf::Code(read_code(row, text, written.on, &mut notes)),
        LeafKind::Count => Leaf::Count(read_count(text)?),
        LeafKind::Flag => Leaf::Flag(read_flag(row, text)?),
        LeafKind::Mrn => match text.parse::<Mrn>() {
            Ok(mrn) => Leaf::Mrn(mrn),
            Err(error) => return Err((error.code(), "is not a movement reference number")),
        },
        LeafKind::Number => Leaf::Number(number(text)?),
        LeafKind::Moment => Leaf::Moment(read_moment(row, text, written.zone, &mut notes)?),
        LeafKind::Mass => Leaf::Mass(Mass {
            value: number(text)?,
            unit: read_unit(row, written.beside)?,
        }),
        LeafKind::Measure => Leaf::Measure(Measure {
            value: number(text)?,
            unit: written.beside.map(str::to_owned),
        }),
        LeafKind::Amount => Leaf::Amount(Amount {
            value: number(text)?,
            currency: read_currency(row, written, &mut notes),
            basis: basis(row).ok_or(("MAP_VALUE_FORM", "has no value basis"))?,
        }),
    };
    if let Some(form) = row.form {
        notes.extend(Note::form(form.check(text), text));
    }
    if let Some(column) = &row.listed {
        let doubt = column.doubtful(text, written.on);
        notes.extend(doubt.map(|doubt| Note::doubt(&doubt, text)));
    }
    Ok(Read { leaf, notes })
}

fn read_code(row: &Row, text: &str, on: Option<Date>, notes: &mut Vec<Note>) -> Code {
    let Some(column) = &row.code else {
        return Code::Plain(text.into());
    };
    let canonical = column.to_canonical(text, on);
    let doubt = canonical.doubt;
    notes.extend(doubt.map(|doubt| Note::doubt(&doubt, text)));
    canonical.code
}

/// The currency beside an amount, by the crosswalk where the row names one.
fn read_currency(row: &Row, written: Written<'_>, notes: &mut Vec<Note>) -> Option<String> {
    let code = read_code(row, written.beside?, written.on, notes);
    Some(code.value().to_owned())
}

fn number(text: &str) -> Result<Decimal, Fault> {
    // XSD decimals have an optional sign and no exponent.
    let text = text.strip_prefix('+').unwrap_or(text);
    Decimal::from_str_exact(text).map_err(|_| NOT_A_NUMBER)
}

fn read_count(text: &str) -> Result<u64, Fault> {
    if let Ok(count) = text.parse() {
        return Ok(count);
    }
    let number = number(text)?;
    if !number.fract().is_zero() {
        return Err(("MAP_VALUE_FORM", "is not a whole number"));
    }
    number.try_into().map_err(|_| NOT_A_NUMBER)
}

fn read_flag(row: &Row, text: &str) -> Result<bool, Fault> {
    if let Some(shape) = &row.shape {
        if shape.yes.as_deref() == Some(text) {
            return Ok(true);
        }
        if shape.no.as_deref() == Some(text) {
            return Ok(false);
        }
    }
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(("MAP_VALUE_FORM", "is neither yes nor no")),
    }
}

fn read_unit(row: &Row, beside: Option<&str>) -> Result<MassUnit, Fault> {
    match (&row.beside, beside) {
        (Beside::Unit(unit), _) => Ok(*unit),
        (Beside::UnitCode { codes, .. }, Some(code)) => codes
            .iter()
            .find(|(known, _)| known == code)
            .map(|(_, unit)| *unit)
            .ok_or((
                "MAP_UNIT_UNKNOWN",
                "has a unit that the mapping does not know",
            )),
        _ => Err(("MAP_UNIT_UNKNOWN", "has no unit")),
    }
}

fn basis(row: &Row) -> Option<ValueBasis> {
    if let Beside::Currency { basis, .. } = &row.beside {
        Some(*basis)
    } else {
        None
    }
}

/// The unit that a row of masses writes.
pub(super) fn mass_unit(row: &Row) -> MassUnit {
    match &row.beside {
        Beside::Unit(unit) => *unit,
        Beside::UnitCode { codes, .. } => codes.first().map_or(MassUnit::Kg, |(_, unit)| *unit),
        Beside::Nothing | Beside::MeasureUnit { .. } | Beside::Currency { .. } => MassUnit::Kg,
    }
}

fn read_moment(
    row: &Row,
    text: &str,
    zone: Option<&TimeZone>,
    notes: &mut Vec<Note>,
) -> Result<Moment, Fault> {
    let mut moment = match row.format {
        Some(Format::Compact) => compact(text).ok_or(NOT_A_TIME)?,
        Some(Format::Edifact) => edifact(text).ok_or(NOT_A_TIME)?,
        Some(Format::Date | Format::DateTime | Format::Local | Format::Time | Format::Utc)
        | None => text.parse().map_err(|_| NOT_A_TIME)?,
    };
    if let (None, Some(time), Some(zone)) = (moment.offset, moment.time, zone) {
        let civil = DateTime::from_parts(moment.date, time);
        match zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => moment.offset = Some(offset),
            AmbiguousOffset::Gap { .. } | AmbiguousOffset::Fold { .. } => notes.push(Note {
                code: "MAP_TIME_AMBIGUOUS",
                words: "is a local time at a change of the clocks: its zone stays unknown".into(),
                list: None,
                value: None,
            }),
        }
    }
    Ok(moment)
}

/// `yyyyMMddHHmmssSSS`, or fewer digits from the left.
fn compact(text: &str) -> Option<Moment> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from, to| i8::try_from(part(from, to)?).ok();
    let date = Date::new(part(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
    let time = if text.len() >= 14 {
        let milliseconds = i32::from(part(14, 17).unwrap_or(0));
        let nanoseconds = milliseconds * 1_000_000;
        Some(Time::new(small(8, 10)?, small(10, 12)?, small(12, 14)?, nanoseconds).ok()?)
    } else {
        None
    };
    Some(Moment {
        date,
        time,
        offset: None,
    })
}

/// `yyyyMMdd`, or `yyyyMMddHHmmss` with `Z` or the hours of an offset (UN/EDIFACT 2379, 102 and 304).
fn edifact(text: &str) -> Option<Moment> {
    let (digits, zone) = text.split_at_checked(14).unwrap_or((text, ""));
    let mut moment = compact(digits)?;
    let hours = match zone {
        "" => return (digits.len() == 8).then_some(moment),
        "Z" => 0,
        hours => i8::from_str(hours).ok()?,
    };
    moment.offset = Some(Offset::from_hours(hours).ok()?);
    Some(moment)
}

/// The currency that goes beside an amount.
fn write_currency<'v>(
    row: &Row,
    amount: &'v Amount,
    on: Option<Date>,
) -> Result<Option<Cow<'v, str>>, LossReason> {
    let Some(currency) = amount.currency.as_deref() else {
        return Ok(None);
    };
    let Some(column) = &row.code else {
        return Ok(Some(Cow::Borrowed(currency)));
    };
    let code = Code::Plain(currency.into());
    let written = column.code_of(&code, on).map(str::to_owned);
    let written = written.ok_or(LossReason::CodeUnmapped)?;
    Ok(Some(Cow::Owned(written)))
}

/// The day of a time that a message states; nothing when it is none.
pub(super) fn day_of(text: &str) -> Option<Date> {
    let digits = text.get(..8).and_then(compact);
    digits
        .or_else(|| text.parse().ok())
        .map(|moment| moment.date)
}

/// The leaf for a constant of the mapping at a canonical path.
pub(super) fn constant(path: PathId, value: &str) -> Option<Leaf> {
    let PathKind::Leaf(kind) = Catalogue::get().info(path).kind else {
        return None;
    };
    match kind {
        LeafKind::Text => Some(Leaf::Text(value.to_owned())),
        LeafKind::Code => Some(Leaf::Code(Code::Plain(value.into()))),
        LeafKind::Count => value.parse().ok().map(Leaf::Count),
        LeafKind::Flag => value.parse().ok().map(Leaf::Flag),
        LeafKind::Moment => value.parse().ok().map(Leaf::Moment),
        LeafKind::Mrn => value.parse().ok().map(Leaf::Mrn),
        LeafKind::Number => value.parse().ok().map(Leaf::Number),
        LeafKind::Amount | LeafKind::Mass | LeafKind::Measure => None,
    }
}

/// A value as the target writes it.
#[derive(Debug, Default)]
pub(super) struct Text<'v> {
    pub(super) text: Cow<'v, str>,
    /// The unit or currency that goes beside it.
    pub(super) beside: Option<Cow<'v, str>>,
    pub(super) losses: Vec<LossReason>,
}

/// Writes a value as the row says; nothing when the target cannot say it at all, with the reason.
pub(super) fn write<'v>(
    row: &'v Row,
    value: LeafRef<'v>,
    zone: Option<&TimeZone>,
    on: Option<Date>,
) -> Result<Text<'v>, LossReason> {
    let mut out = Text::default();
    match value {
        LeafRef::Code(code) => {
            out.text = match &row.code {
                Some(column) => column
                    .code_of(code, on)
                    .map(Cow::Borrowed)
                    .ok_or(LossReason::CodeUnmapped)?,
                None => Cow::Borrowed(code.value()),
            };
        }
        LeafRef::Flag(flag) => {
            let shape = row.shape.as_ref();
            let (written, plain) = if flag {
                (shape.and_then(|shape| shape.yes.as_deref()), "true")
            } else {
                (shape.and_then(|shape| shape.no.as_deref()), "false")
            };
            out.text = Cow::Borrowed(written.unwrap_or(plain));
        }
        LeafRef::Moment(moment) => out.text = Cow::Owned(write_moment(row, moment, zone, &mut out)),
        LeafRef::Mass(mass) => {
            let unit = mass_unit(row);
            let value = mass.to(unit).ok_or(LossReason::NoTarget)?;
            write_number(row, value, &mut out);
            if let Beside::UnitCode { codes, .. } = &row.beside {
                out.beside = codes.first().map(|(code, _)| Cow::Borrowed(code.as_str()));
            }
        }
        LeafRef::Amount(amount) => {
            if basis(row).is_some_and(|basis| basis != amount.basis) {
                return Err(LossReason::NoTarget);
            }
            write_number(row, amount.value, &mut out);
            out.beside = write_currency(row, amount, on)?;
        }
        LeafRef::Measure(measure) => {
            write_number(row, measure.value, &mut out);
            out.beside = measure.unit.as_deref().map(Cow::Borrowed);
        }
        LeafRef::Number(number) => write_number(row, number, &mut out),
        LeafRef::Count(_) | LeafRef::Mrn(_) | LeafRef::Text(_) => out.text = value.lexical(),
    }
    shape(row, &mut out);
    Ok(out)
}

fn write_number(row: &Row, number: Decimal, out: &mut Text<'_>) {
    let mut number = number;
    if let Some(digits) = row.shape.as_ref().and_then(|shape| shape.decimals) {
        let rounded = number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        if rounded != number {
            out.losses.push(LossReason::Precision);
        }
        number = rounded;
    }
    out.text = Cow::Owned(decimal_text(number));
}

/// Letters, slices, lengths: what is done to any text.
pub(super) fn shape(row: &Row, out: &mut Text<'_>) {
    let Some(shape) = &row.shape else {
        return;
    };
    if let Some(letters) = shape.transliterate
        && let Cow::Owned(latin) = to_latin(&out.text, letters)
    {
        out.text = Cow::Owned(latin);
        out.losses.push(LossReason::Transliterated);
    }
    if let Some((from, to)) = shape.slice {
        let length = out.text.chars().count();
        let taken: String = out.text.chars().skip(from).take(to - from).collect();
        if shape.sliced_to.is_some_and(|end| length > end) {
            out.losses.push(LossReason::Cut);
        }
        out.text = Cow::Owned(taken);
    }
    if let Some(max) = shape.cut
        && let Some((end, _)) = out.text.char_indices().nth(max)
    {
        out.text = Cow::Owned(out.text.get(..end).unwrap_or("").trim_end().to_owned());
        out.losses.push(LossReason::Cut);
    }
    if let Some(width) = shape.pad {
        let missing = width.saturating_sub(out.text.chars().count());
        if missing > 0 && !out.text.is_empty() {
            out.text = Cow::Owned(format!("{}{}", "0".repeat(missing), out.text));
        }
    }
}

fn write_moment(row: &Row, moment: Moment, zone: Option<&TimeZone>, out: &mut Text<'_>) -> String {
    let local = || in_zone(moment, zone);
    // What the form has no digits or no zone for is not dropped without a word, nor is a time of day
    // added without one.
    let timed = !matches!(row.format, None | Some(Format::Date | Format::Edifact));
    let fraction = moment.time.map_or(0, |time| time.subsec_nanosecond());
    let (kept, zoned) = match row.format {
        None | Some(Format::DateTime | Format::Date) => (1, true),
        Some(Format::Compact) => (1_000_000, zone.is_some()),
        Some(Format::Local | Format::Time) => (1_000_000_000, zone.is_some()),
        Some(Format::Edifact | Format::Utc) => (1_000_000_000, true),
    };
    let dropped = fraction % kept != 0 || moment.offset.is_some() && !zoned;
    if dropped || moment.time.is_none() && timed {
        out.losses.push(LossReason::Precision);
    }
    match row.format {
        None => moment.to_string(),
        Some(Format::DateTime) => with_time(moment).to_string(),
        Some(Format::Date) => {
            if moment.time.is_some() {
                out.losses.push(LossReason::Precision);
            }
            moment.date.to_string()
        }
        Some(Format::Time) => seconds(with_time(moment).time.unwrap_or_default()),
        Some(Format::Local) => {
            let local = with_time(local());
            let time = local.time.unwrap_or_default();
            format!("{}T{}", local.date, seconds(time))
        }
        Some(Format::Utc) => {
            let utc = with_time(in_zone(moment, Some(&TimeZone::UTC)));
            format!("{}T{}Z", utc.date, seconds(utc.time.unwrap_or_default()))
        }
        Some(Format::Compact) => {
            let local = with_time(local());
            let time = local.time.unwrap_or_default();
            let date = local.date.strftime("%Y%m%d");
            format!("{date}{}{:03}", time.strftime("%H%M%S"), time.millisecond())
        }
        Some(Format::Edifact) => {
            let utc = in_zone(moment, Some(&TimeZone::UTC));
            let date = utc.date.strftime("%Y%m%d");
            match (utc.time, utc.offset) {
                (Some(time), Some(_)) => format!("{date}{}Z", time.strftime("%H%M%S")),
                (None, _) => date.to_string(),
                // A time of no known zone has no form: the day is what is sure.
                (Some(_), None) => {
                    out.losses.push(LossReason::Precision);
                    date.to_string()
                }
            }
        }
    }
}

fn seconds(time: Time) -> String {
    time.strftime("%H:%M:%S").to_string()
}

fn with_time(moment: Moment) -> Moment {
    Moment {
        time: moment.time.or(Some(Time::midnight())),
        ..moment
    }
}

/// The same instant in a zone, when its offset is known; else as it is.
fn in_zone(moment: Moment, zone: Option<&TimeZone>) -> Moment {
    let (Some(time), Some(offset), Some(zone)) = (moment.time, moment.offset, zone) else {
        return moment;
    };
    let civil = DateTime::from_parts(moment.date, time);
    let Ok(instant) = offset.to_timestamp(civil) else {
        return moment;
    };
    let zoned = instant.to_zoned_datetime(zone.clone());
    Moment {
        date: zoned.date(),
        time: Some(zoned.time()),
        offset: Some(zoned.offset()),
    }
}

/// An instant as a canonical moment.
pub(super) fn moment_of(instant: jiff::Timestamp) -> Moment {
    let zoned = Offset::UTC.to_datetime(instant);
    Moment {
        date: zoned.date(),
        time: Some(
            zoned
                .time()
                .with()
                .subsec_nanosecond(0)
                .build()
                .unwrap_or_else(|_| zoned.time()),
        ),
        offset: Some(Offset::UTC),
    }
}

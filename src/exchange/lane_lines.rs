//! Where in a lane's file a rule stands, so that a fault can be opened.
//!
//! Start at [`line_of`].

use toml::de::{DeTable, DeValue};

/// The line, from 1, of a key of `[rules]`: names of keys and, within lists, numbers from 0. Where the
/// file goes less deep the line of the last that there is.
pub(super) fn line_of(text: &str, keys: &[String]) -> usize {
    let (table, _) = DeTable::parse_recoverable(text);
    let (mut table, mut list) = (Some(table.get_ref()), None);
    let mut at = 0;
    for key in std::iter::once("rules").chain(keys.iter().map(String::as_str)) {
        let found = match (table, list) {
            (Some(entries), _) => {
                let mut entries: toml::map::Iter<'_, _, _> = DeTable::iter(entries);
                entries
                    .find(|(name, _)| name.get_ref() == key)
                    .map(|(name, value)| (name.span().start, value))
            }
            (None, Some(values)) => {
                let values: &toml::de::DeArray<'_> = values;
                let number: Option<usize> = key.parse().ok();
                number
                    .and_then(|number| values.get(number))
                    .map(|value| (value.span().start, value))
            }
            (None, None) => None,
        };
        let Some((start, value)) = found else {
            break;
        };
        at = start;
        (table, list) = match value.get_ref() {
            DeValue::Table(below) => (Some(below), None),
            DeValue::Array(below) => (None, Some(below)),
            DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Float(_)
            | DeValue::Integer(_)
            | DeValue::String(_) => (None, None),
        };
    }
    let before = text.as_bytes().get(..at).unwrap_or_default();
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

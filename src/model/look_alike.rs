//! Letters that look alike in two alphabets, as on number plates and seals.
//!
//! Start at [`fold_look_alikes`]. The Vienna Convention on Road Traffic (annex 2) wants registration
//! numbers in capital Latin letters; Russian plates (GOST R 50577) therefore use only the twelve
//! Cyrillic capitals that look like Latin ones, so that one plate is typed in two alphabets.

/// The Latin letter of the same shape, of the letters that Russian number plates use. Small letters
/// are the capitals of a plate, written small.
pub fn look_alike(letter: char) -> Option<char> {
    Some(match letter {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'У' => 'Y',
        'Х' => 'X',
        'а' => 'a',
        'в' => 'b',
        'е' => 'e',
        'к' => 'k',
        'м' => 'm',
        'н' => 'h',
        'о' => 'o',
        'р' => 'p',
        'с' => 'c',
        'т' => 't',
        'у' => 'y',
        'х' => 'x',
        _ => return None,
    })
}

/// A number as it is compared: capitals, Cyrillic letters by their Latin twins, without blanks,
/// hyphens, dots and slashes. `в525ор 178` and `B525OP178` are the same plate.
pub fn fold_look_alikes(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !(c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | '/' | '·'))
        })
        .map(|c| look_alike(c).unwrap_or(c))
        .flat_map(char::to_uppercase)
        .map(|c| look_alike(c).unwrap_or(c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::fold_look_alikes;

    #[test]
    fn one_plate_in_two_alphabets_is_one() {
        for text in [
            "В525ОР178",
            "B525OP178",
            "в525ор 178",
            "b 525-op/178",
            "В·525·ОР·178",
        ] {
            assert_eq!(fold_look_alikes(text), "B525OP178", "{text}");
        }
        assert_eq!(fold_look_alikes("京A·12345"), "京A12345");
    }

    #[test]
    fn other_letters_stay_different() {
        // No twin: Ж is not X, and Latin V is not Cyrillic В.
        assert_ne!(fold_look_alikes("Ж525ОР"), fold_look_alikes("X525OP"));
        assert_ne!(fold_look_alikes("V525OP"), fold_look_alikes("В525ОР"));
        assert_ne!(fold_look_alikes("0525OP"), fold_look_alikes("O525OP"));
    }
}

//! Cyrillic to Latin letters, by sound as in travel documents or by shape as on number plates.
//!
//! Start at [`to_latin`]. The table of sounds is that of ICAO Doc 9303 part 3, section 6.B
//! (Cyrillic), which GOST R 52535.1-2006 takes over for Russian; letters of Kazakh, Kyrgyz,
//! Belarusian, Ukrainian and Mongolian are in the ICAO table or follow the same practice. What is no
//! Cyrillic stays as it is.
//!
//! The Vienna Convention on Road Traffic (annex 2) wants registration numbers in capital Latin
//! letters; Russian plates (GOST R 50577) therefore use only the twelve Cyrillic capitals that look
//! like Latin ones, and `В525ОР178` is `B525OP178` wherever it is read by its shape.

use std::borrow::Cow;

use crate::model::look_alike;

use super::plan::Letters;

/// The text in Latin letters; borrowed when nothing had to change.
pub(super) fn to_latin(text: &str, letters: Letters) -> Cow<'_, str> {
    let by_shape = letters == Letters::LookAlike;
    if !text.chars().any(is_cyrillic) {
        return Cow::Borrowed(text);
    }
    let mut latin = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if !is_cyrillic(letter) {
            latin.push(letter);
            continue;
        }
        if by_shape && let Some(twin) = look_alike(letter) {
            latin.push(twin);
            continue;
        }
        let lower = lower_case(letter);
        let Some(written) = table(lower) else {
            continue;
        };
        if lower == letter {
            latin.push_str(written);
        } else if letters.peek().is_some_and(|next| next.is_lowercase()) {
            // "Щука" becomes "Shchuka", "ЩУКА" "SHCHUKA".
            let mut written = written.chars();
            latin.extend(written.next().map(|c| c.to_ascii_uppercase()));
            latin.extend(written);
        } else {
            latin.push_str(&written.to_ascii_uppercase());
        }
    }
    Cow::Owned(latin)
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{0400}'..='\u{052F}')
}

fn lower_case(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn table(lower: char) -> Option<&'static str> {
    Some(match lower {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' | 'ғ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' | 'ѐ' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'і' | 'ѝ' => "i",
        'ы' => "y",
        'к' | 'қ' => "k",
        'л' => "l",
        'м' => "m",
        'н' | 'ң' => "n",
        'о' | 'ө' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ү' | 'ұ' | 'ў' => "u",
        'ф' => "f",
        'х' | 'һ' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' => "ie",
        'ю' => "iu",
        'я' => "ia",
        'ә' => "a",
        'є' => "ie",
        'ї' => "i",
        'ј' => "j",
        'ђ' => "d",
        'ѓ' => "g",
        'ќ' => "k",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' => "c",
        'џ' => "dz",
        'ѕ' => "dz",
        // The soft sign has no letter.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::plan::Letters;
    use super::to_latin;

    #[test]
    fn russian_and_kazakh_names() {
        for (cyrillic, latin) in [
            ("ТЕСТОВЫЙ ОТПРАВИТЕЛЬ", "TESTOVYI OTPRAVITEL"),
            ("Щукин Юрий", "Shchukin Iurii"),
            ("Т/П \"ОРАЛ-ЦЕНТР\"", "T/P \"ORAL-TSENTR\""),
            ("ҚАЗАҚСТАН", "KAZAKSTAN"),
            ("подъезд", "podieezd"),
        ] {
            assert_eq!(to_latin(cyrillic, Letters::Sound), latin);
        }
    }

    #[test]
    fn latin_and_chinese_stay() {
        for text in ["", "ACME OÜ 12", "北京"] {
            for letters in [Letters::Sound, Letters::LookAlike] {
                let latin = to_latin(text, letters);
                assert!(matches!(latin, std::borrow::Cow::Borrowed(_)));
                assert_eq!(latin, text);
            }
        }
    }

    #[test]
    fn plates_are_read_by_their_shape() {
        for (cyrillic, latin) in [
            ("В525ОР178", "B525OP178"),
            ("АВЕКМНОРСТУХ", "ABEKMHOPCTYX"),
            ("а417аа125", "a417aa125"),
            // Trailers and old plates may hold letters that have no twin.
            ("В525ЖЯ178", "B525ZHIA178"),
            ("A417AA125", "A417AA125"),
        ] {
            assert_eq!(to_latin(cyrillic, Letters::LookAlike), latin);
        }
        assert_eq!(to_latin("В525ОР178", Letters::Sound), "V525OR178");
    }
}

//! Cyrillic to Latin letters as in machine-readable travel documents.
//!
//! Start at [`to_latin`]. The table is that of ICAO Doc 9303 part 3, section 6.B (Cyrillic), which
//! GOST R 52535.1-2006 takes over for Russian; letters of Kazakh, Kyrgyz, Belarusian, Ukrainian and
//! Mongolian are in the ICAO table or follow the same practice. What is no Cyrillic stays as it is.

use std::borrow::Cow;

/// The text in Latin letters; borrowed when nothing had to change.
pub(super) fn to_latin(text: &str) -> Cow<'_, str> {
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
            assert_eq!(to_latin(cyrillic), latin);
        }
    }

    #[test]
    fn latin_and_chinese_stay() {
        for text in ["", "ACME OÜ 12", "北京"] {
            assert!(matches!(to_latin(text), std::borrow::Cow::Borrowed(_)));
            assert_eq!(to_latin(text), text);
        }
    }
}

//! A text in the three languages of the officers. Start at [`Text3`].

use serde::{Deserialize, Serialize};

/// The same text in English, Russian and Chinese.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text3 {
    /// English.
    pub en: String,
    /// Russian.
    pub ru: String,
    /// Chinese, in simplified characters.
    pub zh: String,
}

impl Text3 {
    /// The three texts.
    pub fn new(en: impl Into<String>, ru: impl Into<String>, zh: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            ru: ru.into(),
            zh: zh.into(),
        }
    }

    /// Both, with something between them in each language.
    pub(super) fn join(&self, between: [&str; 3], other: &Self) -> Self {
        let [en, ru, zh] = between;
        Self {
            en: format!("{}{en}{}", self.en, other.en),
            ru: format!("{}{ru}{}", self.ru, other.ru),
            zh: format!("{}{zh}{}", self.zh, other.zh),
        }
    }

    /// All of them, as an enumeration.
    pub(super) fn list(texts: impl Iterator<Item = Self>) -> Self {
        texts
            .reduce(|all, next| all.join([", ", ", ", "、"], &next))
            .unwrap_or_default()
    }
}

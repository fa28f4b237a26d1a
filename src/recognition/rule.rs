//! The rules by name. Start at [`Rule`]; what each asks is in `rules/`.

use serde::{Deserialize, Serialize};

use super::text::Text3;

/// A rule of recognition. Numbers that are not here are rules of other systems: registers of
/// officers, chains of custody, quantities, risk and sampling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// The agreement is in force at control and decision.
    R01,
    /// The message is authentic.
    R02,
    /// The control is of a kind and depth that counts.
    R03,
    /// All goods are in scope.
    R04,
    /// The pair of posts is agreed on.
    R05,
    /// The participants are listed.
    R07,
    /// Prior information was here in time.
    R08,
    /// Result, declaration and presented goods are one consignment, and it is not used up.
    R09,
    /// It is the same container and vehicle.
    R10,
    /// They are the same seals.
    R11,
    /// The seals are intact.
    R12,
    /// The result is not too old, nor younger than the arrival.
    R14,
    /// Images are there and show what was declared.
    R15,
    /// The mass is the same within tolerance.
    R16,
    /// Declared and controlled goods are the same.
    R18,
    /// The result is that all conforms.
    R19,
    /// The result was not withdrawn.
    R20,
    /// No other control is mandatory.
    R21,
    /// The giver lets it be used for release.
    R24,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 19] = [
        Self::R01,
        Self::R02,
        Self::R03,
        Self::R04,
        Self::R05,
        Self::R07,
        Self::R08,
        Self::R09,
        Self::R10,
        Self::R11,
        Self::R12,
        Self::R14,
        Self::R15,
        Self::R16,
        Self::R18,
        Self::R19,
        Self::R20,
        Self::R21,
        Self::R24,
    ];

    /// Its name in results and agreements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::R01 => "R01",
            Self::R02 => "R02",
            Self::R03 => "R03",
            Self::R04 => "R04",
            Self::R05 => "R05",
            Self::R07 => "R07",
            Self::R08 => "R08",
            Self::R09 => "R09",
            Self::R10 => "R10",
            Self::R11 => "R11",
            Self::R12 => "R12",
            Self::R14 => "R14",
            Self::R15 => "R15",
            Self::R16 => "R16",
            Self::R18 => "R18",
            Self::R19 => "R19",
            Self::R20 => "R20",
            Self::R21 => "R21",
            Self::R24 => "R24",
        }
    }

    /// Whether an agreement may let an authority override it. The others are conditions of
    /// recognition as such.
    pub fn can_be_overridden(self) -> bool {
        match self {
            Self::R08 | Self::R10 | Self::R14 | Self::R15 | Self::R16 | Self::R18 => true,
            Self::R01
            | Self::R02
            | Self::R03
            | Self::R04
            | Self::R05
            | Self::R07
            | Self::R09
            | Self::R11
            | Self::R12
            | Self::R19
            | Self::R20
            | Self::R21
            | Self::R24 => false,
        }
    }

    /// What it asks, as a statement that holds when it passes.
    #[expect(
        clippy::too_many_lines,
        reason = "a table of texts: the compiler sees that none is missing"
    )]
    pub fn title(self) -> Text3 {
        let [en, ru, zh] = match self {
            Self::R01 => [
                "The agreement is in force",
                "Соглашение действует",
                "协定有效",
            ],
            Self::R02 => [
                "The result is authentic",
                "Подлинность результата подтверждена",
                "结果真实可信",
            ],
            Self::R03 => [
                "The kind and depth of control suffice",
                "Вид и глубина контроля достаточны",
                "查验方式和深度符合要求",
            ],
            Self::R04 => [
                "All goods are in scope",
                "Все товары входят в перечень",
                "所有货物均在适用范围内",
            ],
            Self::R05 => [
                "The posts are agreed on",
                "Пара пунктов пропуска согласована",
                "口岸对已获授权",
            ],
            Self::R07 => [
                "The participants are listed",
                "Участники включены в список",
                "参与企业已列入名单",
            ],
            Self::R08 => [
                "Prior information was here in time",
                "Предварительная информация получена вовремя",
                "预先信息按时收到",
            ],
            Self::R09 => [
                "Result, declaration and goods belong together",
                "Результат, декларация и товары относятся к одной поставке",
                "结果、申报与货物相互对应",
            ],
            Self::R10 => [
                "Container and vehicle are the same",
                "Контейнер и транспортное средство совпадают",
                "集装箱和运输工具一致",
            ],
            Self::R11 => [
                "The seals are the same",
                "Номера пломб совпадают",
                "封志号码一致",
            ],
            Self::R12 => ["The seals are intact", "Пломбы не нарушены", "封志完好"],
            Self::R14 => [
                "The result is recent enough",
                "Срок действия результата не истёк",
                "结果在有效期内",
            ],
            Self::R15 => [
                "Images show what was declared",
                "Снимки соответствуют заявленному",
                "图像与申报相符",
            ],
            Self::R16 => [
                "The mass agrees",
                "Масса совпадает в пределах допуска",
                "重量在允差范围内一致",
            ],
            Self::R18 => [
                "Declared and controlled goods agree",
                "Заявленные и проверенные товары совпадают",
                "申报货物与查验货物一致",
            ],
            Self::R19 => [
                "The control found everything in order",
                "По результату контроля нарушений нет",
                "查验结果相符",
            ],
            Self::R20 => [
                "The result was not withdrawn",
                "Результат не отозван",
                "结果未被撤回",
            ],
            Self::R21 => [
                "No other control is mandatory",
                "Другой обязательный контроль не требуется",
                "无需其他强制查验",
            ],
            Self::R24 => [
                "The result may be used for release",
                "Результат можно использовать для выпуска",
                "结果可用于放行",
            ],
        };
        Text3::new(en, ru, zh)
    }
}

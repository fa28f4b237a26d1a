//! Why a rule fails, as a stable code with words and a remedy. Start at [`Code`].

use serde::{Deserialize, Serialize};

use super::facts::SignatureCode;
use super::text::Text3;

/// Why a rule fails (or, for signatures, cannot tell).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Code {
    /// R01.
    AgreementNotInForce,
    /// R14.
    BeforeControl,
    /// R03.
    ControlTypeNotCovered,
    /// Two sources say two things at one time; any rule.
    FactsContradict,
    /// R04.
    GoodsOutOfScope,
    /// R18.
    HsDivergence,
    /// R15.
    ImageMismatch,
    /// R15.
    ImageMissing,
    /// R09.
    LinkBroken,
    /// R16.
    MassOutOfTolerance,
    /// R08, R14.
    ModeNotCovered,
    /// R08.
    NoPriorInformation,
    /// R21.
    OtherControlRequired,
    /// R07.
    ParticipantNotListed,
    /// R05.
    PostPairNotAuthorised,
    /// R19.
    ResultNotConforming,
    /// R20.
    ResultWithdrawn,
    /// R12.
    SealBroken,
    /// R12.
    SealEvent,
    /// R11.
    SealNumberMismatch,
    /// R02.
    Signature(SignatureCode),
    /// R14.
    TooOld,
    /// R10.
    TransportMismatch,
    /// R09.
    UcrAlreadyConsumed,
    /// R24.
    UseNotPermitted,
}

const SIGNATURES: [SignatureCode; 12] = [
    SignatureCode::AlgForbidden,
    SignatureCode::Digest,
    SignatureCode::EkuOrRole,
    SignatureCode::ExpiredAtSigning,
    SignatureCode::KeyUntrusted,
    SignatureCode::Missing,
    SignatureCode::NotCovering,
    SignatureCode::Path,
    SignatureCode::RevokedAtSigning,
    SignatureCode::TimeUnproven,
    SignatureCode::Value,
    SignatureCode::Wrapped,
];

const OTHERS: [Code; 24] = [
    Code::AgreementNotInForce,
    Code::BeforeControl,
    Code::ControlTypeNotCovered,
    Code::FactsContradict,
    Code::GoodsOutOfScope,
    Code::HsDivergence,
    Code::ImageMismatch,
    Code::ImageMissing,
    Code::LinkBroken,
    Code::MassOutOfTolerance,
    Code::ModeNotCovered,
    Code::NoPriorInformation,
    Code::OtherControlRequired,
    Code::ParticipantNotListed,
    Code::PostPairNotAuthorised,
    Code::ResultNotConforming,
    Code::ResultWithdrawn,
    Code::SealBroken,
    Code::SealEvent,
    Code::SealNumberMismatch,
    Code::TooOld,
    Code::TransportMismatch,
    Code::UcrAlreadyConsumed,
    Code::UseNotPermitted,
];

impl Code {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        let signatures = SIGNATURES.into_iter().map(Self::Signature);
        OTHERS.into_iter().chain(signatures)
    }

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AgreementNotInForce => "AGREEMENT_NOT_IN_FORCE",
            Self::BeforeControl => "BEFORE_CONTROL",
            Self::ControlTypeNotCovered => "CONTROL_TYPE_NOT_COVERED",
            Self::FactsContradict => "FACTS_CONTRADICT",
            Self::GoodsOutOfScope => "GOODS_OUT_OF_SCOPE",
            Self::HsDivergence => "HS_DIVERGENCE",
            Self::ImageMismatch => "IMAGE_MISMATCH",
            Self::ImageMissing => "IMAGE_MISSING",
            Self::LinkBroken => "LINK_BROKEN",
            Self::MassOutOfTolerance => "MASS_OUT_OF_TOLERANCE",
            Self::ModeNotCovered => "MODE_NOT_COVERED",
            Self::NoPriorInformation => "NO_PRIOR_INFORMATION",
            Self::OtherControlRequired => "OTHER_CONTROL_REQUIRED",
            Self::ParticipantNotListed => "PARTICIPANT_NOT_LISTED",
            Self::PostPairNotAuthorised => "POST_PAIR_NOT_AUTHORISED",
            Self::ResultNotConforming => "RESULT_NOT_CONFORMING",
            Self::ResultWithdrawn => "RESULT_WITHDRAWN",
            Self::SealBroken => "SEAL_BROKEN",
            Self::SealEvent => "SEAL_EVENT",
            Self::SealNumberMismatch => "SEAL_NUMBER_MISMATCH",
            Self::Signature(code) => signature(code),
            Self::TooOld => "TOO_OLD",
            Self::TransportMismatch => "TRANSPORT_MISMATCH",
            Self::UcrAlreadyConsumed => "UCR_ALREADY_CONSUMED",
            Self::UseNotPermitted => "USE_NOT_PERMITTED",
        }
    }

    /// What is wrong.
    #[expect(
        clippy::too_many_lines,
        reason = "a table of texts: the compiler sees that none is missing"
    )]
    pub fn text(self) -> Text3 {
        let [en, ru, zh] = match self {
            Self::AgreementNotInForce => [
                "The agreement was not in force, or is suspended",
                "Соглашение не действовало или приостановлено",
                "协定未生效或已中止",
            ],
            Self::BeforeControl => [
                "The goods arrived before the control ended",
                "Товары прибыли до окончания контроля",
                "货物在查验结束前到达",
            ],
            Self::ControlTypeNotCovered => [
                "The control was not of a kind or depth that counts",
                "Вид или глубина контроля недостаточны",
                "查验方式或深度不符合要求",
            ],
            Self::FactsContradict => [
                "Two sources say different things at the same time",
                "Источники противоречат друг другу",
                "不同来源的信息相互矛盾",
            ],
            Self::GoodsOutOfScope => [
                "Goods are outside the scope of the agreement",
                "Товары не входят в перечень соглашения",
                "货物不在协定适用范围内",
            ],
            Self::HsDivergence => [
                "Declared and controlled goods have different codes",
                "Коды заявленных и проверенных товаров расходятся",
                "申报与查验货物编码不一致",
            ],
            Self::ImageMismatch => [
                "An image does not show these goods, or shows something else",
                "Снимок не относится к этим товарам или не соответствует им",
                "图像与货物不符",
            ],
            Self::ImageMissing => [
                "An image is demanded and there is none",
                "Требуется снимок, но его нет",
                "缺少所需图像",
            ],
            Self::LinkBroken => [
                "Result, declaration and presented goods do not belong together",
                "Результат, декларация и предъявленные товары не связаны",
                "结果、申报与货物之间缺少关联",
            ],
            Self::MassOutOfTolerance => [
                "The mass differs by more than the tolerance",
                "Расхождение массы превышает допуск",
                "重量差异超出允差",
            ],
            Self::ModeNotCovered => [
                "The agreement says nothing for this mode of transport",
                "Соглашение не охватывает этот вид транспорта",
                "协定未涵盖该运输方式",
            ],
            Self::NoPriorInformation => [
                "Prior information was not here in time",
                "Предварительная информация не поступила вовремя",
                "预先信息未按时收到",
            ],
            Self::OtherControlRequired => [
                "Another control is mandatory for these goods",
                "Для этих товаров обязателен другой контроль",
                "该货物须接受其他强制查验",
            ],
            Self::ParticipantNotListed => [
                "A participant is not on the list",
                "Участник не включён в список",
                "参与企业未列入名单",
            ],
            Self::PostPairNotAuthorised => [
                "The pair of posts is not agreed on",
                "Пара пунктов пропуска не согласована",
                "口岸对未获授权",
            ],
            Self::ResultNotConforming => [
                "The control found something that is not in order",
                "При контроле выявлены несоответствия",
                "查验发现不符",
            ],
            Self::ResultWithdrawn => [
                "The result was withdrawn",
                "Результат отозван",
                "结果已被撤回",
            ],
            Self::SealBroken => [
                "A seal is broken or absent",
                "Пломба нарушена или отсутствует",
                "封志损坏或缺失",
            ],
            Self::SealEvent => [
                "A seal was opened without authority",
                "Пломба вскрыта без разрешения",
                "封志未经授权被开启",
            ],
            Self::SealNumberMismatch => [
                "The seals are not those of the control",
                "Пломбы не те, что при контроле",
                "封志与查验时不一致",
            ],
            Self::Signature(code) => signature_text(code),
            Self::TooOld => [
                "The result is too old",
                "Срок действия результата истёк",
                "结果已过期",
            ],
            Self::TransportMismatch => [
                "Container or vehicle is another one",
                "Контейнер или транспортное средство не совпадает",
                "集装箱或车辆不一致",
            ],
            Self::UcrAlreadyConsumed => [
                "Goods were released under this UCR before",
                "Этот UCR уже использован",
                "该UCR已被使用",
            ],
            Self::UseNotPermitted => [
                "The giver does not let the result be used for release",
                "Использование результата для выпуска не разрешено",
                "提供方不允许将结果用于放行",
            ],
        };
        Text3::new(en, ru, zh)
    }

    /// What would make it right.
    #[expect(
        clippy::too_many_lines,
        reason = "a table of texts: the compiler sees that none is missing"
    )]
    pub fn remedy(self) -> Text3 {
        let [en, ru, zh] = match self {
            Self::AgreementNotInForce
            | Self::GoodsOutOfScope
            | Self::ModeNotCovered
            | Self::PostPairNotAuthorised => [
                "Control as usual",
                "Провести контроль в обычном порядке",
                "按常规方式查验",
            ],
            Self::BeforeControl | Self::TooOld => [
                "Ask the partner for the right time of control, or control as usual",
                "Уточнить у партнёра время контроля или провести обычный контроль",
                "向对方核实查验时间，或按常规查验",
            ],
            Self::ControlTypeNotCovered => [
                "Ask the partner for a deeper control, or do what is lacking",
                "Запросить более глубокий контроль или провести недостающий",
                "请对方加深查验，或自行补充",
            ],
            Self::FactsContradict => [
                "Find out which source is right and record it",
                "Установить верный источник и записать это",
                "查明正确来源并登记",
            ],
            Self::HsDivergence => [
                "Clear up the classification with declarant and partner",
                "Уточнить классификацию с декларантом и партнёром",
                "与申报人和对方核实归类",
            ],
            Self::ImageMismatch | Self::ImageMissing => [
                "Ask the partner for the right image, or scan here",
                "Запросить правильный снимок или выполнить сканирование",
                "向对方索取正确图像，或在本地扫描",
            ],
            Self::LinkBroken => [
                "Have the UCR or MRN corrected, or an officer record the link",
                "Исправить UCR или MRN либо записать связь",
                "更正UCR或MRN，或由海关人员登记关联",
            ],
            Self::MassOutOfTolerance => [
                "Weigh again on a platform scale, or examine the goods",
                "Повторно взвесить на платформенных весах или досмотреть",
                "用平台秤复称或开箱查验",
            ],
            Self::NoPriorInformation => [
                "Let the competent authority decide, or control as usual",
                "Решение уполномоченного лица или обычный контроль",
                "由主管人员决定，或按常规查验",
            ],
            Self::OtherControlRequired => [
                "Send the goods to that control",
                "Направить товары на этот контроль",
                "将货物送交该项查验",
            ],
            Self::ParticipantNotListed => [
                "Check the participant list with the partner",
                "Сверить список участников с партнёром",
                "与对方核对参与企业名单",
            ],
            Self::ResultNotConforming
            | Self::SealBroken
            | Self::SealEvent
            | Self::SealNumberMismatch => [
                "Examine the goods and tell the partner",
                "Досмотреть товары и сообщить партнёру",
                "开箱查验并通知对方",
            ],
            Self::ResultWithdrawn => [
                "Wait for a replacement, or control as usual",
                "Дождаться замены или провести обычный контроль",
                "等待替换结果，或按常规查验",
            ],
            Self::Signature(_) => [
                "Ask the partner to sign and send the result again",
                "Запросить у партнёра повторную подписанную отправку",
                "请对方重新签名并发送结果",
            ],
            Self::TransportMismatch => [
                "Take a photograph of the numbers and let the competent authority decide",
                "Сфотографировать номера и передать решение уполномоченному лицу",
                "拍摄号码照片并交主管人员决定",
            ],
            Self::UcrAlreadyConsumed => [
                "Stop the vehicle and tell both posts",
                "Остановить транспортное средство и оповестить оба поста",
                "扣留车辆并通知双方口岸",
            ],
            Self::UseNotPermitted => [
                "Ask the giver for written consent",
                "Запросить письменное согласие стороны, передавшей результат",
                "向提供方申请书面同意",
            ],
        };
        Text3::new(en, ru, zh)
    }
}

fn signature(code: SignatureCode) -> &'static str {
    match code {
        SignatureCode::AlgForbidden => "SIGNATURE_ALG_FORBIDDEN",
        SignatureCode::Digest => "SIGNATURE_DIGEST",
        SignatureCode::EkuOrRole => "SIGNATURE_EKU_OR_ROLE",
        SignatureCode::ExpiredAtSigning => "SIGNATURE_EXPIRED_AT_SIGNING",
        SignatureCode::KeyUntrusted => "SIGNATURE_KEY_UNTRUSTED",
        SignatureCode::Missing => "SIGNATURE_MISSING",
        SignatureCode::NotCovering => "SIGNATURE_NOT_COVERING",
        SignatureCode::Path => "SIGNATURE_PATH",
        SignatureCode::RevokedAtSigning => "SIGNATURE_REVOKED_AT_SIGNING",
        SignatureCode::TimeUnproven => "SIGNATURE_TIME_UNPROVEN",
        SignatureCode::Value => "SIGNATURE_VALUE",
        SignatureCode::Wrapped => "SIGNATURE_WRAPPED",
    }
}

fn signature_text(code: SignatureCode) -> [&'static str; 3] {
    match code {
        SignatureCode::AlgForbidden => [
            "The signature uses an algorithm that is not allowed",
            "Алгоритм подписи не разрешён",
            "签名算法不被允许",
        ],
        SignatureCode::Digest => [
            "Signed digest and content differ",
            "Хеш подписи не совпадает с содержанием",
            "签名摘要与内容不符",
        ],
        SignatureCode::EkuOrRole => [
            "The key is not one for customs results",
            "Ключ не предназначен для результатов таможни",
            "密钥用途不是海关结果",
        ],
        SignatureCode::ExpiredAtSigning => [
            "The certificate was not valid at that time",
            "Сертификат не действовал в то время",
            "当时证书无效",
        ],
        SignatureCode::KeyUntrusted => [
            "The key is not a trusted one",
            "Ключ не является доверенным",
            "密钥不受信任",
        ],
        SignatureCode::Missing => [
            "The result is not signed",
            "Результат не подписан",
            "结果未签名",
        ],
        SignatureCode::NotCovering => [
            "Not the whole result is signed",
            "Подписан не весь результат",
            "签名未覆盖全部结果",
        ],
        SignatureCode::Path => [
            "No certificate path leads to a trust anchor",
            "Нет пути сертификатов до доверенного корня",
            "证书路径无法到达信任锚",
        ],
        SignatureCode::RevokedAtSigning => [
            "The certificate was revoked at that time",
            "Сертификат был отозван в то время",
            "当时证书已被吊销",
        ],
        SignatureCode::TimeUnproven => [
            "Nothing proves the time of signing",
            "Время подписания не доказано",
            "签名时间未得到证明",
        ],
        SignatureCode::Value => [
            "The signature value is wrong",
            "Значение подписи неверно",
            "签名值错误",
        ],
        SignatureCode::Wrapped => [
            "What is signed is not what is read",
            "Подписано не то, что прочитано",
            "所签内容与所读内容不同",
        ],
    }
}

impl From<Code> for &'static str {
    fn from(code: Code) -> Self {
        code.as_str()
    }
}

impl TryFrom<String> for Code {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let found = Self::all().find(|code| code.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no code of recognition"))
    }
}

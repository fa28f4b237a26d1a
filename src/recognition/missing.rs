//! What a rule would have to know. Start at [`Missing`].

use serde::{Deserialize, Serialize};

use super::text::Text3;

/// A fact that a rule needs and nobody has told yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    /// Prior information, while it can still come in time.
    ArrivalTime,
    /// The types of control.
    ControlTypes,
    /// The controlled goods.
    ControlledGoods,
    /// A control result that counts.
    ControlResult,
    /// The end of the control.
    ControlTime,
    /// The declaration.
    Declaration,
    /// Declared goods.
    DeclaredGoods,
    /// Commodity codes that are long enough.
    GoodsCode,
    /// The assessment of an image.
    ImageAssessment,
    /// The fetched bytes of an image, or its digest.
    ImageBytes,
    /// References of images.
    Images,
    /// What or when an image shows.
    ImageSubject,
    /// A join that is not ambiguous.
    Join,
    /// Keys of result or declaration.
    Keys,
    /// The mode of transport.
    Mode,
    /// The officer's look at vehicle and container.
    ObservedTransport,
    /// The officer's look at the seals.
    ObservedSeals,
    /// The outcome of the control.
    Outcome,
    /// Exporter or importer.
    Participants,
    /// The post of control.
    PostOfControl,
    /// The post of entry.
    PostOfEntry,
    /// The presentation of the goods.
    Presentation,
    /// The UCR or MRN that was presented.
    PresentedKey,
    /// Prior information.
    PriorInformation,
    /// The mass at control or in the declaration.
    ReferenceMass,
    /// Class of the remark.
    RemarkClass,
    /// A feed of electronic seals that covers the journey.
    SealFeed,
    /// Who put the seals on.
    SealIssuer,
    /// The seals of the control.
    Seals,
    /// What was judged of the signature.
    Signature,
    /// A tolerance for the method of weighing.
    Tolerance,
    /// Container or vehicle of the control.
    Transport,
    /// The use restriction.
    UseRestriction,
    /// A source that somebody vouches for.
    VerifiedSource,
    /// The mass at arrival.
    ObservedMass,
}

impl Missing {
    /// Whether our own officer can settle it on the spot, by looking or weighing.
    pub fn is_own_look(self) -> bool {
        matches!(
            self,
            Self::ObservedMass | Self::ObservedSeals | Self::ObservedTransport
        )
    }

    /// What it is.
    #[expect(
        clippy::too_many_lines,
        reason = "a table of texts: the compiler sees that none is missing"
    )]
    pub fn text(self) -> Text3 {
        let [en, ru, zh] = match self {
            Self::ArrivalTime => ["time of arrival", "время прибытия", "到达时间"],
            Self::ControlResult => ["control result", "результат контроля", "查验结果"],
            Self::ControlTime => ["end of control", "время окончания контроля", "查验结束时间"],
            Self::ControlTypes => ["types of control", "виды контроля", "查验方式"],
            Self::ControlledGoods => ["controlled goods", "проверенные товары", "查验货物"],
            Self::Declaration => ["declaration", "декларация", "申报单"],
            Self::DeclaredGoods => ["declared goods", "заявленные товары", "申报货物"],
            Self::GoodsCode => [
                "a commodity code that is long enough",
                "код товара достаточной длины",
                "足够位数的商品编码",
            ],
            Self::ImageAssessment => [
                "assessment of the image",
                "заключение по снимку",
                "图像判读结论",
            ],
            Self::ImageBytes => [
                "the image itself, to compare its digest",
                "сам снимок для сверки контрольной суммы",
                "用于核对摘要的图像文件",
            ],
            Self::ImageSubject => [
                "what the image shows, and when",
                "что и когда снято",
                "图像对象和拍摄时间",
            ],
            Self::Images => ["images", "снимки", "图像"],
            Self::Join => [
                "an officer's entry that says which case it is",
                "запись должностного лица о принадлежности к делу",
                "海关人员关于归属案件的登记",
            ],
            Self::Keys => [
                "UCR or MRN in result or declaration",
                "UCR или MRN в результате или декларации",
                "结果或申报单中的UCR或MRN",
            ],
            Self::Mode => ["mode of transport", "вид транспорта", "运输方式"],
            Self::ObservedMass => ["mass at arrival", "масса при прибытии", "到达时的重量"],
            Self::ObservedSeals => ["a look at the seals", "осмотр пломб", "查看封志"],
            Self::ObservedTransport => [
                "a look at vehicle and container numbers",
                "осмотр номеров транспортного средства и контейнера",
                "查看车牌和集装箱号",
            ],
            Self::Outcome => ["outcome of the control", "итог контроля", "查验结论"],
            Self::Participants => [
                "exporter or importer",
                "экспортёр или импортёр",
                "出口商或进口商",
            ],
            Self::PostOfControl => ["post of control", "пункт контроля", "查验口岸"],
            Self::PostOfEntry => ["post of entry", "пункт ввоза", "入境口岸"],
            Self::Presentation => [
                "presentation of the goods",
                "предъявление товаров",
                "货物提交",
            ],
            Self::PresentedKey => [
                "the UCR or MRN presented",
                "предъявленный UCR или MRN",
                "提交的UCR或MRN",
            ],
            Self::PriorInformation => [
                "prior information",
                "предварительная информация",
                "预先信息",
            ],
            Self::ReferenceMass => [
                "mass at control or in the declaration",
                "масса при контроле или в декларации",
                "查验或申报重量",
            ],
            Self::RemarkClass => ["class of the remark", "класс замечания", "备注类别"],
            Self::SealFeed => [
                "events of the electronic seals for the journey",
                "события электронных пломб за время перевозки",
                "运输期间电子封志记录",
            ],
            Self::SealIssuer => ["issuer of a seal", "кем наложена пломба", "封志施加方"],
            Self::Seals => [
                "seals of the control",
                "пломбы, наложенные при контроле",
                "查验时施加的封志",
            ],
            Self::Signature => ["a judged signature", "проверка подписи", "签名验证结果"],
            Self::Tolerance => [
                "a tolerance for this method of weighing",
                "допуск для этого способа взвешивания",
                "该称重方式的允差",
            ],
            Self::Transport => [
                "container or vehicle of the control",
                "контейнер или транспортное средство при контроле",
                "查验时的集装箱或车辆",
            ],
            Self::UseRestriction => ["use restriction", "ограничение использования", "使用限制"],
            Self::VerifiedSource => [
                "a source that is verified",
                "проверенный источник",
                "经验证的来源",
            ],
        };
        Text3::new(en, ru, zh)
    }
}

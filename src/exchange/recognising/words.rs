//! The codes of message formats in the words of the engine.
//!
//! Codes of the own `wco/control-result` profile and those of the EU that are published (NCTS
//! control types, formats of ICS2). A code that is not here becomes what no agreement covers, or
//! nothing: the engine then says that it does not know.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::model::{
    self, Code, Declaration, GovernmentAgencyGoodsItem, Mass, MassUnit, Moment, Party, PartyId,
};
use crate::recognition::{
    ControlResult, ControlType, Declared, GoodsLine, Image, Kilograms, Mode, Outcome,
    ResultFunction, Seal, Weighing, WeighingMethod,
};

/// A control result as facts. `from` is the party that signed it.
pub(super) fn control_result(result: &model::ControlResult, from: &PartyId) -> ControlResult {
    let controls = &result.controls;
    let ended = result.end_date_time.or_else(|| {
        let ends = controls.iter().filter_map(|control| control.end_date_time);
        ends.max_by_key(|end| instant(*end))
    });
    let office = result.office.as_deref();
    let exit = result.exit_office.as_deref();
    ControlResult {
        id: result.id.clone().unwrap_or_default(),
        function: function(result.function_code.as_ref()),
        replaces: result.replaced_id.clone(),
        effective_from: result.effective_from.and_then(instant),
        reason: result.reason_text.clone(),
        keys: Vec::new(),
        control_types: some(controls.iter().filter_map(|control| {
            let code = control.type_code.as_ref()?;
            Some(control_type(code.value()))
        })),
        country: Some(from.as_str().to_owned()),
        office: office.and_then(|office| office.id.clone()),
        post: exit.and_then(|exit| exit.id.clone()),
        ended_at: ended.and_then(instant),
        outcome: outcome(result),
        officer: result.officer_id.clone(),
        device: controls
            .iter()
            .find_map(|control| control.device_id.clone()),
        seals: some(result.all_seals().filter_map(|seal| {
            Some(Seal {
                number: seal.id.clone()?,
                issuer: seal.issuer_id.clone(),
            })
        })),
        containers: some(result.containers().map(ToOwned::to_owned)),
        vehicle_plates: some(result.vehicles().map(ToOwned::to_owned)),
        weighings: some(result.weighings.iter().filter_map(weighing)),
        images: some(result.images().map(image)),
        goods_lines: some(result.items.iter().enumerate().map(|(index, item)| {
            let hs = item.classification_id.as_ref();
            line(item.sequence_numeric, index, hs.map(Code::value))
        })),
        use_restriction: result.use_restriction_code.as_ref().map(text),
    }
}

/// What a declaration says, as facts.
pub(super) fn declared(declaration: &Declaration) -> Declared {
    let shipment = declaration.goods_shipment.as_deref();
    let consignment = shipment.and_then(|shipment| shipment.consignment.as_deref());
    let items = shipment.map_or(&[][..], |shipment| &shipment.items);
    let exit = consignment.and_then(|consignment| {
        let office = consignment.exit_offices.first();
        office
            .or(consignment.departure_office.as_deref())?
            .id
            .clone()
    });
    let entry = consignment.and_then(|consignment| {
        let border = consignment.border_office.as_deref();
        border
            .or(consignment.destination_office.as_deref())?
            .id
            .clone()
    });
    let mode = consignment.and_then(|consignment| {
        let means = consignment.border_transport_means.first();
        let of_means = means.and_then(|means| means.mode_code.as_ref());
        consignment.border_mode_code.as_ref().or(of_means)
    });
    let total = declaration.total_gross_mass;
    let total = total.or_else(|| consignment.and_then(|consignment| consignment.gross_mass));
    Declared {
        keys: Vec::new(),
        goods_lines: some(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| line(item.sequence_numeric, index, hs(item).as_deref())),
        ),
        exporter: participant(shipment.and_then(|shipment| shipment.consignor.as_deref())),
        importer: participant(shipment.and_then(|shipment| shipment.consignee.as_deref())),
        exit_post: exit,
        entry_post: entry,
        mode: mode.and_then(mode_of),
        gross_mass_kg: total.map_or_else(|| sum(items), kilograms),
    }
}

/// When the goods of a declaration are to arrive.
pub(super) fn planned_arrival(declaration: &Declaration) -> Option<Timestamp> {
    let shipment = declaration.goods_shipment.as_deref()?;
    let consignment = shipment.consignment.as_deref()?;
    let office = consignment.border_office.as_deref();
    let arrival = office.and_then(|office| office.arrival_date_time);
    arrival.or(consignment.arrival_date_time).and_then(instant)
}

/// A moment of which the zone is known.
pub(super) fn instant(moment: Moment) -> Option<Timestamp> {
    let (time, offset) = (moment.time?, moment.offset?);
    offset.to_timestamp(moment.date.to_datetime(time)).ok()
}

/// The id by which participant lists name somebody: country, a hyphen, and the number that its tax
/// authority gave.
fn participant(party: Option<&Party>) -> Option<String> {
    let party = party?;
    let number = party.tax_id.as_ref().or(party.id.as_ref());
    let number = number.or(party.registration_id.as_ref())?;
    // China writes the kind of the number before it: `USCI+91230900MA18X7`.
    let number = number
        .rsplit_once('+')
        .map_or(number.as_str(), |(_, number)| number);
    let country = party.country.as_ref().map(text);
    let country = country.or_else(|| {
        let address = party.addresses.first()?;
        address.country.as_ref().map(text)
    });
    match country {
        Some(country) if !number.starts_with(&format!("{country}-")) => {
            Some(format!("{country}-{number}"))
        }
        _ => Some(number.to_owned()),
    }
}

fn hs(item: &GovernmentAgencyGoodsItem) -> Option<String> {
    let classification = item.commodity.as_deref()?.classification.as_deref()?;
    let code = classification.id.as_ref()?.value();
    let more = classification
        .additional_id
        .as_ref()
        .map_or("", Code::value);
    Some(format!("{code}{more}"))
}

fn line(sequence: Option<u64>, index: usize, hs: Option<&str>) -> GoodsLine {
    let number = sequence.and_then(|number| u32::try_from(number).ok());
    GoodsLine {
        sequence: number.unwrap_or_else(|| u32::try_from(index + 1).unwrap_or(u32::MAX)),
        hs: hs.map(ToOwned::to_owned),
    }
}

fn sum(items: &[GovernmentAgencyGoodsItem]) -> Option<Kilograms> {
    let masses: Option<Vec<Decimal>> = items
        .iter()
        .map(|item| item.gross_mass?.to(MassUnit::Kg))
        .collect();
    let masses = masses.filter(|masses| !masses.is_empty())?;
    let total = masses
        .into_iter()
        .try_fold(Decimal::ZERO, Decimal::checked_add);
    total.and_then(Kilograms::new)
}

fn kilograms(mass: Mass) -> Option<Kilograms> {
    mass.to(MassUnit::Kg).and_then(Kilograms::new)
}

/// The mass of the goods; that of a loaded vehicle is another thing and compared with nothing.
fn weighing(weighing: &model::Weighing) -> Option<Weighing> {
    let subject = weighing.subject_code.as_ref().map(Code::value);
    (subject == Some("goods")).then_some(())?;
    Some(Weighing {
        mass_kg: kilograms(weighing.mass?)?,
        method: match weighing.method_code.as_ref().map(Code::value) {
            Some("axle") => WeighingMethod::Axle,
            Some("platform") => WeighingMethod::Platform,
            Some("rail") => WeighingMethod::RailNii,
            Some(_) | None => WeighingMethod::Other,
        },
    })
}

fn image(image: &model::InspectionImage) -> Image {
    Image {
        uri: image.uri.clone(),
        mime: image.mime.clone(),
        size: image.size,
        sha256: image.sha256.as_ref().and_then(|digest| digest.parse().ok()),
        fetched_sha256: None,
        transport_id: image.transport_id.clone(),
        taken_at: image.captured_date_time.and_then(instant),
        assessment: None,
    }
}

fn function(code: Option<&Code>) -> ResultFunction {
    match code.map(Code::value) {
        Some("1") => ResultFunction::Withdrawal,
        Some("5") => ResultFunction::Replacement,
        Some(_) | None => ResultFunction::Original,
    }
}

fn control_type(code: &str) -> ControlType {
    match code {
        "documentary" | "10" => ControlType::Documents,
        "examination" | "42" => ControlType::Examination,
        "inspection" | "40" => ControlType::Inspection,
        "non-intrusive" | "30" => ControlType::Nii,
        "radiation" | "20" => ControlType::Radiation,
        "sampling" | "45" => ControlType::Sampling,
        "weighing" => ControlType::Weighing,
        _ => ControlType::Other,
    }
}

/// The outcome of the whole; where only the single controls have one, the worst of them.
fn outcome(result: &model::ControlResult) -> Option<Outcome> {
    let remark = || {
        let found = result
            .items
            .iter()
            .find_map(|item| item.discrepancy_code.as_ref());
        found.map(text)
    };
    let of = |code: &Code| match code.value() {
        "conforming" | "A1" => Some(Outcome::Conforming),
        "not-conforming" | "B1" => Some(Outcome::NotConforming),
        "conforming-with-remarks" => Some(Outcome::Remarks { class: remark() }),
        _ => None,
    };
    if let Some(code) = &result.code {
        return of(code);
    }
    let codes = result.controls.iter().map(|control| control.code.as_ref());
    let outcomes: Option<Vec<Outcome>> = codes.map(|code| of(code?)).collect();
    let worst = |outcome: &Outcome| match outcome {
        Outcome::Conforming => 0,
        Outcome::Remarks { .. } => 1,
        Outcome::NotConforming => 2,
    };
    outcomes?.into_iter().max_by_key(worst)
}

/// UN/CEFACT recommendation 19 by its first digit, which the EAEU's two digits begin with too.
fn mode_of(code: &Code) -> Option<Mode> {
    match code.value().bytes().next()? {
        b'1' => Some(Mode::Sea),
        b'2' => Some(Mode::Rail),
        b'3' => Some(Mode::Road),
        b'4' => Some(Mode::Air),
        b'5' => Some(Mode::Post),
        b'8' => Some(Mode::InlandWater),
        _ => None,
    }
}

fn text(code: &Code) -> String {
    code.value().to_owned()
}

/// A list that says something; an empty one in a message says nothing.
fn some<T>(list: impl Iterator<Item = T>) -> Option<Vec<T>> {
    let list: Vec<T> = list.collect();
    (!list.is_empty()).then_some(list)
}

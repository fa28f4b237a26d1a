//! CC015C of many goods items in several house consignments. Start at [`cc015c`].

use std::fmt::Write as _;

/// What a made CC015C is to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Goods items in all.
    pub(crate) items: usize,
    /// House consignments that they are spread over, as evenly as they go.
    pub(crate) houses: usize,
    /// Packagings and supporting documents of each item.
    pub(crate) lines: usize,
}

/// The largest that is expected of a gateway: some 20 MB.
pub(crate) const LARGEST: Size = Size {
    items: 9_999,
    houses: 11,
    lines: 3,
};

/// A CC015C as its sample, with houses that have a consignor and a consignee of their own.
pub(crate) fn cc015c(size: Size) -> String {
    let mass = 25 * (1..=size.items).sum::<usize>();
    let mut text = HEAD.replace("TOTAL", &mass.to_string());
    let mut item = 0;
    for house in 1..=size.houses {
        let end = size.items * house / size.houses;
        let first = item + 1;
        let mass = 25 * (first..=end).sum::<usize>();
        let _ = write!(
            text,
            "\n    <HouseConsignment>\
             \n      <sequenceNumber>{house}</sequenceNumber>\
             \n      <countryOfDispatch>FI</countryOfDispatch>\
             \n      <countryOfDestination>RU</countryOfDestination>\
             \n      <grossMass>{mass}</grossMass>\
             {}{}",
            party("Consignor", "EXPORT HOUSE", house, "TAMPERE", "FI"),
            party("Consignee", "TORGOVYI DOM", house, "MOSKVA", "RU"),
        );
        while item < end {
            item += 1;
            text.push_str(&goods(item, item + 1 - first, size.lines));
        }
        text.push_str("\n    </HouseConsignment>");
    }
    text.push_str("\n  </Consignment>\n</ncts:CC015C>\n");
    text
}

fn party(element: &str, name: &str, number: usize, city: &str, country: &str) -> String {
    format!(
        "\n      <{element}>\
         \n        <name>{name} {number}</name>\
         \n        <Address>\
         \n          <streetAndNumber>PROSPEKT {number}</streetAndNumber>\
         \n          <postcode>1{number:05}</postcode>\
         \n          <city>{city}</city>\
         \n          <country>{country}</country>\
         \n        </Address>\
         \n      </{element}>"
    )
}

fn goods(item: usize, in_house: usize, lines: usize) -> String {
    let mass = 25 * item;
    let heading = 640_300 + item % 100;
    // Published: at most 1999, so that the largest messages cannot number through.
    let number = (item - 1) % 1_999 + 1;
    let mut text = format!(
        "\n      <ConsignmentItem>\
         \n        <goodsItemNumber>{in_house}</goodsItemNumber>\
         \n        <declarationGoodsItemNumber>{number}</declarationGoodsItemNumber>\
         \n        <Commodity>\
         \n          <descriptionOfGoods>FOOTWEAR WITH UPPERS OF LEATHER, LOT {item}, SORTED BY SIZE AND \
         COLOUR, IN CARTONS ON PALLETS</descriptionOfGoods>\
         \n          <CommodityCode>\
         \n            <harmonizedSystemSubHeadingCode>{heading}</harmonizedSystemSubHeadingCode>\
         \n            <combinedNomenclatureCode>98</combinedNomenclatureCode>\
         \n          </CommodityCode>\
         \n          <GoodsMeasure>\
         \n            <grossMass>{mass}</grossMass>\
         \n            <netMass>{}.5</netMass>\
         \n          </GoodsMeasure>\
         \n        </Commodity>",
        mass - 1,
    );
    for line in 1..=lines {
        let _ = write!(
            text,
            "\n        <Packaging>\
             \n          <sequenceNumber>{line}</sequenceNumber>\
             \n          <typeOfPackages>CT</typeOfPackages>\
             \n          <numberOfPackages>{}</numberOfPackages>\
             \n        </Packaging>",
            item % 90 + line,
        );
    }
    for line in 1..=lines {
        let _ = write!(
            text,
            "\n        <SupportingDocument>\
             \n          <sequenceNumber>{line}</sequenceNumber>\
             \n          <type>N380</type>\
             \n          <referenceNumber>INVOICE-{item}/{line}</referenceNumber>\
             \n        </SupportingDocument>",
        );
    }
    text.push_str("\n      </ConsignmentItem>");
    text
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ncts:CC015C xmlns:ncts="http://ncts.dgtaxud.ec" PhaseID="NCTS5.1">
  <messageSender>NTA.FI</messageSender>
  <messageRecipient>NTA.RU</messageRecipient>
  <preparationDateAndTime>2026-11-23T11:41:00</preparationDateAndTime>
  <messageIdentification>FI26112300F118</messageIdentification>
  <messageType>CC015C</messageType>
  <TransitOperation>
    <LRN>FI26112300F118</LRN>
    <declarationType>T1</declarationType>
    <additionalDeclarationType>A</additionalDeclarationType>
    <security>0</security>
    <reducedDatasetIndicator>0</reducedDatasetIndicator>
    <bindingItinerary>0</bindingItinerary>
  </TransitOperation>
  <CustomsOfficeOfDeparture>
    <referenceNumber>FI005000</referenceNumber>
  </CustomsOfficeOfDeparture>
  <CustomsOfficeOfDestinationDeclared>
    <referenceNumber>FI499300</referenceNumber>
  </CustomsOfficeOfDestinationDeclared>
  <HolderOfTheTransitProcedure>
    <identificationNumber>FI1234567890</identificationNumber>
    <name>TRANSIT OY</name>
    <Address>
      <streetAndNumber>SATAMAKATU 3</streetAndNumber>
      <postcode>48100</postcode>
      <city>KOTKA</city>
      <country>FI</country>
    </Address>
  </HolderOfTheTransitProcedure>
  <Guarantee>
    <sequenceNumber>1</sequenceNumber>
    <guaranteeType>1</guaranteeType>
    <GuaranteeReference>
      <sequenceNumber>1</sequenceNumber>
      <GRN>26FI0000000004173</GRN>
    </GuaranteeReference>
  </Guarantee>
  <Consignment>
    <countryOfDispatch>FI</countryOfDispatch>
    <countryOfDestination>RU</countryOfDestination>
    <containerIndicator>0</containerIndicator>
    <inlandModeOfTransport>3</inlandModeOfTransport>
    <grossMass>TOTAL</grossMass>
    <Carrier>
      <identificationNumber>FI0987654321</identificationNumber>
    </Carrier>
    <DepartureTransportMeans>
      <sequenceNumber>1</sequenceNumber>
      <typeOfIdentification>30</typeOfIdentification>
      <identificationNumber>ABC123</identificationNumber>
      <nationality>FI</nationality>
    </DepartureTransportMeans>
    <TransportDocument>
      <sequenceNumber>1</sequenceNumber>
      <type>N730</type>
      <referenceNumber>CMR-2026-000418</referenceNumber>
    </TransportDocument>"#;

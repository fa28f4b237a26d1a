<?xml version="1.0" encoding="UTF-8"?>
<!-- CC015C to R.048 as the lane eu-ru-transit has it, for the comparison of benches/beside_libxml2.py:
     the same elements from the same places, one shipment for each house consignment, codes of
     documents and modes of transport through tables, transport documents of the consignment in each
     item. What the lane supplies is written here as constants. What a stylesheet cannot do is left
     out, which makes its work less: it names no losses, checks no values and keeps no sources. -->
<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:ncts="http://ncts.dgtaxud.ec"
    xmlns:td="urn:EEC:R:048:TransitDeclaration:v1.0.0"
    xmlns:csdo="urn:EEC:M:SimpleDataObjects:v0.4.14"
    xmlns:casdo="urn:EEC:M:CA:SimpleDataObjects:v1.8.1"
    xmlns:cacdo="urn:EEC:M:CA:ComplexDataObjects:v1.8.1"
    xmlns:ccdo="urn:EEC:M:ComplexDataObjects:v0.4.14"
    xmlns:map="urn:corridor:bench"
    exclude-result-prefixes="xsl ncts map">
  <xsl:output method="xml" encoding="UTF-8" indent="no"/>
  <xsl:strip-space elements="*"/>

  <map:documents>
    <map:code eu="N380" eaeu="04021"/>
    <map:code eu="N730" eaeu="02015"/>
    <map:code eu="N720" eaeu="02013"/>
    <map:code eu="N705" eaeu="02011"/>
    <map:code eu="N325" eaeu="04031"/>
    <map:code eu="N271" eaeu="04131"/>
  </map:documents>
  <map:modes>
    <map:code eu="1" eaeu="10"/>
    <map:code eu="2" eaeu="20"/>
    <map:code eu="3" eaeu="30"/>
    <map:code eu="4" eaeu="40"/>
  </map:modes>

  <xsl:template match="/ncts:CC015C">
    <td:TransitDeclaration>
      <csdo:EDocCode>R.048</csdo:EDocCode>
      <csdo:EDocId>00000000-0000-0000-0000-000000000007</csdo:EDocId>
      <csdo:EDocDateTime>2026-03-01T09:30:00Z</csdo:EDocDateTime>
      <casdo:DeclarationKindCode>ТТ</casdo:DeclarationKindCode>
      <casdo:TransitProcedureCode codeListId="2001">ТР</casdo:TransitProcedureCode>
      <casdo:EDocIndicatorCode>ЭД</casdo:EDocIndicatorCode>
      <xsl:apply-templates select="Consignment/grossMass" mode="total"/>
      <casdo:ContainerIndicator>
        <xsl:choose>
          <xsl:when test="Consignment/containerIndicator = 1">true</xsl:when>
          <xsl:otherwise>false</xsl:otherwise>
        </xsl:choose>
      </casdo:ContainerIndicator>
      <xsl:apply-templates select="Consignment/DepartureTransportMeans"/>
      <cacdo:DeclarantDetails>
        <xsl:apply-templates select="HolderOfTheTransitProcedure" mode="party"/>
      </cacdo:DeclarantDetails>
      <xsl:apply-templates select="Consignment/HouseConsignment"/>
      <xsl:if test="Consignment/TransportEquipment/Seal">
        <cacdo:CustomsIdentificationDetails>
          <casdo:CustomsIdentificationMethodCode>01</casdo:CustomsIdentificationMethodCode>
          <xsl:for-each select="Consignment/TransportEquipment/Seal">
            <cacdo:CustomsIdentificationMeansIdDetails>
              <casdo:CustomsIdentificationMeansId><xsl:value-of select="identifier"/></casdo:CustomsIdentificationMeansId>
            </cacdo:CustomsIdentificationMeansIdDetails>
          </xsl:for-each>
        </cacdo:CustomsIdentificationDetails>
      </xsl:if>
      <cacdo:CarrierDetails>
        <csdo:SubjectName>AS IN THE TRANSPORT DOCUMENT</csdo:SubjectName>
        <xsl:apply-templates select="Consignment/Carrier/identificationNumber"/>
      </cacdo:CarrierDetails>
      <cacdo:TransitGuaranteeDetails>
        <casdo:GuaranteePresentCode>1</casdo:GuaranteePresentCode>
        <xsl:for-each select="Guarantee/GuaranteeReference">
          <cacdo:TransitGuaranteeDocDetails>
            <csdo:DocId><xsl:value-of select="GRN"/></csdo:DocId>
          </cacdo:TransitGuaranteeDocDetails>
        </xsl:for-each>
      </cacdo:TransitGuaranteeDetails>
    </td:TransitDeclaration>
  </xsl:template>

  <xsl:template match="grossMass" mode="total">
    <casdo:TotalGrossMassMeasure measurementUnitCode="166" measurementUnitCodeListId="2016">
      <xsl:value-of select="."/>
    </casdo:TotalGrossMassMeasure>
  </xsl:template>

  <xsl:template match="DepartureTransportMeans">
    <cacdo:TransportMeansItemDetails>
      <csdo:ObjectOrdinal><xsl:value-of select="position()"/></csdo:ObjectOrdinal>
      <csdo:UnifiedTransportModeCode codeListId="2004">
        <xsl:call-template name="code">
          <xsl:with-param name="list" select="'modes'"/>
          <xsl:with-param name="of" select="../inlandModeOfTransport"/>
        </xsl:call-template>
      </csdo:UnifiedTransportModeCode>
      <xsl:if test="nationality">
        <casdo:RegistrationNationalityCode codeListId="2021"><xsl:value-of select="nationality"/></casdo:RegistrationNationalityCode>
      </xsl:if>
      <csdo:TransportMeansRegId><xsl:value-of select="identificationNumber"/></csdo:TransportMeansRegId>
    </cacdo:TransportMeansItemDetails>
  </xsl:template>

  <xsl:template match="*" mode="party">
    <xsl:if test="name">
      <csdo:SubjectName><xsl:value-of select="name"/></csdo:SubjectName>
    </xsl:if>
    <xsl:apply-templates select="identificationNumber"/>
    <xsl:for-each select="Address">
      <ccdo:SubjectAddressDetails>
        <csdo:UnifiedCountryCode codeListId="2021"><xsl:value-of select="country"/></csdo:UnifiedCountryCode>
        <xsl:if test="city">
          <csdo:CityName><xsl:value-of select="city"/></csdo:CityName>
        </xsl:if>
        <xsl:if test="streetAndNumber">
          <csdo:StreetName><xsl:value-of select="streetAndNumber"/></csdo:StreetName>
        </xsl:if>
        <xsl:if test="postcode">
          <csdo:PostCode><xsl:value-of select="postcode"/></csdo:PostCode>
        </xsl:if>
      </ccdo:SubjectAddressDetails>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="identificationNumber">
    <casdo:CAUniqueCustomsNumberId><xsl:value-of select="."/></casdo:CAUniqueCustomsNumberId>
  </xsl:template>

  <xsl:template match="HouseConsignment">
    <xsl:variable name="whole" select=".."/>
    <cacdo:TDGoodsShipmentDetails>
      <csdo:ObjectOrdinal><xsl:value-of select="position()"/></csdo:ObjectOrdinal>
      <casdo:DepartureCountryCode codeListId="2021">
        <xsl:value-of select="(countryOfDispatch | $whole[not(current()/countryOfDispatch)]/countryOfDispatch)[1]"/>
      </casdo:DepartureCountryCode>
      <casdo:DestinationCountryCode codeListId="2021">
        <xsl:value-of select="(countryOfDestination | $whole[not(current()/countryOfDestination)]/countryOfDestination)[1]"/>
      </casdo:DestinationCountryCode>
      <xsl:apply-templates select="grossMass" mode="total"/>
      <cacdo:ConsignorDetails>
        <xsl:apply-templates select="Consignor | $whole[not(current()/Consignor)]/Consignor" mode="party"/>
      </cacdo:ConsignorDetails>
      <cacdo:ConsigneeDetails>
        <xsl:apply-templates select="Consignee | $whole[not(current()/Consignee)]/Consignee" mode="party"/>
      </cacdo:ConsigneeDetails>
      <cacdo:TransitDestinationDetails>
        <ccdo:CustomsOfficeDetails>
          <csdo:CustomsOfficeCode>10206082</csdo:CustomsOfficeCode>
        </ccdo:CustomsOfficeDetails>
      </cacdo:TransitDestinationDetails>
      <xsl:apply-templates select="ConsignmentItem"/>
    </cacdo:TDGoodsShipmentDetails>
  </xsl:template>

  <xsl:template match="ConsignmentItem">
    <xsl:variable name="number" select="declarationGoodsItemNumber"/>
    <xsl:variable name="consignment" select="../.."/>
    <cacdo:TransitGoodsItemDetails>
      <casdo:ConsignmentItemOrdinal><xsl:value-of select="position()"/></casdo:ConsignmentItemOrdinal>
      <xsl:for-each select="Commodity/CommodityCode">
        <csdo:CommodityCode>
          <xsl:value-of select="concat(harmonizedSystemSubHeadingCode, combinedNomenclatureCode)"/>
        </csdo:CommodityCode>
      </xsl:for-each>
      <xsl:call-template name="pieces">
        <xsl:with-param name="text" select="Commodity/descriptionOfGoods"/>
      </xsl:call-template>
      <xsl:for-each select="Commodity/GoodsMeasure">
        <xsl:if test="grossMass">
          <csdo:UnifiedGrossMassMeasure measurementUnitCode="166" measurementUnitCodeListId="2016"><xsl:value-of select="grossMass"/></csdo:UnifiedGrossMassMeasure>
        </xsl:if>
        <xsl:if test="netMass">
          <csdo:UnifiedNetMassMeasure measurementUnitCode="166" measurementUnitCodeListId="2016"><xsl:value-of select="netMass"/></csdo:UnifiedNetMassMeasure>
        </xsl:if>
      </xsl:for-each>
      <cacdo:CargoPackagePalletDetails>
        <xsl:for-each select="Packaging">
          <cacdo:PackagePalletDetails>
            <csdo:PackageKindCode codeListId="2013"><xsl:value-of select="typeOfPackages"/></csdo:PackageKindCode>
            <xsl:if test="numberOfPackages">
              <csdo:PackageQuantity><xsl:value-of select="numberOfPackages"/></csdo:PackageQuantity>
            </xsl:if>
          </cacdo:PackagePalletDetails>
        </xsl:for-each>
      </cacdo:CargoPackagePalletDetails>
      <xsl:variable name="equipment" select="$consignment/TransportEquipment[not(GoodsReference) or GoodsReference/declarationGoodsItemNumber = $number]"/>
      <xsl:if test="$equipment/containerIdentificationNumber">
        <cacdo:ContainerListDetails>
          <xsl:for-each select="$equipment/containerIdentificationNumber">
            <cacdo:ContainerDetails>
              <casdo:ContainerId><xsl:value-of select="."/></casdo:ContainerId>
            </cacdo:ContainerDetails>
          </xsl:for-each>
        </cacdo:ContainerListDetails>
      </xsl:if>
      <xsl:for-each select="SupportingDocument | $consignment/TransportDocument">
        <cacdo:TDPresentedDocDetails>
          <csdo:DocKindCode codeListId="2009">
            <xsl:call-template name="code">
              <xsl:with-param name="list" select="'documents'"/>
              <xsl:with-param name="of" select="type"/>
            </xsl:call-template>
          </csdo:DocKindCode>
          <csdo:DocId><xsl:value-of select="referenceNumber"/></csdo:DocId>
          <casdo:LineId><xsl:value-of select="position()"/></casdo:LineId>
          <cacdo:DocumentPresentingDetails/>
        </cacdo:TDPresentedDocDetails>
      </xsl:for-each>
    </cacdo:TransitGoodsItemDetails>
  </xsl:template>

  <!-- A description in pieces of 250 characters. -->
  <xsl:template name="pieces">
    <xsl:param name="text"/>
    <xsl:if test="string-length($text) &gt; 0">
      <casdo:GoodsDescriptionText><xsl:value-of select="substring($text, 1, 250)"/></casdo:GoodsDescriptionText>
      <xsl:call-template name="pieces">
        <xsl:with-param name="text" select="substring($text, 251)"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <!-- A code through a table, or as it is where the table does not have it. -->
  <xsl:template name="code">
    <xsl:param name="list"/>
    <xsl:param name="of"/>
    <xsl:variable name="found" select="$tables/*[local-name() = $list]/map:code[@eu = $of]/@eaeu"/>
    <xsl:choose>
      <xsl:when test="$found"><xsl:value-of select="$found"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="$of"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:variable name="tables" select="document('')/xsl:stylesheet"/>
</xsl:stylesheet>

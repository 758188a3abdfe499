//! Where on Earth a place is, by the codes that Route 53 has for continents: AF, AN, AS, EU, NA, OC, SA
//! (<https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoLocation.html>).

/// The countries of each continent, by their ISO 3166-1 codes.
const COUNTRIES: [(&str, &str); 7] = [
    (
        "AF",
        "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR \
         MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    ),
    ("AN", "AQ BV GS HM TF"),
    (
        "AS",
        "AE AF AM AZ BD BH BN BT CC CN CX GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN \
         MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE",
    ),
    (
        "EU",
        "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU \
         LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA",
    ),
    (
        "NA",
        "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM \
         PR SV SX TC TT US VC VG VI",
    ),
    (
        "OC",
        "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS",
    ),
    ("SA", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE"),
];

/// Regions that are not where most of their prefix are.
const OCEANIA: [&str; 3] = ["ap-southeast-2", "ap-southeast-4", "ap-southeast-6"];

/// The continent of a country.
pub fn continent_of_country(country: &str) -> Option<&'static str> {
    COUNTRIES
        .iter()
        .find(|(_, countries)| countries.split(' ').any(|code| code == country))
        .map(|(continent, _)| *continent)
}

/// The continent of a Region, by its code.
pub fn continent_of_region(region: &str) -> Option<&'static str> {
    if OCEANIA.contains(&region) {
        return Some("OC");
    }
    let (prefix, _) = region.split_once('-')?;
    Some(match prefix {
        "af" => "AF",
        "ap" | "cn" | "il" | "me" => "AS",
        "ca" | "mx" | "us" => "NA",
        "eu" | "eusc" => "EU",
        "sa" => "SA",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_on_one_continent() {
        let mut all: Vec<&str> = COUNTRIES.iter().flat_map(|(_, c)| c.split(' ')).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|code| code.len() == 2));
    }

    #[test]
    fn places_are_on_continents() {
        for (country, continent) in [
            ("DE", Some("EU")),
            ("BR", Some("SA")),
            ("NZ", Some("OC")),
            ("NA", Some("AF")),
            ("ZZ", None),
        ] {
            assert_eq!(continent_of_country(country), continent, "{country}");
        }
        for (region, continent) in [
            ("eusc-de-east-1", Some("EU")),
            ("us-gov-west-1", Some("NA")),
            ("ap-southeast-1", Some("AS")),
            ("ap-southeast-2", Some("OC")),
            ("il-central-1", Some("AS")),
            ("xx-east-1", None),
        ] {
            assert_eq!(continent_of_region(region), continent, "{region}");
        }
    }
}

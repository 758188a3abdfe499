//! CloudWatch dashboards: of which Regions they show something.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Graph;
use crate::model::{Part, Reason, Unknown, Value, World, is_region_name};

pub(super) const DASHBOARD: &str = "AWS::CloudWatch::Dashboard";

/// The properties that are read here.
pub(super) const READS: &[(&str, &[&str])] = &[(DASHBOARD, &["DashboardBody"])];

/// What stands for text that is not known. It is no part of the name of a Region.
const HOLE: &str = "\u{fffd}";

/// The Regions of what dashboards show, by dashboard; of those whose body is text.
pub(super) type Shown = rustc_hash::FxHashMap<usize, (Vec<String>, Option<Unknown>)>;

impl Graph<'_> {
    /// The Regions that a dashboard shows something of, and why there could be more.
    pub fn shown_regions(&self, index: usize, world: &World) -> (Vec<String>, Option<Unknown>) {
        let shown = self.shown.get_or_init(|| {
            let all = self.all_of_type(DASHBOARD).iter();
            all.filter_map(
                |index| match self.resource(*index)?.property("DashboardBody")? {
                    Value::String(body) => Some((*index, regions(body))),
                    _ => None,
                },
            )
            .collect()
        });
        if let Some(known) = shown.get(&index) {
            return known.clone();
        }
        let body = self
            .resource(index)
            .and_then(|d| d.property("DashboardBody"));
        match body.map(|body| world.known(body)) {
            Some(Ok(Value::String(body))) => regions(body),
            Some(Ok(Value::Composed(parts))) => {
                let text: String = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => text,
                        Part::Reference(_) | Part::Unknown(_) => HOLE,
                    })
                    .collect();
                regions(&text)
            }
            Some(Err(why)) => (Vec::new(), Some(why)),
            Some(Ok(_)) | None => (Vec::new(), None),
        }
    }
}

/// The Regions in the body of a dashboard
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>):
/// those of widgets, of single metrics and of alarms, and those that its variable lets one choose.
/// A widget that says none shows the Region that the console is in.
fn regions(body: &str) -> (Vec<String>, Option<Unknown>) {
    let body: Json = match serde_json::from_str(body) {
        Ok(body) => body,
        Err(_) => {
            return (
                Vec::new(),
                Some(open("the dashboard's body is not wholly known")),
            );
        }
    };
    let mut found = BTreeSet::new();
    let mut is_open = false;
    let mut note = |region: &str| {
        if is_region_name(region) {
            found.insert(region.to_owned());
        } else {
            is_open |= region.contains(HOLE);
        }
    };
    for widget in list(&body, "/widgets") {
        note(text(widget, "/properties/region"));
        for metric in list(widget, "/properties/metrics") {
            for option in list(metric, "") {
                note(text(option, "/region"));
            }
        }
        for alarms in ["/properties/alarms", "/properties/annotations/alarms"] {
            for alarm in list(widget, alarms) {
                let arn = text(alarm, "");
                note(arn.split(':').nth(3).unwrap_or(arn));
            }
        }
    }
    let mut is_chosen = false;
    for variable in list(&body, "/variables") {
        if text(variable, "/property") == "region" {
            let values = list(variable, "/values");
            is_chosen |= values.is_empty();
            for value in values {
                note(text(value, "/value"));
            }
        }
    }
    let why = match (is_chosen, is_open) {
        (true, _) => Some(open(
            "a variable of the dashboard says which Region it shows",
        )),
        (_, true) => Some(open("a Region in the dashboard's body is not known")),
        _ => None,
    };
    (found.into_iter().collect(), why)
}

/// The list at a JSON pointer.
fn list<'j>(value: &'j Json, pointer: &str) -> &'j [Json] {
    let list = value.pointer(pointer).and_then(Json::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The text at a JSON pointer.
fn text<'j>(value: &'j Json, pointer: &str) -> &'j str {
    let text = value.pointer(pointer).and_then(Json::as_str);
    text.unwrap_or_default()
}

fn open(why: &str) -> Unknown {
    Arc::new(Reason::Other(why.into()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn regions_stand_in_many_places() {
        let body = r#"{"widgets": [
            {"type": "metric", "properties": {"region": "eu-central-1", "metrics": [["A", "B"]]}},
            {"type": "metric", "properties": {"metrics": [["A", "B", {"region": "us-east-1"}], [{"expression": "1"}]]}},
            {"type": "alarm", "properties": {"alarms": ["arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a"]}},
            {"type": "text", "properties": {"markdown": "ap-south-1"}}],
            "variables": [{"type": "property", "property": "region", "values": [{"value": "ap-southeast-1"}]}]}"#;
        let (regions, open) = super::regions(body);
        assert_eq!(
            regions,
            ["ap-southeast-1", "eu-central-1", "eu-west-1", "us-east-1"]
        );
        assert!(open.is_none());
        assert!(super::regions("not JSON").1.is_some());
        assert!(super::regions("[]").0.is_empty());
    }
}

//! Why something is not known. A verdict of `unknown` is only worth something with its reason.

use std::fmt;
use std::sync::Arc;

/// A value that exists but is not known, and why.
pub type Unknown = Arc<Reason>;

/// The reasons a value, or the answer to a question about the account, is not known.
///
/// `Display` completes the sentence "… is not known: ".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A CloudFormation parameter with neither a given value nor a default.
    ParameterWithoutValue(Box<str>),
    /// A pseudo-parameter such as `AWS::AccountId` that nothing told us.
    PseudoParameter(Box<str>),
    /// `Fn::ImportValue` of an export that no input declares.
    Import(Box<str>),
    /// `{{resolve:ssm:…}}`: CloudFormation reads it at deployment.
    DynamicReference(Box<str>),
    /// A template macro rewrites this part before CloudFormation deploys it.
    Macro(Box<str>),
    /// An intrinsic function whose result cannot be computed.
    Intrinsic {
        /// The function's long name, such as `Fn::Cidr`.
        function: Box<str>,
        /// What was in the way.
        why: Box<str>,
    },
    /// An attribute that AWS chooses when the resource is created.
    Attribute(Box<str>),
    /// Known only after `terraform apply`.
    AfterApply,
    /// It depends on a switch (a parameter or condition) that is still open.
    Undecided(Box<str>),
    /// More combinations of parameters than are worth trying.
    TooManyAlternatives,
    /// It names something outside the inputs.
    Outside(Box<str>),
    /// The inputs do not cover all there could be: absence proves nothing.
    NotCovered(Box<str>),
    /// A live call was denied or never made: which, and why.
    NotCollected(Box<str>),
    /// The inventory it was read from does not have it.
    NotRecorded(Box<str>),
    /// The Region a resource is deployed to was not given.
    RegionNotGiven,
    /// The property is not set, and neither is a default known for it.
    NotSet(Box<str>),
    /// The value has a shape that its schema does not allow.
    Mistyped {
        /// What the schema calls for.
        expected: Box<str>,
        /// What was there instead.
        found: Box<str>,
    },
    /// Anything else, in words.
    Other(Box<str>),
}

impl Reason {
    /// Whether two values of one input that are not known for this reason are the same all the same: a parameter and
    /// an import have one value in a template, while two attributes that are known after apply have one each.
    pub fn stands_for_one_value(&self) -> bool {
        matches!(
            self,
            Self::ParameterWithoutValue(_)
                | Self::PseudoParameter(_)
                | Self::Import(_)
                | Self::DynamicReference(_)
        )
    }

    /// `Fn::GetAZs` gives the zones of a Region, or of that of the stack; which these are is not known.
    pub fn zones(region: Option<&str>) -> Self {
        let of = region.unwrap_or("the Region");
        Self::Intrinsic {
            function: GET_AZS.into(),
            why: format!("{ZONES}{of}{NOT_KNOWN}").into(),
        }
    }

    /// The same of one of them.
    pub fn zone(number: usize, region: Option<&str>) -> Self {
        let of = region.unwrap_or("the Region");
        Self::Intrinsic {
            function: GET_AZS.into(),
            why: format!("{ZONE}{number}{OF}{of}").into(),
        }
    }

    /// Whether these are all zones of a Region ([`Self::zones`]), and of which, if it is said.
    pub fn all_zones(&self) -> Option<Option<&str>> {
        let region = self.of_zones()?.strip_prefix(ZONES)?;
        Some(said(region.strip_suffix(NOT_KNOWN)?))
    }

    /// Which of the zones of a Region it is ([`Self::zone`]), and of which Region, if it is said.
    pub fn zone_number(&self) -> Option<(usize, Option<&str>)> {
        let (number, region) = self.of_zones()?.strip_prefix(ZONE)?.split_once(OF)?;
        Some((number.parse().ok()?, said(region)))
    }

    fn of_zones(&self) -> Option<&str> {
        match self {
            Self::Intrinsic { function, why } if &**function == GET_AZS => Some(why),
            _ => None,
        }
    }
}

const GET_AZS: &str = "Fn::GetAZs";
const ZONES: &str = "the zones of ";
const NOT_KNOWN: &str = " are not known";
const ZONE: &str = "zone number ";
const OF: &str = " of ";

fn said(region: &str) -> Option<&str> {
    Some(region).filter(|region| *region != "the Region")
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ParameterWithoutValue(name) => {
                write!(f, "parameter {name} has no value and no default")
            }
            Self::PseudoParameter(name) => write!(f, "{name} was not given"),
            Self::Import(name) => {
                write!(f, "it is imported as {name}, which no input exports")
            }
            Self::DynamicReference(text) => {
                write!(f, "CloudFormation resolves {text} at deployment")
            }
            Self::Macro(name) => write!(f, "macro {name} rewrites it at deployment"),
            Self::Intrinsic { function, why } => {
                write!(f, "{function} cannot be computed: {why}")
            }
            Self::Attribute(text) => write!(f, "AWS assigns {text} at creation"),
            Self::AfterApply => f.write_str("known after apply"),
            Self::Undecided(switch) => write!(f, "it depends on {switch}"),
            Self::TooManyAlternatives => {
                f.write_str("it depends on more combinations of parameters than are tried")
            }
            Self::Outside(what) => write!(f, "{what} is outside the inputs"),
            Self::NotCovered(what) => f.write_str(what),
            Self::NotCollected(why) | Self::NotRecorded(why) => f.write_str(why),
            Self::RegionNotGiven => f.write_str(
                "the Region it is deployed to was not given (--region, or Metadata.skylint.region)",
            ),
            Self::NotSet(what) => write!(f, "{what} is not set"),
            Self::Mistyped { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

//! The condition language keeps its laws: it agrees with CEL where everything is known, and where
//! something is not, a definite answer is right whatever the unknown turns out to be.

#![expect(clippy::unwrap_used, clippy::panic, reason = "this is a test")]

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use skylint::graph::Graph;
use skylint::model::{Map, Origin, Part, Path, Reason, Region, Resource, Snapshot, Value, World};
use skylint::rule::cel::{self, Env, Evaluator, NoTrace, Scope, Tri, Val};
use skylint::types;

const TYPE: &str = "AWS::RDS::DBInstance";

/// Properties by type, as the schema has them.
const BOOLS: [&str; 3] = ["MultiAZ", "DeletionProtection", "StorageEncrypted"];
const INTS: [&str; 2] = ["BackupRetentionPeriod", "Iops"];
const STRINGS: [&str; 3] = ["Engine", "DBInstanceClass", "KmsKeyId"];
const LISTS: [&str; 2] = ["DBSecurityGroups", "EnableCloudwatchLogsExports"];

/// Few texts and numbers, so that comparisons come out either way.
const TEXTS: [&str; 5] = ["", "a", "ab", "aurora", "B"];

fn resource(properties: Vec<(&str, Value)>) -> Resource {
    Resource {
        rtype: TYPE.into(),
        key: "t#Db".into(),
        id: "Db".into(),
        address: "Db".into(),
        arn: None,
        names: Box::default(),
        account: None,
        region: Region::Global,
        properties: properties
            .into_iter()
            .map(|(name, value)| (Arc::from(name), value))
            .collect(),
        observed: Map::default(),
        captured: None,
        exists: Value::Bool(true),
        origin: Origin {
            source: 0,
            node: Path::root(),
            moved: Box::default(),
            behind: Box::default(),
        },
        construct: None,
        depends: None,
        suppressions: Box::default(),
    }
}

/// What skylint says of an expression on a resource with these properties.
fn ours(expression: &str, properties: Vec<(&str, Value)>) -> Tri {
    let shape = types::shape(TYPE).unwrap();
    let scope = Scope::new(shape, Vec::new());
    let tree = cel::parse(expression).unwrap_or_else(|e| panic!("{expression}: {e:?}"));
    let (ir, _) =
        cel::check(&tree, expression, &scope).unwrap_or_else(|e| panic!("{expression}: {e:?}"));
    let snapshot = Snapshot {
        resources: vec![resource(properties)],
        ..Snapshot::default()
    };
    let graph = Graph::build(&snapshot);
    let world = World::default();
    let env = Env {
        snapshot: &snapshot,
        graph: &graph,
        params: &[],
        world: &world,
        subject: 0,
        body: None,
        sieves: None,
    };
    Evaluator::new(&env, &mut NoTrace).truth(&ir)
}

/// What the crate `cel` says; `None` for an error.
fn theirs(expression: &str, properties: &[(&str, Value)]) -> Option<bool> {
    let program = ::cel::Program::compile(expression).unwrap();
    let mut context = ::cel::Context::default();
    let fields: HashMap<String, ::cel::Value> = properties
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), to_cel(value)?)))
        .collect();
    context.add_variable_from_value("self", fields);
    match program.execute(&context) {
        Ok(::cel::Value::Bool(answer)) => Some(answer),
        _ => None,
    }
}

fn to_cel(value: &Value) -> Option<::cel::Value> {
    Some(match value {
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::String(text) => text.as_ref().into(),
        Value::List(items) => items.iter().filter_map(to_cel).collect::<Vec<_>>().into(),
        _ => return None,
    })
}

fn one_of(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(names).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        one_of(&STRINGS).prop_map(|name| format!("self.{name}")),
        one_of(&TEXTS).prop_map(|text| format!("\"{text}\"")),
    ]
}

fn list() -> impl Strategy<Value = String> {
    prop_oneof![
        one_of(&LISTS).prop_map(|name| format!("self.{name}")),
        prop::collection::vec(one_of(&TEXTS), 1..3)
            .prop_map(|texts| format!("[\"{}\"]", texts.join("\", \""))),
    ]
}

fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        one_of(&INTS).prop_map(|name| format!("self.{name}")),
        (-2_i64..9).prop_map(|i| i.to_string()),
        list().prop_map(|list| format!("size({list})")),
    ];
    leaf.prop_recursive(1, 4, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!["+", "-"]), inner)
            .prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    })
}

/// Random conditions over the properties above.
fn condition() -> impl Strategy<Value = String> {
    let order = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let equality = prop::sample::select(vec!["==", "!="]);
    let method = prop::sample::select(vec!["startsWith", "endsWith", "contains"]);
    let each = prop::sample::select(vec!["all", "exists", "exists_one"]);
    let leaf = prop_oneof![
        one_of(&BOOLS).prop_map(|name| format!("self.{name}")),
        (one_of(&BOOLS), any::<bool>()).prop_map(|(name, b)| format!("self.{name} == {b}")),
        one_of(&["MultiAZ", "Engine", "Iops", "DBSecurityGroups"])
            .prop_map(|name| format!("has(self.{name})")),
        (number(), order, number()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text(), equality, text()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (text(), method, one_of(&TEXTS)).prop_map(|(a, m, b)| format!("{a}.{m}(\"{b}\")")),
        (text(), list()).prop_map(|(a, b)| format!("{a} in {b}")),
        (list(), each, one_of(&TEXTS)).prop_map(|(l, m, t)| format!("{l}.{m}(x, x == \"{t}\")")),
        (list(), list()).prop_map(|(a, b)| format!("{a} == {b}")),
        (list(), one_of(&TEXTS))
            .prop_map(|(l, t)| format!("size({l}.filter(x, x.startsWith(\"{t}\"))) > 0")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
}

fn known_value(name: &'static str) -> BoxedStrategy<Value> {
    let text = || prop::sample::select(&TEXTS[..]).prop_map(Value::string);
    if BOOLS.contains(&name) {
        any::<bool>().prop_map(Value::Bool).boxed()
    } else if INTS.contains(&name) {
        (-1_i64..9).prop_map(Value::Int).boxed()
    } else if STRINGS.contains(&name) {
        text().boxed()
    } else {
        prop::collection::vec(text(), 0..3)
            .prop_map(|items| Value::List(items.into()))
            .boxed()
    }
}

fn names() -> Vec<&'static str> {
    BOOLS
        .into_iter()
        .chain(INTS)
        .chain(STRINGS)
        .chain(LISTS)
        .collect()
}

fn known_properties() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let each: Vec<BoxedStrategy<Value>> = names().into_iter().map(known_value).collect();
    each.prop_map(|values| names().into_iter().zip(values).collect())
}

/// Ways in which a known value can be seen less well.
#[derive(Debug, Clone, Copy)]
enum Blur {
    Not,
    Unknown,
    Prefix,
    Suffix,
    Element,
}

fn blur() -> impl Strategy<Value = Blur> {
    prop_oneof![
        3 => Just(Blur::Not),
        2 => Just(Blur::Unknown),
        1 => Just(Blur::Prefix),
        1 => Just(Blur::Suffix),
        1 => Just(Blur::Element),
    ]
}

fn unknown() -> Arc<Reason> {
    Arc::new(Reason::AfterApply)
}

fn blurred(value: &Value, blur: Blur) -> Value {
    match (blur, value) {
        (Blur::Not, value) => value.clone(),
        (Blur::Prefix, Value::String(text)) => {
            let cut = text.len() / 2;
            let known = text.get(cut..).unwrap_or_default();
            Value::Composed(Arc::from([
                Part::Unknown(unknown()),
                Part::Text(known.into()),
            ]))
        }
        (Blur::Suffix, Value::String(text)) => {
            let cut = text.len() / 2;
            let known = text.get(..cut).unwrap_or_default();
            Value::Composed(Arc::from([
                Part::Text(known.into()),
                Part::Unknown(unknown()),
            ]))
        }
        (Blur::Element, Value::List(items)) => {
            let mut items = items.to_vec();
            if let Some(last) = items.last_mut() {
                *last = Value::Unknown(unknown());
            }
            Value::List(items.into())
        }
        _ => Value::Unknown(unknown()),
    }
}

fn tri() -> impl Strategy<Value = Tri> {
    prop_oneof![
        Just(Tri::True),
        Just(Tri::False),
        Just(Tri::Unknown(unknown())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where everything is known, CEL's own semantics hold.
    #[test]
    fn known_inputs_agree_with_the_crate_cel(
        expression in condition(),
        properties in known_properties(),
    ) {
        let theirs = theirs(&expression, &properties);
        let ours = ours(&expression, properties);
        if let Some(answer) = theirs {
            prop_assert_eq!(ours, Tri::from(answer), "{}", expression);
        }
    }

    /// A definite answer about what is seen badly is the answer about what is there.
    #[test]
    fn unknowns_never_change_a_definite_answer(
        expression in condition(),
        properties in known_properties(),
        blurs in prop::collection::vec(blur(), 10),
    ) {
        let seen: Vec<_> = properties
            .iter()
            .zip(&blurs)
            .map(|((name, value), blur)| (*name, blurred(value, *blur)))
            .collect();
        let seen = ours(&expression, seen);
        let there = ours(&expression, properties);
        if !matches!(seen, Tri::Unknown(_)) {
            prop_assert_eq!(seen, there, "{}", expression);
        }
    }

    /// An absent property is a possibility of an unknown one too.
    #[test]
    fn an_unknown_property_may_turn_out_absent(
        expression in condition(),
        properties in known_properties(),
        gone in 0_usize..10,
    ) {
        let with = |value: Value| {
            let mut properties = properties.clone();
            properties[gone].1 = value;
            ours(&expression, properties)
        };
        let seen = with(Value::Unknown(unknown()));
        if !matches!(seen, Tri::Unknown(_)) {
            let absent = with(Value::Null);
            prop_assert!(
                absent == seen || matches!(absent, Tri::Unknown(_)),
                "{}: {:?} though absent gives {:?}", expression, seen, absent
            );
        }
    }

    /// Kleene's laws.
    #[test]
    fn three_valued_logic_is_a_lattice(a in tri(), b in tri(), c in tri()) {
        let (x, y, z) = (a.clone(), b.clone(), c.clone());
        prop_assert_eq!(!!a.clone(), a.clone());
        prop_assert_eq!(a.clone().and(b.clone()), b.clone().and(a.clone()));
        prop_assert_eq!(!a.clone().or(b.clone()), (!a.clone()).and(!b.clone()));
        prop_assert_eq!(
            a.clone().and(b.clone()).and(c.clone()),
            a.clone().and(b.clone().and(c.clone()))
        );
        prop_assert_eq!(x.clone().and(y.clone().or(z.clone())), x.clone().and(y).or(x.and(z)));
    }

    /// Whatever stands in a rule file, reading it ends well.
    #[test]
    fn no_expression_makes_the_parser_or_checker_panic(text in "[a-z.()\\[\\]!&|=<>?:+, \"'0-9_-]{0,40}") {
        if let Ok(tree) = cel::parse(&text) {
            let scope = Scope::new(types::shape(TYPE).unwrap(), Vec::new());
            let _ = cel::check(&tree, &text, &scope);
        }
    }
}

/// The comparison with the crate `cel` is worth something only if that has an answer.
#[test]
fn the_crate_cel_answers_nearly_always() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut answers = 0;
    for _ in 0..400 {
        let expression = condition().new_tree(&mut runner).unwrap().current();
        let properties = known_properties().new_tree(&mut runner).unwrap().current();
        answers += usize::from(theirs(&expression, &properties).is_some());
    }
    assert!(answers > 380, "{answers} of 400");
}

#[test]
fn unknowns_are_decided_where_they_do_not_matter() {
    let db = |multi_az: Value| vec![("Engine", Value::string("mysql")), ("MultiAZ", multi_az)];
    let unknown = || Value::Unknown(unknown());
    for (expression, expected) in [
        ("self.MultiAZ && false", Tri::False),
        ("self.MultiAZ || self.Engine == \"mysql\"", Tri::True),
        ("self.MultiAZ ? true : true", Tri::True),
        ("[true, self.MultiAZ].exists(x, x)", Tri::True),
        ("[false, self.MultiAZ].all(x, x)", Tri::False),
        ("self.Engine in [\"mysql\", self.KmsKeyId]", Tri::True),
    ] {
        assert_eq!(ours(expression, db(unknown())), expected, "{expression}");
    }
    for expression in [
        "self.MultiAZ == true",
        "self.MultiAZ != true",
        "has(self.MultiAZ)",
    ] {
        assert!(
            matches!(ours(expression, db(unknown())), Tri::Unknown(_)),
            "{expression}"
        );
    }
}

#[test]
fn what_is_absent_is_null_and_an_absent_list_is_empty() {
    for (expression, expected) in [
        ("self.MultiAZ == true", Tri::False),
        ("self.MultiAZ == null", Tri::True),
        ("has(self.ProcessorFeatures)", Tri::False),
        ("self.Endpoint.Port == null", Tri::True),
        ("self.Tags.exists(t, t.Key == \"a\")", Tri::False),
        ("size(self.Tags) == 0", Tri::True),
    ] {
        assert_eq!(ours(expression, Vec::new()), expected, "{expression}");
    }
    for expression in [
        "self.BackupRetentionPeriod >= 7",
        "self.Engine.startsWith(\"a\")",
    ] {
        assert!(
            matches!(ours(expression, Vec::new()), Tri::Unknown(_)),
            "{expression}"
        );
    }
}

/// Every way to go wrong in a condition is found when the rule is loaded, at its place.
#[test]
fn the_checker_points_at_mistakes() {
    let shape = types::shape(TYPE).unwrap();
    let scope = Scope::new(shape, Vec::new());
    for (expression, at, message, help) in [
        (
            "self.MultiAz == true",
            "MultiAz",
            "unknown property `MultiAz` on AWS::RDS::DBInstance",
            Some("did you mean `MultiAZ`?"),
        ),
        (
            "self.MultiAZ == \"true\"",
            "self.MultiAZ == \"true\"",
            "boolean and string cannot be compared",
            Some("write it without quotes: true"),
        ),
        (
            "MultiAZ",
            "MultiAZ",
            "unknown name `MultiAZ`",
            Some("properties are written `self.MultiAZ`"),
        ),
        (
            "self.Engine.startswith(\"a\")",
            "startswith",
            "unknown method `startswith`",
            Some("did you mean `startsWith`?"),
        ),
        (
            "self.Tags.Key == \"a\"",
            "Key",
            "a list of Tag has no property `Key`",
            Some("ask about its elements: .exists(x, x.Key …) or .all(x, x.Key …)"),
        ),
        (
            "resources(\"AWS::EC2::Subnt\").all(s, true)",
            "\"AWS::EC2::Subnt\"",
            "unknown resource type `AWS::EC2::Subnt`",
            Some("did you mean `AWS::EC2::Subnet`?"),
        ),
        (
            "self.Engine.matches(\"(\")",
            "\"(\"",
            "this is not a usable regular expression",
            Some("unclosed group"),
        ),
        (
            "lookup(\"AWS::RDS::DBCluster\", self.DBClusterIdentifier).DatabaseName == \"x\"",
            "lookup(\"AWS::RDS::DBCluster\", self.DBClusterIdentifier).DatabaseName",
            "`DatabaseName` of another AWS::RDS::DBCluster is not shared",
            Some(
                "of other resources, rules read only what their type file shares; judge \
                 AWS::RDS::DBCluster in a rule of its own, or give the rule a subject of that type",
            ),
        ),
    ] {
        let tree = cel::parse(expression).unwrap();
        let problem = cel::check(&tree, expression, &scope).err().unwrap();
        let span = problem.span;
        assert_eq!(
            expression.get(span.start..span.end),
            Some(at),
            "{expression}"
        );
        assert_eq!(problem.message, message, "{expression}");
        assert_eq!(problem.help.as_deref(), help, "{expression}");
    }
}

#[test]
fn a_trace_tells_what_was_read_and_where() {
    let expression = "self.Tags.exists(t, t.Key == \"b\" && t.Value == \"2\")";
    let shape = types::shape(TYPE).unwrap();
    let tree = cel::parse(expression).unwrap();
    let (ir, _) = cel::check(&tree, expression, &Scope::new(shape, Vec::new())).unwrap();
    let tag = |key: &str, value: &str| {
        Value::Map(Map::new(vec![
            ("Key".into(), Value::string(key)),
            ("Value".into(), Value::string(value)),
        ]))
    };
    let tags = Value::List([tag("a", "1"), tag("b", "3")].into());
    let snapshot = Snapshot {
        resources: vec![resource(vec![("Tags", tags)])],
        ..Snapshot::default()
    };
    let graph = Graph::build(&snapshot);
    let world = World::default();
    let env = Env {
        snapshot: &snapshot,
        graph: &graph,
        params: &[],
        world: &world,
        subject: 0,
        body: None,
        sieves: None,
    };
    let mut trace = cel::Trace::default();
    let answer = Evaluator::new(&env, &mut trace).eval(&ir);
    assert!(matches!(answer, Val::Bool(false)));
    let read: Vec<_> = trace
        .reads
        .iter()
        .map(|read| format!("{} = {}", read.path, read.value))
        .collect();
    assert_eq!(
        read,
        [
            "Tags[0].Key = \"a\"",
            "Tags[1].Key = \"b\"",
            "Tags[1].Value = \"3\""
        ]
    );
}

//! How fast a large plan is read: 10,000 resources, 18 MB.
//!
//! `cargo bench --bench plan`. `SKYLINT_PLAN=out.json cargo bench --bench plan` writes the plan to
//! a file instead, to try the binary on.

#![allow(clippy::expect_used, reason = "a benchmark")]

use std::fmt::Write as _;

use divan::Bencher;
use divan::counter::BytesCount;
use skylint::source::{self, Input, NoFiles, Options};

fn main() {
    match std::env::var("SKYLINT_PLAN") {
        Ok(path) => std::fs::write(path, plan(10_000)).expect("the plan is written"),
        Err(_) => divan::main(),
    }
}

/// What `terraform show -json` writes for so many databases, tables, records and load balancers,
/// in four modules, with tags and the other attributes such resources have: about 1.8 KB each.
fn plan(count: usize) -> String {
    let mut planned = Vec::new();
    let mut changes = Vec::new();
    for i in 0..count {
        let module = i % 4;
        let (rtype, after, unknown) = attributes(i);
        let address = format!("module.m{module}.{rtype}.r[{i}]");
        let head = format!(
            r#""address":"{address}","mode":"managed","type":"{rtype}","name":"r","index":{i},"provider_name":"registry.terraform.io/hashicorp/aws""#
        );
        planned.push(format!(
            r#"{{{head},"schema_version":1,"values":{{{after}}},"sensitive_values":{{"tags":{{}},"tags_all":{{}}}}}}"#
        ));
        changes.push(format!(
            r#"{{{head},"module_address":"module.m{module}","change":{{"actions":["create"],"before":null,"after":{{{after}}},"after_unknown":{{{unknown}}},"before_sensitive":false,"after_sensitive":{{"tags":{{}},"tags_all":{{}}}}}}}}"#
        ));
    }
    let mut calls = String::new();
    for module in 0..4 {
        let blocks: Vec<String> = TYPES
            .iter()
            .map(|rtype| {
                format!(
                    r#"{{"address":"{rtype}.r","mode":"managed","type":"{rtype}","name":"r","provider_config_key":"aws","expressions":{{"multi_az":{{"references":["var.multi"]}},"name":{{"references":["count.index"]}}}},"schema_version":1,"count_expression":{{"constant_value":2500}}}}"#
                )
            })
            .collect();
        let comma = if module == 0 { "" } else { "," };
        let _ = write!(
            calls,
            r#"{comma}"m{module}":{{"source":"./m","expressions":{{"multi":{{"constant_value":true}}}},"module":{{"resources":[{}]}}}}"#,
            blocks.join(",")
        );
    }
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{{"root_module":{{"resources":[{}]}}}},"resource_changes":[{}],"configuration":{{"provider_config":{{"aws":{{"name":"aws","expressions":{{"region":{{"constant_value":"eu-central-1"}}}}}}}},"root_module":{{"module_calls":{{{calls}}}}}}},"applyable":true,"complete":true,"errored":false}}"#,
        planned.join(","),
        changes.join(",")
    )
}

const TYPES: [&str; 4] = [
    "aws_db_instance",
    "aws_dynamodb_table",
    "aws_route53_record",
    "aws_lb",
];

fn attributes(i: usize) -> (&'static str, String, &'static str) {
    let good = !i.is_multiple_of(3);
    let tags = format!(
        r#""tags":{{"Name":"resource-{i}","environment":"production","owner":"team-{}","cost-centre":"4711"}},"tags_all":{{"Name":"resource-{i}","environment":"production","owner":"team-{}","cost-centre":"4711"}}"#,
        i % 7,
        i % 7
    );
    match i % 4 {
        0 => (
            TYPES[0],
            format!(
                r#""allocated_storage":100,"allow_major_version_upgrade":null,"apply_immediately":false,"auto_minor_version_upgrade":true,"backup_retention_period":{},"blue_green_update":[],"copy_tags_to_snapshot":false,"custom_iam_instance_profile":null,"customer_owned_ip_enabled":null,"dedicated_log_volume":false,"delete_automated_backups":true,"deletion_protection":{good},"domain":null,"domain_iam_role_name":null,"enabled_cloudwatch_logs_exports":["error","slowquery"],"engine":"mysql","engine_version":"8.0.39","final_snapshot_identifier":"final-{i}","iam_database_authentication_enabled":true,"identifier":"db-{i}","instance_class":"db.m6g.large","iops":null,"kms_key_id":null,"manage_master_user_password":true,"max_allocated_storage":500,"monitoring_interval":60,"multi_az":{good},"performance_insights_enabled":true,"publicly_accessible":false,"replicate_source_db":null,"restore_to_point_in_time":[],"s3_import":[],"skip_final_snapshot":false,"snapshot_identifier":null,"storage_encrypted":true,"storage_type":"gp3",{tags},"timeouts":null,"upgrade_storage_config":null,"username":"admin""#,
                if good { 14 } else { 0 }
            ),
            r#""address":true,"arn":true,"availability_zone":true,"backup_window":true,"ca_cert_identifier":true,"db_name":true,"db_subnet_group_name":true,"endpoint":true,"hosted_zone_id":true,"id":true,"license_model":true,"maintenance_window":true,"option_group_name":true,"parameter_group_name":true,"port":true,"resource_id":true,"status":true,"tags":{},"tags_all":{},"vpc_security_group_ids":true"#,
        ),
        1 => (
            TYPES[1],
            format!(
                r#""attribute":[{{"name":"pk","type":"S"}},{{"name":"sk","type":"S"}}],"billing_mode":"PAY_PER_REQUEST","deletion_protection_enabled":{good},"global_secondary_index":[],"hash_key":"pk","import_table":[],"local_secondary_index":[],"name":"table-{i}","point_in_time_recovery":[{{"enabled":{good},"recovery_period_in_days":35}}],"range_key":"sk","replica":[{{"consistency_mode":"EVENTUAL","point_in_time_recovery":{good},"propagate_tags":true,"region_name":"us-east-1"}}],"restore_date_time":null,"restore_source_name":null,"server_side_encryption":[{{"enabled":true}}],"stream_enabled":true,"stream_view_type":"NEW_AND_OLD_IMAGES","table_class":"STANDARD",{tags},"timeouts":null,"ttl":[{{"attribute_name":"expires","enabled":true}}],"write_capacity":null"#
            ),
            r#""arn":true,"attribute":[{},{}],"id":true,"point_in_time_recovery":[{}],"read_capacity":true,"replica":[{"arn":true,"kms_key_arn":true,"stream_arn":true,"stream_label":true}],"server_side_encryption":[{"kms_key_arn":true}],"stream_arn":true,"stream_label":true,"tags":{},"tags_all":{}"#,
        ),
        2 => (
            TYPES[2],
            format!(
                r#""alias":[{{"evaluate_target_health":{good},"name":"lb-{i}.eu-central-1.elb.amazonaws.com","zone_id":"Z215JYRZR1TBD5"}}],"allow_overwrite":true,"cidr_routing_policy":[],"failover_routing_policy":[],"geolocation_routing_policy":[{{"continent":"EU","country":null,"subdivision":null}}],"geoproximity_routing_policy":[],"health_check_id":null,"latency_routing_policy":[],"multivalue_answer_routing_policy":null,"name":"service-{i}.example.com","records":null,"set_identifier":"eu-{i}","timeouts":null,"ttl":null,"type":"A","weighted_routing_policy":[],"zone_id":"Z1035360GLIB82T1EH2G","comment":"{}""#,
                "padding ".repeat(20)
            ),
            r#""alias":[{}],"fqdn":true,"geolocation_routing_policy":[{}],"id":true"#,
        ),
        _ => (
            TYPES[3],
            format!(
                r#""access_logs":[{{"bucket":"logs-{i}","enabled":true,"prefix":"lb"}}],"client_keep_alive":3600,"connection_logs":[],"customer_owned_ipv4_pool":null,"desync_mitigation_mode":"defensive","dns_record_client_routing_policy":null,"drop_invalid_header_fields":true,"enable_cross_zone_load_balancing":true,"enable_deletion_protection":{good},"enable_http2":true,"enable_tls_version_and_cipher_suite_headers":false,"enable_waf_fail_open":false,"enable_xff_client_port":false,"enable_zonal_shift":false,"idle_timeout":60,"internal":{good},"load_balancer_type":"application","name":"checkout-{i}","name_prefix":null,"preserve_host_header":false,"security_groups":["sg-0123456789abcdef0"],"subnets":["subnet-0aaaaaaaaaaaaaaa1","subnet-0aaaaaaaaaaaaaaa2"],{tags},"timeouts":null,"xff_header_processing_mode":"append""#
            ),
            r#""access_logs":[{}],"arn":true,"arn_suffix":true,"dns_name":true,"enforce_security_group_inbound_rules_on_private_link_traffic":true,"id":true,"ip_address_type":true,"security_groups":[false],"subnet_mapping":true,"subnets":[false,false],"tags":{},"tags_all":{},"vpc_id":true,"zone_id":true"#,
        ),
    }
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let bytes = plan(10_000).into_bytes();
    let input = [Input {
        path: "plan.json".into(),
        bytes,
    }];
    let read = source::read(&input, &NoFiles, &Options::default());
    assert_eq!(read.failures, []);
    assert_eq!(read.snapshot.resources.len(), 10_000);
    bencher
        .counter(BytesCount::new(input[0].bytes.len()))
        .bench(|| source::read(&input, &NoFiles, &Options::default()));
}

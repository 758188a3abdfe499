//! What CloudWatch dashboards show.

use super::{Function, Param, resource};
use crate::rule::cel::{Items, Ty, Val};

/// `dashboardRegions(dashboard)`
pub(super) static DASHBOARD_REGIONS: Function = Function {
    name: "dashboardRegions",
    params: &[("dashboard", Param::Resource)],
    returns: |_| Ty::List(Box::new(Ty::String)),
    doc: "The Regions that a CloudWatch dashboard shows something of: those of its widgets, of their metrics \
          and alarms, and those that a variable of it lets one choose.",
    unknown: "The body is not known, or a Region in it; the list then stays open.",
    needs: |needs, asked| {
        needs.all_of(asked.subject);
        needs.shown_regions();
    },
    call: |env, args| match resource(args, 0) {
        Ok(index) => {
            let (regions, open) = env.graph.shown_regions(index, env.world);
            let regions = regions.into_iter().map(|region| Val::Str(region.into()));
            Val::List(Items::open(regions.collect(), open))
        }
        Err(unknown) => unknown,
    },
};

//! A service has each number once for each protocol. Compose would not mind, Kubernetes refuses it
//! when it writes the Service.

use crate::model::{Port, Workload};
use diagnostics::report::{Problem, Report};

rules! {
    /// Two ports of a workload have the same number and protocol, which no Kubernetes Service can
    /// have.
    pub DUPLICATE_PORT: "duplicate-port", Error | Warning;
}

pub(super) fn check(workload: &Workload, report: &mut Report) {
    let ports: Vec<&Port> = workload.ports.values().collect();
    for (index, port) in ports.iter().enumerate() {
        let same = |other: &&&Port| other.port == port.port && other.protocol == port.protocol;
        let Some(twin) = ports[..index].iter().find(same) else {
            continue;
        };
        let message = format!(
            "`{}` and `{}` are both the port {}",
            twin.name.value, port.name.value, port.port
        );
        let problem = Problem::new(&DUPLICATE_PORT, message).at(port.name.span);
        let problem = problem.also(twin.name.span, "the other is here");
        report
            .warning(problem.help(
                "give one of them another `port`; a Kubernetes Service has each number once",
            ));
    }
}

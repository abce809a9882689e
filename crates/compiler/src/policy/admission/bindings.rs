//! Whether policies and bindings belong together.

use super::policy::{AdmissionPolicy, Binding};
use crate::policy::rules::POLICY_UNBOUND;
use diagnostics::report::{Problem, Report};

/// Reports policies without a binding, and bindings without a policy.
pub(in crate::policy) fn check_bindings(
    policies: &[AdmissionPolicy],
    bindings: &[Binding],
    report: &mut Report,
) {
    for policy in policies {
        let mut bindings = bindings.iter();
        if !bindings.any(|one| one.policy.value == policy.name.value) {
            let message = format!("no binding refers to the policy `{}`", policy.name.value);
            let problem = Problem::new(&POLICY_UNBOUND, message).at(policy.name.span);
            report.push(problem.help("add a ValidatingAdmissionPolicyBinding to `policies`"));
        }
    }
    for binding in bindings {
        let name = &binding.policy.value;
        let names = || policies.iter().map(|one| one.name.value.as_str());
        if !names().any(|one| one == name) {
            let message = format!("there is no policy `{name}`");
            let help = diagnostics::suggestions::suggestion(name, names(), || {
                "add the policy to `policies`, or remove the binding".to_owned()
            });
            let problem = Problem::new(&POLICY_UNBOUND, message).at(binding.policy.span);
            report.push(problem.help(help));
        }
    }
}

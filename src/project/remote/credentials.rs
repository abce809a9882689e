//! The credentials of a user for a registry, where `docker login` and `podman login` store them:
//! the `config.json` of Docker, and containers-auth.json(5).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::url::Artifact;
use compiler::support::host::{Host, HostError, Program};

/// What proves who the user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// User and password in base64, for `Authorization: Basic`.
    Basic(String),
    /// A refresh token, which the registry exchanges for tokens.
    Identity(String),
    /// A token for `Authorization: Bearer`.
    Token(String),
}

/// The result of looking for credentials.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub(super) credentials: Option<Credentials>,
    /// Where they come from, or why each place has none.
    reasons: Vec<String>,
    /// The registry, as `docker login` takes it.
    registry: String,
}

impl Lookup {
    /// Looks for credentials in the files of the user, of which the first that has some counts. A
    /// helper program may take this long.
    pub(super) fn new(artifact: &Artifact, host: &dyn Host, limit: Duration) -> Lookup {
        let mut lookup = Lookup {
            registry: artifact.registry.clone(),
            ..Lookup::default()
        };
        let search = Search {
            artifact,
            host,
            limit,
        };
        for file in files(host) {
            if let Some((credentials, origin)) = search.in_file(&file, &mut lookup.reasons) {
                lookup.credentials = Some(credentials);
                lookup.reasons = vec![origin];
                break;
            }
        }
        lookup
    }

    /// Why the registry refuses a request, and what to do.
    pub(super) fn explain(&self) -> String {
        let login = format!("run `docker login {}`", self.registry);
        let reasons = self.reasons.join("; ");
        match (&self.credentials, reasons.as_str()) {
            (Some(_), origin) => format!("it refuses the credentials {origin}; {login}"),
            (None, "") => {
                format!("no credentials were sent, since there is no file with any; {login}")
            }
            (None, reasons) => format!("no credentials were sent: {reasons}; {login}"),
        }
    }
}

/// The files that may have credentials, in order.
fn files(host: &dyn Host) -> Vec<PathBuf> {
    let variable = |name: &str| host.variable(name).filter(|value| !value.is_empty());
    if let Some(file) = variable("REGISTRY_AUTH_FILE") {
        return vec![file.into()];
    }
    let path = |name: &str, rest: &str| Some(PathBuf::from(variable(name)?).join(rest));
    let docker =
        path("DOCKER_CONFIG", "config.json").or_else(|| path("HOME", ".docker/config.json"));
    let podman = "containers/auth.json";
    let configured =
        path("XDG_CONFIG_HOME", podman).or_else(|| path("HOME", &format!(".config/{podman}")));
    let places = [docker, path("XDG_RUNTIME_DIR", podman), configured];
    places.into_iter().flatten().collect()
}

struct Search<'a> {
    artifact: &'a Artifact,
    host: &'a dyn Host,
    limit: Duration,
}

impl Search<'_> {
    /// The credentials that a file has, and where in it. Otherwise it adds why there are none; a
    /// file that does not exist is no reason.
    fn in_file(&self, file: &Path, reasons: &mut Vec<String>) -> Option<(Credentials, String)> {
        let name = file.display();
        let bytes = match self.host.read_named(file) {
            Ok(bytes) => bytes,
            Err(HostError::NotFound) => return None,
            Err(HostError::Failed(why)) => {
                reasons.push(format!("`{name}` cannot be read: {why}"));
                return None;
            }
        };
        let config: DockerConfig = match serde_json::from_slice(&bytes) {
            Ok(config) => config,
            Err(error) => {
                reasons.push(format!(
                    "`{name}` is not a file of credentials: line {}, column {}",
                    error.line(),
                    error.column()
                ));
                return None;
            }
        };
        let before = reasons.len();
        let found = self.in_config(&config, reasons);
        let added = reasons.split_off(before);
        reasons.extend(added.iter().map(|reason| format!("{reason} (`{name}`)")));
        if found.is_none() && added.is_empty() {
            reasons.push(format!("`{name}` has none for {}", self.artifact.registry));
        }
        found.map(|(credentials, origin)| (credentials, format!("{origin} in `{name}`")))
    }

    /// The entry of the longest part of the artifact's name; for the registry itself, the helper
    /// before the entry.
    fn in_config(
        &self,
        config: &DockerConfig,
        reasons: &mut Vec<String>,
    ) -> Option<(Credentials, String)> {
        let registry = normalized(&self.artifact.registry);
        let whole = format!("{registry}/{}", self.artifact.repository);
        let ends = whole.rmatch_indices('/').map(|(end, _)| &whole[..end]);
        let parts: Vec<&str> = std::iter::once(whole.as_str()).chain(ends).collect();
        for part in parts {
            if part == registry {
                let found = config.helper(registry).and_then(|(helper, key)| {
                    let found = self
                        .ask(helper)
                        .map_err(|reason| reasons.push(reason))
                        .ok()?;
                    Some((
                        found,
                        format!("of `docker-credential-{helper}`, which `{key}` names"),
                    ))
                });
                if found.is_some() {
                    return found;
                }
            }
            let entry = config.auths.iter().find_map(|(key, entry)| {
                Some((
                    entry.credentials().filter(|_| normalized(key) == part)?,
                    key,
                ))
            });
            if let Some((credentials, key)) = entry {
                return Some((credentials, format!("of the entry `{key}`")));
            }
        }
        None
    }

    /// The credentials that a helper program has for the registry, by the protocol of
    /// docker-credential-helpers; otherwise why it has none.
    fn ask(&self, helper: &str) -> Result<Credentials, String> {
        let name = format!("docker-credential-{helper}");
        // Anything else could name a program outside of `PATH`.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !helper.bytes().all(plain) {
            return Err(format!("`{helper}` is not the name of a credential helper"));
        }
        let program = Program {
            path: name.clone().into(),
            arguments: vec!["get".to_owned()],
            input: self.server().into(),
            limit: self.limit,
        };
        let result = self.host.run(&program).map_err(|error| match error {
            HostError::NotFound => format!("there is no program `{name}`"),
            HostError::Failed(why) => format!("`{name}` failed: {why}"),
        })?;
        if !result.success {
            // By the protocol, the message is on standard output.
            let message = String::from_utf8_lossy(&result.output);
            let message = message.lines().next().unwrap_or_default().trim();
            return Err(match message {
                "" => format!("`{name}` failed with {}", result.status),
                message if message.starts_with("credentials not found") => {
                    format!("`{name}` has none for {}", self.server())
                }
                message => format!("`{name}` failed: {message}"),
            });
        }
        let answer: HelperAnswer = serde_json::from_slice(&result.output)
            .map_err(|_| format!("`{name}` failed: its output is not the JSON of a helper"))?;
        Ok(match answer.username.as_str() {
            "<token>" => Credentials::Identity(answer.secret),
            user => Credentials::Basic(STANDARD.encode(format!("{user}:{}", answer.secret))),
        })
    }

    /// The registry as Docker names it to helpers.
    fn server(&self) -> &str {
        match normalized(&self.artifact.registry) {
            "docker.io" => "https://index.docker.io/v1/",
            other => other,
        }
    }
}

/// A key as the beginning of an artifact's name. `docker login` once wrote the URL of an interface.
fn normalized(key: &str) -> &str {
    let name = match key.split_once("://") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None => key.trim_end_matches('/'),
    };
    match name {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        other => other,
    }
}

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, DockerAuth>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: String,
}

impl DockerConfig {
    /// The helper for a registry, and the key that names it.
    fn helper(&self, registry: &str) -> Option<(&str, &'static str)> {
        let for_registry = self
            .helpers
            .iter()
            .find(|(key, _)| normalized(key) == registry);
        let store = (self.store.as_str(), "credsStore");
        let chosen = for_registry.map_or(store, |(_, helper)| (helper.as_str(), "credHelpers"));
        Some(chosen).filter(|(helper, _)| !helper.is_empty())
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DockerAuth {
    auth: String,
    identitytoken: String,
    registrytoken: String,
}

impl DockerAuth {
    /// `None` for the empty entry that a helper leaves.
    fn credentials(&self) -> Option<Credentials> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        // Anything but base64 could break the header.
        let basic = || some(&self.auth).filter(|pair| STANDARD.decode(pair).is_ok());
        some(&self.identitytoken)
            .map(Credentials::Identity)
            .or_else(|| some(&self.registrytoken).map(Credentials::Token))
            .or_else(|| basic().map(Credentials::Basic))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use compiler::support::host::ProgramResult;
    use compiler::support::random::Key;

    /// A user with this `config.json` and a helper that answers with what it was asked for.
    struct User(&'static str);

    impl Host for User {
        fn read(&self, path: &Path) -> Result<Vec<u8>, HostError> {
            match path == Path::new("/me/.docker/config.json") {
                true => Ok(self.0.into()),
                false => Err(HostError::NotFound),
            }
        }

        fn variable(&self, name: &str) -> Option<String> {
            (name == "HOME").then(|| "/me".to_owned())
        }

        fn run(&self, program: &Program) -> Result<ProgramResult, HostError> {
            let server = String::from_utf8_lossy(&program.input);
            let user = format!("{}{}", program.path.display(), program.arguments.concat());
            Ok(ProgramResult {
                success: true,
                status: String::new(),
                output: format!(r#"{{"Username":"{user}","Secret":"{server}"}}"#).into(),
                errors: Vec::new(),
            })
        }

        fn seed(&self) -> Result<Key, HostError> {
            Err(HostError::NotFound)
        }
    }

    fn look_up(config: &'static str, registry: &str) -> Lookup {
        let artifact = Artifact {
            registry: registry.to_owned(),
            repository: "team/defs".to_owned(),
            version: "v1".to_owned(),
            file: None,
        };
        Lookup::new(&artifact, &User(config), Duration::from_secs(1))
    }

    fn basic(pair: &str) -> Option<Credentials> {
        Some(Credentials::Basic(STANDARD.encode(pair)))
    }

    #[test]
    fn docker_hub_has_several_names() {
        for config in [
            r#"{"auths":{"https://index.docker.io/v1/":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"index.docker.io":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"docker.io/team":{"auth":"YTpi"}, "docker.io":{"auth":"eDp5"}}}"#,
        ] {
            for registry in ["docker.io", "registry-1.docker.io"] {
                assert_eq!(
                    look_up(config, registry).credentials,
                    basic("a:b"),
                    "{config}"
                );
            }
        }
        let found = look_up(r#"{"credHelpers":{"docker.io":"h"}}"#, "docker.io").credentials;
        let pair = "docker-credential-hget:https://index.docker.io/v1/";
        assert_eq!(found, basic(pair));
    }

    #[test]
    fn only_whole_parts_of_a_name_are_entries() {
        for config in [
            r#"{"auths":{"r.io:5000":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"r.io/te":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"r.io/team/defs/more":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"team/defs":{"auth":"YTpi"}}}"#,
            r#"{"auths":{"r.io":{"auth":"no base64"}}}"#,
        ] {
            let lookup = look_up(config, "r.io");
            assert_eq!(lookup.credentials, None, "{config}");
            let reason = "no credentials were sent: `/me/.docker/config.json` has none for r.io; \
                          run `docker login r.io`";
            assert_eq!(lookup.explain(), reason);
        }
        let helper = r#"{"credsStore":"h","auths":{"r.io/team":{"auth":"YTpi"}}}"#;
        assert_eq!(look_up(helper, "r.io").credentials, basic("a:b"));
        let reason = "it refuses the credentials of `docker-credential-h`, which `credsStore` names in \
                      `/me/.docker/config.json`; run `docker login s.io`";
        assert_eq!(look_up(helper, "s.io").explain(), reason);
    }
}

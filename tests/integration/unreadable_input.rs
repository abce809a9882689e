//! Input that a directory listing finds and that cannot be read: it is never skipped silently, and
//! never holds the run.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::{RunResult, Sandbox, wait_for_exit};

const SHOP: &str = "apiVersion: score.dev/v1b1
metadata: {name: shop}
containers:
  main:
    image: example.com/shop:1
    variables: {HOST: '${resources.db.host}'}
resources:
  db: {type: database}
";

const DATABASE: &str = "- uri: template://databases/one
  type: database
  outputs: |
    host: one
";

/// A project with an environment `local`, whose definitions are in `defs`.
fn project() -> Sandbox {
    Sandbox::with_files(&[
        ("score.yaml", SHOP),
        (
            "environments/local/environment.yaml",
            "target: compose\ndefault: true\nprovisioners: [defs, more]\npatches: [patches]\n",
        ),
        ("environments/local/defs/two.provisioners.yaml", DATABASE),
        ("environments/local/more/x.provisioners.yaml", "[]\n"),
        ("environments/local/patches/a.tpl", "[]\n"),
    ])
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Runs while nobody may read `path`, without root's right to read everything. `None` when that is
/// not possible.
fn run_without_access(sandbox: &Sandbox, path: &str, arguments: &[&str]) -> Option<RunResult> {
    let path = sandbox.path(path);
    set_mode(&path, 0);
    let command = sandbox.command(arguments);
    let mut limited = Command::new("setpriv");
    limited
        .args(["--bounding-set", "-dac_override,-dac_read_search"])
        .args(["--inh-caps", "-all"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(sandbox.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = match std::fs::read_dir(&path).is_ok() {
        true => limited.spawn().ok(),
        false => sandbox.command(arguments).spawn().ok(),
    };
    if child.is_none() {
        eprintln!("skipped: there is no setpriv");
    }
    let result = child.map(|child| wait_for_exit(child, arguments));
    set_mode(&path, 0o700);
    result
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[track_caller]
fn assert_fails(sandbox: &Sandbox, arguments: &[&str], message: &str) {
    let result = sandbox.run(arguments);
    assert!(
        result.code == Some(3) && result.stderr.contains(message),
        "{arguments:?}: {result:?}"
    );
}

#[test]
fn an_unreadable_directory_is_an_error() {
    let unreadable = |path: &str, arguments: &[&str], message: &str| {
        let sandbox = project();
        sandbox.write(&format!("{path}/score.yaml"), "");
        if let Some(result) = run_without_access(&sandbox, path, arguments) {
            assert_eq!(
                (result.code, result.stderr.as_str()),
                (Some(3), format!("error: {message}\n").as_str())
            );
        }
    };
    unreadable(
        "apps/mail",
        &["generate"],
        "cannot read `apps/mail`: permission denied; allow to read it, or list it in `.gitignore`",
    );
    unreadable(
        "environments/local/defs",
        &["generate", "score.yaml"],
        "cannot read `environments/local/defs`: permission denied; allow to read it",
    );
    unreadable(
        "environments/local/patches",
        &["generate", "score.yaml"],
        "cannot read `environments/local/patches`: permission denied; allow to read it",
    );
    unreadable(
        "environments",
        &["generate", "score.yaml"],
        "cannot read `environments`: permission denied; allow to read it",
    );
    unreadable(
        "environments/prod",
        &["generate", "score.yaml"],
        "cannot read `environments/prod/environment.yaml`: permission denied",
    );
    unreadable(
        "environments/prod",
        &["generate", "score.yaml", "--env", "prod"],
        "cannot read `environments/prod/environment.yaml`: permission denied",
    );
}

#[test]
fn an_ignored_directory_is_not_read() {
    let sandbox = project();
    sandbox.write(".gitignore", "/locked\n");
    std::fs::create_dir(sandbox.path("locked")).unwrap();
    if let Some(result) = run_without_access(&sandbox, "locked", &["generate"]) {
        assert_eq!(result.code, Some(0), "{}", result.stderr);
    }
}

#[test]
fn a_name_that_is_not_utf8_is_an_error() {
    for (directory, name, shown) in [
        (".", &b"caf\xe9.score.yaml"[..], "caf\u{fffd}.score.yaml"),
        (".", b"caf\xe9/score.yaml", "caf\u{fffd}/score.yaml"),
        (
            "environments/local/defs",
            b"a\xff.provisioners.yaml",
            "environments/local/defs/a\u{fffd}.provisioners.yaml",
        ),
        (
            "environments/local/patches",
            b"a\xff.tpl",
            "environments/local/patches/a\u{fffd}.tpl",
        ),
    ] {
        let sandbox = project();
        let path = sandbox.path(directory).join(OsStr::from_bytes(name));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, DATABASE).unwrap();
        let message = format!("cannot read `{shown}`: its path is not UTF-8; rename it");
        assert_fails(&sandbox, &["generate"], &message);
    }
    // Names that are not read may be of any kind.
    let sandbox = project();
    for directory in [".", "environments/local/defs"] {
        let path = sandbox.path(directory).join(OsStr::from_bytes(b"caf\xe9"));
        std::fs::write(path, "").unwrap();
    }
    assert_eq!(sandbox.run(&["generate"]).code, Some(0));
    let path = sandbox
        .path("environments")
        .join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(path).unwrap();
    assert_fails(&sandbox, &["generate"], "its path is not UTF-8; rename it");
}

/// A link that leads to nothing is not the same as a file that does not exist.
#[test]
fn state_and_lock_behind_a_broken_link_are_not_none() {
    for (path, command) in [
        (".score-rs/local/state.yaml", "generate"),
        ("score-rs.lock", "lock"),
    ] {
        let sandbox = project();
        std::fs::create_dir_all(sandbox.path(".score-rs/local")).unwrap();
        symlink("gone", sandbox.path(path)).unwrap();
        let message =
            format!("cannot read `{path}`: the link leads to nothing; correct or remove it");
        assert_fails(&sandbox, &[command], &message);
    }
}

/// A definition that is skipped would let the next one provide the database.
#[test]
fn a_broken_link_is_an_error() {
    let sandbox = project();
    let link = sandbox.path("environments/local/defs/one.provisioners.yaml");
    symlink("../../../gone.yaml", &link).unwrap();
    let message = "cannot read `environments/local/defs/one.provisioners.yaml`: the link leads to \
                   nothing; correct or remove it";
    assert_fails(&sandbox, &["generate"], message);
    assert_fails(&sandbox, &["environments", "show", "local"], message);
    let flags = ["generate", "--provisioners", "environments/local/defs"];
    assert_fails(&sandbox, &flags, message);
    std::fs::remove_file(link).unwrap();
    assert_eq!(sandbox.run(&["generate"]).code, Some(0));
    symlink("gone", sandbox.path("environments/prod")).unwrap();
    let message = "cannot read `environments/prod`: the link leads to nothing";
    assert_fails(&sandbox, &["generate"], message);
    std::fs::remove_file(sandbox.path("environments/prod")).unwrap();
    std::fs::create_dir(sandbox.path("environments/prod")).unwrap();
    assert_eq!(sandbox.run(&["generate"]).code, Some(0));
    symlink("gone", sandbox.path("environments/prod/environment.yaml")).unwrap();
    let message = "cannot read `environments/prod/environment.yaml`: the link leads to nothing";
    assert_fails(&sandbox, &["generate"], message);
}

#[test]
fn a_pipe_that_a_listing_finds_is_an_error() {
    for path in [
        "a.score.yaml",
        "environments/local/defs/a.provisioners.yaml",
        "environments/local/patches/b.tpl",
        "environments/prod/environment.yaml",
        "score-rs.yaml",
        "score-rs.lock",
    ] {
        let sandbox = project();
        std::fs::create_dir_all(sandbox.path("environments/prod")).unwrap();
        make_pipe(&sandbox.path(path));
        let message = format!("cannot read `{path}`: it is a pipe, socket or device, not a file");
        let command = match path {
            "score-rs.lock" => "lock",
            _ => "generate",
        };
        assert_fails(&sandbox, &[command], &message);
    }
    // What the text of somebody names is no reason to wait either.
    let sandbox = project();
    make_pipe(&sandbox.path("pipe"));
    let named = SHOP.replace(
        "    variables:",
        "    files: {/x: {source: pipe}}\n    variables:",
    );
    sandbox.write("score.yaml", named);
    let result = sandbox.run(&["generate"]);
    assert_eq!(result.code, Some(1), "{}", result.stderr);
    assert!(
        result.stderr.contains("it is a pipe, socket or device"),
        "{}",
        result.stderr
    );
    sandbox.write("score.yaml", SHOP);
    sandbox.write(
        "environments/local/environment.yaml",
        "target: compose\ndefault: true\nprovisioners: [../../pipe]\n",
    );
    assert_fails(&sandbox, &["generate"], "it is a pipe, socket or device");
}

#[test]
fn a_directory_with_the_name_of_a_definitions_file_is_an_error() {
    let sandbox = project();
    std::fs::create_dir(sandbox.path("environments/local/defs/a.provisioners.yaml")).unwrap();
    let message = "cannot read `environments/local/defs/a.provisioners.yaml`: it is a directory";
    assert_fails(&sandbox, &["generate"], message);
}

/// What the command line names may be a pipe, such as that of a process substitution.
#[test]
fn pipes_on_the_command_line_are_read() {
    let sandbox = project();
    sandbox.write(
        "overrides.yaml",
        "metadata: {annotations: {a.example/b: c}}\n",
    );
    let script = "exec \"$0\" generate <(cat score.yaml) \
                  --provisioners <(cat environments/local/defs/two.provisioners.yaml) \
                  --overrides-file <(cat overrides.yaml) --seed-file <(echo seed) -o out.yaml";
    let command = sandbox.command(&[]);
    let child = Command::new("bash")
        .args(["-c", script])
        .arg(command.get_program())
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(child) = child else {
        eprintln!("skipped: there is no bash");
        return;
    };
    let result = wait_for_exit(child, &["generate"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert!(sandbox.read("out.yaml").contains("HOST: one"));
    let piped = ["generate", "/dev/stdin", "-o", "in.yaml"];
    let result = sandbox.run_with_input(&piped, SHOP.as_bytes());
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    assert_eq!(sandbox.read("in.yaml").matches("HOST: one").count(), 1);
}

#[test]
fn a_link_to_a_directory_with_score_files_is_noted() {
    let sandbox = project();
    let other = Sandbox::with_files(&[("deep/mail.score.yaml", &SHOP.replace("shop", "mail"))]);
    symlink(other.path(""), sandbox.path("mail")).unwrap();
    // This one leads to files that are found.
    sandbox.write(
        "apps/x/x.score.yaml",
        SHOP.replace("name: shop", "name: web"),
    );
    symlink("apps", sandbox.path("current")).unwrap();
    let short = ["validate", "--format", "short"];
    let result = sandbox.run(&short);
    assert_eq!(result.code, Some(0), "{}", result.stdout);
    let note = "note: the link `mail` is not followed, so `mail/deep/mail.score.yaml` is not read; \
                name the Score files, or replace the link with the directory [link-not-followed]\n";
    assert_eq!(
        (result.stdout.matches("link-not-followed").count(), 1),
        (1, result.stdout.matches(note).count()),
        "{}",
        result.stdout
    );
    let named = sandbox.run(&["validate", "score.yaml", "--format", "short"]);
    assert_eq!(named.stdout, "");
}

const GO_STATE: &str = "resources: {}\nworkloads: {}\nshared_state: {}\n";

#[test]
fn import_reads_no_pipe_and_follows_no_link_out_of_the_project() {
    let import = |prepare: &dyn Fn(&Sandbox), message: &str| {
        let sandbox = Sandbox::with_files(&[
            ("shop/.score-k8s/state.yaml", GO_STATE),
            ("secret", "root:x:0:0\n"),
        ]);
        prepare(&sandbox);
        let before = sandbox.list();
        for arguments in [
            &["-C", "shop", "import"][..],
            &["-C", "shop", "import", ".score-k8s"],
        ] {
            assert_fails(&sandbox, arguments, message);
        }
        assert_eq!(sandbox.list(), before);
    };
    let definitions = "shop/.score-k8s/a.provisioners.yaml";
    import(
        &|sandbox| symlink("../../secret", sandbox.path(definitions)).unwrap(),
        "cannot read `.score-k8s/a.provisioners.yaml`: a link leads outside of `",
    );
    import(
        &|sandbox| symlink("/etc/passwd", sandbox.path(definitions)).unwrap(),
        "replace the link with the file that it leads to",
    );
    import(
        &|sandbox| make_pipe(&sandbox.path(definitions)),
        "cannot read `.score-k8s/a.provisioners.yaml`: it is a pipe, socket or device",
    );
    import(
        &|sandbox| {
            let state = sandbox.path("shop/.score-k8s/state.yaml");
            std::fs::remove_file(&state).unwrap();
            make_pipe(&state);
        },
        "cannot read `.score-k8s/state.yaml`: it is a pipe, socket or device",
    );
    import(
        &|sandbox| {
            let state = sandbox.path("shop/.score-k8s/state.yaml");
            std::fs::rename(&state, sandbox.path("state")).unwrap();
            symlink("../../state", state).unwrap();
        },
        "cannot read `.score-k8s/state.yaml`: a link leads outside of `",
    );
    // A link within the project is followed.
    let sandbox = Sandbox::with_files(&[
        (".score-k8s/state.yaml", GO_STATE),
        ("platform/a.yaml", DATABASE),
    ]);
    symlink(
        "../platform/a.yaml",
        sandbox.path(".score-k8s/a.provisioners.yaml"),
    )
    .unwrap();
    let result = sandbox.run(&["import"]);
    assert_eq!(result.code, Some(0), "{}", result.stderr);
    let copy = "environments/kubernetes/a.provisioners.yaml";
    assert_eq!(sandbox.read(copy), DATABASE);
    assert!(!sandbox.path(copy).is_symlink());
}

#[test]
fn a_file_that_is_nearly_there_is_suggested() {
    let score = |source: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: web}}\ncontainers:\n  main:\n    \
             image: nginx\n    files:\n      /a: {{source: '{source}'}}\n"
        )
    };
    let sandbox = Sandbox::with_files(&[("team/Config/App.conf", "x")]);
    for (source, expected) in [
        ("Config\\App.conf", "write it with `/`: `Config/App.conf`"),
        ("other\\x", "write it with `/`: `other/x`"),
        ("config/app.conf", "did you mean `Config/App.conf`?"),
        ("./Config/Ap.conf", "did you mean `Config/App.conf`?"),
        (
            "../team/Confg/App.conf",
            "did you mean `../team/Config/App.conf`?",
        ),
        (
            "${metadata.name}.conf",
            "placeholders are not replaced in `source`",
        ),
        ("nothing", "name a file relative to this Score file"),
    ] {
        sandbox.write("team/score.yaml", score(source));
        let result = sandbox.run(&["validate", "--format", "short"]);
        assert!(
            result.code == Some(1) && result.stdout.contains(expected),
            "{source}: {result:?}"
        );
    }
}

//! The volumes of a pod.

use super::containers::NAME_REF;
use super::forms;
use super::shape::{Check, EMPTY, Shape};

pub(super) static VOLUME: Shape = Shape {
    required: &["name"],
    fields: &[
        ("name", Check::Form(&forms::DNS_LABEL)),
        ("configMap", Check::Shape(&NAME_REF)),
        ("configMap", Check::Shape(&FILES)),
        ("secret", Check::Shape(&SECRET)),
        ("secret", Check::Shape(&FILES)),
        ("downwardAPI", Check::Shape(&DOWNWARD_API)),
        ("projected", Check::Shape(&PROJECTED)),
        ("persistentVolumeClaim", Check::Shape(&CLAIM)),
        ("hostPath", Check::Shape(&HOST_PATH)),
        ("nfs", Check::Shape(&NFS)),
        ("csi", Check::Shape(&CSI)),
        ("emptyDir", Check::Shape(&EMPTY_DIR)),
    ],
    // Without a source it is an `emptyDir`.
    also: &[|node, faults| {
        let sources: Vec<&str> = node
            .as_map()
            .into_iter()
            .flat_map(|entries| entries.keys())
            .filter(|key| *key != "name")
            .collect();
        faults.at_most_one(node, &sources);
    }],
};

/// The files of a ConfigMap or a Secret.
static FILES: Shape = Shape {
    fields: &[
        ("defaultMode", MODE),
        ("items", Check::Each(&Check::Shape(&KEY_TO_PATH))),
    ],
    ..EMPTY
};

const MODE: Check = Check::Number(0, 0o777);

static KEY_TO_PATH: Shape = Shape {
    required: &["key", "path"],
    fields: &[("path", Check::Form(&forms::RELATIVE_PATH)), ("mode", MODE)],
    ..EMPTY
};

static SECRET: Shape = Shape {
    required: &["secretName"],
    ..EMPTY
};

static DOWNWARD_API: Shape = Shape {
    fields: &[
        ("defaultMode", MODE),
        ("items", Check::Each(&Check::Shape(&DOWNWARD_FILE))),
    ],
    ..EMPTY
};

static DOWNWARD_FILE: Shape = Shape {
    required: &["path"],
    fields: &[("path", Check::Form(&forms::RELATIVE_PATH)), ("mode", MODE)],
    also: &[|node, faults| faults.exactly_one(node, &["fieldRef", "resourceFieldRef"])],
};

static PROJECTED: Shape = Shape {
    fields: &[
        ("defaultMode", MODE),
        ("sources", Check::Each(&Check::Shape(&PROJECTION))),
    ],
    ..EMPTY
};

static PROJECTION: Shape = Shape {
    fields: &[
        ("configMap", Check::Shape(&NAME_REF)),
        ("secret", Check::Shape(&NAME_REF)),
        ("downwardAPI", Check::Shape(&DOWNWARD_API)),
        ("serviceAccountToken", Check::Shape(&TOKEN)),
    ],
    ..EMPTY
};

static TOKEN: Shape = Shape {
    required: &["path"],
    fields: &[
        ("path", Check::Form(&forms::RELATIVE_PATH)),
        ("expirationSeconds", Check::Number(600, 1 << 32)),
    ],
    ..EMPTY
};

static CLAIM: Shape = Shape {
    required: &["claimName"],
    ..EMPTY
};

static HOST_PATH: Shape = Shape {
    required: &["path"],
    fields: &[
        ("path", Check::Form(&forms::PATH_WITHOUT_PARENT)),
        (
            "type",
            Check::Word(&[
                "DirectoryOrCreate",
                "Directory",
                "FileOrCreate",
                "File",
                "Socket",
                "CharDevice",
                "BlockDevice",
            ]),
        ),
    ],
    ..EMPTY
};

static NFS: Shape = Shape {
    required: &["server", "path"],
    ..EMPTY
};

static CSI: Shape = Shape {
    required: &["driver"],
    ..EMPTY
};

static EMPTY_DIR: Shape = Shape {
    fields: &[("sizeLimit", Check::Quantity)],
    ..EMPTY
};

//! The sections of the Compose specification.

use super::shape::{Shape, Type};
use Type::{Any, Boolean, Either, List, Map, Null, Number, Scalar, Text, Whole, Word};

macro_rules! shapes {
    (@required) => { &[] };
    (@required $keys:expr) => { $keys };
    ($($name:ident $(needs $required:expr)?, $($key:literal: $type:expr),+ $(,)?;)+) => {
        $(pub(super) static $name: Shape = Shape {
            required: shapes!(@required $($required)?),
            keys: &[$(($key, &$type)),+],
        };)+
    };
}

const TEXTS: Type = List(&Text);
const TEXT_OR_TEXTS: Type = Either(&[&Text, &TEXTS]);
const COMMAND: Type = Either(&[&Null, &Text, &TEXTS]);
const OPTIONS: Type = Map(&Number);
const LIST_OR_MAP: Type = Either(&[&TEXTS, &Map(&Scalar)]);
const EXTRA_HOSTS: Type = Either(&[&TEXTS, &Map(&TEXT_OR_TEXTS)]);
const ULIMITS: Type = Map(&Either(&[&Number, &Type::Shape(&ULIMIT)]));
const MOUNTED_FILES: Type = List(&Either(&[&Text, &Type::Shape(&MOUNTED_FILE)]));
const EXTERNAL: Type = Either(&[&Boolean, &Type::Shape(&EXTERNAL_NAME)]);
const DEVICES: Type = List(&Type::Shape(&DEVICE_REQUEST));

const fn or_null(of: &'static [&'static Type]) -> Type {
    Either(of)
}

shapes! {
    FILE,
        "name": Text, "version": Either(&[&Text, &Number]),
        "include": Either(&[&TEXTS, &List(&Any)]),
        "services": Map(&Type::Shape(&SERVICE)),
        "networks": Map(&or_null(&[&Null, &Type::Shape(&NETWORK)])),
        "volumes": Map(&or_null(&[&Null, &Type::Shape(&VOLUME)])),
        "configs": Map(&Type::Shape(&CONFIG)),
        "secrets": Map(&Type::Shape(&SECRET)),
        "models": Map(&Type::Shape(&MODEL));
    SERVICE,
        "annotations": LIST_OR_MAP, "attach": Boolean, "blkio_config": Type::Shape(&BLOCK_IO),
        "build": Either(&[&Text, &Type::Shape(&BUILD)]), "cap_add": TEXTS, "cap_drop": TEXTS,
        "cgroup": Word(&["host", "private"]), "cgroup_parent": Text, "command": COMMAND,
        "configs": MOUNTED_FILES, "container_name": Text, "cpu_count": Number,
        "cpu_percent": Number, "cpu_period": Number, "cpu_quota": Number,
        "cpu_rt_period": Number, "cpu_rt_runtime": Number, "cpu_shares": Number, "cpus": Number,
        "cpuset": Text, "credential_spec": Type::Shape(&CREDENTIAL_SPEC),
        "depends_on": Either(&[&TEXTS, &Map(&Type::Shape(&DEPENDENCY))]),
        "deploy": Type::Shape(&DEPLOY), "develop": Type::Shape(&DEVELOP),
        "device_cgroup_rules": TEXTS,
        "devices": List(&Either(&[&Text, &Type::Shape(&DEVICE)])), "dns": TEXT_OR_TEXTS,
        "dns_opt": TEXTS, "dns_search": TEXT_OR_TEXTS, "domainname": Text,
        "entrypoint": COMMAND,
        "env_file": Either(&[&Text, &List(&Either(&[&Text, &Type::Shape(&ENV_FILE)]))]),
        "environment": LIST_OR_MAP, "expose": List(&Number),
        "extends": Either(&[&Text, &Type::Shape(&EXTENDS)]), "external_links": TEXTS,
        "extra_hosts": EXTRA_HOSTS, "gpus": Either(&[&Word(&["all"]), &DEVICES]),
        "group_add": List(&Number), "healthcheck": Type::Shape(&HEALTH_CHECK), "hostname": Text,
        "image": Text, "init": Boolean, "ipc": Text, "isolation": Text,
        "label_file": TEXT_OR_TEXTS, "labels": LIST_OR_MAP, "links": TEXTS,
        "logging": Type::Shape(&LOGGING), "mac_address": Text, "mem_limit": Number,
        "mem_reservation": Number, "mem_swappiness": Number, "memswap_limit": Number,
        "models": Either(&[&TEXTS, &Map(&or_null(&[&Null, &Type::Shape(&SERVICE_MODEL)]))]),
        "network_mode": Text,
        "networks": Either(&[&TEXTS, &Map(&or_null(&[&Null, &Type::Shape(&SERVICE_NETWORK)]))]),
        "oom_kill_disable": Boolean, "oom_score_adj": Number, "pid": or_null(&[&Null, &Text]),
        "pids_limit": Number, "platform": Text,
        "ports": List(&Either(&[&Number, &Type::Shape(&PORT)])),
        "post_start": List(&Type::Shape(&HOOK)), "pre_stop": List(&Type::Shape(&HOOK)),
        "privileged": Boolean, "profiles": TEXTS, "provider": Type::Shape(&PROVIDER),
        "pull_policy": Text, "pull_refresh_after": Text, "read_only": Boolean, "restart": Text,
        "runtime": Text, "scale": Number, "secrets": MOUNTED_FILES, "security_opt": TEXTS,
        "shm_size": Number, "stdin_open": Boolean, "stop_grace_period": Text,
        "stop_signal": Text, "storage_opt": Map(&Any), "sysctls": LIST_OR_MAP,
        "tmpfs": TEXT_OR_TEXTS, "tty": Boolean, "ulimits": ULIMITS, "use_api_socket": Boolean,
        "user": Text, "userns_mode": Text, "uts": Text,
        "volumes": List(&Either(&[&Text, &Type::Shape(&MOUNT)])), "volumes_from": TEXTS,
        "working_dir": Text;
    BUILD,
        "additional_contexts": LIST_OR_MAP, "args": LIST_OR_MAP, "cache_from": TEXTS,
        "cache_to": TEXTS, "context": Text, "dockerfile": Text, "dockerfile_inline": Text,
        "entitlements": TEXTS, "extra_hosts": EXTRA_HOSTS, "isolation": Text,
        "labels": LIST_OR_MAP, "network": Text, "no_cache": Boolean,
        "no_cache_filter": TEXT_OR_TEXTS, "platforms": TEXTS, "privileged": Boolean,
        "provenance": Boolean, "pull": Boolean, "sbom": Boolean, "secrets": MOUNTED_FILES,
        "shm_size": Number, "ssh": LIST_OR_MAP, "tags": TEXTS, "target": Text,
        "ulimits": ULIMITS;
    BLOCK_IO,
        "device_read_bps": List(&Type::Shape(&BLOCK_LIMIT)),
        "device_read_iops": List(&Type::Shape(&BLOCK_LIMIT)),
        "device_write_bps": List(&Type::Shape(&BLOCK_LIMIT)),
        "device_write_iops": List(&Type::Shape(&BLOCK_LIMIT)),
        "weight": Number, "weight_device": List(&Type::Shape(&BLOCK_WEIGHT));
    BLOCK_LIMIT, "path": Text, "rate": Number;
    BLOCK_WEIGHT, "path": Text, "weight": Number;
    CREDENTIAL_SPEC, "config": Text, "file": Text, "registry": Text;
    DEPENDENCY needs &["condition"],
        "condition": Word(&[
            "service_started",
            "service_healthy",
            "service_completed_successfully",
        ]),
        "required": Boolean, "restart": Boolean;
    DEPLOY,
        "endpoint_mode": Text, "labels": LIST_OR_MAP, "mode": Text,
        "placement": Type::Shape(&PLACEMENT), "replicas": Number,
        "resources": Type::Shape(&RESOURCES), "restart_policy": Type::Shape(&RESTART_POLICY),
        "rollback_config": Type::Shape(&UPDATE), "update_config": Type::Shape(&UPDATE);
    UPDATE,
        "delay": Text, "failure_action": Text, "max_failure_ratio": Number, "monitor": Text,
        "order": Word(&["start-first", "stop-first"]), "parallelism": Number;
    RESTART_POLICY,
        "condition": Text, "delay": Text, "max_attempts": Number, "window": Text;
    PLACEMENT,
        "constraints": TEXTS, "max_replicas_per_node": Number,
        "preferences": List(&Type::Shape(&PREFERENCE));
    PREFERENCE, "spread": Text;
    RESOURCES,
        "limits": Type::Shape(&LIMITS), "reservations": Type::Shape(&RESERVATIONS);
    LIMITS, "cpus": Number, "memory": Text, "pids": Number;
    RESERVATIONS,
        "cpus": Number, "devices": DEVICES,
        "generic_resources": List(&Type::Shape(&GENERIC_RESOURCE)), "memory": Text;
    GENERIC_RESOURCE, "discrete_resource_spec": Type::Shape(&DISCRETE_RESOURCE);
    DISCRETE_RESOURCE, "kind": Text, "value": Number;
    DEVICE_REQUEST,
        "capabilities": TEXTS, "count": Number, "device_ids": TEXTS, "driver": Text,
        "options": LIST_OR_MAP;
    DEVELOP, "watch": List(&Type::Shape(&WATCH));
    WATCH needs &["path", "action"],
        "action": Word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
        "exec": Type::Shape(&HOOK), "ignore": TEXT_OR_TEXTS, "include": TEXT_OR_TEXTS,
        "initial_sync": Boolean, "path": Text, "target": Text;
    HOOK needs &["command"],
        "command": COMMAND, "environment": LIST_OR_MAP, "privileged": Boolean, "user": Text,
        "working_dir": Text;
    DEVICE needs &["source"], "permissions": Text, "source": Text, "target": Text;
    ENV_FILE needs &["path"], "format": Text, "path": Text, "required": Boolean;
    EXTENDS needs &["service"], "file": Text, "service": Text;
    HEALTH_CHECK,
        "disable": Boolean, "interval": Text, "retries": Number, "start_interval": Text,
        "start_period": Text, "test": TEXT_OR_TEXTS, "timeout": Text;
    LOGGING, "driver": Text, "options": Map(&Either(&[&Null, &Number]));
    SERVICE_MODEL, "endpoint_var": Text, "model_var": Text;
    SERVICE_NETWORK,
        "aliases": TEXTS, "driver_opts": OPTIONS, "gw_priority": Number, "interface_name": Text,
        "ipv4_address": Text, "ipv6_address": Text, "link_local_ips": TEXTS,
        "mac_address": Text, "priority": Number;
    PORT,
        "app_protocol": Text, "host_ip": Text, "mode": Text, "name": Text, "protocol": Text,
        "published": Number, "target": Number;
    PROVIDER needs &["type"], "options": Map(&Any), "type": Text;
    MOUNTED_FILE,
        "gid": Text, "mode": Number, "source": Text, "target": Text, "uid": Text;
    ULIMIT needs &["hard", "soft"], "hard": Number, "soft": Number;
    MOUNT needs &["type"],
        "bind": Type::Shape(&BIND), "consistency": Text, "image": Type::Shape(&IMAGE_MOUNT),
        "read_only": Boolean, "source": Text, "target": Text, "tmpfs": Type::Shape(&TMPFS),
        "type": Word(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
        "volume": Type::Shape(&VOLUME_MOUNT);
    BIND,
        "create_host_path": Boolean, "propagation": Text,
        "recursive": Word(&["enabled", "disabled", "writable", "readonly"]),
        "selinux": Word(&["z", "Z"]);
    IMAGE_MOUNT, "subpath": Text;
    TMPFS, "mode": Number, "size": Number;
    VOLUME_MOUNT, "labels": LIST_OR_MAP, "nocopy": Boolean, "subpath": Text;
    NETWORK,
        "attachable": Boolean, "driver": Text, "driver_opts": OPTIONS, "enable_ipv4": Boolean,
        "enable_ipv6": Boolean, "external": EXTERNAL, "internal": Boolean,
        "ipam": Type::Shape(&IPAM), "labels": LIST_OR_MAP, "name": Text;
    IPAM, "config": List(&Type::Shape(&SUBNET)), "driver": Text, "options": Map(&Text);
    SUBNET,
        "aux_addresses": Map(&Text), "gateway": Text, "ip_range": Text, "subnet": Text;
    VOLUME,
        "driver": Text, "driver_opts": OPTIONS, "external": EXTERNAL, "labels": LIST_OR_MAP,
        "name": Text;
    CONFIG,
        "content": Text, "environment": Text, "external": EXTERNAL, "file": Text,
        "labels": LIST_OR_MAP, "name": Text, "template_driver": Text;
    SECRET,
        "driver": Text, "driver_opts": OPTIONS, "environment": Text, "external": EXTERNAL,
        "file": Text, "labels": LIST_OR_MAP, "name": Text, "template_driver": Text;
    EXTERNAL_NAME, "name": Text;
    MODEL needs &["model"],
        "context_size": Whole, "model": Text, "name": Text, "runtime_flags": TEXTS;
}

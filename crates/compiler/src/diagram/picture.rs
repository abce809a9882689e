//! What is drawn: a box for each workload and for each resource that several workloads share. What
//! one workload has for itself is a line in its box, so that a picture of many workloads is readable.

use std::collections::{BTreeMap, BTreeSet};

use super::{Diagram, Edge, Node, Relation, neighbours};
use crate::model::Uid;

/// How many workloads have arrows to one resource; if more use it, it is a line in each of them.
const MAX_ARROWS: usize = 8;

/// Boxes and the arrows between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The boxes, in the order of the nodes.
    pub boxes: Vec<Box>,
    /// The arrows, as indices in `boxes`, sorted.
    pub arrows: BTreeSet<(usize, usize)>,
}

/// A box with text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Box {
    /// The first line.
    pub title: String,
    /// The other lines.
    pub lines: Vec<String>,
    /// What it stands for.
    pub shape: Shape,
}

/// What a box stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// A workload.
    Workload,
    /// A workload that a route leads to.
    Routed,
    /// A workload that is no part of the run.
    External,
    /// A resource of several workloads.
    Resource,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 4] = [
        Shape::Workload,
        Shape::Routed,
        Shape::External,
        Shape::Resource,
    ];

    /// The name of its style.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Workload => "workload",
            Shape::Routed => "routed",
            Shape::External => "external",
            Shape::Resource => "resource",
        }
    }
}

impl Picture {
    /// The picture of a diagram, or of what is around one of its nodes.
    pub fn new(diagram: &Diagram, focus: Option<usize>) -> Picture {
        let places = Places::of(diagram);
        let mut picture = Picture::default();
        let mut boxes: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, node) in diagram.nodes.iter().enumerate() {
            if let Some(one) = places.draw(index, node) {
                boxes.insert(index, picture.boxes.len());
                picture.boxes.push(one);
            }
        }
        for (index, node) in diagram.nodes.iter().enumerate() {
            let owners = places.lines.get(&index).into_iter().flatten();
            for owner in owners.filter_map(|owner| boxes.get(owner)) {
                picture.boxes[*owner].add(node, places.is_shared(index));
            }
        }
        for edge in &diagram.edges {
            let ends = (boxes.get(&edge.from), boxes.get(&edge.to));
            if let (Some(from), Some(to)) = ends {
                picture.arrows.insert((*from, *to));
            }
        }
        let focused = focus.and_then(|node| {
            let owner = places.lines.get(&node).and_then(|owners| owners.first());
            boxes.get(owner.unwrap_or(&node)).copied()
        });
        match focused {
            Some(focused) => picture.around(focused),
            None => picture,
        }
    }

    fn around(self, index: usize) -> Picture {
        let kept = neighbours(self.arrows.iter().copied(), index);
        let kept: Vec<usize> = kept.into_iter().collect();
        let new = |old: &usize| kept.binary_search(old).ok();
        let arrows = self.arrows.iter();
        Picture {
            arrows: arrows
                .filter_map(|(from, to)| Some((new(from)?, new(to)?)))
                .collect(),
            boxes: kept.iter().map(|old| self.boxes[*old].clone()).collect(),
        }
    }
}

impl Box {
    /// Adds the line of a resource.
    fn add(&mut self, node: &Node, is_shared: bool) {
        let Node::Resource {
            uid,
            address,
            is_address: false,
        } = node
        else {
            return;
        };
        let kind = kind(uid);
        let own = uid.id.rsplit('.').next().unwrap_or_default();
        self.lines.push(match address {
            Some(address) => format!("{kind} {address}"),
            None if is_shared => format!("{kind} {} (shared)", uid.id),
            None => format!("{kind} {own}"),
        });
        if address.is_some() && self.shape == Shape::Workload {
            self.shape = Shape::Routed;
        }
    }
}

/// The type of a resource, with its class unless that is the default.
fn kind(uid: &Uid) -> String {
    match uid.class.as_str() {
        "default" => uid.kind.clone(),
        class => format!("{}.{class}", uid.kind),
    }
}

/// Where resources are drawn.
struct Places {
    /// For each resource without a box of its own the workloads in whose boxes it is a line.
    lines: BTreeMap<usize, Vec<usize>>,
}

impl Places {
    fn of(diagram: &Diagram) -> Places {
        let mut users: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut needed_by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for Edge {
            from, to, relation, ..
        } in &diagram.edges
        {
            match relation {
                Relation::Uses => users.entry(*to).or_default().push(*from),
                Relation::Needs => needed_by.entry(*to).or_default().push(*from),
                Relation::Calls => {}
            }
        }
        let mut lines: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (resource, users) in &users {
            if users.len() == 1 || users.len() > MAX_ARROWS {
                lines.insert(*resource, users.clone());
            }
        }
        // A resource that one with a box needs has a box too.
        loop {
            let has_box = |one: &usize| !lines.contains_key(one);
            let needed = needed_by.iter().filter(|(_, by)| by.iter().any(has_box));
            let needed: Vec<usize> = needed
                .map(|(needed, _)| *needed)
                .filter(|one| lines.contains_key(one))
                .collect();
            if needed.is_empty() {
                break;
            }
            needed.iter().for_each(|one| drop(lines.remove(one)));
        }
        Places { lines }
    }

    fn is_shared(&self, resource: usize) -> bool {
        self.lines
            .get(&resource)
            .is_some_and(|owners| owners.len() > 1)
    }

    /// The box of a node; `None` for a resource that is a line.
    fn draw(&self, index: usize, node: &Node) -> Option<Box> {
        let (title, lines, shape) = match node {
            Node::Workload { name, is_external } => {
                let shape = match is_external {
                    true => Shape::External,
                    false => Shape::Workload,
                };
                (name.clone(), Vec::new(), shape)
            }
            Node::Resource {
                is_address: true, ..
            } => return None,
            Node::Resource { .. } if self.lines.contains_key(&index) => return None,
            Node::Resource { uid, .. } => (uid.id.clone(), vec![kind(uid)], Shape::Resource),
        };
        Some(Box {
            title,
            lines,
            shape,
        })
    }
}

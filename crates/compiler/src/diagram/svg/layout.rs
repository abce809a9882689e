//! Where boxes and arrows are: those with arrows in layers from left to right, the others in rows
//! below.

use std::collections::BTreeSet;

use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel, RankDir};

/// Around the picture, and between boxes in rows.
const MARGIN: f64 = 16.0;
/// The width that rows have at least.
const ROW: f64 = 960.0;

/// Between two layers.
const BETWEEN_LAYERS: f64 = 72.0;

/// A picture with places, in pixels from the upper left corner.
pub(super) struct Layout {
    pub(super) frames: Vec<Frame>,
    /// The points of each arrow.
    pub(super) lines: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The place of a box.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Layout {
    /// `sizes` has width and height of each box.
    pub(super) fn new(sizes: &[(f64, f64)], arrows: &BTreeSet<(usize, usize)>) -> Layout {
        let connected: BTreeSet<usize> =
            arrows.iter().flat_map(|(from, to)| [*from, *to]).collect();
        let frame = |(width, height): &(f64, f64)| Frame {
            width: *width,
            height: *height,
            ..Frame::default()
        };
        let mut layout = Layout {
            frames: sizes.iter().map(frame).collect(),
            lines: Vec::new(),
            width: 0.0,
            height: 0.0,
        };
        if !connected.is_empty() {
            layout.place_layers(&connected, arrows);
        }
        layout.place_rows(&connected);
        layout.width += MARGIN;
        layout.height += MARGIN;
        layout
    }

    fn place_layers(&mut self, connected: &BTreeSet<usize>, arrows: &BTreeSet<(usize, usize)>) {
        let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(GraphOptions {
            directed: true,
            multigraph: false,
            compound: false,
        });
        for index in connected {
            let frame = &self.frames[*index];
            let label = NodeLabel {
                width: frame.width,
                height: frame.height,
                ..NodeLabel::default()
            };
            graph.set_node(index.to_string(), Some(label));
        }
        for (from, to) in arrows {
            let (from, to) = (from.to_string(), to.to_string());
            graph.set_edge(from, to, Some(EdgeLabel::default()), None);
        }
        let options = LayoutOptions {
            rankdir: RankDir::LR,
            nodesep: 18.0,
            edgesep: 10.0,
            ranksep: BETWEEN_LAYERS,
            marginx: MARGIN,
            marginy: MARGIN,
            ..LayoutOptions::default()
        };
        dagre::layout(&mut graph, Some(options));
        for index in connected {
            let Some(label) = graph.node(&index.to_string()) else {
                continue;
            };
            let frame = &mut self.frames[*index];
            // The layout has the middle of each box.
            frame.x = label.x.unwrap_or_default() - frame.width / 2.0;
            frame.y = label.y.unwrap_or_default() - frame.height / 2.0;
        }
        for (from, to) in arrows {
            let edge = dagre::graph::Edge::new(from.to_string(), to.to_string());
            let points = graph.edge_by_obj(&edge).into_iter();
            let points: Vec<(f64, f64)> = points
                .flat_map(|label| &label.points)
                .map(|point| (point.x, point.y))
                .collect();
            let line = line(&self.frames[*from], &self.frames[*to], &points);
            self.lines.push(line);
        }
        self.move_into_view();
        let corners = connected.iter().map(|index| self.frames[*index].corner());
        let points = self.lines.iter().flatten().copied().chain(corners);
        (self.width, self.height) = size(points);
    }

    /// Moves everything right and down when arrows begin above or left of the picture.
    fn move_into_view(&mut self) {
        let points = || self.lines.iter().flatten();
        let left = points().map(|point| point.0).fold(0.0, f64::min);
        let top = points().map(|point| point.1).fold(0.0, f64::min);
        let shift = |least: f64| if least < 0.0 { MARGIN - least } else { 0.0 };
        let (right, down) = (shift(left), shift(top));
        for frame in &mut self.frames {
            frame.x += right;
            frame.y += down;
        }
        for (x, y) in self.lines.iter_mut().flatten() {
            *x += right;
            *y += down;
        }
    }

    fn place_rows(&mut self, connected: &BTreeSet<usize>) {
        let end = self.width.max(ROW);
        let (mut x, mut y) = (MARGIN, self.height + MARGIN);
        for (index, frame) in self.frames.iter_mut().enumerate() {
            if connected.contains(&index) {
                continue;
            }
            if x > MARGIN && x + frame.width > end {
                (x, y) = (MARGIN, self.height + MARGIN);
            }
            (frame.x, frame.y) = (x, y);
            x += frame.width + MARGIN;
            let points = [(self.width, self.height), frame.corner()];
            (self.width, self.height) = size(points.into_iter());
        }
    }
}

/// Width and height of what reaches from the upper left corner to all points.
fn size(points: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    points.fold((0.0, 0.0), |(width, height), (x, y)| {
        (f64::max(width, x), f64::max(height, y))
    })
}

/// The points of an arrow between two sides of boxes: level through each layer, so that it touches
/// no box there, and up or down between two layers. Of the points of the layout every second one is
/// between layers, in the middle.
fn line(from: &Frame, to: &Frame, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let is_left_to_right = from.x < to.x;
    let (start, end, half) = match is_left_to_right {
        true => (from.right(), to.left(), BETWEEN_LAYERS / 2.0),
        false => (from.left(), to.right(), -BETWEEN_LAYERS / 2.0),
    };
    let inner = points.get(1..points.len().saturating_sub(1));
    let inner = inner.unwrap_or_default();
    let mut line = vec![start];
    for (index, (x, _)) in inner.iter().enumerate().step_by(2) {
        let after = inner.get(index + 1).map_or(end.1, |(_, y)| *y);
        let before = line.last().map_or(start.1, |(_, y)| *y);
        line.extend([(x - half, before), (x + half, after)]);
    }
    line.push(end);
    line
}

impl Frame {
    /// The lower right corner.
    fn corner(&self) -> (f64, f64) {
        (self.x + self.width, self.y + self.height)
    }

    fn left(&self) -> (f64, f64) {
        (self.x, self.y + self.height / 2.0)
    }

    fn right(&self) -> (f64, f64) {
        (self.x + self.width, self.y + self.height / 2.0)
    }
}

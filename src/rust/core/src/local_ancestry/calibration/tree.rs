//! Posteriors of the nodes of a population tree, and the lowest node that is probable enough.
//!
//! Leaves are populations. An inner node has the sum of its leaves, the root 1.

use crate::error::Result;
use crate::task::Task;
use std::ops::Range;

/// How far a node may miss a threshold by rounding.
const ROUNDING: f64 = 1e-9;

/// Rows after which work hears that it should stop.
const ROWS_PER_CHECK: usize = 1 << 16;

/// A rooted tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// n_nodes - 1, of all nodes but the first, the root; every parent comes before its children.
    parent: Vec<usize>,
    /// Nodes without children, rising.
    leaves: Vec<usize>,
    /// n_nodes, steps from the root.
    depth: Vec<usize>,
    /// n_nodes.
    children: Vec<Vec<usize>>,
}

impl Tree {
    /// `parent`: of all nodes but the root, which is node 0.
    ///
    /// # Panics
    /// If a node comes before its parent.
    pub fn new(parent: Vec<usize>) -> Tree {
        let mut depth = vec![0; parent.len() + 1];
        let mut is_leaf = vec![true; parent.len() + 1];
        let mut children = vec![Vec::new(); parent.len() + 1];
        for (at, &above) in parent.iter().enumerate() {
            assert!(above <= at, "parents come first");
            depth[at + 1] = depth[above] + 1;
            is_leaf[above] = false;
            children[above].push(at + 1);
        }
        let leaves = (0..depth.len()).filter(|&node| is_leaf[node]).collect();
        Tree { parent, leaves, depth, children }
    }

    pub fn n_nodes(&self) -> usize {
        self.depth.len()
    }

    pub fn n_leaves(&self) -> usize {
        self.leaves.len()
    }

    /// The node above one that is not the root.
    ///
    /// # Panics
    /// If it is the root, or there is no such node.
    pub fn parent(&self, node: usize) -> usize {
        self.parent[node - 1]
    }

    /// Leaves, rising.
    pub fn leaves(&self) -> &[usize] {
        &self.leaves
    }

    /// The nodes right below one, rising.
    pub fn children(&self, node: usize) -> &[usize] {
        &self.children[node]
    }

    /// Adds the values of nodes, n_nodes, to those above them.
    pub fn add_up(&self, values: &mut [f64]) {
        self.fill(values, |node| node);
    }

    /// Fills in inner nodes: `at` gives the place of the value of a node.
    fn fill(&self, values: &mut [f64], at: impl Fn(usize) -> usize) {
        // Children come after their parents, so that each is whole when it is added.
        for node in (1..self.n_nodes()).rev() {
            values[at(self.parent[node - 1])] += values[at(node)];
        }
    }

    /// Values of all nodes from those of the leaves.
    ///
    /// | argument  | shape             | values                             |
    /// |-----------|-------------------|------------------------------------|
    /// | `leaves`  | n_leaves          | columns of equal length, by leaf   |
    /// | returned  | n_nodes x n_rows  | an inner node: sum of its leaves   |
    ///
    /// # Panics
    /// If there is not one column for each leaf, or they differ in length.
    pub fn sums(&self, leaves: &[&[f64]]) -> Vec<f64> {
        assert_eq!(leaves.len(), self.n_leaves(), "a column for each leaf");
        let n_rows = leaves[0].len();
        let mut values = vec![0.0; self.n_nodes() * n_rows];
        for (&node, column) in self.leaves.iter().zip(leaves) {
            values[node * n_rows..][..n_rows].copy_from_slice(column);
        }
        (0..n_rows).for_each(|row| self.fill(&mut values, |node| node * n_rows + row));
        values
    }

    /// For each row the lowest node that is probable enough, with its probability; `None` if only
    /// the root is.
    ///
    /// Of the nodes that reach the threshold the one with the most steps from the root is taken; if
    /// several are equally far, the most probable one, and of equals the first. A threshold of 0
    /// takes the most probable leaf. What is not a number reaches nothing.
    ///
    /// | argument    | shape             | values                             |
    /// |-------------|-------------------|------------------------------------|
    /// | `leaves`    | n_leaves          | columns of equal length, by leaf   |
    /// | `threshold` |                   | 0 to 1                             |
    /// | returned    | n_rows            |                                    |
    ///
    /// # Errors
    /// [`crate::error::Error::Interrupted`] if the task is canceled.
    ///
    /// # Panics
    /// If there is not one column for each leaf, or they differ in length.
    pub fn lowest_nodes(
        &self,
        leaves: &[&[f64]],
        threshold: f64,
        task: &Task,
    ) -> Result<Vec<Option<(usize, f64)>>> {
        assert_eq!(leaves.len(), self.n_leaves(), "a column for each leaf");
        let n_rows = leaves[0].len();
        task.begin("assigning ancestry", n_rows as u64)?;
        let mut nodes = Vec::with_capacity(n_rows);
        for start in (0..n_rows).step_by(ROWS_PER_CHECK) {
            let rows = start..(start + ROWS_PER_CHECK).min(n_rows);
            task.advance(rows.len() as u64)?;
            nodes.extend(self.lowest_of_rows(leaves, rows, threshold));
        }
        Ok(nodes)
    }

    fn lowest_of_rows(
        &self,
        leaves: &[&[f64]],
        rows: Range<usize>,
        threshold: f64,
    ) -> impl Iterator<Item = Option<(usize, f64)>> {
        let mut values = vec![0.0; self.n_nodes()];
        rows.map(move |row| {
            values.fill(0.0);
            self.leaves.iter().zip(leaves).for_each(|(&leaf, column)| values[leaf] = column[row]);
            if threshold == 0.0 {
                return self.best_leaf(&values);
            }
            self.fill(&mut values, |node| node);
            self.lowest(&values, threshold)
        })
    }

    fn best_leaf(&self, values: &[f64]) -> Option<(usize, f64)> {
        if self.leaves.iter().any(|&leaf| values[leaf].is_nan()) {
            return None;
        }
        let likelier =
            |best: usize, &leaf: &usize| if values[leaf] > values[best] { leaf } else { best };
        let best = self.leaves[1..].iter().fold(self.leaves[0], likelier);
        Some((best, values[best]))
    }

    fn lowest(&self, values: &[f64], threshold: f64) -> Option<(usize, f64)> {
        let mut lowest: Option<(usize, f64)> = None;
        for (node, &own) in values.iter().enumerate().skip(1) {
            let is_better = lowest.is_none_or(|(best, most)| {
                let (depth, level) = (self.depth[node], self.depth[best]);
                depth > level || (depth == level && own > most)
            });
            if own >= threshold - ROUNDING && is_better {
                lowest = Some((node, own));
            }
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::random::generator;
    use rand_chacha::rand_core::RngCore;

    /// ((a,b)ab,(c,(d,e)de)cde)all; nodes: all 0, ab 1, a 2, b 3, cde 4, c 5, de 6, d 7, e 8.
    fn five() -> Tree {
        Tree::new(vec![0, 1, 1, 0, 4, 4, 6, 6])
    }

    fn columns(rows: &[[f64; 5]]) -> Vec<Vec<f64>> {
        (0..5).map(|leaf| rows.iter().map(|row| row[leaf]).collect()).collect()
    }

    fn lowest(rows: &[[f64; 5]], threshold: f64) -> Vec<Option<(usize, f64)>> {
        let columns = columns(rows);
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        five().lowest_nodes(&views, threshold, &Task::new()).unwrap()
    }

    #[test]
    fn nodes_worked_by_hand() {
        let tree = five();
        assert_eq!((tree.n_nodes(), tree.n_leaves()), (9, 5));
        assert_eq!(tree.depth, [0, 1, 2, 2, 1, 2, 2, 3, 3]);
        let node = |row: [f64; 5], threshold| lowest(&[row], threshold)[0].map(|(node, _)| node);
        assert_eq!(node([0.85, 0.05, 0.05, 0.05, 0.0], 0.8), Some(2));
        assert_eq!(node([0.5, 0.35, 0.05, 0.05, 0.05], 0.8), Some(1));
        assert_eq!(node([0.3, 0.2, 0.2, 0.2, 0.1], 0.8), None);
        // 0.1 + 0.7 is a little less than 0.8 in binary.
        assert_eq!(node([0.1, 0.7, 0.2, 0.0, 0.0], 0.8), Some(1));
        // Equal depth: the more probable, then the first. Deeper goes before more probable.
        assert_eq!(node([0.3, 0.45, 0.25, 0.0, 0.0], 0.2), Some(3));
        assert_eq!(node([0.4, 0.4, 0.2, 0.0, 0.0], 0.4), Some(2));
        assert_eq!(node([0.0, 0.0, 0.7, 0.3, 0.0], 0.3), Some(7));
        assert_eq!(node([0.0, 0.0, 0.7, 0.3, 0.0], 0.0), Some(5));
        assert_eq!(node([0.0, f64::NAN, 0.7, 0.3, 0.0], 0.0), None);
        assert_eq!(node([f64::NAN; 5], 0.3), None);
    }

    #[test]
    fn sums_worked_by_hand() {
        let columns = columns(&[[1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 0.5, 0.0, 0.25, 0.25]]);
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let got = five().sums(&views);
        let first: Vec<f64> = got.iter().step_by(2).copied().collect();
        assert_eq!(first, [15.0, 3.0, 1.0, 2.0, 12.0, 3.0, 9.0, 4.0, 5.0]);
        let second: Vec<f64> = got.iter().skip(1).step_by(2).copied().collect();
        assert_eq!(second, [1.0, 0.5, 0.0, 0.5, 0.5, 0.0, 0.5, 0.25, 0.25]);
        let views: Vec<&[f64]> = vec![&[]; 5];
        assert!(five().sums(&views).is_empty());
    }

    /// Reference implementation: leaves below each node are looked for by going up from them, and
    /// all nodes that reach the threshold are put in order.
    #[test]
    fn agrees_with_looking_at_each_node() {
        let tree = five();
        let mut source = generator(4, 0);
        let mut uniform = || f64::from(source.next_u32()) / f64::from(u32::MAX);
        let rows: Vec<[f64; 5]> = (0..400)
            .map(|_| {
                let raw = [(); 5].map(|()| uniform().powi(3));
                raw.map(|value| value / raw.iter().sum::<f64>())
            })
            .collect();
        let is_below = |leaf: usize, node: usize| {
            let mut at = leaf;
            while at != node && at > 0 {
                at = tree.parent[at - 1];
            }
            at == node
        };
        let value = |row: &[f64; 5], node: usize| -> f64 {
            let own = (0..5).filter(|&leaf| is_below(tree.leaves[leaf], node));
            own.map(|leaf| row[leaf]).sum()
        };
        let columns = columns(&rows);
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        for (at, sum) in tree.sums(&views).iter().enumerate() {
            assert!((sum - value(&rows[at % 400], at / 400)).abs() < 1e-12);
        }
        for threshold in [0.2, 0.5, 0.8, 1.0] {
            for (row, got) in rows.iter().zip(lowest(&rows, threshold)) {
                let mut able: Vec<usize> =
                    (1..9).filter(|&node| value(row, node) >= threshold - 1e-9).collect();
                able.sort_by(|&a, &b| {
                    let by_depth = tree.depth[b].cmp(&tree.depth[a]);
                    by_depth.then(value(row, b).total_cmp(&value(row, a)))
                });
                assert_eq!(got.map(|(node, _)| node), able.first().copied());
                if let Some((node, p)) = got {
                    assert!((p - value(row, node)).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn a_canceled_task_stops_it() {
        let task = Task::new();
        task.cancel();
        let views: Vec<&[f64]> = vec![&[0.2]; 5];
        assert!(five().lowest_nodes(&views, 0.5, &task).is_err());
    }
}

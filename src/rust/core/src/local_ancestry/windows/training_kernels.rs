//! Kernels for training the SVMs of a window.

use crate::data::haplotypes::window_rows::WindowRows;
use crate::local_ancestry::windows::entries::Entries;
use crate::local_ancestry::windows::kernel::compare;
use crate::local_ancestry::windows::kernel::kernel_matrix;
use crate::local_ancestry::windows::landmarks::landmarks;
use crate::local_ancestry::windows::settings::Multiclass;
use crate::local_ancestry::windows::settings::Settings;
use crate::svm::smo::KernelMatrix;

/// Kernels of the kinds of haplotypes of a window.
#[derive(Clone, Debug)]
pub enum WindowKernels {
    /// n_kinds x n_kinds.
    All(KernelMatrix),
    /// With landmarks alone.
    Landmarks {
        /// n_landmarks, entries of different kinds.
        landmark: Vec<usize>,
        /// n_kinds x n_landmarks.
        values: Vec<f32>,
        /// n_kinds: its column; that of another kind where it is no landmark.
        column: Vec<u32>,
    },
}

impl WindowKernels {
    /// With landmarks if SVMs are trained jointly and the panel is large.
    pub fn new(entries: &Entries, settings: &Settings) -> WindowKernels {
        let joint = settings.multiclass == Multiclass::Joint;
        let chosen = joint.then(|| landmarks(entries, settings.landmarks)).flatten();
        let Some(landmark) = chosen else {
            return WindowKernels::All(kernel_matrix(settings.kernel, &entries.kinds));
        };
        let kinds = &entries.kinds;
        let mut rows = WindowRows::new(kinds.n_variants());
        let mut column = vec![0; kinds.n_rows()];
        for (place, &entry) in landmark.iter().enumerate() {
            let kind = entries.kind[entry] as usize;
            rows.push(kinds.alleles(kind), kinds.present(kind));
            column[kind] = place as u32;
        }
        let mut values = vec![0.0; kinds.n_rows() * landmark.len()];
        compare(settings.kernel, kinds, &rows, &mut values, landmark.len());
        WindowKernels::Landmarks { landmark, values, column }
    }

    /// Kernels of a kind, at the columns that [`WindowKernels::column`] returns.
    ///
    /// # Panics
    /// If there is no such kind.
    pub fn row(&self, kind: usize) -> &[f32] {
        match self {
            WindowKernels::All(matrix) => matrix.values(kind),
            WindowKernels::Landmarks { landmark, values, .. } => {
                &values[kind * landmark.len()..][..landmark.len()]
            }
        }
    }

    /// n_entries: where the kernels with each of these kinds are; `None` of a kind that is no
    /// landmark.
    pub fn columns(&self, kind: &[u32]) -> Vec<Option<usize>> {
        match self {
            WindowKernels::All(_) => kind.iter().map(|&kind| Some(kind as usize)).collect(),
            WindowKernels::Landmarks { landmark, column, .. } => {
                let mut is_landmark = vec![false; kind.len()];
                landmark.iter().for_each(|&entry| is_landmark[entry] = true);
                let place = |(&kind, &is_landmark): (&u32, &bool)| {
                    is_landmark.then(|| column[kind as usize] as usize)
                };
                kind.iter().zip(&is_landmark).map(place).collect()
            }
        }
    }

    /// Where the kernels with a kind are, which must be that of a landmark if there are any.
    ///
    /// # Panics
    /// If there is no such kind.
    pub fn column(&self, kind: u32) -> usize {
        match self {
            WindowKernels::All(_) => kind as usize,
            WindowKernels::Landmarks { column, .. } => column[kind as usize] as usize,
        }
    }
}

//! PLINK 1 files, and model files.

pub mod atomic_file;
pub mod bed;
pub mod bim;
pub mod fam;
pub mod fileset;
pub mod model_file;
pub mod table;

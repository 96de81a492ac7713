//! PLINK 1 files, genetic maps and model files.

pub mod atomic_file;
pub mod bed;
pub mod bim;
pub mod fam;
pub mod fileset;
pub mod genetic_map;
pub mod model_file;
pub mod table;

//! PLINK 1, PLINK 2, EIGENSTRAT and VCF files, genetic maps, Q matrices, local ancestry and model files.

pub mod ancestry_table;
pub mod atomic_file;
pub mod bed;
pub mod bgzf;
pub mod bim;
pub mod eigenstrat;
pub mod fam;
pub mod fileset;
pub mod genetic_map;
pub mod haplotype_file;
pub mod lines;
pub mod mapped_file;
pub mod model_file;
pub mod model_tree;
pub mod number;
pub mod pgen;
pub mod q_matrix;
pub mod q_table;
pub mod table;
pub mod text_file;
pub mod vcf;
pub mod zstd;

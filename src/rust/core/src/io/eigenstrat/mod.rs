//! EIGENSTRAT files: `.geno` (text, or packed as PACKEDANCESTRYMAP, variant after variant or, as
//! TGENO, sample after sample), `.snp` and `.ind`.
//!
//! Source: the CONVERTF and `README` files of EIGENSOFT and AdmixTools. A genotype of these files is
//! the number of copies of the first allele of the .snp, which is `ref` here; we count the other.

pub mod geno;
pub mod one_allele;
pub mod tables;

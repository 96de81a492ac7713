//! How many copies of a chromosome a sample has, and which samples count.
//!
//! The rules are those of PLINK 1.9, found by experiment:
//!
//! | chromosome      | allele frequency                        | Hardy-Weinberg   | LD pruning            |
//! |-----------------|-----------------------------------------|------------------|-----------------------|
//! | autosome, PAR   | two copies                              | tested           | copies 0, 1, 2        |
//! | X               | males one copy, their het calls missing | males left out   | males 0, 1; see below |
//! | Y               | males alone, het calls missing          | not tested       | males alone           |
//! | mitochondrial   | counted as if two copies                | not tested       | copies 0, 1, 2        |
//! | unplaced        | two copies                              | tested           | dropped               |
//!
//! A sample of unknown sex counts as a female. On X, where a male's 0 and 1 are
//! beside a female's 0, 1 and 2, a correlation depends on which allele is counted:
//! it is the minor one.

/// How a chromosome is inherited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inheritance {
    /// Two copies in every sample; pseudo-autosomal regions too.
    Autosomal,
    /// The X chromosome, or another of which males have one copy.
    XLinked,
    /// The Y chromosome, or another that only males have.
    YLinked,
    /// The mitochondrial chromosome.
    Mitochondrial,
    /// PLINK's chromosome 0: the position is not known.
    Unplaced,
}

impl Inheritance {
    /// Whether it takes part in statistics of autosomes (heterozygosity, kinship),
    /// as PLINK's chromosome 0 does.
    pub fn is_diploid(self) -> bool {
        matches!(self, Inheritance::Autosomal | Inheritance::Unplaced)
    }
}

/// Sex and founder status of the samples of a view.
///
/// | field     | shape     | values                                        |
/// |-----------|-----------|-----------------------------------------------|
/// | `male`    | n_samples | false for a female or where the sex is unknown |
/// | `founder` | n_samples | false where a parent is recorded              |
#[derive(Clone, Debug)]
pub struct Samples {
    pub male: Vec<bool>,
    pub founder: Vec<bool>,
}

impl Samples {
    /// Founders that are male (`male` true) or that are not.
    pub fn founders_by_sex(&self, male: bool) -> Vec<bool> {
        self.male.iter().zip(&self.founder).map(|(&m, &f)| f && m == male).collect()
    }
}

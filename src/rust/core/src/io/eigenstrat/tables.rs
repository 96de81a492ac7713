//! The tables of EIGENSTRAT: variants (.snp) and samples (.ind).

use crate::error::Error;
use crate::error::Result;
use crate::io::bim::Variants;
use crate::io::bim::position_name;
use crate::io::number;
use crate::io::table::Layout;
use std::path::Path;

const SNP: Layout<6> = Layout {
    names: [
        &["id", "snp", "rsid", "variant_id"],
        &["chrom", "chr", "chromosome"],
        &["morgans"],
        &["pos", "bp", "position", "position_bp"],
        &["ref"],
        &["alt"],
    ],
    is_needed: [true, true, false, true, false, false],
    places: |n| match n {
        4 => Some([Some(0), Some(1), Some(2), Some(3), None, None]),
        6.. => Some([Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)]),
        _ => None,
    },
    rule: "Every line of a .snp file must have the same columns: variant ID, chromosome, Morgans, \
           base pairs and, it may be, two alleles.",
    hint: "Columns are separated by spaces or tabs.",
    what: "variant",
};

const IND: Layout<3> = Layout {
    names: [&["id", "iid", "sample_id"], &["sex"], &["population", "label"]],
    is_needed: [true, true, true],
    places: |n| (n >= 3).then_some([Some(0), Some(1), Some(2)]),
    rule: "Every line of an .ind file must have the same columns: sample ID, sex and population.",
    hint: "Columns are separated by spaces or tabs, so names can have none.",
    what: "sample",
};

/// The samples of an .ind file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    pub id: Vec<String>,
    /// `M`, `F`, or anything else for unknown.
    pub sex: Vec<String>,
    /// Population, or `Case`, `Control`, `Ignore`.
    pub population: Vec<String>,
}

/// Reads a .snp file. A file without alleles gives `0` for both; chromosomes 23, 24, 90 and 91 are
/// X, Y, MT and XY.
///
/// # Errors
/// [`Error::Field`] for a position that is not a number; otherwise as [`Layout::read`].
pub fn read_variants(path: &Path) -> Result<Variants> {
    let mut variants = Variants::default();
    SNP.read(path, |line, columns| {
        let [id, chrom, morgans, bp, reference, alt] = columns;
        let field = |found: &str, rule| Error::Field {
            path: path.to_owned(),
            line,
            found: found.to_owned(),
            rule,
        };
        let bp = bp.unwrap_or_default();
        let position_bp = number::position_bp(bp).map_err(|_| {
            field(bp, "The position of a .snp file must be in base pairs, a whole number.")
        })?;
        let morgans = morgans.unwrap_or_default();
        let morgans = number::decimal(morgans, number::MISSING).map_err(|_| {
            field(morgans, "The genetic position of a .snp file must be a number of Morgans.")
        })?;
        let chrom = match chrom.unwrap_or_default() {
            "23" => "X",
            "24" => "Y",
            "90" => "MT",
            "91" => "XY",
            other => other,
        };
        let (reference, alt) = (reference.unwrap_or("0"), alt.unwrap_or("0"));
        let id = match id.unwrap_or_default() {
            "." => position_name(chrom, position_bp, reference, alt),
            id => id.to_owned(),
        };
        variants.id.push(id);
        variants.chrom.push(chrom.to_owned());
        variants.position_cm.push(100.0 * morgans.unwrap_or(0.0));
        variants.position_bp.push(position_bp);
        variants.ref_allele.push(reference.to_owned());
        variants.alt_allele.push(alt.to_owned());
        Ok(())
    })?;
    Ok(variants)
}

/// Reads an .ind file.
///
/// # Errors
/// As [`Layout::read`].
pub fn read_samples(path: &Path) -> Result<Samples> {
    let mut samples = Samples::default();
    IND.read(path, |_, [id, sex, population]| {
        samples.id.push(id.unwrap_or_default().to_owned());
        samples.sex.push(sex.unwrap_or_default().to_owned());
        samples.population.push(population.unwrap_or_default().to_owned());
        Ok(())
    })?;
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_eigensoft_writes_them() {
        let path = std::env::temp_dir().join(format!("forebear-{}-e.snp", std::process::id()));
        let text = "   rs1   1   0.012  1000 A G\n  .  23  0.0  7 C T\n rs3 90 0 5 A C\n";
        std::fs::write(&path, text).unwrap();
        let variants = read_variants(&path).unwrap();
        assert_eq!(variants.id, ["rs1", "X:7:C:T", "rs3"]);
        assert_eq!(variants.chrom, ["1", "X", "MT"]);
        assert!((variants.position_cm[0] - 1.2).abs() < 1e-12);
        assert_eq!((variants.ref_allele[0].as_str(), variants.alt_allele[0].as_str()), ("A", "G"));
        std::fs::write(&path, "rs1 1 x 1000 A G\n").unwrap();
        assert!(matches!(read_variants(&path), Err(Error::Field { line: 1, .. })));
        std::fs::write(&path, "  NA1 M  YRI\nNA2\tU\tControl\n").unwrap();
        let samples = read_samples(&path).unwrap();
        assert_eq!(samples.population, ["YRI", "Control"]);
        std::fs::write(&path, "NA1 M\n").unwrap();
        assert!(matches!(read_samples(&path), Err(Error::Columns { .. })));
        std::fs::remove_file(&path).unwrap();
    }
}

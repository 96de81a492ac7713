//! One pass over the records of a VCF, in order, within a region.

use crate::error::Error;
use crate::error::Result;
use crate::error::VcfPlace;
use crate::io::bim::Variants;
use crate::io::lines::Lines;
use crate::io::vcf::calls::Calls;
use crate::io::vcf::calls::Refused;
use crate::io::vcf::entries::Alleles;
use crate::io::vcf::entries::Places;
use crate::io::vcf::entries::Rewritten;
use crate::io::vcf::header;
use crate::io::vcf::header::BodyLine;
use crate::io::vcf::header::FIXED_COLUMNS;
use crate::io::vcf::header::body_line;
use crate::io::vcf::ploidy::Ploidy;
use crate::io::vcf::ploidy::Tallies;
use crate::io::vcf::region::Region;
use crate::io::vcf::rules::Field;
use crate::io::vcf::rules::Multiallelic;
use crate::io::vcf::rules::Rules;
use crate::io::vcf::rules::is_unlisted;
use crate::io::vcf::shown::shown;
use crate::io::vcf::site::Broken;
use crate::io::vcf::site::Site;
use crate::io::vcf::site::check_text;
use crate::io::vcf::site::position;
use crate::io::vcf::site::split_tab;
use crate::io::vcf::site::wrong_columns;
use crate::io::vcf::skipped::Reason;
use crate::io::vcf::skipped::Skipped;
use crate::io::vcf::skipped::Tally;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;

/// The receiver of the records of a scan.
pub trait Sink {
    /// Whether a record that would be left out for this reason is an error instead.
    fn refuses(&self, reason: Reason) -> bool;

    /// Takes the calls of a biallelic record, or says why it leaves them out and, where it is
    /// one, which sample's call is the reason.
    /// `dosages`: expected copies in units of 1/16384, one for each sample, or none where calls are
    /// what is read.
    ///
    /// # Errors
    /// What keeps it from taking any more: the scan ends with it.
    fn take(&mut self, calls: &Calls, dosages: &[u16]) -> Result<Option<(Reason, Option<usize>)>>;

    /// Looks at what else a record has that was taken.
    fn look(&mut self, _chrom: &[u8], _site: &Site<'_>, _calls: &Calls) {}
}

/// The result of a scan, besides that of its sink.
#[derive(Clone, Debug, PartialEq)]
pub struct Scanned {
    pub samples: Vec<String>,
    /// Of the records taken. Alleles are in capitals; an ID `.` is `chromosome:position:REF:ALT`;
    /// genetic positions are 0.
    pub variants: Variants,
    pub skipped: Vec<Skipped>,
    /// Chromosomes with haploid calls.
    pub ploidy: Vec<Ploidy>,
    /// Calls that are missing because GQ or DP is too low.
    pub n_low: u64,
    /// Calls that are missing because they have an allele that [`Rules::unlisted`] takes for none.
    pub n_unlisted: u64,
}

/// Reads the header, then gives every record of the region to the sink that `sink` makes for the
/// number of samples.
///
/// Blank lines and lines that begin with `#` are passed over, but for a second header. A record
/// with a negative position is left out and counted, in whatever region of its chromosome.
///
/// Records must be grouped by chromosome and their positions must not decrease; equal positions are
/// kept apart. The scan ends where the region does: what follows is not read. Records outside the
/// region are checked for their chromosome and position alone.
///
/// # Errors
/// [`Error::VcfHeader`], [`Error::VcfRecord`] and [`Error::VcfOrder`] for a file that is not
/// as the specification says; [`Error::NotPhased`] for a record that the sink refuses;
/// [`Error::NoVariantLeft`]; those of [`Lines::next`] and of [`Sink::take`].
pub fn scan<S: Sink>(
    mut lines: Lines<'_>,
    region: Option<&Region>,
    rules: &Rules,
    sink: impl FnOnce(usize) -> S,
) -> Result<(Scanned, S)> {
    let samples = header::read(&mut lines)?;
    let mut pass = Pass {
        calls: Calls::new(samples.len()),
        sink: sink(samples.len()),
        path: lines.path().to_owned(),
        line: lines.line(),
        order: Order::default(),
        variants: Variants::default(),
        tally: Tally::default(),
        ploidy: Tallies::default(),
        rules,
        rewritten: Rewritten::default(),
    };
    while let Some(text) = lines.next_line()? {
        pass.line += 1;
        match body_line(text) {
            BodyLine::Record => {}
            BodyLine::PassedOver => continue,
            BodyLine::Header => return Err(header::second_header(&pass.path, pass.line)),
        }
        let goes_on = pass.record(text, region).map_err(|refusal| pass.refuse(text, refusal))?;
        if !goes_on {
            break;
        }
    }
    if pass.variants.is_empty() {
        return Err(pass.nothing_left(region));
    }
    let (variants, skipped) = (pass.variants, pass.tally.into_skipped());
    let ploidy = pass.ploidy.into_ploidy();
    let Rewritten { n_low, n_unlisted, .. } = pass.rewritten;
    Ok((Scanned { samples, variants, skipped, ploidy, n_low, n_unlisted }, pass.sink))
}

struct Pass<'r, S> {
    rules: &'r Rules,
    rewritten: Rewritten,
    calls: Calls,
    sink: S,
    path: PathBuf,
    line: usize,
    order: Order,
    variants: Variants,
    tally: Tally,
    ploidy: Tallies,
}

/// Why a record ends the scan.
enum Refusal {
    Broken(Broken),
    Order(Broken),
    NotPhased {
        reason: Reason,
        sample: Option<usize>,
    },
    /// The sink cannot go on.
    Failed(Error),
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Refusal {
        Refusal::Broken(broken)
    }
}

impl<S: Sink> Pass<'_, S> {
    /// Processes one line; `false` if the region ends before it.
    fn record(
        &mut self,
        text: &[u8],
        region: Option<&Region>,
    ) -> std::result::Result<bool, Refusal> {
        let n_samples = self.calls.n_samples();
        let (chrom, rest) = split_tab(text).ok_or_else(|| wrong_columns(1, n_samples))?;
        let (position_text, rest) = split_tab(rest).ok_or_else(|| wrong_columns(2, n_samples))?;
        check_text("CHROM", chrom)?;
        let Some(position_bp) = position(position_text)? else {
            if region.is_none_or(|region| region.is_on(chrom)) {
                let (path, line) = (&self.path, self.line);
                self.tally.count(Reason::NegativePosition, || place(path, line, text));
            }
            return Ok(true);
        };
        self.order.check(chrom, position_bp).map_err(Refusal::Order)?;
        if let Some(region) = region {
            if !region.is_on(chrom) {
                return Ok(!self.order.has_seen(region));
            }
            if position_bp < region.first || position_bp > region.last {
                return Ok(position_bp < region.first);
            }
        }
        let site = Site::split(rest).map_err(|n| wrong_columns(n + 2, n_samples))?;
        if !self.rules.passes(site.filter) {
            self.check_column_count(&site)?;
            return self.leave_out(text, Reason::Filter, None);
        }
        if site.alternate.contains(&b',') && self.may_be_separated(&site)? {
            return self.several(text, chrom, position_bp, &site);
        }
        match self.take(chrom, &site)? {
            None => {
                self.sink.look(chrom, &site, &self.calls);
                self.keep(chrom, position_bp, &site);
            }
            Some((reason, sample)) => return self.leave_out(text, reason, sample),
        }
        Ok(true)
    }

    /// Counts a record that is left out; it is an error if the sink says so.
    fn leave_out(
        &mut self,
        text: &[u8],
        reason: Reason,
        sample: Option<usize>,
    ) -> std::result::Result<bool, Refusal> {
        if self.sink.refuses(reason) {
            return Err(Refusal::NotPhased { reason, sample });
        }
        let (path, line) = (&self.path, self.line);
        self.tally.count(reason, || place(path, line, text));
        Ok(true)
    }

    /// Whether a record that lists several alternate alleles is one, or several, of two alleles.
    fn may_be_separated(&self, site: &Site<'_>) -> std::result::Result<bool, Refusal> {
        let n_listed = site.alternates().iter().filter(|allele| !self.is_unlisted(allele)).count();
        let wanted = n_listed == 1 || self.rules.multiallelic == Multiallelic::Split;
        // GP has a number for each genotype of all alleles.
        let readable = self.rules.field != Field::Probabilities;
        let is_sound = site.skip_reason()? == Some(Reason::Multiallelic);
        Ok(n_listed > 0 && wanted && readable && is_sound)
    }

    fn is_unlisted(&self, allele: &[u8]) -> bool {
        self.rules.unlisted && is_unlisted(allele)
    }

    /// Takes each alternate allele of a record as a variant.
    fn several(
        &mut self,
        text: &[u8],
        chrom: &[u8],
        position_bp: i32,
        site: &Site<'_>,
    ) -> std::result::Result<bool, Refusal> {
        let all = site.alternates();
        let unlisted: Vec<bool> = all.iter().map(|allele| self.is_unlisted(allele)).collect();
        for (place, allele) in all.iter().enumerate().filter(|(place, _)| !unlisted[*place]) {
            let own = site.with_alternate(allele);
            let alleles = Alleles { counted: place + 1, all: &all, unlisted: &unlisted };
            let taken = match own.skip_reason()? {
                Some(reason) => {
                    self.check_column_count(site)?;
                    Some((reason, None))
                }
                None => self.take_rewritten(chrom, &own, &alleles)?,
            };
            match taken {
                None => self.keep(chrom, position_bp, &own),
                Some((reason, sample)) => drop(self.leave_out(text, reason, sample)?),
            }
        }
        Ok(true)
    }

    /// Gives the calls to the sink, or says why not.
    fn take(
        &mut self,
        chrom: &[u8],
        site: &Site<'_>,
    ) -> std::result::Result<Option<(Reason, Option<usize>)>, Refusal> {
        if let Some(reason) = site.skip_reason()? {
            self.check_column_count(site)?;
            return Ok(Some((reason, None)));
        }
        if self.rules.filters_calls() || self.rules.field != Field::Calls {
            let alleles = Alleles { counted: 1, all: &[site.alternate], unlisted: &[false] };
            return self.take_rewritten(chrom, site, &alleles);
        }
        let Some(gt_place) = site.gt_place() else {
            self.check_column_count(site)?;
            return Ok(Some((Reason::NoGt, None)));
        };
        let read = self.calls.read(site.calls, gt_place);
        self.give(chrom, read, site)
    }

    /// The same for calls that are not those of a biallelic record, or not taken as they stand.
    fn take_rewritten(
        &mut self,
        chrom: &[u8],
        site: &Site<'_>,
        alleles: &Alleles<'_>,
    ) -> std::result::Result<Option<(Reason, Option<usize>)>, Refusal> {
        let places = Places::of(site.format, self.rules);
        if !places.has_field() {
            self.check_column_count(site)?;
            let is_gt = self.rules.field == Field::Calls;
            return Ok(Some((if is_gt { Reason::NoGt } else { Reason::NoField }, None)));
        }
        let n_samples = self.calls.n_samples();
        self.rewritten.read(site.calls, n_samples, &places, alleles, self.rules)?;
        let read = self.calls.read(&self.rewritten.calls, 0);
        self.give(chrom, read, site)
    }

    fn give(
        &mut self,
        chrom: &[u8],
        read: std::result::Result<(), Refused>,
        site: &Site<'_>,
    ) -> std::result::Result<Option<(Reason, Option<usize>)>, Refusal> {
        match read {
            Ok(()) => {
                self.ploidy.count(chrom, &self.calls);
                self.sink.take(&self.calls, &self.rewritten.dosages).map_err(Refusal::Failed)
            }
            Err(Refused::Skipped { reason, sample }) => {
                self.check_column_count(site)?;
                Ok(Some((reason, Some(sample))))
            }
            Err(Refused::Broken(broken)) => Err(broken.into()),
        }
    }

    /// Of a record whose calls are not read.
    fn check_column_count(&self, site: &Site<'_>) -> std::result::Result<(), Broken> {
        let n_samples = self.calls.n_samples();
        let n_columns = FIXED_COLUMNS.len() + memchr::memchr_iter(b'\t', site.calls).count() + 1;
        let right = n_columns == FIXED_COLUMNS.len() + n_samples;
        if right { Ok(()) } else { Err(wrong_columns(n_columns, n_samples)) }
    }

    fn keep(&mut self, chrom: &[u8], position_bp: i32, site: &Site<'_>) {
        // All of these have been checked to be UTF-8.
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let chrom = text(chrom);
        let reference = text(site.reference).to_ascii_uppercase();
        let alternate = text(site.alternate).to_ascii_uppercase();
        let id = match site.id {
            b"." | b"" => format!("{chrom}:{position_bp}:{reference}:{alternate}"),
            id => text(id),
        };
        self.variants.id.push(id);
        self.variants.chrom.push(chrom);
        self.variants.position_bp.push(position_bp);
        self.variants.position_cm.push(0.0);
        self.variants.ref_allele.push(reference);
        self.variants.alt_allele.push(alternate);
    }

    fn refuse(&self, text: &[u8], refusal: Refusal) -> Error {
        let place = Box::new(place(&self.path, self.line, text));
        match refusal {
            Refusal::Failed(error) => error,
            Refusal::Broken(Broken { rule, found }) => Error::VcfRecord { place, rule, found },
            Refusal::Order(Broken { rule, found }) => Error::VcfOrder { place, rule, found },
            Refusal::NotPhased { reason, sample } => {
                Error::NotPhased { place, problem: problem(reason, sample, text) }
            }
        }
    }

    fn nothing_left(&self, region: Option<&Region>) -> Error {
        let problem = if self.tally.n_records() > 0 {
            let n_records = self.tally.n_records();
            format!("All {n_records} records were left out: {}", self.tally.summary())
        } else if self.order.chromosomes.is_empty() {
            "It has a header and no record".to_owned()
        } else if region.is_some() {
            format!("No record lies in the region; {}", self.order.summary())
        } else {
            unreachable!("a record is kept, left out or outside a region")
        };
        Error::NoVariantLeft { path: self.path.clone(), problem }
    }
}

/// Where a record is, for a message.
pub(super) fn place(path: &Path, line: usize, text: &[u8]) -> VcfPlace {
    let mut columns = text.split(|&byte| byte == b'\t');
    let mut next = || columns.next().map_or_else(|| "?".to_owned(), shown);
    let (chrom, position) = (next(), next());
    VcfPlace { path: path.to_owned(), line, chrom, position }
}

/// The reason for which a record is no haplotypes, with the call that shows it.
fn problem(reason: Reason, sample: Option<usize>, text: &[u8]) -> String {
    let what = match reason {
        Reason::Multiallelic => "lists more than one alternate allele",
        Reason::NoGt => "has no GT",
        Reason::Polyploid => "has a call of more than two alleles",
        Reason::Missing => "has a missing call",
        Reason::Unphased => "has an unphased call",
        other => other.name(),
    };
    let Some(sample) = sample else { return what.to_owned() };
    let columns = text.split(|&byte| byte == b'\t');
    let column = columns.skip(FIXED_COLUMNS.len()).nth(sample).unwrap_or_default();
    format!("{what}, first \"{}\" of sample {}", shown(column), sample + 1)
}

/// The chromosomes and the position that a scan has reached.
#[derive(Default)]
pub(super) struct Order {
    seen: HashSet<Vec<u8>>,
    chromosomes: Vec<Vec<u8>>,
    position: i32,
}

impl Order {
    /// Takes the next record.
    pub(super) fn check(&mut self, chrom: &[u8], position: i32) -> std::result::Result<(), Broken> {
        if self.chromosomes.last().is_some_and(|last| last == chrom) {
            if position < self.position {
                let rule = "Positions must not decrease along a chromosome.";
                let found = format!("comes after position {}", self.position);
                return Err(Broken { rule, found });
            }
        } else if self.seen.insert(chrom.to_owned()) {
            self.chromosomes.push(chrom.to_owned());
        } else {
            let last = self.chromosomes.last().map_or_else(String::new, |last| shown(last));
            let rule = "The records of a chromosome must follow each other.";
            return Err(Broken { rule, found: format!("comes back after chromosome {last}") });
        }
        self.position = position;
        Ok(())
    }

    fn has_seen(&self, region: &Region) -> bool {
        self.chromosomes.iter().any(|chrom| region.is_on(chrom))
    }

    /// The chromosomes met, for a message.
    fn summary(&self) -> String {
        let names: Vec<String> = self.chromosomes.iter().take(5).map(|c| shown(c)).collect();
        let more = if self.chromosomes.len() > 5 { ", ..." } else { "" };
        format!("the file has chromosome {}{more}", names.join(", "))
    }
}

#' Read genotypes or haplotypes from VCF
#'
#' `read_vcf()` reads the GT column of a VCF, phased or not, into [genotypes];
#' `read_phased_vcf()` reads one whose heterozygous calls are all phased into [haplotypes]. Both
#' hold what they read in memory, packed two bits or one bit each.
#'
#' Files may be plain text, gzipped or compressed by bgzip; this is recognized by their first bytes.
#' They are read once, line by line, in bounded memory: lines may have up to 128
#' MiB. A region is found by reading from the start of the file to the end of the
#' region, without an index, so that messages can name the line; what follows the
#' region is not read. A record lies in the region if its POS does.
#'
#' Names of chromosomes are compared as everywhere (see [qc_rules]): `region = "X"` finds `chrX`,
#' and `23` where the chromosomes of the file look human, with a message; `"23"` finds `X` there.
#' Whether they do is read off the `##contig` lines if they list the chromosome, else off the
#' records, for which the file may be read twice. With `autosomes = 29`, X is `30`.
#'
#' @section What becomes of a record:
#' | record | `read_vcf()` | `read_phased_vcf()` |
#' |---|---|---|
#' | POS is negative (`negative_position`) | left out | left out |
#' | ALT is `.` (`no_alternate`) | left out | left out |
#' | ALT lists REF, or an allele twice (`repeated_allele`) | left out | left out |
#' | several ALT alleles (`multiallelic`) | left out, or split | error or dropped |
#' | `*`, `<*>` or `<NON_REF>` beside one ALT allele | its calls are missing | error or dropped |
#' | ALT is `*`, `<DEL>` or a breakend (`symbolic`) | left out | left out |
#' | FILTER is not in `filter` (`filter`) | left out | read |
#' | FORMAT without DS or GP, where that is read (`no_field`) | left out | |
#' | N, `-` or another allele that is not of A, C, G, T (`ambiguous_base`) | left out | left out |
#' | FORMAT without GT (`no_gt`) | left out | error or dropped |
#' | a call of three alleles or more (`polyploid`) | left out | error or dropped |
#' | a missing or half-missing call, `./.`, `./1` (`missing`) | missing | error or dropped |
#' | a heterozygous call with `/` (`unphased`) | read | error or dropped |
#' | a heterozygous call of another phase set (PS) than before | read | read, with a message |
#' | a homozygous call, `0/0` as well as `0|0` | read | read |
#' | a call of one allele, such as a male's on X | two copies, as PLINK | no second haplotype |
#' | rarer than `min_maf` (`below_min_maf`) | left out | read |
#'
#' What is left out is counted by reason; a message says how many, and
#' `skipped_records()` returns the table. Alleles in lower case become capitals.
#' GT may stand anywhere in FORMAT, and have a phase before its first allele (`/0|1`,
#' VCF 4.4). Several records at one position are kept, each as a variant. An ID that
#' is `.` or empty becomes `chromosome:position:REF:ALT`. POS may be written as R and
#' pandas do (`1e+05`, `100000.0`). Lines may end in CR LF or CR; a byte order mark,
#' blank lines and comments are passed over; a second header is an error.
#'
#' Records must be grouped by chromosome, with positions that do not fall, as the
#' specification says; every line must have the columns of the header. QUAL and INFO are not read.
#'
#' @section Phase sets:
#' Where FORMAT has PS, the phase of a heterozygous call is known beside calls of the same set
#' alone. Sets of a sample are read one after the other, as they stand. Where the set of a
#' heterozygous call is another than that of the one before on the chromosome, the phase may switch;
#' `read_phased_vcf()` counts these borders and says so in a message of class
#' `forebear_message_phase_sets`. Calls whose PS is missing are passed over. [phase_haplotypes()]
#' against a panel, or statistical phasing of all samples together, links sets.
#'
#' @section Dosages:
#' With `field = "DS"` or `"GP"`, `as.matrix()` gives expected copies of ALT, from 0 to 2, in steps
#' of 1/16384; a haploid call counts twice. [pca()], [archetypes()] and what
#' stands on them use these. Hard calls, which quality control and [admixture()] count, are the
#' nearest whole number if the expected copies lie within 0.1 of it, as in PLINK 2, and missing
#' otherwise.
#'
#' With `multiallelic = "split"` each ALT allele becomes a variant, which counts its own copies; the
#' others count as none, as with `bcftools norm -m-`. GP of several alleles is not split.
#'
#' @section Sex of samples:
#' On X, outside of its pseudo-autosomal regions, many programs write one allele for a male (`1`)
#' and two for a female (`0/1`). Where a file does, `sex` in [samples()] is set, and a message of
#' class `forebear_message_sex` counts it. The records on X at which any sample has a call of one
#' allele are looked at: a sample whose calls there all have one allele is male, one whose calls
#' all have two is female, and one that has both is `NA`. So is one that is called with two alleles
#' but has less than a fifth of the heterozygous calls that are expected of a female, if five are
#' expected or more: a male, perhaps, from a batch in which no sample was called with one. Missing
#' calls do not count. Sex stays `NA` where no call on X has one allele, or calls on autosomes have
#' one, too. `samples(x) <- table` sets what is known better.
#'
#' @param path Path of the file, or of several with the same samples in the same order, such as one
#'   for each chromosome: their variants are put side by side. A chromosome that is `"1"` in one
#'   and `"chr1"` in another has the name that it has first.
#' @param region `NULL` for everything, or a chromosome (`"22"`, which is also
#'   `"chr22"`), or a segment of one (`"22:16000000-17000000"`, both ends
#'   included). Not with several files.
#' @param min_maf Least frequency of the rarer allele among the called genotypes;
#'   rarer variants are left out.
#' @inheritParams read_bed
#' @param field What is read: `"GT"`, calls; `"DS"`, expected copies; `"GP"`, probabilities.
#' @param filter `NULL`, or what FILTER may say, such as `"PASS"`; `.` is always read.
#' @param min_gq,min_dp `NULL`, or the least GQ and DP: calls below are missing, calls without are
#'   kept.
#' @param multiallelic `"drop"` leaves records of several ALT alleles out, `"split"` makes a variant
#'   of each allele.
#' @param genetic_map `NULL`, or a genetic map with columns `chrom`, `position_bp`
#'   and `position_cm`, from which `position_cm` of the variants is interpolated, see
#'   [read_genetic_map()]; without it that is 0.
#' @param on_unphased `"error"` stops at the first record that does not say which
#'   haplotype has which allele; `"drop"` leaves such records out and counts them.
#'   A homozygous call says it whatever its separator.
#' @param samples `NULL` for all, or the IDs of those to keep, in the order wanted. The others are
#'   not held in memory, but which records are read does not depend on it: their calls are checked,
#'   too.
#' @param x `genotypes` or `haplotypes`.
#' @inheritParams shared_arguments
#' @returns `read_vcf()`: [genotypes], which count copies of ALT.
#'   `read_phased_vcf()`: [haplotypes]. `skipped_records()`: a tibble with one row
#'   per reason: `reason`, `n_records`, and `first_line`, `first_chrom`,
#'   `first_position_bp` of the first; no row if nothing was left out.
#' @section Errors:
#' Of class `forebear_error_<kind>`: `file` (missing, unreadable or damaged),
#' `truncated` (compressed data, or bgzip's last block, are cut off),
#' `line_too_long`, `vcf_header` (not VCF 4, no samples, a sample twice, a second header),
#' `vcf_record` (columns, POS, alleles or calls are malformed), `vcf_order` (a
#' chromosome comes back, or positions fall), `not_phased`, `not_utf8`, `region`,
#' `no_variant_left`; `samples_differ` if several files do not have the same
#' samples. Those about a record name its line, chromosome and position.
#' @examples
#' path <- tempfile(fileext = ".vcf")
#' writeLines(c(
#'   "##fileformat=VCFv4.2",
#'   paste(c("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT",
#'     "ann", "bob"), collapse = "\t"),
#'   paste(c("X", 100, "rs1", "A", "G", ".", ".", ".", "GT", "0|1", "1"), collapse = "\t"),
#'   paste(c("X", 200, "rs2", "C", "T,G", ".", ".", ".", "GT", "1|2", "0"), collapse = "\t")
#' ), path)
#' genotypes <- read_vcf(path)
#' as.matrix(genotypes)
#' skipped_records(genotypes)
#' as.matrix(read_phased_vcf(path, on_unphased = "drop"))
#' @seealso [write_phased_vcf()], [read_bed()]
#' @export
read_vcf <- function(path, region = NULL, min_maf = 0, autosomes = NULL, threads = NULL,
                     field = c("GT", "DS", "GP"), filter = NULL, min_gq = NULL, min_dp = NULL,
                     multiallelic = c("drop", "split")) {
  call <- rlang::current_env()
  path <- check_paths(path, "path")
  for (file in path) refuse_other_format(file, "read_vcf", call)
  region <- check_region(region, path, call)
  min_maf <- check_number(min_maf, "min_maf", min = 0, max = 0.5)
  autosomes <- check_autosomes(autosomes)
  threads <- check_threads(threads)
  rules <- vcf_rules(field, filter, min_gq, min_dp, multiallelic, call)
  if (rules$field != "GT") inform_dosage()
  join_files(path, "genotypes", call, function(path) {
    read <- with_progress(function(progress) {
      rust_read_vcf(path, region, autosomes, min_maf, rules, threads, progress)
    }, call)
    tables <- vcf_tables(read$tables, NULL)
    inform_skipped(tables, path, read$n_missing)
    if (is.null(autosomes)) inform_region(region, tables$variants$chrom)
    x <- genotypes_in_memory(read$bytes, tables$samples, tables$variants, call)
    x$dosage <- read$dosage
    x$autosomes <- autosomes
    attr(x, "skipped") <- tables$skipped
    attr(x, "ploidy") <- read$tables$ploidy
    x
  })
}

#' @rdname read_vcf
#' @export
read_phased_vcf <- function(path, region = NULL, genetic_map = NULL,
                            on_unphased = c("error", "drop"), threads = NULL, samples = NULL) {
  call <- rlang::current_env()
  path <- check_paths(path, "path")
  for (file in path) refuse_other_format(file, "read_vcf", call)
  region <- check_region(region, path, call)
  on_unphased <- check_choice(on_unphased, "on_unphased", c("error", "drop"))
  threads <- check_threads(threads)
  borders <- 0L
  haplotypes <- join_files(path, "haplotypes", call, function(path) {
    kept <- vcf_columns(path, samples, call)
    read <- with_progress(function(progress) {
      rust_read_phased_vcf(path, region, on_unphased == "drop", kept, threads, progress)
    }, call)
    x <- haplotypes_of_vcf(read$packed, read$tables, kept, path, genetic_map, call)
    inform_region(region, x$variants$chrom)
    if (length(read$set_borders) > 0) {
      borders <<- borders + read$set_borders[kept %||% seq_along(read$set_borders)]
    }
    x
  })
  inform_phase_sets(borders, nrow(haplotypes$samples))
  haplotypes
}

# borders: of each sample how often its phase goes over into another set.
inform_phase_sets <- function(borders, n_samples) {
  n <- sum(borders > 0)
  if (n > 0) {
    inform_forebear("phase_sets", c(
      sprintf("The phase of %s of %s lies in several sets on a chromosome (FORMAT PS).",
        counted(n, "sample"), big(n_samples)),
      x = sprintf("Between sets it is not known: it may switch at %s.",
        counted(sum(borders), "border")),
      i = "phase_haplotypes() against a panel, or statistical phasing of all samples, links sets."
    ))
  }
}

# The haplotypes of a file, of which `tables` are, as Rust gives them, of all samples. kept: columns
# of those that are packed, or NULL for all.
haplotypes_of_vcf <- function(packed, tables, kept, path, genetic_map, call) {
  if (!is.null(kept)) {
    tables$samples <- tables$samples[kept]
    tables$ploidy <- lapply(tables$ploidy, function(chromosome) {
      chromosome$copies <- chromosome$copies[kept]
      chromosome
    })
  }
  read <- vcf_tables(tables, genetic_map, call)
  inform_skipped(read, path, 0)
  x <- haplotypes_of(packed, read$samples, read$variants, call)
  attr(x, "skipped") <- read$skipped
  attr(x, "ploidy") <- tables$ploidy
  x
}

# IDs of the samples of a VCF, of which only the header is read.
vcf_samples <- function(path, call) {
  with_progress(function(progress) rust_vcf_samples(path, progress), call)
}

# Which samples of the file are those called `samples`; NULL for all.
vcf_columns <- function(path, samples, call) {
  if (is.null(samples)) {
    return(NULL)
  }
  if (!is.character(samples) || length(samples) == 0 || anyNA(samples) || anyDuplicated(samples)) {
    abort_forebear("argument", c("`samples` must be NULL, or IDs of samples, each once.",
      x = found(samples)), call)
  }
  column <- match(samples, vcf_samples(path, call))
  if (anyNA(column)) {
    abort_forebear("subset", c("`samples` must be IDs of samples of the file.",
      x = sprintf("%s has no %s.", quoted(path), quoted(samples[is.na(column)]))), call)
  }
  column
}

# The rules of a reading, as Rust takes them.
vcf_rules <- function(field, filter, min_gq, min_dp, multiallelic, call) {
  field <- check_choice(field, "field", c("GT", "DS", "GP"), call)
  multiallelic <- check_choice(multiallelic, "multiallelic", c("drop", "split"), call)
  if (!is.null(filter) && (!is.character(filter) || length(filter) == 0 || anyNA(filter))) {
    abort_forebear("argument", c(
      "`filter` must be NULL, or what FILTER may say, such as \"PASS\".",
      x = found(filter)), call)
  }
  least <- function(x, name) {
    if (is.null(x)) NULL else as.double(check_number(x, name, min = 0, call = call))
  }
  list(field = field, filter = filter, min_gq = least(min_gq, "min_gq"),
    min_dp = least(min_dp, "min_dp"), split = multiallelic == "split")
}

check_region <- function(region, path, call) {
  if (is.null(region)) {
    return(NULL)
  }
  if (length(path) > 1) {
    abort_forebear("argument", c("`region` can be given where one file is read.",
      x = sprintf("`path` has %s.", big(length(path)))), call)
  }
  check_string(region, "region", call)
}

# Says where the file's number of a chromosome is taken for the letter that the user gave, or the
# other way round. chrom: of the variants read.
inform_region <- function(region, chrom) {
  if (is.null(region)) {
    return(invisible())
  }
  asked <- answer(rust_parse_region(region))$chrom
  other <- setdiff(unique(chrom), unique(chrom)[plain_chromosome(unique(chrom)) == asked])
  if (length(other) > 0) {
    inform_forebear("region", c(
      sprintf("Chromosome %s of the file is taken for \"%s\".", quoted(other), asked),
      i = "23 to 26 are X, Y, XY and MT where the chromosomes look human (see `?qc_rules`)."))
  }
}

# What `read_one` makes of each file, put side by side: the variants of the same samples.
join_files <- function(path, class, call, read_one) {
  if (length(path) == 1) {
    x <- read_one(path)
    return(with_sex_of_ploidy(x, attr(x, "ploidy")))
  }
  # IDs are compared once, when all are together.
  parts <- suppressWarnings(lapply(path, read_one), classes = "forebear_warning_duplicate_ids")
  parts <- with_first_spelling(parts)
  check_file_order(parts, path, call)
  joined <- join_variants(parts, class, call, quoted(path, FALSE))
  with_sex_of_ploidy(joined, unlist(lapply(parts, attr, "ploidy"), recursive = FALSE))
}

# `x` with the sex of samples, from haploid calls on X. ploidy: of each chromosome with haploid
# calls, chrom and copies [n_samples].
with_sex_of_ploidy <- function(x, ploidy) {
  attr(x, "ploidy") <- NULL
  if (length(ploidy) == 0) {
    return(x)
  }
  known <- chromosome_kinds(x)
  kind <- known$kind[match(vapply(ploidy, `[[`, "", "chrom"), known$chrom)]
  # Where autosomes are haploid, too, X says nothing.
  at <- which(kind == "x")
  if (length(at) != 1 || "autosomal" %in% kind) {
    return(x)
  }
  copies <- ploidy[[at]]$copies
  x$samples$sex <- unname(c(one = "male", two = "female")[copies])
  n <- table(factor(copies, c("one", "two", "unclear", "unknown")))
  unclear <- n[["unclear"]] + n[["unknown"]]
  inform_forebear("sex", sprintf("Sex by haploid calls on chromosome %s: %s male, %s female%s.",
    quoted(ploidy[[at]]$chrom), big(n[["one"]]), big(n[["two"]]),
    if (unclear > 0) sprintf(", %s unclear", big(unclear)) else ""))
  x
}

# A chromosome may go on in the next file, and must not come back.
check_file_order <- function(parts, path, call) {
  for (i in seq_along(parts)[-1]) {
    before <- parts[seq_len(i - 1)]
    last <- utils::tail(before[[i - 1]]$variants, 1)
    own <- parts[[i]]$variants
    seen <- unique(unlist(lapply(before, function(part) part$variants$chrom)))
    follows <- own$chrom[1] == last$chrom && own$position_bp[1] >= last$position_bp
    again <- intersect(own$chrom, if (follows) setdiff(seen, last$chrom) else seen)
    if (length(again) > 0) {
      abort_forebear("vcf_order", c(
        "Several files must have one chromosome after the other, with positions that do not fall.",
        x = sprintf("Chromosome %s comes back in \"%s\".", quoted(again[1]), path[i]),
        i = "Give the files in the order of the genome."
      ), call)
    }
  }
}

#' @rdname read_vcf
#' @export
skipped_records <- function(x) {
  if (!inherits(x, c("forebear_genotypes", "forebear_haplotypes"))) {
    message <- c("`x` must be genotypes or haplotypes.",
      x = sprintf("It is %s.", describe_class(x)))
    abort_forebear("argument", message)
  }
  attr(x, "skipped", exact = TRUE) %||% skipped_table(list(
    reason = character(), n_records = double(), first_line = double(),
    first_chrom = character(), first_position_bp = character()
  ))
}

# Tibbles of samples, variants and what was left out.
vcf_tables <- function(tables, genetic_map, call = rlang::caller_env()) {
  variants <- tibble::new_tibble(tables$variants, nrow = length(tables$variants$variant_id))
  if (!is.null(genetic_map)) {
    variants$position_cm <- position_cm(genetic_map, variants$chrom, variants$position_bp,
      call = call)
  }
  list(samples = samples_for(tables$samples, NULL), variants = variants,
    skipped = skipped_table(tables$skipped))
}

skipped_table <- function(columns) {
  tibble::tibble(
    reason = columns$reason, n_records = as.integer(columns$n_records),
    first_line = columns$first_line, first_chrom = columns$first_chrom,
    first_position_bp = as.integer(columns$first_position_bp)
  )
}

# What each reason means, for the message.
reason_text <- c(
  negative_position = "with a negative position", no_alternate = "without an alternate allele",
  repeated_allele = "with an allele listed twice", multiallelic = "with several alternate alleles",
  symbolic = "with a symbolic allele", ambiguous_base = "with an allele not of A, C, G and T",
  filter = "whose FILTER is another", no_gt = "without GT",
  no_field = "without the field that is read", polyploid = "with a call of more than two alleles",
  missing = "with a missing call", unphased = "with an unphased heterozygous call",
  below_min_maf = "below `min_maf`"
)

# n_missing [3]: calls read as missing because one allele of two is, quality is low, or they have an
# allele such as `*`.
inform_skipped <- function(tables, path, n_missing) {
  n_missing <- c(n_missing, 0, 0)[1:3]
  n_skipped <- sum(tables$skipped$n_records)
  if (n_skipped == 0 && all(n_missing == 0)) {
    return(invisible())
  }
  each <- sprintf("%s %s, first on line %s.", big(tables$skipped$n_records),
    reason_text[tables$skipped$reason], big(tables$skipped$first_line))
  why <- c("with one allele of two (./1)", "of low GQ or DP", "of *, <*> or <NON_REF>")
  missing <- sprintf("%s %s read as missing.", vapply(n_missing, counted, "", "call"), why)
  missing <- missing[n_missing > 0]
  message <- c(
    sprintf("%s of %s in \"%s\" left out.", big(n_skipped),
      counted(n_skipped + nrow(tables$variants), "record"), basename(path)),
    stats::setNames(each[n_skipped > 0], rep("*", length(each[n_skipped > 0]))),
    stats::setNames(missing, rep("i", length(missing)))
  )
  inform_forebear("skipped", message)
}

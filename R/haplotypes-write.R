#' Write haplotypes to VCF
#'
#' Writes VCF 4.2 with GT alone. The file appears only when it is whole. What
#' [read_phased_vcf()] read comes back as it was, whatever samples and variants were
#' chosen; QUAL, FILTER, INFO and genetic positions are not in the file.
#'
#' @param x A [haplotypes] object.
#' @param path Path of the file. A name that ends in `.gz` or `.bgz` is compressed in
#'   the blocks of bgzip, which tabix and bcftools can index; any other is plain text.
#' @inheritParams shared_arguments
#' @returns `path`, invisibly.
#' @section Errors:
#' `forebear_error_file` if the file cannot be written; `forebear_error_vcf_field` if
#' an ID, a chromosome or an allele is none that a VCF can hold, a sample ID occurs
#' twice, or variants are not in order.
#' @examples
#' alleles <- rbind(ann_1 = c(0, 1), ann_2 = c(0, 0), bob_1 = c(1, 1), bob_2 = c(0, 1))
#' variants <- data.frame(ref = c("A", "C"), alt = c("G", "T"))
#' haplotypes <- as_haplotypes(alleles, variants = variants)
#' path <- write_phased_vcf(haplotypes, tempfile(fileext = ".vcf.gz"))
#' read_phased_vcf(path)
#' @seealso [read_phased_vcf()]
#' @export
write_phased_vcf <- function(x, path, threads = NULL) {
  check_haplotypes(x, "x")
  path <- check_path(path, "path")
  threads <- check_threads(threads)
  check_vcf_fields(x)
  check_vcf_order(x$variants)
  with_progress(function(progress) {
    rust_write_phased_vcf(x, x$samples$sample_id, as.list(x$variants), path, threads, progress)
  })
  invisible(path)
}

# A VCF is separated by tabs; IDs and chromosomes may have no white space at all.
check_vcf_fields <- function(x, call = rlang::caller_env()) {
  columns <- c(x$samples["sample_id"], x$variants[c("variant_id", "chrom", "ref", "alt")])
  rules <- c(
    sample_id = "text without tabs and line ends", variant_id = "text without white space",
    chrom = "text without white space", ref = "bases A, C, G and T", alt = "bases A, C, G and T"
  )
  allowed <- c(
    sample_id = "^[^\t\r\n]*[^[:space:]][^\t\r\n]*$", variant_id = "^[^[:space:]]+$",
    chrom = "^[^[:space:]]+$", ref = "^[ACGT]+$", alt = "^[ACGT]+$"
  )
  for (name in names(columns)) {
    wrong <- is.na(columns[[name]]) | !grepl(allowed[[name]], columns[[name]])
    if (name == "sample_id") wrong <- wrong | duplicated(columns[[name]])
    if (any(wrong)) {
      message <- c(
        sprintf("`%s` must be %s in a VCF%s.", name, rules[[name]],
          if (name == "sample_id") ", and occur once" else ""),
        x = sprintf("%s not; the first is \"%s\" in row %d.", verb(sum(wrong)),
          columns[[name]][wrong][1], which(wrong)[1]))
      abort_forebear("vcf_field", message, call)
    }
  }
}

check_vcf_order <- function(variants, call = rlang::caller_env()) {
  chrom <- match(variants$chrom, unique(variants$chrom))
  at <- order(chrom, variants$position_bp)
  if (is.unsorted(at)) {
    wrong <- which(diff(at) != 1)[1]
    message <- c("Variants of a VCF must be grouped by chromosome, in order of position.",
      x = sprintf("Variant %s (chromosome %s, position %s) should come next after variant %s.",
        big(at[wrong + 1]), variants$chrom[at[wrong + 1]],
        big(variants$position_bp[at[wrong + 1]]), big(at[wrong])),
      i = "Choose the variants in order: x[, order(...)].")
    abort_forebear("vcf_field", message, call)
  }
}

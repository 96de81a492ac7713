#' Write genotypes to VCF
#'
#' Writes VCF 4.2 with unphased GT alone (`0/1`). The file appears only when it is whole. What
#' [read_vcf()] read comes back as it was; QUAL, FILTER, INFO, dosages and genetic positions are not
#' in the file. Samples have two alleles on every chromosome, as in a PLINK file.
#'
#' @param x A [genotypes] object.
#' @param path Path of the file. A name that ends in `.gz` or `.bgz` is compressed in
#'   the blocks of bgzip, which tabix and bcftools can index; any other is plain text.
#' @inheritParams shared_arguments
#' @returns `path`, invisibly.
#' @section Errors:
#' As those of [write_phased_vcf()], which writes haplotypes; `forebear_error_overwrites_source` if
#' `path` is a file that `x` reads from.
#' @examples
#' counts <- rbind(ann = c(0, 1), bob = c(NA, 2))
#' genotypes <- as_genotypes(counts, variants = data.frame(ref = c("A", "A"), alt = c("C", "C")))
#' path <- write_vcf(genotypes, tempfile(fileext = ".vcf.gz"))
#' as.matrix(read_vcf(path))
#' @seealso [read_vcf()]
#' @export
write_vcf <- function(x, path, threads = NULL) {
  check_genotypes(x, "x")
  path <- check_path(path, "path")
  threads <- check_threads(threads)
  check_not_source(x, path)
  check_vcf_fields(x)
  inform_hard_calls(x, "What is written is taken")
  check_vcf_order(x$variants)
  with_progress(function(progress) {
    rust_write_vcf(x, x$samples$sample_id, as.list(x$variants), path, threads, progress)
  })
  invisible(path)
}

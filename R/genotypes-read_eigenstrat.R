#' Read genotypes from EIGENSTRAT files
#'
#' Opens a set of files of EIGENSOFT and AdmixTools: `.geno`, `.snp` and `.ind`. The `.geno` may be
#' text (one line a variant, one digit a sample) or packed (PACKEDANCESTRYMAP, or TGENO, which is in
#' the order of samples). The genotypes stay in the file and are mapped into memory when something
#' is computed.
#'
#' A `.geno` counts copies of the first allele of the `.snp`; that becomes `ref`, the second `alt`,
#' whose copies [genotypes] count. Chromosomes 23, 24, 90 and 91 become X, Y, MT and XY; Morgans
#' become centimorgans.
#'
#' @section Pseudo-haploid samples:
#' Ancient genomes are often called with one allele drawn at random, written twice. A sample with
#' 100 calls or more, and no heterozygous one, among up to 4,096 variants spread over the file has
#' `TRUE` in the column `pseudo_haploid` of [samples()]; a message says how many there are. Their
#' genotypes stand for one allele each: heterozygosity and Hardy-Weinberg tests of such samples mean
#' nothing, and projection is the safer way to place them beside diploid ones.
#'
#' @param path Path of the `.geno`, or the common prefix of the three files.
#' @param ... Must be empty.
#' @param snp,ind Paths of the other two files, where they have other names.
#' @inheritParams read_bed
#' @inheritParams shared_arguments
#' @returns A [genotypes] object. [samples()] has two more columns: `population`, the third of the
#'   `.ind`, and `pseudo_haploid`.
#' @section Errors:
#' Of class `forebear_error_<kind>`: `file` (missing or unreadable), `geno_file` (neither text nor
#' packed, truncated, or with a character that is no genotype), `count_mismatch` (with other samples
#' or variants than the tables), and those of tables, see [read_bed()].
#' @examples
#' prefix <- tempfile("ancient")
#' writeLines(c("rs1 1 0.01 1000 A G", "rs2 1 0.02 2000 C T"), paste0(prefix, ".snp"))
#' writeLines(c("Loschbour M Mesolithic", "Stuttgart F Neolithic"), paste0(prefix, ".ind"))
#' writeLines(c("02", "19"), paste0(prefix, ".geno"))
#' as.matrix(read_eigenstrat(prefix))
#' @seealso [read_bed()], [read_pgen()]
#' @export
read_eigenstrat <- function(path, ..., snp = NULL, ind = NULL, autosomes = NULL, threads = NULL) {
  call <- rlang::current_env()
  check_no_dots(...)
  autosomes <- check_autosomes(autosomes)
  threads <- check_threads(threads)
  files <- eigenstrat_fileset(check_path(path, "path"), snp, ind, call)
  read <- with_progress(function(progress) {
    rust_read_eigenstrat(files[["geno"]], files[["snp"]], files[["ind"]], threads, progress)
  }, call)
  columns <- read$tables$samples
  samples <- samples_for(columns$sample_id, NULL)
  samples$sex <- unname(sex_codes[tolower(columns$sex)])
  samples$population <- columns$population
  samples$pseudo_haploid <- read$one_allele
  inform_pseudo_haploid(samples)
  variants <- tibble::new_tibble(read$tables$variants,
    nrow = length(read$tables$variants$variant_id))
  x <- whole_genotypes(files[["geno"]], NULL, read$fingerprint, samples, variants)
  x$format <- "eigenstrat"
  x$autosomes <- autosomes
  validate_genotypes(leave_out_negative(x, files[["snp"]], call))
}

inform_pseudo_haploid <- function(samples) {
  which <- which(samples$pseudo_haploid)
  if (length(which) == 0) {
    return(invisible())
  }
  inform_forebear("pseudo_haploid", c(
    sprintf("%s of %s pseudo-haploid: no heterozygous call.", verb(length(which)),
      counted(nrow(samples), "sample")),
    i = paste("Column `pseudo_haploid` of `samples(x)` says which: one allele each, so that",
      "heterozygosity of these means nothing.")
  ))
}

# The absolute paths of the three files.
eigenstrat_fileset <- function(path, snp, ind, call) {
  refuse_other_format(path, "read_eigenstrat", call)
  prefix <- sub("\\.(geno|eigenstratgeno|packedancestrymapgeno)$", "", path.expand(path))
  candidates <- list(
    geno = unique(c(path.expand(path)[grepl("geno$", path)],
      paste0(prefix, c(".geno", ".eigenstratgeno", ".packedancestrymapgeno")))),
    snp = if (is.null(snp)) paste0(prefix, ".snp") else check_path(snp, "snp", call),
    ind = if (is.null(ind)) paste0(prefix, ".ind") else check_path(ind, "ind", call)
  )
  find_fileset(candidates, "A .geno, .snp and .ind must lie beside each other.",
    "`snp` and `ind` give other names.", call)
}

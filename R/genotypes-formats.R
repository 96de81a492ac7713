# Files of formats that a reader does not read, recognized by their first bytes or their names, and
# what to do about them.

# What converts each format into one that is read. FILE is the path, PREFIX it without its ending.
conversions <- c(
  bgen = paste("BGEN: `plink2 --bgen FILE ref-first --sample PREFIX.sample --make-pgen",
    "--out PREFIX`, then `read_pgen(\"PREFIX\", dosage = TRUE)`"),
  gds = paste("GDS: `SNPRelate::snpgdsGDS2BED(\"FILE\", \"PREFIX\")` or",
    "`SeqArray::seqGDS2BED(\"FILE\", \"PREFIX\")`, then `read_bed(\"PREFIX\")`"),
  bcf = "BCF: `bcftools view FILE -Oz -o PREFIX.vcf.gz`, then `read_vcf(\"PREFIX.vcf.gz\")`",
  ped = paste("PLINK's .ped: `plink2 --pedmap PREFIX --make-bed --out PREFIX`,",
    "then `read_bed(\"PREFIX\")`"),
  vcf = "VCF: `read_vcf(\"FILE\")`, or `read_phased_vcf()` for haplotypes",
  pgen = "PLINK 2: `read_pgen(\"FILE\")`",
  bed = "PLINK 1: `read_bed(\"FILE\")`",
  geno = "EIGENSTRAT: `read_eigenstrat(\"FILE\")`"
)

own_format <- c(read_pgen = "pgen", read_bed = "bed", read_vcf = "vcf", read_eigenstrat = "geno")

# An error if `path` is a file of another format than `reader` reads, which says what to do.
refuse_other_format <- function(path, reader, call) {
  format <- format_of(path.expand(path))
  if (is.na(format) || format == own_format[[reader]]) {
    return(invisible())
  }
  prefix <- sub("\\.[^./]*$", "", sub("\\.gz$", "", path))
  advice <- gsub("PREFIX", prefix, gsub("FILE", path, conversions[[format]], fixed = TRUE),
    fixed = TRUE)
  abort_forebear("file_format", c(
    sprintf("`%s()` reads %s.", reader, format_names[[own_format[[reader]]]]),
    x = sprintf("%s is %s.", quoted(path), format_names[[format]]),
    i = paste0(advice, ".")
  ), call)
}

format_names <- c(bgen = "BGEN", gds = "GDS", bcf = "BCF", ped = "a PLINK text file", vcf = "VCF",
  pgen = "PLINK 2 files", bed = "PLINK 1 files", geno = "EIGENSTRAT files")

# By the first bytes of a file, or else by its name; NA if neither is known, or if there is no such
# file.
format_of <- function(path) {
  if (!file.exists(path) || dir.exists(path)) {
    return(NA_character_)
  }
  head <- readBin(path, "raw", 24)
  begins <- function(text, at = 1L) {
    bytes <- charToRaw(text)
    identical(head[seq_along(bytes) + at - 1L], bytes)
  }
  if (begins("bgen", at = 17L)) {
    return("bgen")
  }
  known <- vapply(names(first_bytes), begins, TRUE)
  if (any(known)) {
    return(first_bytes[[which(known)[1]]])
  }
  ending <- sub(".*\\.", "", tolower(sub("\\.gz$", "", path)))
  if (ending %in% names(conversions)) ending else NA_character_
}

first_bytes <- c(COREARRAY = "gds", "BCF\002" = "bcf", "##fileformat=VCF" = "vcf", "GENO " = "geno",
  TGENO = "geno")

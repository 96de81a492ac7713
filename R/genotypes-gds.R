# Genotypes of open GDS files: those of 'SeqArray' (`SeqVarGDSClass`, of which the `SeqVarData` of
# 'SeqVarTools' is one) and those of 'SNPRelate' (`SNPGDSFileClass`, or `gds.class` if 'gdsfmt' has
# opened them). They are read in blocks of variants and packed.

#' @rdname as_genotypes
#' @export
as_genotypes.SeqVarGDSClass <- function(x, samples = NULL, variants = NULL, # nolint
                                        autosomes = NULL, ...) {
  check_no_dots(...)
  check_package("SeqArray")
  call <- rlang::current_env()
  autosomes <- check_autosomes(autosomes)
  chosen <- which(SeqArray::seqGetFilter(x)$variant.sel)
  sample_id <- as_utf8(as.character(SeqArray::seqGetData(x, "sample.id")))
  check_has_genotypes(length(sample_id), length(chosen))
  columns <- sequenced_variants(x)
  biallelic <- which(!is.na(columns$alt))
  warn_skipped(columns$variant_id, length(chosen), biallelic)
  check_has_genotypes(length(sample_id), length(biallelic))
  samples <- samples_for(sample_id, samples)
  variants <- variants_for(columns$variant_id[biallelic], columns[biallelic, -1], call) |>
    put_variants(variants, call)
  # What the user has chosen is chosen again in the end.
  SeqArray::seqSetFilter(x, action = "push", verbose = FALSE)
  on.exit(SeqArray::seqSetFilter(x, action = "pop", verbose = FALSE))
  may_be_haploid <- !is_autosome(variants, autosomes)
  counts_of <- function(block) {
    SeqArray::seqSetFilter(x, variant.sel = chosen[biallelic[block]], verbose = FALSE)
    counts_of_alleles(SeqArray::seqGetData(x, "genotype"), may_be_haploid[block])
  }
  genotypes <- genotypes_in_memory(pack_blocks(nrow(samples), nrow(variants), counts_of), samples,
    variants)
  genotypes$autosomes <- autosomes
  genotypes
}

# Columns of variants() of the chosen variants of a file of SeqArray; `alt` is NA where there are
# not two alleles.
sequenced_variants <- function(x) {
  get <- function(name) as.vector(SeqArray::seqGetData(x, name))
  alleles <- strsplit(get("allele"), ",", fixed = TRUE)
  place <- data.frame(chrom = get("chromosome"), position_bp = get("position"),
    ref = vapply(alleles, `[`, "", 1),
    alt = vapply(alleles, function(of) {
      if (length(of) == 2) of[2] else if (length(of) == 1) "." else NA_character_
    }, ""))
  id <- get("annotation/id")
  data.frame(variant_id = position_names(ifelse(id %in% c("", NA), ".", id), place), place)
}

# Copies of the second allele [samples x variants], of alleles 0 and 1 [ploidy x samples x
# variants]. A haploid call has no second allele, as a half-missing one, which is what it is on an
# autosome.
counts_of_alleles <- function(alleles, may_be_haploid) {
  first <- slice(alleles, 1L)
  if (dim(alleles)[1] == 1) {
    return(2 * first)
  }
  second <- slice(alleles, 2L)
  haploid <- is.na(second) & may_be_haploid[col(second)]
  second[haploid] <- first[haploid]
  first + second
}

slice <- function(x, place) {
  matrix(as.double(x[place, , ]), dim(x)[2], dim(x)[3])
}

is_autosome <- function(variants, autosomes) {
  kinds <- chromosome_kinds(list(variants = variants, autosomes = autosomes))
  kinds$kind[match(variants$chrom, kinds$chrom)] == "autosome"
}

#' @rdname as_genotypes
#' @export
as_genotypes.gds.class <- function(x, samples = NULL, variants = NULL, # nolint
                                   autosomes = NULL, ...) {
  check_no_dots(...)
  check_package("gdsfmt")
  call <- rlang::current_env()
  autosomes <- check_autosomes(autosomes)
  nodes <- gdsfmt::ls.gdsn(x)
  absent <- setdiff(c("sample.id", "snp.id", "snp.position", "snp.chromosome", "genotype"), nodes)
  if (length(absent) > 0) {
    message <- c("A GDS file of genotypes must be one of SNPRelate or of SeqArray.",
      x = sprintf("This has no %s.", quoted(absent)),
      i = if ("variant.id" %in% nodes) "It is one of SeqArray: open it with `SeqArray::seqOpen()`.")
    abort_forebear("argument", message)
  }
  node <- function(name) gdsfmt::index.gdsn(x, name)
  genotype <- node("genotype")
  samples <- samples_for(as_utf8(as.character(gdsfmt::read.gdsn(node("sample.id")))), samples)
  columns <- array_variants(x, nodes)
  check_has_genotypes(nrow(samples), nrow(columns))
  variants <- variants_for(columns$variant_id, columns[-1], call) |>
    put_variants(variants, call)
  by_sample <- "sample.order" %in% names(gdsfmt::get.attr.gdsn(genotype))
  size <- c(nrow(samples), nrow(variants))
  found <- gdsfmt::objdesp.gdsn(genotype)$dim
  if (!identical(as.double(found), as.double(if (by_sample) size else rev(size)))) {
    message <- c("The genotypes of a GDS file must be samples x variants, or the reverse.",
      x = sprintf("They are %s, of %d samples and %d variants.", paste(found, collapse = " x "),
        size[1], size[2]))
    abort_forebear("argument", message)
  }
  counts_of <- function(block) {
    start <- c(1L, block[1])
    count <- c(-1L, length(block))
    if (by_sample) {
      copies <- gdsfmt::read.gdsn(genotype, start, count, simplify = "none")
    } else {
      copies <- t(gdsfmt::read.gdsn(genotype, rev(start), rev(count), simplify = "none"))
    }
    # Copies of the first allele; 3 is missing.
    ifelse(copies %in% 0:2, 2 - copies, NA_real_) |> matrix(nrow(samples))
  }
  genotypes <- genotypes_in_memory(pack_blocks(size[1], size[2], counts_of), samples, variants)
  genotypes$autosomes <- autosomes
  genotypes
}

# Columns of variants() of a file of SNPRelate.
array_variants <- function(x, nodes) {
  get <- function(name) gdsfmt::read.gdsn(gdsfmt::index.gdsn(x, name))
  chrom <- get("snp.chromosome")
  if (is.numeric(chrom)) {
    # Codes of sex chromosomes and mitochondria are attributes.
    codes <- gdsfmt::get.attr.gdsn(gdsfmt::index.gdsn(x, "snp.chromosome"))
    codes <- codes[names(codes) %in% c("X", "Y", "XY", "M", "MT")]
    named <- match(chrom, unlist(codes))
    chrom <- ifelse(is.na(named), format(chrom, scientific = FALSE, trim = TRUE),
      sub("^M$", "MT", names(codes))[named])
  }
  alleles <- if ("snp.allele" %in% nodes) get("snp.allele") else rep("A/B", length(chrom))
  id <- if ("snp.rs.id" %in% nodes) get("snp.rs.id") else get("snp.id")
  data.frame(variant_id = as.character(id), chrom = as.character(chrom),
    position_bp = get("snp.position"), ref = sub("/.*", "", alleles),
    alt = sub("^[^/]*/?", "", alleles))
}

# Rscript forebear_lift_over.R AT FORTH BACK OUT
# AT: a table without header of names, chromosomes and positions. Writes a line for each: name, chromosome and position by the
# chain FORTH, strand, and whether the chain BACK leads to the "same" position, "elsewhere", or nowhere ("lost").
suppressPackageStartupMessages(library(forebear))
argument <- commandArgs(TRUE)
at <- read.delim(argument[1], header = FALSE, col.names = c("variant_id", "chrom", "position_bp"),
                 colClasses = c("character", "character", "integer"))
at <- at[order(as.integer(at$chrom), at$position_bp), ]
genotypes <- as_genotypes(matrix(rep(0:1, each = nrow(at)), 2, byrow = TRUE, dimnames = list(c("a", "b"), NULL)),
                          variants = data.frame(at, ref = "A", alt = "C"))
lifted <- suppressMessages(lift_over(genotypes, argument[2]))
report <- attr(lifted, "report")
back <- attr(suppressMessages(lift_over(lifted, argument[3])), "report")
again <- back[match(report$variant_id, back$variant_id), ]
same <- again$new_chrom == report$chrom & again$new_position_bp == report$position_bp
report$back <- ifelse(is.na(same), "lost", ifelse(same, "same", "elsewhere"))
report$strand <- ifelse(report$outcome == "reversed", "-", "+")
write.table(report[c("variant_id", "new_chrom", "new_position_bp", "strand", "back")], argument[4], sep = "\t",
            quote = FALSE, row.names = FALSE, col.names = FALSE)

//! The likelihood model of ADMIXTURE: every allele of a sample comes from one of k
//! populations in Hardy-Weinberg proportions.
//!
//! Source: Alexander, Novembre & Lange 2009; Alexander & Lange 2011; equation 10 of
//! Gimbernat-Mayol et al. 2022.
//!
//! | file          | what lives there                                             |
//! |---------------|--------------------------------------------------------------|
//! | `settings`    | what to fit, and when to stop                                |
//! | `fit`         | first frequencies, the fit                                   |
//! | `accelerated_em` | the two steps alternated, accelerated, with the stopping rule |
//! | `frequencies` | the first step: allele frequencies, variant by variant       |
//! | `weights`     | the second step: weights of samples; the sparsity penalty    |
//! | `newton`      | Newton steps within bounds                                   |
//! | `expansion`   | the maximum of an expansion over the simplex                 |
//! | `accelerate`  | extrapolation from the last steps                            |
//! | `moments`     | log-likelihood, gradients and Hessians, summed over genotypes |
//! | `lanes`       | eight genotypes in a vector register                         |
//! | `tile`        | samples and packed genotypes in the layout of the sums       |
//! | `project`     | weights of new samples on fixed frequencies                  |
//! | `exact`       | sums over the genotypes of a few samples in double precision |
//! | `newton_ascent` | weights of one sample, to a certified maximum                |
//! | `deviance`    | errors of predicted genotypes, for cross-validation          |

mod accelerate;
mod accelerated_em;
pub mod deviance;
mod exact;
mod expansion;
pub mod fit;
mod frequencies;
mod lanes;
mod moments;
mod newton;
mod newton_ascent;
pub mod project;
#[cfg(test)]
mod reference;
pub mod settings;
mod tile;
pub mod weights;

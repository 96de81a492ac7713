"""Reference implementation of principal component analysis: numpy, one block of variants at a time."""

import numpy as np

# Copies of allele 1 by PLINK code 00, 01 (missing), 10, 11.
COPIES = np.array([2, np.nan, 1, 0], np.float32)
BLOCK = 2_000
# Genotypes of the four samples in one byte of a .bed file: 256 x 4.
BYTE = COPIES[np.arange(256)[:, None] >> np.array([0, 2, 4, 6]) & 3]


def blocks(prefix, n_samples, n_variants, scale):
    """Centered genotypes, samples x variants of the block; missing = the variant's mean.

    scale "binomial": divided by sqrt(2 p (1 - p)). "none": genotype 0, 0.5, 1, the mean of two haplotypes.
    """
    packed = np.memmap(f"{prefix}.bed", np.uint8, "r", offset=3, shape=(n_variants, -(-n_samples // 4)))
    for start in range(0, n_variants, BLOCK):
        copies = BYTE[packed[start:start + BLOCK]].reshape(-1, packed.shape[1] * 4)[:, :n_samples]
        mean = np.nanmean(copies, axis=1, keepdims=True)
        sd = np.sqrt(mean * (1 - mean / 2)) if scale == "binomial" else np.full_like(mean, 2)
        sd[sd == 0] = np.inf  # a variant that does not vary says nothing
        yield np.nan_to_num((copies - mean) / sd, copy=False).T


def gram(prefix, n_samples, n_variants, scale):
    """X X', n_samples x n_samples."""
    total = np.zeros((n_samples, n_samples))
    for x in blocks(prefix, n_samples, n_variants, scale):
        total += x @ x.T
    return total


def scores(gram, num_comp):
    """Principal component scores, n_samples x num_comp."""
    eigenvalue, vector = np.linalg.eigh(gram)
    return (vector * np.sqrt(eigenvalue.clip(0)))[:, ::-1][:, :num_comp]


def subspace(prefix, n_samples, n_variants, num_comp, settled=1e-9, most=30):
    """Left singular subspace (binomial scale) by block power iteration from a random start.

    For sets too wide for a Gram matrix. Goes on until 1 - MEV between two
    iterations is below `settled`. Raises RuntimeError if `most` iterations are
    not enough: then the component asked for does not stand out from the noise.
    """
    start = np.random.default_rng(1).standard_normal((n_samples, 2 * num_comp + 10))
    basis, last = np.linalg.qr(start)[0].astype(np.float32), None
    for _ in range(most):
        image = np.zeros(basis.shape)
        for x in blocks(prefix, n_samples, n_variants, "binomial"):
            image += x @ (x.T @ basis)
        # Rayleigh-Ritz: the best `num_comp` directions inside the block.
        vector = np.linalg.eigh(basis.T @ image)[1][:, ::-1]
        found = np.linalg.qr(image @ vector)[0]
        if last is not None and one_minus_mev(last, found[:, :num_comp]) < settled:
            return found[:, :num_comp]
        last, basis = found[:, :num_comp], found.astype(np.float32)
    raise RuntimeError(f"{prefix}: {num_comp} components have not settled after {most} iterations")


def one_minus_mev(exact, estimate):
    """1 - mean explained variance of an estimated subspace.

    MEV = (1 / k) sum_i |U' v_i|, U the exact and v_i the estimated singular
    vectors: 1 when both span the same space. It is PCAone's own measure of
    convergence and that of its paper (Li, Meisner and Albrechtsen 2023).
    Columns are made orthonormal first, so scores do as well as vectors.
    """
    u, v = np.linalg.qr(exact)[0], np.linalg.qr(estimate)[0]
    return float(1 - np.linalg.norm(u.T @ v, axis=0).mean())

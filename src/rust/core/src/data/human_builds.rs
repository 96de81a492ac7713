//! Lengths of the human chromosomes in the genome builds.

/// Names of the human builds, oldest first, as a message says them.
pub const BUILDS: [&str; 3] = ["hg18 (NCBI36)", "hg19 (GRCh37)", "hg38 (GRCh38)"];

/// Lengths of the human chromosomes in base pairs in [`BUILDS`]; from the assemblies.
const LENGTHS: [(&str, [i32; 3]); 24] = [
    ("1", [247_249_719, 249_250_621, 248_956_422]),
    ("2", [242_951_149, 243_199_373, 242_193_529]),
    ("3", [199_501_827, 198_022_430, 198_295_559]),
    ("4", [191_273_063, 191_154_276, 190_214_555]),
    ("5", [180_857_866, 180_915_260, 181_538_259]),
    ("6", [170_899_992, 171_115_067, 170_805_979]),
    ("7", [158_821_424, 159_138_663, 159_345_973]),
    ("8", [146_274_826, 146_364_022, 145_138_636]),
    ("9", [140_273_252, 141_213_431, 138_394_717]),
    ("10", [135_374_737, 135_534_747, 133_797_422]),
    ("11", [134_452_384, 135_006_516, 135_086_622]),
    ("12", [132_349_534, 133_851_895, 133_275_309]),
    ("13", [114_142_980, 115_169_878, 114_364_328]),
    ("14", [106_368_585, 107_349_540, 107_043_718]),
    ("15", [100_338_915, 102_531_392, 101_991_189]),
    ("16", [88_827_254, 90_354_753, 90_338_345]),
    ("17", [78_774_742, 81_195_210, 83_257_441]),
    ("18", [76_117_153, 78_077_248, 80_373_285]),
    ("19", [63_811_651, 59_128_983, 58_617_616]),
    ("20", [62_435_964, 63_025_520, 64_444_167]),
    ("21", [46_944_323, 48_129_895, 46_709_983]),
    ("22", [49_691_432, 51_304_566, 50_818_468]),
    ("X", [154_913_754, 155_270_560, 156_040_895]),
    ("Y", [57_772_954, 59_373_566, 57_227_415]),
];

/// Length of the mitochondrial genome, in any build.
const MITOCHONDRIA: i32 = 16_571;

/// Length in each of [`BUILDS`] of a chromosome, by its number or letter.
pub fn lengths(name: &str) -> Option<[i32; 3]> {
    LENGTHS.iter().find(|(known, _)| *known == name).map(|(_, lengths)| *lengths)
}

/// Length in the build that has it longest; `None` for what is no human chromosome. Positions of
/// `XY` are those of X.
pub fn longest(name: &str) -> Option<i32> {
    match name {
        "MT" => Some(MITOCHONDRIA),
        "XY" => longest("X"),
        name => lengths(name)?.into_iter().max(),
    }
}

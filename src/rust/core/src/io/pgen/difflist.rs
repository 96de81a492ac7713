//! The pieces that records of a .pgen are made of: bytes, varints and difflists.

/// What is wrong with a record.
pub type Damage = &'static str;

/// Elements of a difflist with one first sample.
const GROUP: usize = 64;

const ENDS_EARLY: Damage = "it ends too early";
const NOT_ASCENDING: Damage = "the samples of a list are not in order, or there are too many";

/// What is left of a record.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'b>(pub &'b [u8]);

impl<'b> Rest<'b> {
    /// The next `n` bytes.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn take(&mut self, n: usize) -> Result<&'b [u8], Damage> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(ENDS_EARLY)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next byte.
    ///
    /// # Errors
    /// If there is none.
    pub fn byte(&mut self) -> Result<u8, Damage> {
        let (&byte, rest) = self.0.split_first().ok_or(ENDS_EARLY)?;
        self.0 = rest;
        Ok(byte)
    }

    /// The next base-128 varint: seven bits a byte, the lowest first.
    ///
    /// # Errors
    /// If the bytes end, or it exceeds 32 bits.
    pub fn varint(&mut self) -> Result<u32, Damage> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u32::from(first));
        }
        let (mut value, mut shift) = (u64::from(first & 0x7f), 7);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| "a number is too large");
            }
            if shift > 28 + 7 {
                return Err("a number is too large");
            }
        }
    }
}

/// Gives every entry of a difflist to `put`: the sample, and its category where the list has
/// categories (else 0). Samples are in order.
///
/// # Errors
/// If the list ends too early, or its samples are not in order below `n_samples`.
pub fn each_entry(
    rest: &mut Rest<'_>,
    n_samples: usize,
    has_categories: bool,
    mut put: impl FnMut(usize, u8),
) -> Result<(), Damage> {
    let n = rest.varint()? as usize;
    if n == 0 {
        return Ok(());
    }
    if n > n_samples {
        return Err(NOT_ASCENDING);
    }
    let n_groups = n.div_ceil(GROUP);
    let width = sample_bytes(n_samples);
    let firsts = rest.take(n_groups * width)?;
    // The byte lengths of groups serve random access alone.
    rest.take(n_groups - 1)?;
    let categories = if has_categories { rest.take(n.div_ceil(4))? } else { &[] };
    let category = |at: usize| match categories.get(at / 4) {
        Some(four) => four >> (2 * (at % 4)) & 0b11,
        None => 0,
    };
    let mut least = 0;
    for (group, first) in firsts.chunks_exact(width).enumerate() {
        let mut bytes = [0; 4];
        bytes[..width].copy_from_slice(first);
        let mut sample = u32::from_le_bytes(bytes) as usize;
        if sample < least || sample >= n_samples {
            return Err(NOT_ASCENDING);
        }
        let start = group * GROUP;
        put(sample, category(start));
        for at in start + 1..(start + GROUP).min(n) {
            let step = rest.varint()? as usize;
            sample += step;
            if step == 0 || sample >= n_samples {
                return Err(NOT_ASCENDING);
            }
            put(sample, category(at));
        }
        least = sample + 1;
    }
    Ok(())
}

/// Bytes of a sample number in a difflist.
fn sample_bytes(n_samples: usize) -> usize {
    match n_samples {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        0x1_0001..=0x100_0000 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(bytes: &[u8], n_samples: usize, has: bool) -> Result<Vec<(usize, u8)>, Damage> {
        let mut found = Vec::new();
        let mut rest = Rest(bytes);
        each_entry(&mut rest, n_samples, has, |sample, category| found.push((sample, category)))?;
        assert!(rest.0.is_empty());
        Ok(found)
    }

    /// The example of the specification: 488377 samples, of which 5000, 10000, ... 395000.
    #[test]
    fn reads_the_example_of_the_specification() {
        let mut bytes = vec![0x4f, 0x88, 0x13, 0x00, 0x88, 0xf5, 0x04, 0x3f];
        bytes.extend([0b1110_0100; 20]);
        bytes.extend([0x88, 0x27].repeat(77));
        let found = entries(&bytes, 488_377, true).unwrap();
        let want: Vec<(usize, u8)> = (0..79).map(|i| (5000 * (i + 1), (i % 4) as u8)).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn lists_that_break_the_rules_are_refused() {
        assert_eq!(entries(&[0], 5, true).unwrap(), []);
        assert_eq!(entries(&[2, 1, 2], 5, false).unwrap(), [(1, 0), (3, 0)]);
        for bytes in [&[][..], &[2], &[2, 1], &[0x80]] {
            assert_eq!(entries(bytes, 5, false).unwrap_err(), ENDS_EARLY);
        }
        // Past the last sample, twice the same, more than there are.
        for bytes in [&[2, 1, 4][..], &[2, 1, 0], &[1, 5], &[6, 0, 1, 1, 1, 1, 1]] {
            assert_eq!(entries(bytes, 5, false).unwrap_err(), NOT_ASCENDING);
        }
        assert_eq!(entries(&[0xff; 9], 5, false).unwrap_err(), "a number is too large");
    }
}

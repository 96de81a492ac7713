//! The content of a model file: numbers, texts and bytes in a tree, and nothing executable.
//!
//! The tree is written in preorder, so that reading it needs no recursion: a [`Content::List`] of
//! n entries is followed by these entries, each with all that is below it. Counts and lengths are
//! not trusted: memory is allocated only as bytes follow.

use serde::Deserialize;
use serde::Serialize;
use std::borrow::Cow;

/// Lists in lists, at most.
const MOST_DEPTH: usize = 12;

/// Dimensions of an array, at most.
const MOST_DIMENSIONS: usize = 3;

/// A logical value that is missing.
pub const MISSING_FLAG: u8 = 2;

/// One value, or a list of those that follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node<'v> {
    pub content: Content<'v>,
    pub labels: Option<Box<Labels>>,
}

/// The values of a node. Missing numbers are R's: the smallest integer, and one kind of NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content<'v> {
    Null,
    /// Number of entries.
    List(u32),
    /// 0, 1, or [`MISSING_FLAG`].
    Flags(Vec<u8>),
    Integers(Cow<'v, [i32]>),
    Doubles(Cow<'v, [f64]>),
    Texts(Box<Texts>),
    Bytes(Cow<'v, [u8]>),
}

/// Names and shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Labels {
    /// One for each value or entry.
    pub names: Option<Texts>,
    /// Of a matrix or an array, columns one after the other; else empty.
    pub dim: Vec<u32>,
    /// One for each dimension, or none at all.
    pub dim_names: Vec<Option<Texts>>,
    /// Names of the dimensions themselves.
    pub dim_titles: Option<Texts>,
}

/// Texts, one after the other, and the bytes of each; missing ones have none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Texts {
    joined: String,
    n_bytes: Vec<Option<u32>>,
}

impl<'t> FromIterator<Option<&'t str>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<&'t str>>>(texts: I) -> Texts {
        let mut all = Texts::default();
        for text in texts {
            all.joined += text.unwrap_or("");
            all.n_bytes.push(text.map(|text| text.len() as u32));
        }
        all
    }
}

impl Texts {
    /// Number of texts.
    pub fn len(&self) -> usize {
        self.n_bytes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.n_bytes.is_empty()
    }

    /// Each text, `None` where it is missing.
    ///
    /// # Panics
    /// If lengths do not fit the text, which [`decode`] refuses.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut end = 0;
        self.n_bytes.iter().map(move |n_bytes| {
            n_bytes.map(|n_bytes| {
                let begin = end;
                end += n_bytes as usize;
                &self.joined[begin..end]
            })
        })
    }

    /// Whether lengths fit the text, and no text has a NUL in it, which R cannot hold.
    fn holds(&self) -> bool {
        let mut end = 0_usize;
        let fits = self.n_bytes.iter().flatten().all(|&n_bytes| {
            end = end.saturating_add(n_bytes as usize);
            n_bytes <= i32::MAX as u32 && self.joined.is_char_boundary(end)
        });
        fits && end == self.joined.len() && !self.joined.contains('\0')
    }
}

impl Node<'_> {
    /// Values, or entries of a list.
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Null => 0,
            Content::List(n) => *n as usize,
            Content::Flags(values) => values.len(),
            Content::Integers(values) => values.len(),
            Content::Doubles(values) => values.len(),
            Content::Texts(texts) => texts.len(),
            Content::Bytes(bytes) => bytes.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is wrong with the node by itself.
    fn problem(&self) -> Option<&'static str> {
        let sound = match &self.content {
            Content::Flags(values) => values.iter().all(|&value| value <= MISSING_FLAG),
            Content::Texts(texts) => texts.holds(),
            Content::List(n) => *n <= i32::MAX as u32,
            _ => true,
        };
        if !sound {
            return Some("A value is none of its kind.");
        }
        let labels = self.labels.as_deref()?;
        let is_null = self.content == Content::Null;
        (is_null || !labels.fit(self.len())).then_some("Names or dimensions do not fit a value.")
    }
}

impl Labels {
    fn fit(&self, n: usize) -> bool {
        let n_dimensions = self.dim.len();
        let product =
            self.dim.iter().try_fold(1_usize, |product, &d| product.checked_mul(d as usize));
        let is_array = n_dimensions == 0
            || (n_dimensions <= MOST_DIMENSIONS
                && product == Some(n)
                && self.dim.iter().all(|&d| d <= i32::MAX as u32));
        let named = self.dim_names.is_empty()
            || (self.dim_names.len() == n_dimensions
                && self.dim_names.iter().zip(&self.dim).all(|(names, &d)| {
                    names.as_ref().is_none_or(|names| names.holds() && names.len() == d as usize)
                }));
        let titled = self.dim_titles.as_ref().is_none_or(|titles| {
            titles.holds() && !self.dim_names.is_empty() && titles.len() == self.dim_names.len()
        });
        let names = self.names.as_ref().is_none_or(|names| names.holds() && names.len() == n);
        is_array && named && titled && names
    }
}

/// The bytes of a tree.
///
/// # Panics
/// If postcard cannot encode plain fields, which it can.
pub fn encode(nodes: &[Node<'_>]) -> Vec<u8> {
    postcard::to_stdvec(nodes).expect("plain fields encode")
}

/// The nodes of one whole tree.
///
/// # Errors
/// What is wrong with the bytes, in a sentence.
pub fn decode(bytes: &[u8]) -> Result<Vec<Node<'static>>, &'static str> {
    let (nodes, rest): (Vec<Node<'static>>, &[u8]) =
        postcard::take_from_bytes(bytes).map_err(|_| "Its values cannot be decoded.")?;
    if !rest.is_empty() {
        return Err("There is more in it than its values.");
    }
    match problem(&nodes) {
        Some(problem) => Err(problem),
        None => Ok(nodes),
    }
}

/// What is wrong with a tree.
pub fn problem(nodes: &[Node<'_>]) -> Option<&'static str> {
    // Entries that are still to come, of every list that is open.
    let mut open = vec![1_usize];
    for node in nodes {
        while open.last() == Some(&0) {
            open.pop();
        }
        let Some(left) = open.last_mut() else { return Some("Values follow its end.") };
        *left -= 1;
        if let Some(problem) = node.problem() {
            return Some(problem);
        }
        if let Content::List(n) = node.content {
            open.push(n as usize);
            if open.len() > MOST_DEPTH + 1 {
                return Some("Its lists are too deep.");
            }
        }
    }
    open.iter().any(|&left| left > 0).then_some("Entries of a list are missing.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(content: Content<'_>) -> Node<'_> {
        Node { content, labels: None }
    }

    fn texts(texts: &[Option<&str>]) -> Texts {
        texts.iter().copied().collect()
    }

    fn labeled(content: Content<'_>, labels: Labels) -> Node<'_> {
        Node { content, labels: Some(Box::new(labels)) }
    }

    /// A list of every kind, with names and a matrix in it.
    fn tree() -> Vec<Node<'static>> {
        let names = Some(texts(&[Some("a"), Some("b"), None]));
        let dim_names = vec![Some(texts(&[Some("é"), None])), None];
        let dim_titles = Some(texts(&[Some("row"), Some("")]));
        let shape = Labels { names: None, dim: vec![2, 1], dim_names, dim_titles };
        vec![
            labeled(Content::List(3), Labels { names, ..Labels::default() }),
            labeled(Content::Doubles(vec![0.1, f64::INFINITY].into()), shape),
            node(Content::List(4)),
            node(Content::Flags(vec![0, 1, MISSING_FLAG])),
            node(Content::Integers(vec![i32::MIN, 7].into())),
            node(Content::Texts(Box::new(texts(&[Some(""), None, Some("ä|b")])))),
            node(Content::Null),
            node(Content::Bytes(vec![0, 255].into())),
        ]
    }

    #[test]
    fn a_tree_comes_back_as_it_was() {
        let got = decode(&encode(&tree())).unwrap();
        assert_eq!(got, tree());
        let Content::Texts(texts) = &got[5].content else { panic!("texts") };
        assert_eq!(texts.iter().collect::<Vec<_>>(), [Some(""), None, Some("ä|b")]);
    }

    /// R's missing number is a NaN of its own.
    #[test]
    fn every_bit_of_a_number_is_kept() {
        let missing = f64::from_bits(0x7ff0_0000_0000_07a2);
        let got = decode(&encode(&[node(Content::Doubles(vec![missing, -0.0].into()))])).unwrap();
        let Content::Doubles(values) = &got[0].content else { panic!("numbers") };
        assert_eq!(values[0].to_bits() & 0xffff_ffff, 1954);
        assert_eq!(values[1].to_bits(), (-0.0_f64).to_bits());
    }

    #[test]
    fn trees_that_are_none_are_refused() {
        let refusal = |nodes: &[Node<'_>]| decode(&encode(nodes)).unwrap_err();
        let null = || node(Content::Null);
        assert!(refusal(&[]).contains("missing"));
        assert!(refusal(&[null(), null()]).contains("follow its end"));
        assert!(refusal(&[node(Content::List(2)), null()]).contains("missing"));
        assert!(refusal(&[node(Content::List(0)), null()]).contains("follow its end"));
        assert!(refusal(&[node(Content::List(u32::MAX))]).contains("none of its kind"));
        assert!(refusal(&[node(Content::Flags(vec![3]))]).contains("none of its kind"));
        let deep: Vec<_> = (0..40).map(|_| node(Content::List(1))).chain([null()]).collect();
        assert!(refusal(&deep).contains("too deep"));
        let deepest: Vec<_> = (0..MOST_DEPTH).map(|_| node(Content::List(1))).collect();
        assert!(decode(&encode(&[deepest, vec![null()]].concat())).is_ok());
        let mut bytes = encode(&tree());
        bytes.push(0);
        assert!(decode(&bytes).unwrap_err().contains("more in it"));
    }

    #[test]
    fn names_and_shapes_that_do_not_fit_are_refused() {
        let refused = |labels: Labels| {
            let four = Content::Doubles(vec![0.0; 4].into());
            decode(&encode(&[labeled(four, labels)])).is_err()
        };
        let shaped = |dim: &[u32]| Labels { dim: dim.to_vec(), ..Labels::default() };
        assert!(
            !refused(shaped(&[2, 2])) && !refused(shaped(&[4])) && !refused(shaped(&[2, 1, 2]))
        );
        for dim in [&[2, 3][..], &[1, 1, 1, 4], &[u32::MAX; 3], &[0, 4]] {
            assert!(refused(shaped(dim)), "{dim:?}");
        }
        let one = || Some(texts(&[Some("x")]));
        assert!(refused(Labels { names: one(), ..Labels::default() }));
        assert!(refused(Labels { dim_names: vec![one(), None], ..shaped(&[2, 2]) }));
        assert!(refused(Labels { dim_names: vec![None], ..shaped(&[2, 2]) }));
        assert!(refused(Labels { dim_titles: one(), ..shaped(&[2, 2]) }));
        let null = labeled(Content::Null, Labels::default());
        assert!(decode(&encode(&[null])).is_err());
    }

    #[test]
    fn texts_whose_lengths_do_not_fit_are_refused() {
        for (joined, n_bytes) in [
            ("ab", vec![Some(1)]),
            ("ab", vec![Some(1), Some(2)]),
            ("ä", vec![Some(1), Some(1)]),
            ("a\0", vec![Some(2)]),
            ("", vec![Some(u32::MAX), Some(u32::MAX), Some(2)]),
        ] {
            let wrong = Texts { joined: joined.to_owned(), n_bytes };
            assert!(!wrong.holds(), "{wrong:?}");
            assert!(decode(&encode(&[node(Content::Texts(Box::new(wrong)))])).is_err());
        }
    }

    /// A wrong count allocates no memory: the file's own bytes run out first.
    #[test]
    fn counts_beyond_the_bytes_are_refused() {
        for content in 1..7 {
            let mut bytes = vec![1, content];
            bytes.extend([0xff; 9]);
            bytes.push(0x01);
            assert!(decode(&bytes).is_err());
        }
        assert!(decode(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).is_err());
    }
}

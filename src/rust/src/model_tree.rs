//! R's lists and vectors as the plain values of a model file, and back.

use crate::convert::integers;
use extendr_api::prelude::*;
use forebear_core::io::model_tree::Content;
use forebear_core::io::model_tree::Labels;
use forebear_core::io::model_tree::MISSING_FLAG;
use forebear_core::io::model_tree::Node;
use forebear_core::io::model_tree::Texts;

/// A value and all that is below it, lists before their entries.
pub fn preorder(value: Robj) -> Vec<Robj> {
    let mut all = Vec::new();
    add_with_entries(value, &mut all);
    all
}

fn add_with_entries(value: Robj, all: &mut Vec<Robj>) {
    all.push(value.clone());
    if let (Rtype::List, Some(list)) = (value.rtype(), value.as_list()) {
        list.values().for_each(|entry| add_with_entries(entry, all));
    }
}

/// The nodes of values in preorder; numbers are seen, not copied.
pub fn nodes_of(values: &[Robj]) -> Vec<Node<'_>> {
    values
        .iter()
        .map(|value| Node { content: content_of(value), labels: labels_of(value) })
        .collect()
}

/// # Panics
/// If the value is none that a file can hold: R's side of the package lets no other through.
fn content_of(value: &Robj) -> Content<'_> {
    match value.rtype() {
        Rtype::Null => Content::Null,
        Rtype::List => Content::List(value.len() as u32),
        Rtype::Logicals => Content::Flags(flags_of(value)),
        Rtype::Integers => Content::Integers(value.as_integer_slice().expect("integers").into()),
        Rtype::Doubles => Content::Doubles(value.as_real_slice().expect("doubles").into()),
        Rtype::Strings => Content::Texts(Box::new(texts_of(value))),
        Rtype::Raw => Content::Bytes(value.as_raw_slice().expect("raw").into()),
        other => panic!("a model holds no {other:?}"),
    }
}

fn flags_of(value: &Robj) -> Vec<u8> {
    let flags = value.as_logical_slice().expect("logicals");
    flags
        .iter()
        .map(|flag| if flag.is_na() { MISSING_FLAG } else { flag.is_true() as u8 })
        .collect()
}

fn texts_of(value: &Robj) -> Texts {
    let texts = value.as_str_iter().expect("texts");
    texts.map(|text| (!text.is_na()).then_some(text)).collect()
}

fn labels_of(value: &Robj) -> Option<Box<Labels>> {
    let names = value.get_attrib("names").map(|names| texts_of(&names));
    let dim = value.get_attrib("dim").map(|dim| integers(&dim).iter().map(|&n| n as u32).collect());
    if names.is_none() && dim.is_none() {
        return None;
    }
    let dim_names = value.get_attrib("dimnames");
    let labels = Labels {
        names,
        dim: dim.unwrap_or_default(),
        dim_titles: dim_names
            .as_ref()
            .and_then(|all| all.get_attrib("names"))
            .map(|t| texts_of(&t)),
        dim_names: dim_names.and_then(|all| all.as_list()).map_or_else(Vec::new, |all| {
            all.values().map(|names| (!names.is_null()).then(|| texts_of(&names))).collect()
        }),
    };
    Some(Box::new(labels))
}

/// The first of the values that are left, with all that is below it.
///
/// # Panics
/// If nodes are no tree; the core has checked them.
pub fn value_of(nodes: &mut impl Iterator<Item = Node<'static>>) -> Robj {
    let Node { content, labels } = nodes.next().expect("another value");
    let value = match content {
        Content::Null => ().into(),
        Content::List(n) => {
            List::from_values((0..n).map(|_| value_of(nodes)).collect::<Vec<_>>()).into()
        }
        Content::Flags(flags) => flags.iter().map(flag_of).collect::<Vec<Rbool>>().into(),
        Content::Integers(values) => values.as_ref().into(),
        Content::Doubles(values) => values.as_ref().into(),
        Content::Texts(texts) => strings_of(&texts),
        Content::Bytes(bytes) => Raw::from_bytes(&bytes).into(),
    };
    match labels {
        Some(labels) => labeled(value, &labels),
        None => value,
    }
}

fn flag_of(flag: &u8) -> Rbool {
    match *flag {
        MISSING_FLAG => Rbool::na(),
        flag => Rbool::from(flag == 1),
    }
}

fn strings_of(texts: &Texts) -> Robj {
    let texts: Vec<&str> = texts.iter().map(|text| text.unwrap_or_else(<&str>::na)).collect();
    Strings::from_values(texts).into()
}

fn labeled(mut value: Robj, labels: &Labels) -> Robj {
    let mut set = |name: &str, to: Robj| {
        value.set_attrib(name, to).expect("a label that fits");
    };
    if let Some(names) = &labels.names {
        set("names", strings_of(names));
    }
    if !labels.dim.is_empty() {
        set("dim", labels.dim.iter().map(|&n| n as i32).collect::<Vec<i32>>().into());
    }
    if !labels.dim_names.is_empty() {
        let names = |names: &Option<Texts>| names.as_ref().map_or_else(|| ().into(), strings_of);
        let all: Vec<Robj> = labels.dim_names.iter().map(names).collect();
        let mut all: Robj = List::from_values(all).into();
        if let Some(titles) = &labels.dim_titles {
            all.set_attrib("names", strings_of(titles)).expect("a title for each");
        }
        set("dimnames", all);
    }
    value
}

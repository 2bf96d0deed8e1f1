//! The types that a Wasm module declares, found without V8: where they are written, and how many they are at most.
//!
//! The walk goes wherever V8's does. It may find a section that V8 does not come to (behind an error that it sees and this does
//! not); it never misses one that V8 reads, which is the first.

use std::ops::Range;

/// Magic number and version.
const HEADER: usize = 8;

const TYPE_SECTION: u8 = 1;

/// What a group of types that refer to each other begins with. Without one, each entry of the section is one type.
const GROUP: u8 = 0x4e;

/// No type takes less: a structure without fields.
const SHORTEST_TYPE: usize = 2;

/// A number has so many bytes at most.
const LONGEST_NUMBER: usize = 5;

/// The section of a Wasm module with its types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeSection {
    /// From its number on to its end.
    place: Range<usize>,
    /// How many types are in it, at most.
    most: usize,
}

impl TypeSection {
    /// That of the module with so many bytes, each of which `at` tells; `None` if V8 will read no types of it.
    pub fn find(length: usize, at: impl Fn(usize) -> u8) -> Option<Self> {
        let mut start = HEADER;
        while start < length {
            let (size, payload) = number(start + 1, length, &at)?;
            let end = payload.checked_add(size).filter(|end| *end <= length)?;
            if at(start) == TYPE_SECTION {
                return Some(Self { place: start..end, most: most(payload..end, at) });
            }
            start = end;
        }
        None
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.place.len()
    }

    /// How many types it declares, at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A module of these types alone: the header of the one that they are from, and the section.
    pub fn alone(&self, at: impl Fn(usize) -> u8) -> Vec<u8> {
        (0..HEADER).chain(self.place.clone()).map(at).collect()
    }
}

/// How many types there are in a section with this content, at most.
fn most(content: Range<usize>, at: impl Fn(usize) -> u8) -> usize {
    let room = content.len() / SHORTEST_TYPE;
    match number(content.start, content.end, &at) {
        None => 0,
        Some((count, first)) if (first..content.end).all(|index| at(index) != GROUP) => room.min(count),
        Some(_) => room,
    }
}

/// The number that begins there, and where it ends.
fn number(start: usize, end: usize, at: impl Fn(usize) -> u8) -> Option<(usize, usize)> {
    let mut value = 0;
    for (shift, index) in (start..end).take(LONGEST_NUMBER).enumerate() {
        let byte = at(index);
        value |= usize::from(byte & 0x7f) << (7 * shift);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: [u8; HEADER] = [0, b'a', b's', b'm', 1, 0, 0, 0];

    fn find(sections: &[u8]) -> Option<TypeSection> {
        let module = [&HEAD, sections].concat();
        TypeSection::find(module.len(), |index| module[index])
    }

    #[test]
    fn types_without_groups_are_counted_and_those_in_groups_are_as_many_as_fit() {
        let functions = find(&[1, 7, 2, 0x60, 0, 0, 0x60, 0, 0]).unwrap();
        assert_eq!((functions.bytes(), functions.most()), (9, 2));
        // Who claims more than fit has no more.
        assert_eq!(find(&[1, 5, 0x80, 0x80, 0x7c, 0x5f, 0]).unwrap().most(), 2);
        let group = find(&[1, 9, 1, GROUP, 3, 0x5f, 0, 0x5f, 0, 0x5f, 0]).unwrap();
        assert_eq!((group.bytes(), group.most()), (11, 4));
    }

    #[test]
    fn it_is_found_behind_other_sections_and_written_alone() {
        let module = [&HEAD[..], &[0, 3, 1, b'x', 9, 0, 0x80, 0, 1, 4, 1, 0x60, 0, 0, 3, 1, 0]].concat();
        let types = TypeSection::find(module.len(), |index| module[index]).unwrap();
        assert_eq!(types.alone(|index| module[index]), [&HEAD[..], &[1, 4, 1, 0x60, 0, 0]].concat());
    }

    #[test]
    fn a_module_that_ends_before_it_has_none() {
        for sections in [
            &[][..],
            &[1],
            &[1, 4, 1, 0x60, 0],
            &[0, 9],
            &[0, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
            &[0, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[2, 1, 0],
        ] {
            assert_eq!(find(sections), None, "{sections:?}");
        }
        assert_eq!(TypeSection::find(3, |index| HEAD[index]), None);
        assert_eq!(find(&[1, 0]).unwrap().most(), 0);
    }
}

//! Points whose order divides the cofactor. With one of them as a key, or in a signature, everybody has signed everything.

const SIZE: usize = 32;

/// Whether these are the y coordinate, in any encoding, of one of the eight points of Ed25519 whose order divides eight.
/// What is no point of the curve is none of them.
pub(super) fn on_25519(point: &[u8]) -> bool {
    const fn near_p(lowest: u8) -> [u8; SIZE] {
        let mut number = [0xff; SIZE];
        (number[0], number[SIZE - 1]) = (lowest, 0x7f);
        number
    }
    const fn small(number: u8) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[0] = number;
        bytes
    }
    const OF_ORDER_8: [u8; SIZE] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ];
    const ITS_NEGATIVE: [u8; SIZE] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    // -1, 0 and 1 modulo p, the last two also as p and p + 1.
    const ALL: [[u8; SIZE]; 7] =
        [small(0), small(1), OF_ORDER_8, ITS_NEGATIVE, near_p(0xec), near_p(0xed), near_p(0xee)];
    let Ok(mut y) = <[u8; SIZE]>::try_from(point) else { return false };
    y[SIZE - 1] &= 0x7f;
    ALL.contains(&y)
}

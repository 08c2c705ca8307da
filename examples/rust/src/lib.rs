//! What the module does, without a word about MicroPython: functions with a C interface.

#![no_std]

use core::panic::PanicInfo;
use core::slice;
use core::str;

extern "C" {
    /// Raises an exception of MicroPython's, and so does not come back.
    fn rust_panicked(line: u32) -> !;
}

/// An index out of range, an overflow that is checked, `unwrap` of nothing: all of them end here.
#[panic_handler]
fn panicked(info: &PanicInfo) -> ! {
    let line = info.location().map_or(0, |place| place.line());
    unsafe { rust_panicked(line) }
}

/// CRC-32 as in Ethernet and zip.
///
/// # Safety
/// `data` points to `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn rust_crc32(data: *const u8, length: usize) -> u32 {
    let bytes = slice::from_raw_parts(data, length);
    !bytes.iter().fold(!0, |crc, byte| CRC_TABLE[((crc ^ *byte as u32) & 255) as usize] ^ (crc >> 8))
}

/// Made by the compiler.
static CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

/// Number of words between white space of any script, or -1 for what is not UTF-8.
///
/// # Safety
/// `data` points to `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn rust_count_words(data: *const u8, length: usize) -> isize {
    match str::from_utf8(slice::from_raw_parts(data, length)) {
        Ok(text) => text.split_whitespace().count() as isize,
        Err(_) => -1,
    }
}

/// Sorts in place.
///
/// # Safety
/// `values` points to `count` numbers that nothing else uses meanwhile.
#[no_mangle]
pub unsafe extern "C" fn rust_sort(values: *mut isize, count: usize) {
    slice::from_raw_parts_mut(values, count).sort_unstable();
}

/// The number in the middle; there is none in an empty list, and Rust checks that.
///
/// # Safety
/// `values` points to `count` numbers.
#[no_mangle]
pub unsafe extern "C" fn rust_middle(values: *const isize, count: usize) -> isize {
    slice::from_raw_parts(values, count)[count / 2]
}

/// How often this was called: a static variable.
#[no_mangle]
pub extern "C" fn rust_calls() -> u32 {
    use core::cell::Cell;
    struct Counter(Cell<u32>);
    // MicroPython runs native code in one thread at a time.
    unsafe impl Sync for Counter {}
    static CALLS: Counter = Counter(Cell::new(40));
    CALLS.0.set(CALLS.0.get() + 1);
    CALLS.0.get()
}

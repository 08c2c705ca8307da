//! What the module does, without a word about MicroPython: functions with a C interface.

/// Made by the compiler.
const primes_below_256 = sieve: {
    @setEvalBranchQuota(10_000);
    var composite = [_]bool{false} ** 256;
    composite[0] = true;
    composite[1] = true;
    for (2..16) |i| {
        if (composite[i]) continue;
        var multiple = i * i;
        while (multiple < 256) : (multiple += i) composite[multiple] = true;
    }
    break :sieve composite;
};

export fn zig_is_prime(n: u32) bool {
    if (n < 256) return !primes_below_256[n];
    for (primes_below_256, 0..) |composite, i| {
        if (!composite and n % @as(u32, @intCast(i)) == 0) return false;
    }
    // Enough for all numbers below 257 * 257; what is above is tried one by one.
    var factor: u32 = 257;
    while (factor <= n / factor) : (factor += 2) if (n % factor == 0) return false;
    return true;
}

/// One function for every type that can be compared.
fn largest(comptime T: type, values: []const T) ?T {
    if (values.len == 0) return null;
    var best = values[0];
    for (values[1..]) |value| best = @max(best, value);
    return best;
}

/// False for an empty list.
export fn zig_largest_number(values: [*]const isize, count: usize, result: *isize) bool {
    result.* = largest(isize, values[0..count]) orelse return false;
    return true;
}

/// -1 for nothing.
export fn zig_largest_byte(bytes: [*]const u8, count: usize) c_int {
    return largest(u8, bytes[0..count]) orelse -1;
}

/// Turns ASCII letters by half the alphabet, in place.
export fn zig_rot13(bytes: [*]u8, count: usize) void {
    for (bytes[0..count]) |*byte| {
        byte.* = switch (byte.*) {
            'a'...'z' => |c| (c - 'a' + 13) % 26 + 'a',
            'A'...'Z' => |c| (c - 'A' + 13) % 26 + 'A',
            else => |c| c,
        };
    }
}

var calls: u32 = 40;

export fn zig_calls() u32 {
    calls += 1;
    return calls;
}

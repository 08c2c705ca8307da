// Arithmetic of IEC 60559 in software, rounding to nearest and ties to even, for one format: include with REP (an unsigned type of its
// size), SIG (stored bits of the significand), EXPONENT (bits of the exponent), VALUE (the type), F(name) (a function's name), and
// MULTIPLY(a, b), the product of two significands shifted right by SIG - 3 with what is lost ORed into its lowest bit.
//
// While computing, a significand has its first bit at SIG + 3: behind the stored bits are two more and one that says whether any bit
// lower than those is set.

#define TOP ((REP)1 << (SIG + 3))
#define HIDDEN ((REP)1 << SIG)
#define MAX_EXPONENT ((1 << EXPONENT) - 1)
#define BIAS (MAX_EXPONENT >> 1)
#define INFINITE ((REP)MAX_EXPONENT << SIG)
#define SIGN ((REP)1 << (SIG + EXPONENT))
#define NOT_A_NUMBER (INFINITE | HIDDEN >> 1)

static inline REP F(bits)(VALUE value) {
    union { VALUE value; REP bits; } u = { value };
    return u.bits;
}

static inline VALUE F(value)(REP bits) {
    union { REP bits; VALUE value; } u = { bits };
    return u.value;
}

static REP F(shift)(REP value, int n) {
    if (n <= 0) {
        return value;
    }
    return n > SIG + 5 ? value != 0 : value >> n | ((value & (((REP)1 << n) - 1)) != 0);
}

// Rounds and packs a significand with its first bit at SIG + 3.
static VALUE F(pack)(REP sign, int exponent, REP sig) {
    if (exponent >= MAX_EXPONENT) {
        return F(value)(sign | INFINITE);
    }
    if (exponent <= 0) {
        sig = F(shift)(sig, 1 - exponent);
        exponent = 0;
    }
    int low = sig & 7;
    sig >>= 3;
    sig += low > 4 || (low == 4 && (sig & 1));
    return F(value)(sign | (((REP)(exponent == 0 ? 0 : exponent - 1) << SIG) + sig));
}

// The same for any significand but 0.
static VALUE F(normal)(REP sign, int exponent, REP sig) {
    while (sig >= TOP << 1) {
        sig = F(shift)(sig, 1);
        ++exponent;
    }
    while (sig < TOP) {
        sig <<= 1;
        --exponent;
    }
    return F(pack)(sign, exponent, sig);
}

// Takes a finite number but 0 apart; the first bit of the significand is at SIG.
static REP F(unpack)(REP bits, int *exponent) {
    REP sig = bits & (HIDDEN - 1);
    *exponent = (bits & INFINITE) >> SIG;
    if (*exponent != 0) {
        return sig | HIDDEN;
    }
    for (*exponent = 1; sig < HIDDEN; sig <<= 1) {
        --*exponent;
    }
    return sig;
}

static inline int F(is_nan)(REP bits) {
    return (bits & ~SIGN) > INFINITE;
}

static VALUE F(add)(VALUE left, VALUE right) {
    REP a = F(bits)(left);
    REP b = F(bits)(right);
    if ((a & ~SIGN) < (b & ~SIGN)) {
        REP other = a;
        a = b;
        b = other;
    }
    if (F(is_nan)(a)) {
        return F(value)(a | HIDDEN >> 1);
    }
    if ((a & ~SIGN) == INFINITE) {
        return F(value)(b == (a ^ SIGN) ? NOT_A_NUMBER : a);
    }
    if ((b & ~SIGN) == 0) {
        return F(value)((a & ~SIGN) == 0 ? a & b : a);
    }
    int exponent, lower;
    REP sig = F(unpack)(a, &exponent) << 3;
    REP other = F(unpack)(b, &lower) << 3;
    other = F(shift)(other, exponent - lower);
    sig = (a ^ b) & SIGN ? sig - other : sig + other;
    return sig == 0 ? F(value)(0) : F(normal)(a & SIGN, exponent, sig);
}

static VALUE F(sub)(VALUE left, VALUE right) {
    return F(add)(left, F(value)(F(bits)(right) ^ SIGN));
}

static VALUE F(neg)(VALUE value) {
    return F(value)(F(bits)(value) ^ SIGN);
}

static VALUE F(mul)(VALUE left, VALUE right) {
    REP a = F(bits)(left);
    REP b = F(bits)(right);
    REP sign = (a ^ b) & SIGN;
    if (F(is_nan)(a) || F(is_nan)(b)) {
        return F(value)((F(is_nan)(a) ? a : b) | HIDDEN >> 1);
    }
    a &= ~SIGN;
    b &= ~SIGN;
    if (a == INFINITE || b == INFINITE) {
        return F(value)(a == 0 || b == 0 ? NOT_A_NUMBER : sign | INFINITE);
    }
    if (a == 0 || b == 0) {
        return F(value)(sign);
    }
    int first, second;
    REP x = F(unpack)(a, &first);
    REP y = F(unpack)(b, &second);
    return F(normal)(sign, first + second - BIAS, MULTIPLY(x, y));
}

static VALUE F(div)(VALUE left, VALUE right) {
    REP a = F(bits)(left);
    REP b = F(bits)(right);
    REP sign = (a ^ b) & SIGN;
    if (F(is_nan)(a) || F(is_nan)(b)) {
        return F(value)((F(is_nan)(a) ? a : b) | HIDDEN >> 1);
    }
    a &= ~SIGN;
    b &= ~SIGN;
    if (a == INFINITE || b == 0) {
        return F(value)(a == b || (a == 0 && b == 0) ? NOT_A_NUMBER : sign | INFINITE);
    }
    if (a == 0 || b == INFINITE) {
        return F(value)(sign);
    }
    int first, second;
    REP rest = F(unpack)(a, &first);
    REP divisor = F(unpack)(b, &second);
    int exponent = first - second + BIAS;
    if (rest < divisor) {
        rest <<= 1;
        --exponent;
    }
    REP quotient = 0;
    for (int i = 0; i < SIG + 4; ++i) {
        quotient <<= 1;
        if (rest >= divisor) {
            rest -= divisor;
            quotient |= 1;
        }
        rest <<= 1;
    }
    return F(pack)(sign, exponent, quotient | (rest != 0));
}

static int F(unord)(VALUE left, VALUE right) {
    return F(is_nan)(F(bits)(left)) || F(is_nan)(F(bits)(right));
}

// -1, 0 or 1; `unordered` when there is no order.
static int F(order)(VALUE left, VALUE right, int unordered) {
    REP a = F(bits)(left);
    REP b = F(bits)(right);
    if (F(is_nan)(a) || F(is_nan)(b)) {
        return unordered;
    }
    if (((a | b) & ~SIGN) == 0 || a == b) {
        return 0;
    }
    if ((a ^ b) & SIGN) {
        return a & SIGN ? -1 : 1;
    }
    return (a < b) == ((a & SIGN) == 0) ? -1 : 1;
}

static int F(eq)(VALUE a, VALUE b) {
    return F(order)(a, b, 1);
}

static int F(ne)(VALUE a, VALUE b) {
    return F(order)(a, b, 1);
}

static int F(lt)(VALUE a, VALUE b) {
    return F(order)(a, b, 1);
}

static int F(le)(VALUE a, VALUE b) {
    return F(order)(a, b, 1);
}

static int F(gt)(VALUE a, VALUE b) {
    return F(order)(a, b, -1);
}

static int F(ge)(VALUE a, VALUE b) {
    return F(order)(a, b, -1);
}

static VALUE F(from_u64)(uint64_t value, REP sign) {
    if (value == 0) {
        return F(value)(0);
    }
    int exponent = BIAS + SIG + 3;
    for (; value >= (uint64_t)TOP << 1; ++exponent) {
        value = value >> 1 | (value & 1);
    }
    return F(normal)(sign, exponent, (REP)value);
}

static VALUE F(from_i64)(int64_t value) {
    return value < 0 ? F(from_u64)(-(uint64_t)value, SIGN) : F(from_u64)(value, 0);
}

// Cut off, and at the limits of the type.
static uint64_t F(to_u64)(VALUE value, uint64_t most) {
    REP bits = F(bits)(value) & ~SIGN;
    int exponent = (int)(bits >> SIG) - BIAS;
    if (exponent < 0) {
        return 0;
    }
    uint64_t sig = (bits & (HIDDEN - 1)) | HIDDEN;
    if (exponent > 63) {
        return most;
    }
    uint64_t whole = exponent > SIG ? sig << (exponent - SIG) : sig >> (SIG - exponent);
    return whole > most ? most : whole;
}

static int64_t F(to_i64)(VALUE value, int64_t most) {
    if (F(bits)(value) & SIGN) {
        return -F(to_u64)(value, (uint64_t)most + 1);
    }
    return F(to_u64)(value, most);
}

#undef TOP
#undef HIDDEN
#undef MAX_EXPONENT
#undef BIAS
#undef INFINITE
#undef SIGN
#undef NOT_A_NUMBER

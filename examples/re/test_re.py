# The file name tells the architecture: take the module that is there.
def load(name):
    for arch in "x64 x86 armv6m armv7m armv7emsp armv7emdp xtensa xtensawin rv32imc rv64imc".split():
        try:
            return __import__(name + "_" + arch)
        except ImportError:
            pass
    raise ImportError(name)


def raises(error, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error:
        return True
    return False


m = load("re")

# match and its object
match = m.match(r"(\w+)@(\w+)\.(com|org)", "joe@example.org, etc.")
assert match.group(0) == "joe@example.org"
assert [match.group(n) for n in (1, 2, 3)] == ["joe", "example", "org"]
assert match.groups() == ("joe", "example", "org")
assert match.span() == (0, 15) and match.span(2) == (4, 11)
assert match.start(3) == 12 and match.end(3) == 15 and match.start() == 0 and match.end() == 15
assert repr(match) == "<match num=4>"
assert raises(IndexError, match.group, 4)
assert raises(IndexError, match.span, -1)
assert m.match("b", "abc") is None
assert m.match("a|(b)", "a").groups() == (None,)
assert m.match("a|(b)", "a").span(1) == (-1, -1)
assert m.match("a", "abc").groups() == ()

# search
match = m.search("o+", "fooboooo")
assert match.group(0) == "oo" and match.span() == (1, 3)
assert m.search("x", "fooboooo") is None
assert m.search("^b", "ab") is None and m.search("b$", "ab").start() == 1

# operators and classes
for pattern, subject, expected in (
    ("ab*c", "ac", "ac"),
    ("ab*c", "abbbc", "abbbc"),
    ("ab+c", "ac", None),
    ("ab?c", "abc", "abc"),
    ("a.c", "a\nc", "a\nc"),
    (".*?b", "aabab", "aab"),
    ("[a-c]+", "abcabcd", "abcabc"),
    ("[^a-c]+", "xyzabc", "xyz"),
    (r"\d+", "2024x", "2024"),
    (r"\D+", "x2", "x"),
    (r"\s", "\t", "\t"),
    (r"\S+", "ab c", "ab"),
    (r"\w+", "a_1-", "a_1"),
    (r"\W+", "-+a", "-+"),
    (r"[\d\.]+", "3.14,", "3.14"),
    (r"\.", "x", None),
    ("(?:ab)+", "ababa", "abab"),
    ("a|b|c", "c", "c"),
    ("(a|ab)(c|bcd)", "abcd", "abcd"),
    ("", "abc", ""),
):
    match = m.match(pattern, subject)
    assert (match and match.group(0)) == expected, (pattern, subject)

# compiled patterns, text and bytes
pattern = m.compile(r"[,;] *")
assert pattern.split("a, b;c,d") == ["a", "b", "c", "d"]
assert pattern.split("a, b;c,d", 2) == ["a", "b", "c,d"]
assert pattern.split("abc") == ["abc"] and pattern.split("") == [""]
assert pattern.search("x; y").span() == (1, 3)
assert pattern.match("x; y") is None
assert repr(pattern).startswith("<re ")
assert m.compile(b"o").split(b"foo boo") == [b"f", b"", b" b", b"", b""]
assert m.match(b"b(.)", b"bytes").group(1) == b"y"
assert raises(NotImplementedError, m.compile("(a)").split, "xay")

# errors
for bad in ("*", "+a", "(", "(a", ")", "[a", "a\\"):
    assert raises(ValueError, m.compile, bad), bad
assert raises(TypeError, m.compile, 1)
assert raises(TypeError, m.match, "a")
assert raises(TypeError, m.match, "a", 1)


# The stack: endless recursion ends with an exception, however deep the caller is.
def deep(n, function):
    return deep(n - 1, function) if n else function()


def room(n=0):
    try:
        return room(n + 1)
    except RuntimeError:
        return n


# Firmware for small boards has little stack to begin with.
large = room() > 200
depth, text = (50, "abababc") if large else (3, "abc")

assert raises(RuntimeError, m.match, "(a*)*", "aaa")
assert raises((RuntimeError, ValueError), m.compile, "(" * 1000 + ")" * 1000)
assert deep(depth, lambda: m.match("(a|b)*c", text).group(0)) == text
assert deep(depth, lambda: raises(RuntimeError, m.match, "(a*)*", "aaa"))
assert m.match("a", "a").group(0) == "a"
assert m.__name__ == "re"

print("re ok")

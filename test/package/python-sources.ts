import { Random } from './random.ts';

/** Makes one piece of runnable Python with names that end in `id`; what it computes goes to `out(...)`. */
type Snippet = (id: string, random: Random) => string;

/** Statements with names that occur nowhere else, so that qstr indices and code get large. */
function filler(id: string, random: Random, indent: string): string {
  const count = random.below(random.pick([3, 12, 30]));
  const lines = Array.from({ length: count }, (_, i) => `${indent}box.a_${id}_${i} = ${random.below(100000) - 50000}`);
  return lines.length === 0 ? `${indent}pass\n` : `${lines.join('\n')}\n`;
}

const classes: Snippet = (id, random) => `
class Base_${id}:
    count = ${random.below(99)}
    def __init__(self, first, *rest, key_${id}=None, **others):
        self.first, self.rest, self.key, self.others = first, rest, key_${id}, others
    def __getitem__(self, i): return (i, self.first)
    @property
    def prop_${id}(self): return self.first + self.count
    @staticmethod
    def make(): return Base_${id}(${random.below(9)})
    @classmethod
    def name(cls): return cls.__name__
class Derived_${id}(Base_${id}):
    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
    def __enter__(self): return self
    def __exit__(self, kind, value, trace): return kind is ValueError
d_${id} = Derived_${id}(3, 4, 5, key_${id}='k', extra=1)
out(d_${id}.first, d_${id}.rest, d_${id}.key, d_${id}.others, d_${id}[1:2:3][0], d_${id}.prop_${id}, Base_${id}.make().first, d_${id}.name())
with d_${id} as w, Derived_${id}(1) as w2:
${filler(id, random, '    ')}    raise ValueError
out(w is d_${id}, w2.first)
del d_${id}.first, w
`;

const closures: Snippet = (id, random) => `
def outer_${id}(a, b=${random.below(70000)}, *args, c, d=(1, (2.5, 'x')), **kw):
    total_${id} = a
    def inner(n=b):
        nonlocal total_${id}
        total_${id} += n
        def innermost(): return total_${id}, args, kw, c, d
        return innermost
${filler(id, random, '    ')}    inner(); inner(2)
    fun = lambda x, *y, z=3: (x, y, z, total_${id})
    del kw
    return inner(*[7]) if b else inner, fun(1, 2, z=4)
try:
    out(outer_${id}(1, 2, 3, c=4, e=5)[1])
    out(outer_${id}(*(1, 2), **{'c': 9})[0]())
except NameError as e_${id}:
    out('name', type(e_${id}))
`;

const generators: Snippet = (id, random) => `
def gen_${id}(n):
    got = 0
    try:
        for i in range(n):
            got = (yield i + (got or 0))
${filler(id, random, '            ')}    finally:
        out('closed', got)
    return n
def chain_${id}():
    r = yield from gen_${id}(3)
    yield r
    yield from (x * 2 for x in range(2) if x or n_${id})
n_${id} = True
out(list(chain_${id}()))
g_${id} = gen_${id}(5)
out(next(g_${id}), g_${id}.send(10), g_${id}.close())
`;

const unwinding: Snippet = (id, random) => `
def loop_${id}(limit):
    seen = []
    for i in range(limit):
        try:
            if i == 2: continue
${filler(id, random, '            ')}            if i == 5: break
            with Quiet() as q:
                if i == 3: continue
                if i == 4: seen.append(q); 1 // 0
            try:
                while True:
                    try:
                        break
                    finally:
                        seen.append('f')
            except KeyError: pass
        except ZeroDivisionError as e:
            seen.append('z')
${filler(id, random, '            ')}            continue
        else:
            seen.append(i)
        finally:
            seen.append(-i)
    else:
        seen.append('end')
    while limit:
        limit -= 1
        try:
            if limit == 1: return seen
        finally:
            seen.append('r')
out(loop_${id}(4), loop_${id}(9))
class Quiet:
    def __enter__(self): return 'q'
    def __exit__(self, *a): return False
`;

const coroutines: Snippet = (id, random) => `
class Ctx_${id}:
    async def __aenter__(self): return 5
    async def __aexit__(self, *a): return True
class Iter_${id}:
    def __init__(self): self.n = ${random.below(4) + 1}
    def __aiter__(self): return self
    async def __anext__(self):
        if not self.n: raise StopAsyncIteration
        self.n -= 1
        return self.n
async def leaf_${id}(v): return v
async def work_${id}():
    total = 0
    async with Ctx_${id}() as c:
        total += c
${filler(id, random, '        ')}        raise KeyError
    async for i in Iter_${id}():
        if i == 1: continue
        total += await leaf_${id}(i)
    return total
try:
    work_${id}().send(None)
except StopIteration as e_${id}:
    out(e_${id}.value)
`;

const constants: Snippet = (id, random) => `
out(${random.below(2 ** 31)}, -${random.below(2 ** 31)}, 1${String(random.below(2 ** 31)).repeat(4)}, 1.5e${random.below(30)}, ${random.below(9)}.25, 3j, b'bytes ${id}', b'', '')
out((), (1,), (1, (2, ('t_${id}', None, True, False, ..., 1.5, b'x', (((1,),),))), 12345678901234567890), ...)
out('a long string that is no qstr because it is longer than ten bytes ${id}', """two
lines""", 'é ü', f'{n_out} {n_out!r:>5} and {{}} {n_out + 1:04d}')
K_${id} = const_(${random.below(1000)})
out(K_${id}, -1, -16, -17, 47, 48, 63, 64, -64, -65, 8191, 8192, 1 << 29, ~5, not 5, +5)
`;

const comprehensions: Snippet = (id, random) => `
n_${id} = ${random.below(8) + 1}
l_${id} = [i * n_${id} for i in range(n_${id}) if i % 2 or n_${id} < 3]
out(l_${id}, {i: (i, n_${id}) for i in l_${id}}, sorted({j for i in [[1, 2], [3]] for j in i}), sum(x for x in l_${id}))
a_${id}, *b_${id}, c_${id} = 1, 2, 3, 4
(x_${id}, y_${id}), z_${id} = [5, 6], {'k': 1, 'v': [1, 2, 3]}
out(a_${id}, b_${id}, c_${id}, x_${id}, y_${id}, z_${id}['v'][::2], {1, 2} == {2, 1}, z_${id}['k'] if 0 < a_${id} < 2 < 3 else None)
z_${id}['v'][1:2] = [9]
del z_${id}['k'], a_${id}
out(z_${id}, 'k' in z_${id}, 'k' not in z_${id}, z_${id} is not None, 5 and 0 or 7, (m_${id} := 5) + 1)
z_${id}['v'][0] += 3; z_${id}['v'][1] //= 2; x_${id} **= 2; x_${id} %= 7; x_${id} |= 8; x_${id} ^= 3; x_${id} &= 13; x_${id} <<= 2; x_${id} >>= 1; x_${id} -= 1
out(z_${id}, x_${id}, x_${id} / 2, x_${id} // 2, x_${id} * 3, 2 ** 5, 7 & 3 | 8 ^ 1, 1 << 5 >> 2)
`;

const imports: Snippet = (id) => `
import sys as sys_${id}
from sys import implementation as impl_${id}, maxsize
from errno import *
def use_${id}():
    global made_${id}
    import errno
    made_${id} = errno.ENOENT
    assert made_${id} == ENOENT, 'same'
    try:
        try:
            raise ValueError('v_${id}')
        except ValueError as e:
            raise KeyError('k') from e
    except (KeyError, IndexError):
        out('raised')
        try:
            raise
        except RuntimeError: out('nothing to raise')
        except KeyError: out('again')
try:
    use_${id}()
finally:
    out(made_${id}, impl_${id}[0])
del made_${id}
`;

const branches: Snippet = (id, random) => {
  const nest = (depth: number, indent: string): string => {
    if (depth === 0) return filler(`${id}_${random.below(9)}`, random, indent);
    const inner = nest(depth - 1, `${indent}    `);
    const tail = filler(id, random, `${indent}    `);
    return random.pick([
      `${indent}if x > ${random.below(9)} and (y or x):\n${inner}${indent}elif y:\n${tail}${indent}else:\n${tail}`,
      `${indent}for i${depth} in range(2):\n${inner}${indent}    if i${depth} == x: break\n${indent}else:\n${tail}`,
      `${indent}while (x > 3 or y > 4) and tick():\n${inner}${indent}    x -= 1; y -= 1\n${indent}    if x == 5: continue\n${tail}`,
      `${indent}try:\n${inner}${indent}    y = 1 // x\n${indent}except ZeroDivisionError:\n${tail}`,
      `${indent}while not (x and y) and tick():\n${inner}${indent}    x += 1; y += 1\n${tail}`,
    ]);
  };
  return `
def branch_${id}(x, y):
${nest(3, '    ')}    out(x, y)
for x_${id} in range(3):
    branch_${id}(x_${id}, ${random.below(6)})
`;
};

/** Over 64 inner functions and over 128 names, so that indices take two bytes even before merging. */
const many: Snippet = (id, random) => {
  const count = 60 + random.below(80);
  const functions = Array.from(
    { length: count },
    (_, i) => `    def f_${id}_${i}(p_${id}_${i}, q=${i}): return p_${id}_${i} + q`,
  );
  return `
def many_${id}():
${functions.join('\n')}
    return sum(f(1) for f in (${Array.from({ length: count }, (_, i) => `f_${id}_${i}`).join(', ')}))
def locals_${id}():
${Array.from({ length: 40 }, (_, i) => `    v${i} = ${i}`).join('\n')}
    del v39
    return ${Array.from({ length: 39 }, (_, i) => `v${i}`).join(' + ')}
out(many_${id}(), locals_${id}())
`;
};

const SNIPPETS = [
  classes,
  closures,
  generators,
  unwinding,
  coroutines,
  constants,
  comprehensions,
  imports,
  branches,
  many,
];

const HEAD = `
class Box: pass
class Quiet:
    def __enter__(self): return 'q'
    def __exit__(self, *a): return False
box = Box()
n_out = 0
const_ = lambda x: x
ticks = 0
def tick():
    global ticks
    ticks += 1
    return ticks % 50
def out(*values):
    global n_out
    n_out += 1
    print(n_out, *values)
`;

/** Runnable Python files that between them use all of the language. The same numbers give the same texts. */
export function pythonSources(count: number, seed: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, file) => {
    const pieces = 1 + random.below(6);
    const text = Array.from({ length: pieces }, (_, i) => random.pick(SNIPPETS)(`${file}_${i}`, random));
    return `${HEAD}${text.join('')}`;
  });
}

/** One source that has every kind of piece. */
export function wholeLanguageSource(seed: number): string {
  const random = new Random(seed);
  return `${HEAD}${SNIPPETS.map((snippet, i) => snippet(`w${i}`, random)).join('')}`;
}

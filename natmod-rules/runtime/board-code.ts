/**
 * The pieces of Python that run on boards. They use what every port has, and fall back where a module may be missing.
 */

/** A string as a Python literal. */
export function pythonString(text: string): string {
  let literal = '';
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (c === "'" || c === '\\') literal += `\\${c}`;
    else if (code >= 0x20 && code < 0x7f) literal += c;
    else if (code < 0x10000) literal += `\\u${code.toString(16).padStart(4, '0')}`;
    else literal += `\\U${code.toString(16).padStart(8, '0')}`;
  }
  return `'${literal}'`;
}

/** Bytes as hexadecimal digits, two each. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/**
 * Bytes of a file that go to the board in one piece of code; its hexadecimal text must fit the memory of a small one.
 */
export const CHUNK = 1024;

/** Defines `_nm_x`, which turns hexadecimal digits into bytes. */
const UNHEX = `try:
 from binascii import unhexlify as _nm_x
except ImportError:
 _nm_x=bytes.fromhex
`;

/**
 * Makes a file system in the board's memory, in front of all others on sys.path, so that nothing is written to flash.
 * Names of files are plain, without folders.
 */
export const MOUNT_MEMORY = `${UNHEX}import sys,io
try:
 import vfs as _nm_v
except ImportError:
 import os as _nm_v
class _nm_File(io.IOBase):
 def __init__(self,data):
  self.data=data
  self.at=0
 def readinto(self,buf):
  n=min(len(buf),len(self.data)-self.at)
  buf[:n]=memoryview(self.data)[self.at:self.at+n]
  self.at+=n
  return n
 def ioctl(self,op,arg):
  return 0 if op==4 else -1
class _nm_Files:
 files={}
 def mount(self,readonly,mkfs):
  pass
 def umount(self):
  pass
 def chdir(self,path):
  pass
 def getcwd(self):
  return '/'
 def stat(self,path):
  n=path.strip('/')
  if n=='':
   return (0x4000,)+(0,)*9
  if n in self.files:
   return (0x8000,0,0,0,0,0,len(self.files[n]),0,0,0)
  raise OSError(2)
 def open(self,path,mode):
  n=path.strip('/')
  if n not in self.files:
   raise OSError(2)
  return _nm_File(self.files[n])
try:
 _nm_v.umount('/natmod')
except OSError:
 pass
_nm_v.mount(_nm_Files(),'/natmod')
if '/natmod' not in sys.path:
 sys.path.insert(0,'/natmod')
`;

/** Takes that file system away again. */
export const UNMOUNT_MEMORY = `_nm_v.umount('/natmod')
sys.path.remove('/natmod')
_nm_Files.files.clear()
`;

/** The pieces of code that put a file into that memory. */
export function* storeInMemory(name: string, bytes: Uint8Array): Generator<string> {
  yield `_nm_b=bytearray(${bytes.length})\n_nm_Files.files[${pythonString(name)}]=_nm_b\n`;
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    yield `_nm_b[${at}:${at + chunk.length}]=_nm_x('${hexOf(chunk)}')\n`;
  }
  yield 'del _nm_b\n';
}

/** The exception by which `runFromMemory` tells of a SystemExit; the status follows. */
export const EXIT_MARK = 'Exception: natmod-exit: ';

/** Runs a script that is in that memory as the main program. SystemExit must not restart the board. */
export function runFromMemory(name: string): string {
  return `import sys,gc
gc.collect()
_nm_s=None
try:
 exec(compile(bytes(_nm_Files.files[${pythonString(name)}]),${pythonString(name)},'exec'),{'__name__':'__main__'})
except SystemExit as _nm_e:
 _nm_s=_nm_e.args[0] if _nm_e.args else None
if _nm_s:
 raise Exception('natmod-exit: %s'%_nm_s)
`;
}

/**
 * Makes the folder with those above it, closes and removes what an interrupted copy has left, and opens a temporary
 * file.
 */
export function prepareFolder(folder: string, temporary: string): string {
  const part = (path: string) => pythonString(path);
  const parents = folder.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));
  const makeFolders = parents
    .filter((path) => path !== '')
    .map((path) => `try:\n os.mkdir(${part(path)})\nexcept OSError:\n pass\n`);
  return `${UNHEX}import os
try:
 _nm_f.close()
except (NameError,OSError):
 pass
${makeFolders.join('')}try:
 os.remove(${part(temporary)})
except OSError:
 pass
_nm_f=open(${part(temporary)},'wb')
`;
}

/** Prints the folder where modules belong: `natmod-folder: /lib` or another; the last is the current folder. */
export const ASK_FOLDER = `import sys,os
p=[p for p in sys.path if p.endswith('/lib') and p[0]=='/']
print('natmod-folder:', p[0] if p else os.getcwd())
`;

/** Makes the next import read a module again. */
export function forgetModule(name: string): string {
  return `import sys,gc\nsys.modules.pop(${pythonString(name)},None)\ngc.collect()\n`;
}

/** Appends to the open file. */
export function appendChunk(bytes: Uint8Array): string {
  return `_nm_f.write(_nm_x('${hexOf(bytes)}'))\n`;
}

/**
 * Closes the file, prints its size and the best hash the board has: `natmod-hash: SIZE KIND DIGITS`.
 */
export function closeAndHash(temporary: string): string {
  return `_nm_f.close()
${hashFile(temporary)}`;
}

/** Prints size and hash of a file, or `natmod-hash: none` when there is none. */
export function hashFile(path: string): string {
  return `def _nm_hash(p):
 try:
  f=open(p,'rb')
 except OSError:
  print('natmod-hash: none')
  return
 try:
  import hashlib
  h=hashlib.sha256()
  k='sha256'
 except (ImportError,AttributeError):
  h=None
  k='sum'
 n=0
 a=1
 b=0
 while True:
  d=f.read(256)
  if not d:
   break
  n+=len(d)
  if h:
   h.update(d)
  else:
   for c in d:
    a=(a+c)%65521
    b=(b+a)%65521
 f.close()
 if h:
  t=''.join('%02x'%c for c in h.digest())
 else:
  t='%04x%04x'%(b,a)
 print('natmod-hash:',n,k,t)
_nm_hash(${pythonString(path)})
del _nm_hash
`;
}

/** Takes the place of an older file; some file systems do not rename over one. */
export function renameOver(temporary: string, path: string): string {
  return `import os
try:
 os.rename(${pythonString(temporary)},${pythonString(path)})
except OSError:
 os.remove(${pythonString(path)})
 os.rename(${pythonString(temporary)},${pythonString(path)})
try:
 os.sync()
except (AttributeError,OSError):
 pass
`;
}

/** Removes a file if it is there. */
export function removeFile(path: string): string {
  return `import os
try:
 _nm_f.close()
except NameError:
 pass
try:
 os.remove(${pythonString(path)})
except OSError:
 pass
`;
}

/** The checksum that boards without hashlib print: Adler-32 of RFC 1950, as eight digits. */
export function adler32(bytes: Uint8Array): string {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b.toString(16).padStart(4, '0') + a.toString(16).padStart(4, '0');
}

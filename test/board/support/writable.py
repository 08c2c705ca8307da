# A file system in memory that can be written to, for firmware that has no flash.
import io, sys, os

try:
    import vfs
except ImportError:
    vfs = os


class File(io.IOBase):
    def __init__(self, fs, name, data):
        self.fs, self.name, self.data, self.at = fs, name, data, 0

    def readinto(self, buf):
        n = min(len(buf), len(self.data) - self.at)
        buf[:n] = memoryview(self.data)[self.at : self.at + n]
        self.at += n
        return n

    def read(self, n=-1):
        end = len(self.data) if n < 0 else self.at + n
        part = bytes(self.data[self.at : end])
        self.at += len(part)
        return part

    def write(self, buf):
        self.data.extend(bytes(buf))
        return len(buf)

    def ioctl(self, op, arg):
        return 0 if op == 4 else -1

    def close(self):
        pass


class Files:
    def __init__(self):
        self.files = {}
        self.folders = {"/"}

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def chdir(self, path):
        pass

    def getcwd(self):
        return "/"

    def full(self, path):
        return path if path.startswith("/") else "/" + path

    def stat(self, path):
        path = self.full(path)
        if path in self.folders:
            return (0x4000,) + (0,) * 9
        if path in self.files:
            return (0x8000, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
        raise OSError(2)

    def open(self, path, mode):
        path = self.full(path)
        if "w" in mode:
            self.files[path] = bytearray()
        elif path not in self.files:
            raise OSError(2)
        return File(self, path, self.files[path])

    def mkdir(self, path):
        if self.full(path) in self.folders:
            raise OSError(17)
        self.folders.add(self.full(path))

    def remove(self, path):
        if self.files.pop(self.full(path), None) is None:
            raise OSError(2)

    def rename(self, old, new):
        if self.full(new) in self.files:
            raise OSError(17)
        self.files[self.full(new)] = self.files.pop(self.full(old))

    def ilistdir(self, path):
        return iter([(name.rsplit("/", 1)[1], 0x8000, 0) for name in self.files])


flash = Files()
vfs.mount(flash, "/flash")
os.chdir("/flash")
sys.path.append("/flash/lib")

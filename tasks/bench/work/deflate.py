# Packs and unpacks text and binary data.
from io import BytesIO

deflate = __import__(MODULE)
for data in (b"the quick brown fox jumps over the lazy dog " * 40, bytes((n * n >> 3) & 255 for n in range(1500))):
    file = BytesIO()
    with deflate.DeflateIO(file, deflate.ZLIB, 9) as stream:
        stream.write(data)
    assert deflate.DeflateIO(BytesIO(file.getvalue())).read() == data

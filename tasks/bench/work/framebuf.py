# Draws lines, rectangles, text and pictures in several formats.
framebuf = __import__(MODULE)
for form in (framebuf.MONO_VLSB, framebuf.RGB565, framebuf.GS4_HMSB):
    picture = framebuf.FrameBuffer(bytearray(64 * 48 * 2), 64, 48, form)
    sprite = framebuf.FrameBuffer(bytearray(16 * 16 * 2), 16, 16, form)
    picture.fill(0)
    sprite.fill(1)
    sprite.rect(2, 2, 12, 12, 0)
    for n in range(12):
        picture.line(0, n * 4, 63, 47 - n * 4, 1)
        picture.hline(n, n, 20, 1)
        picture.vline(n, n, 20, 1)
        picture.fill_rect(n * 4, n * 3, 8, 6, n & 1)
    picture.blit(sprite, 20, 20, 0)
    picture.text("0123 natmod", 0, 30, 1)
    picture.scroll(3, -2)
    assert any(picture.pixel(x, 20) for x in range(64))

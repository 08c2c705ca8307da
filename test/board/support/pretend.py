# Makes the firmware say something else of itself: a `sys` of our own in front of the real one.
import sys


class Implementation:
    pass


class Sys:
    pass


fake = Sys()
for name in dir(sys):
    setattr(fake, name, getattr(sys, name))
fake.implementation = Implementation()
fake.implementation.version = sys.implementation.version
fake.implementation._machine = "a board that pretends"
MPY
sys.modules["sys"] = fake

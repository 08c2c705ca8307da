"""Runs the merge of MicroPython's mpy-tool.py for many sets of files in one process.

Argument: path of mpy-tool.py. Input: one JSON array per line, ["right" or "plain", output, inputs...].
Output: one line per job, "ok" or the error. "right" puts right where a jump out of a try block (UNWIND_JUMP, which has
one more byte behind its offset) goes, so that all other bytes can be compared.
"""

import importlib.machinery
import importlib.util
import json
import os
import sys

path = sys.argv[1]
sys.path.insert(0, os.path.join(os.path.dirname(path), "..", "py"))
loader = importlib.machinery.SourceFileLoader("mpy_tool", path)
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("mpy_tool", loader))
loader.exec_module(tool)

UNWIND_JUMP = 0x40
plain = tool.mp_opcode_decode


def right(code, ip):
    fmt, size, arg, extra = plain(code, ip)
    return fmt, size, arg - 1 if code[ip] == UNWIND_JUMP else arg, extra


for line in sys.stdin:
    mode, output, *inputs = json.loads(line)
    tool.mp_opcode_decode = right if mode == "right" else plain
    tool.RawCode.escaped_names = set()
    try:
        tool.main(["--merge", "-o", output, *inputs])
        print("ok")
    except (Exception, SystemExit) as error:
        print(type(error).__name__, error)

/**
 * x86-64. Code names data relative to the instruction pointer: read-only data and functions at a fixed distance (PC32, PLT32),
 * everything global through a GOT slot (GOTPCREL and its relaxable forms). Records are RELA. The large code model adds 64-bit
 * forms of all of these.
 * Document: System V ABI, AMD64 Architecture Processor Supplement.
 */
import { relocationTypes, signedField } from '../types.ts';

const int32 = signedField(4);
const int64 = signedField(8);
const call = { ...int32, branch: true };

export const types = relocationTypes([
  [0, 'R_X86_64_NONE', 'none'],
  [1, 'R_X86_64_64', 'word', int64],
  [2, 'R_X86_64_PC32', 'pc', int32],
  [3, 'R_X86_64_GOT32', 'got', int32],
  [4, 'R_X86_64_PLT32', 'pc', call],
  [9, 'R_X86_64_GOTPCREL', 'got-pc', int32],
  [10, 'R_X86_64_32', 'absolute-code'],
  [11, 'R_X86_64_32S', 'absolute-code'],
  [12, 'R_X86_64_16', 'absolute-code'],
  [13, 'R_X86_64_PC16', 'pc', signedField(2)],
  [14, 'R_X86_64_8', 'absolute-code'],
  [15, 'R_X86_64_PC8', 'pc', signedField(1)],
  [16, 'R_X86_64_DTPMOD64', 'thread-local'],
  [17, 'R_X86_64_DTPOFF64', 'thread-local'],
  [18, 'R_X86_64_TPOFF64', 'thread-local'],
  [19, 'R_X86_64_TLSGD', 'thread-local'],
  [20, 'R_X86_64_TLSLD', 'thread-local'],
  [21, 'R_X86_64_DTPOFF32', 'thread-local'],
  [22, 'R_X86_64_GOTTPOFF', 'thread-local'],
  [23, 'R_X86_64_TPOFF32', 'thread-local'],
  [24, 'R_X86_64_PC64', 'pc', int64],
  [25, 'R_X86_64_GOTOFF64', 'got-relative', int64],
  [26, 'R_X86_64_GOTPC32', 'got-base-pc', int32],
  [27, 'R_X86_64_GOT64', 'got', int64],
  [28, 'R_X86_64_GOTPCREL64', 'got-pc', int64],
  [29, 'R_X86_64_GOTPC64', 'got-base-pc', int64],
  [30, 'R_X86_64_GOTPLT64', 'got', int64],
  [31, 'R_X86_64_PLTOFF64', 'got-relative', int64],
  [34, 'R_X86_64_GOTPC32_TLSDESC', 'thread-local'],
  [35, 'R_X86_64_TLSDESC_CALL', 'thread-local'],
  [41, 'R_X86_64_GOTPCRELX', 'got-pc', int32],
  [42, 'R_X86_64_REX_GOTPCRELX', 'got-pc', int32],
  [43, 'R_X86_64_CODE_4_GOTPCRELX', 'got-pc', int32],
]);

/**
 * x86-64. Code names data relative to the instruction pointer: read-only data and functions at a fixed distance (PC32,
 * PLT32), everything global through a GOT slot (GOTPCREL and its relaxable forms). Records are RELA. The large code
 * model adds 64-bit forms of all of these. Document: System V ABI, AMD64 Architecture Processor Supplement.
 */

import { relocationTypes, signedField } from '../types.ts';
import { R_X86_64 } from './constants.ts';

const int32 = signedField(4);
const int64 = signedField(8);
const call = { ...int32, branch: true };

export const types = relocationTypes('R_X86_64_', R_X86_64, {
  NONE: 'none',
  64: ['word', int64],
  PC32: ['pc', int32],
  GOT32: ['got', int32],
  PLT32: ['pc', call],
  GOTPCREL: ['got-pc', int32],
  32: 'absolute-code',
  '32S': 'absolute-code',
  16: 'absolute-code',
  PC16: ['pc', signedField(2)],
  8: 'absolute-code',
  PC8: ['pc', signedField(1)],
  DTPMOD64: 'thread-local',
  DTPOFF64: 'thread-local',
  TPOFF64: 'thread-local',
  TLSGD: 'thread-local',
  TLSLD: 'thread-local',
  DTPOFF32: 'thread-local',
  GOTTPOFF: 'thread-local',
  TPOFF32: 'thread-local',
  PC64: ['pc', int64],
  GOTOFF64: ['got-relative', int64],
  GOTPC32: ['got-base-pc', int32],
  GOT64: ['got', int64],
  GOTPCREL64: ['got-pc', int64],
  GOTPC64: ['got-base-pc', int64],
  GOTPLT64: ['got', int64],
  PLTOFF64: ['got-relative', int64],
  GOTPC32_TLSDESC: 'thread-local',
  TLSDESC_CALL: 'thread-local',
  GOTPCRELX: ['got-pc', int32],
  REX_GOTPCRELX: ['got-pc', int32],
  CODE_4_GOTPCRELX: ['got-pc', int32],
});

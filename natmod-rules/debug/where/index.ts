export { crashDump, DUMP_BEGINNING, hasCrashDump, type LoggedAddress, readCrashLog } from './crash-log.ts';
export { gdbCommands, gdbScript } from './gdb-commands.ts';
export { type LinkedFile, readLinkedFile } from './linked-file.ts';
export {
  type ExportedFunction,
  exportedCode,
  findLoadPlace,
  NATMOD_WHERE,
  placeByCode,
  readExportedFunctions,
} from './load-place.ts';
export { CRASH_SIGNALS, readRegisters, stopSignal, takePacket, writePacket } from './remote.ts';
export { returnAddresses } from './stack-scan.ts';
export { hideTold, importAndTell, tellImports, UNTELL_IMPORTS, withoutTold } from './telling-code.ts';
export { describePlaces, type FoundPlace, findPlaces, hasModuleCode, type LoadPlace } from './where.ts';
